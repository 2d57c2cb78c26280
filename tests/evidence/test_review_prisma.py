"""The flow of a review: whatever does not add up is named, and what does is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.evidence.review.prisma import Flow, FlowError, Included, Part, Reading


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Draw a flow from its end backwards, so that it adds up."""
    small = st.integers(0, 30)
    parts = st.lists(st.tuples(st.sampled_from("abcdef"), small), max_size=4, unique_by=lambda one: one[0])

    def named() -> tuple[Part, ...]:
        return tuple(Part(name, n) for name, n in draw(parts))

    def reading(kept: int) -> Reading:
        excluded, lost = named(), draw(small)
        assessed = kept + sum(part.n for part in excluded)
        return Reading(sought=assessed + lost, not_retrieved=lost, assessed=assessed, excluded=excluded)

    way, out, removed = reading(draw(small)), draw(small), named()
    screened = way.sought + out
    identified = screened + sum(part.n for part in removed)
    split = draw(st.integers(0, identified))
    other = reading(draw(small)) if draw(st.booleans()) else None
    reports = way.included + (other.included if other else 0)
    return Flow(
        databases=(Part("MEDLINE", split),),
        registers=(Part("a register", identified - split),),
        removed=removed,
        screened=screened,
        screened_out=out,
        reading=way,
        other_sources=(Part("citations", other.sought),) if other else (),
        other=other,
        included=Included(studies=draw(st.integers(0, reports)), reports=reports),
        previous=Included(studies=2, reports=3) if draw(st.booleans()) else None,
    )


@given(flow=flows())
def test_what_adds_up_is_kept(flow):
    document = flow.to_json()
    assert document["identified"] == flow.identified
    if flow.previous:
        assert document["in_all"]["studies"] == flow.included.studies + 2
    else:
        assert document["in_all"] is None


CHANGES = {
    "screened": (lambda flow: {"screened": flow.screened + 1}, 2),
    "screened out": (lambda flow: {"screened_out": flow.screened_out + 1}, 1),
    "a database": (lambda flow: {"databases": (*flow.databases, Part("Embase", 4))}, 1),
    "sought": (lambda flow: {"reading": replace(flow.reading, sought=flow.reading.sought + 1)}, 2),
    "assessed": (lambda flow: {"reading": replace(flow.reading, assessed=flow.reading.assessed + 1)}, 2),
    "a reason": (
        lambda flow: {"reading": replace(flow.reading, excluded=(*flow.reading.excluded, Part("x", 1)))},
        1,
    ),
    "reports": (lambda flow: {"included": replace(flow.included, reports=flow.included.reports + 1)}, 1),
}


@pytest.mark.parametrize(("change", "least"), CHANGES.values(), ids=CHANGES)
@settings(max_examples=20)
@given(flow=flows())
def test_one_count_that_is_changed_is_always_noticed(change, least, flow):
    with pytest.raises(FlowError) as refused:
        replace(flow, **change(flow))
    assert len(refused.value.mismatches) >= least


def a_flow(**changes):
    reading = Reading(sought=8, not_retrieved=1, assessed=7, excluded=(Part("no stroke", 5),))
    base = {
        "databases": (Part("MEDLINE", 20),),
        "registers": (),
        "removed": (Part("duplicates", 5),),
        "screened": 15,
        "screened_out": 7,
        "reading": reading,
        "included": Included(studies=2, reports=2),
    }
    return Flow(**{**base, **changes})


ELSEWHERE = Reading(sought=4, not_retrieved=4, assessed=0, excluded=())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"screened": 14}, "identified 20 - removed 5 = 15, but screened is 14 (1 too few)"),
        ({"screened_out": 5}, "screened 15 - excluded 5 = 10, but sought is 8 (2 too few)"),
        (
            {"included": Included(studies=2, reports=3)},
            "exclusions 2 = 2, but reports included is 3 (1 too many)",
        ),
        ({"included": Included(studies=3, reports=2)}, "3 studies in 2 reports, but each has one"),
        ({"previous": Included(studies=3, reports=2)}, "previous: 3 studies in 2 reports"),
        ({"other_sources": (Part("citations", 3),)}, "other sources need both"),
        (
            {"other_sources": (Part("citations", 3),), "other": ELSEWHERE},
            "other sources identified 3 = 3, but sought there is 4 (1 too many)",
        ),
        (
            {"reading": Reading(sought=8, not_retrieved=1, assessed=7, excluded=(Part("x", 9),))},
            "databases: excluded 9 of 7 assessed",
        ),
    ],
)
def test_each_sum_says_its_arithmetic(changes, message):
    with pytest.raises(FlowError) as refused:
        a_flow(**changes)
    assert message in str(refused.value)


def test_every_wrong_sum_is_told_at_once():
    with pytest.raises(FlowError) as refused:
        a_flow(screened=14, included=Included(studies=2, reports=9))
    assert len(refused.value.mismatches) == 3


def test_a_count_below_0_is_refused():
    with pytest.raises(ValueError, match="'x' is -1"):
        Part("x", -1)
