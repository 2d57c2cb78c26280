"""Whatever comes in: a whole document without NaN, or a sentence. Never another error, never a warning."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import InputError, TissueclockError, UsageError
from tissueclock.evidence.meta.analysis import METHODS, Request
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.pool import AD_HOC, KNAPP_HARTUNG, TAU2_INTERVALS, Z
from tissueclock.evidence.meta.studies import Given, OneArm, TwoArm
from tissueclock.evidence.meta.synthesis import Extras, Synthesis, synthesise
from tissueclock.evidence.meta.table import StudyTable
from tissueclock.report.evidence.meta_lines import meta_lines, studies_csv

SIZES = st.sampled_from([1, 2, 7, 40, 3000])


@st.composite
def events(draw):
    n = draw(SIZES)
    return draw(st.one_of(st.sampled_from([0, n]), st.integers(0, n))), n


TWO_ARMS = st.tuples(events(), events()).map(
    lambda t: {"ai": t[0][0], "n1i": t[0][1], "ci": t[1][0], "n2i": t[1][1]}
)
ONE_ARM = events().map(lambda t: {"xi": t[0], "ni": t[1]})
EFFECTS = st.builds(
    lambda yi, vi, ni: {"yi": yi, "vi": vi, "ni": ni},
    st.one_of(st.just(0.0), st.floats(-3, 3), st.floats(-1e3, 1e3)),
    st.one_of(st.just(1.0), st.floats(1e-6, 1e4)),
    SIZES,
)
KINDS = {
    "two arms": (TwoArm, TWO_ARMS, ("RR", "OR", "RD", "PETO", "AS")),
    "one arm": (OneArm, ONE_ARM, ("PR", "PLN", "PLO", "PAS", "PFT")),
    "effects": (Given, EFFECTS, ("GEN", "OR", "PFT", "RD")),
}
FIXED = {"MH": ("RR", "OR", "RD"), "PETO": ("PETO",), "GLMM": ("OR", "PLO")}


@st.composite
def asked(draw, kind):
    make, numbers, names = KINDS[kind]
    rows = draw(st.lists(numbers, min_size=2, max_size=6))
    measure = draw(st.sampled_from(names))
    methods = [name for name in METHODS if name not in FIXED or measure in FIXED[name]]
    words = st.lists(st.sampled_from("ab"), min_size=len(rows), max_size=len(rows)).map(tuple)
    years = st.lists(st.sampled_from("0123"), min_size=len(rows), max_size=len(rows)).map(tuple)
    table = StudyTable(
        studies=tuple(make(study=f"s{i}", **row) for i, row in enumerate(rows)),
        columns={"group": draw(words), "year": draw(years)},
    )
    request = {
        "measure": MEASURES.get(measure),
        "method": draw(st.sampled_from(methods)),
        "test": draw(st.sampled_from([Z, KNAPP_HARTUNG, AD_HOC])),
        "convention": draw(st.sampled_from(list(CONVENTIONS.values()))),
        "tau2_interval": draw(st.sampled_from(TAU2_INTERVALS)),
        "model": draw(st.sampled_from(["UM.FS", "CM.AL"])),
    }
    extras = Extras(
        subgroup=draw(st.sampled_from([None, "group"])),
        moderators=draw(st.sampled_from([(), ("year",)])),
        bias=draw(st.booleans()),
        leave_one_out=draw(st.booleans()),
        cumulative=draw(st.sampled_from([None, "year"])),
        influence=draw(st.booleans()),
    )
    return table, request, extras


def answer(table, request, extras) -> Synthesis | TissueclockError:
    try:
        return synthesise(table, Request(**request), extras)
    except (InputError, UsageError) as refused:
        return refused


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_whole_document_or_a_sentence(kind, data):
    table, request, extras = data.draw(asked(kind))
    found = answer(table, request, extras)
    if isinstance(found, TissueclockError):
        assert found.found.endswith(".")
        assert found.remedy
        return
    document = found.to_json()
    json.dumps(document, allow_nan=False)
    assert document["ci_low"] <= document["estimate"] <= document["ci_high"]
    assert 0 <= document["p"] <= 1
    assert document["tau2"] >= 0
    assert all(line.strip() and "nan" not in line.split() for line in meta_lines(found))
    assert studies_csv(found.rows).count(b"\n") == len(table.studies) + 1
