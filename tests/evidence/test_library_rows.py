"""Rows of a pool: the counts that a trial published, where they were read, and why others have none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.evidence.library.rows import LibraryRow, Missing, listed_row, trial_row, year_of
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.pooling.model import OUTCOMES
from tissueclock.protocol.pooling.registry import pool_of
from tissueclock.protocol.results.registry import published
from tissueclock.protocol.results.values import Kind, Role

COUNTED = [kind for kind in OUTCOMES.values() if kind is not Kind.MRS_SHIFT]


def row(trial: str, kind: Kind) -> LibraryRow | Missing:
    return trial_row(published()[trial], trial.upper(), "", kind)


def counts(found: LibraryRow) -> tuple[int, int, int, int]:
    return found.study.ai, found.study.n1i, found.study.ci, found.study.n2i


# Typed by hand from the table of facts.
TYPED = [
    ("rescue-japan-limit", Kind.MRS_0_3, (31, 100, 13, 102)),
    ("select2", Kind.MRS_0_3, (67, 177, 32, 171)),
    ("angel-aspect", Kind.SICH, (14, 230, 6, 225)),
    ("tension", Kind.DEATH, (46, 124, 66, 122)),
    ("laste", Kind.DEATH, (57, 158, 91, 164)),
    ("mr-clean", Kind.MRS_0_2, (76, 233, 51, 267)),
    ("ims-iii", Kind.MRS_0_2, (177, 434, 86, 222)),
]


@pytest.mark.parametrize(("trial", "kind", "expected"), TYPED)
def test_counts_are_those_that_were_published(trial, kind, expected):
    assert counts(row(trial, kind)) == expected


@pytest.mark.parametrize("trial", published())
def test_every_trial_has_a_row_or_a_reason_of_every_outcome(trial):
    for kind in COUNTED:
        found = row(trial, kind)
        compared = published()[trial].comparison(kind)
        assert isinstance(found, LibraryRow) == (compared is not None)
        if isinstance(found, Missing):
            assert len(found.reason) > 20
        else:
            assert counts(found) == (
                compared.treatment.events, compared.treatment.n, compared.control.events, compared.control.n
            )  # fmt: skip
            assert (found.source, found.year > 1990, found.digest) == (
                found.source or None,
                True,
                published()[trial].digest,
            )


def test_recalled_counts_that_a_scale_confirms_are_found_there():
    found = row("select2", Kind.MRS_0_2)
    assert published()["select2"].comparison(Kind.MRS_0_2).confidence is Confidence.RECALLED
    assert (found.confidence, found.recalled) == (Confidence.FOUND, False)
    assert found.source.endswith("(the scale)")


def test_recalled_counts_that_nothing_confirms_stay_recalled():
    for trial, kind in (("escape", Kind.MRS_0_2), ("select2", Kind.DEATH), ("ims-iii", Kind.MRS_0_2)):
        table_says_otherwise = row(trial, kind)
        if trial == "select2":
            assert not table_says_otherwise.recalled  # its scale counts the same deaths
        else:
            assert table_says_otherwise.recalled


def test_a_scale_that_counts_otherwise_confirms_nothing():
    """IMS III counts a missing scale as not reached: 434, where the scale knows 415."""
    found = row("ims-iii", Kind.MRS_0_2)
    assert (found.recalled, found.study.n1i) == (True, 434)
    assert "missing scale" in found.doubt


REASONS = [
    ("laste", Kind.SICH, "only percentages are known, 9.6 % and 5.7 %: no counts are made of them"),
    ("escape", Kind.MRS_0_3, "no certain counts of both arms"),
    ("mr-rescue", Kind.MRS_0_1, "nothing of this outcome was read"),
]


@pytest.mark.parametrize(("trial", "kind", "reason"), REASONS)
def test_what_has_no_counts_says_what_there_is(trial, kind, reason):
    assert row(trial, kind).reason.startswith(reason)


def test_an_effect_without_counts_is_named():
    tension = published()["tension"]
    arms = tuple(replace(arm, mrs=None) for arm in tension.arms)
    hazard = tuple(outcome for outcome in tension.outcomes if outcome.id == "death")
    found = trial_row(replace(tension, arms=arms, outcomes=hazard), "x", "", Kind.DEATH)
    assert found.reason == "only an effect is known that is not pooled with others (aHR)"


def test_a_scale_that_merges_grades_does_not_give_what_it_hides():
    tension = published()["tension"]
    levels = ("0-2", "3", "4", "5", "6")
    scales = [(sum(arm.mrs.counts[:2]), *arm.mrs.counts[2:]) for arm in tension.arms]
    arms = tuple(
        replace(arm, mrs=replace(arm.mrs, levels=levels, counts=counts))
        for arm, counts in zip(tension.arms, scales, strict=True)
    )
    merged = replace(tension, arms=arms, outcomes=())
    reason = "the scale of both arms does not give this outcome"
    assert trial_row(merged, "x", "", Kind.MRS_0_1).reason == reason


def test_a_study_without_a_file_keeps_its_confidence():
    by_id = {study.id: study for study in pool_of("rescue-stenting").studies}
    found = listed_row(by_id["saint-2022"], Kind.DEATH)
    assert (found.recalled, found.randomised, counts(found)) == (True, False, (32, 107, 46, 107))
    assert listed_row(by_id["saint-2022"], Kind.MRS_0_3).reason == "no counts of this outcome were found"


def test_the_document_holds_what_is_known():
    shown = row("tesla", Kind.SICH).to_json()
    assert (shown["events_1"], shown["n_2"], shown["after_h"], shown["derived"]) == (6, 149, 24.0, True)
    assert (shown["sich_definition"], shown["recalled"], shown["note"]) == (None, False, None)


@given(st.integers(1900, 2099), st.integers(1, 999))
def test_the_year_stands_before_the_volume(year, volume):
    assert year_of(f"Somebody A et al. Stroke {year};{volume}:1-9") == year


def test_a_citation_without_a_year_is_refused():
    with pytest.raises(ValueError, match="no year"):
        year_of("Somebody A et al.")


def test_every_registered_citation_has_a_year():
    assert all(1990 < year_of(results.citation) < 2030 for results in published().values())


def test_arms_are_the_way_round_that_the_file_says():
    for results in published().values():
        found = trial_row(results, "x", "", Kind.DEATH)
        if isinstance(found, LibraryRow):
            assert found.study.n1i == results.counts(Kind.DEATH, Role.TREATMENT).n
