"""What ran is recorded, cannot be changed afterwards, and survives a trip through JSON."""

import dataclasses
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock import __version__
from tissueclock.core.provenance import Provenance, Step, digest

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
steps = st.builds(
    Step,
    name=st.text(min_size=1),
    sentence=st.text().map(lambda text: text + "."),
    parameters=st.dictionaries(st.text(), json_values, max_size=3),
    inputs=st.dictionaries(st.text(), st.binary().map(digest), max_size=3),
    citations=st.lists(st.text(), max_size=3).map(tuple),
    software=st.text(),
)
provenances = st.lists(steps, max_size=4).map(lambda items: Provenance(tuple(items)))

SMOOTHED = Step(name="smooth", sentence="Frames were smoothed.", citations=("Wu 2003",))
DECONVOLVED = Step(
    name="deconvolve", sentence="Curves were deconvolved.", citations=("Wu 2003", "Fieselmann 2011")
)


@given(provenances)
def test_a_provenance_survives_json(provenance):
    assert Provenance.from_json(json.loads(json.dumps(provenance.to_json()))) == provenance


@given(st.lists(st.binary(), max_size=5))
def test_the_digest_is_that_of_the_parts_in_order(parts):
    assert digest(*parts) == f"sha256:{hashlib.sha256(b''.join(parts)).hexdigest()}"


def test_the_digest_reads_any_buffer():
    assert digest(bytearray(b"ab"), memoryview(b"c")) == digest(b"abc")


def test_a_step_names_the_software_that_ran():
    assert SMOOTHED.software == f"tissueclock {__version__}"


@pytest.mark.parametrize(("name", "sentence"), [("", "It ran."), ("run", ""), ("run", "It ran")])
def test_a_step_without_name_or_whole_sentence_is_not_constructed(name, sentence):
    with pytest.raises(ValueError, match="a step needs a name and a whole sentence"):
        Step(name=name, sentence=sentence)


def test_a_step_cannot_be_changed():
    parameters = {"threshold_s": 6.0}
    step = Step(name="threshold", sentence="Tmax was cut at 6 s.", parameters=parameters)
    parameters["threshold_s"] = 4.0
    assert step.parameters["threshold_s"] == 6.0
    with pytest.raises(TypeError):
        step.parameters["threshold_s"] = 4.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.name = "another"


def test_a_longer_provenance_leaves_the_shorter_one():
    short = Provenance((SMOOTHED,))
    long = short.then(DECONVOLVED)
    assert short.steps == (SMOOTHED,)
    assert long.steps == (SMOOTHED, DECONVOLVED)


def test_the_methods_paragraph_tells_the_steps_in_order():
    paragraph = Provenance((SMOOTHED, DECONVOLVED)).methods_paragraph()
    assert paragraph == "Frames were smoothed. Curves were deconvolved."
    assert Provenance().methods_paragraph() == ""


def test_each_citation_stands_once_in_order_of_first_use():
    assert Provenance((SMOOTHED, DECONVOLVED)).citations() == ("Wu 2003", "Fieselmann 2011")
