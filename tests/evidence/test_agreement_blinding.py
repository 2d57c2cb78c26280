"""Blinding indices: their ends, their laws, and their variance from the definition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.evidence.agreement.blinding import ArmGuesses, blinding_indices, guess_words

COUNTS = st.tuples(*[st.integers(0, 40)] * 3).filter(any)


def indices(treated, control, level=0.95):
    arms = (
        ArmGuesses(arm=name, treatment=one[0], control=one[1], unknown=one[2])
        for name, one in (("active", treated), ("sham", control))
    )
    return blinding_indices(*arms, level)


@pytest.mark.parametrize(
    ("treated", "control", "james", "bang"),
    [
        ((0, 0, 9), (0, 0, 9), None, (0, 0)),  # nobody guesses
        ((9, 0, 0), (0, 9, 0), 0, (1, 1)),  # all are right
        ((0, 9, 0), (9, 0, 0), 1, (-1, -1)),  # all are wrong: James cannot tell it from full blinding
        ((10, 10, 0), (10, 10, 0), 0.5, (0, 0)),  # a coin
        ((9, 0, 1), (9, 0, 1), 0.55, (0.9, -0.9)),  # all hope for the treatment: Bang tells the arms apart
    ],
)
def test_the_ends_mean_what_the_papers_say(treated, control, james, bang):
    trial, active, sham = indices(treated, control)
    assert trial.estimate == (james if james is None else pytest.approx(james))
    assert (active.estimate, sham.estimate) == pytest.approx(bang)
    assert trial.reason == ("nobody guessed" if james is None else "")


def james_of(shares):
    """Return the index from the definition: weights 1, 1/2 and 0, kappa of who guesses."""
    tt, tc, tu, ct, cc, cu = shares
    unknown = tu + cu
    known = 1 - unknown
    wrong = (tc + ct) / known
    chance = ((tt + tc) * (tc + cc) + (ct + cc) * (tt + ct)) / known**2
    return (1 + unknown + known * (wrong - chance) / chance) / 2


@given(treated=COUNTS, control=COUNTS)
def test_james_and_its_variance_are_those_of_the_definition(treated, control):
    found = indices(treated, control)[0]
    if found.estimate is None:
        return
    n = sum(treated) + sum(control)
    shares = [count / n for count in (*treated, *control)]
    assert found.estimate == pytest.approx(james_of(shares))
    step = 1e-6
    if min(shares[at] for at in (0, 1, 3, 4)) < step:
        return  # a share that cannot be lowered has no slope by this means
    slopes = []
    for at in range(6):
        up, down = (
            [share + (sign * step if i == at else 0) for i, share in enumerate(shares)] for sign in (1, -1)
        )
        slopes.append((james_of(up) - james_of(down)) / (2 * step))
    mean = sum(share * slope for share, slope in zip(shares, slopes, strict=True))
    spread = sum(share * slope**2 for share, slope in zip(shares, slopes, strict=True)) - mean**2
    assert found.standard_error == pytest.approx(math.sqrt(max(spread, 0) / n), abs=1e-4)


@given(treated=COUNTS, control=COUNTS)
def test_changing_the_arms_names_changes_the_arms_indices_alone(treated, control):
    trial, active, sham = indices(treated, control)
    turned = [(one[1], one[0], one[2]) for one in (control, treated)]
    other, first, second = indices(*turned)
    assert other.estimate == (None if trial.estimate is None else pytest.approx(trial.estimate))
    assert (first.estimate, second.estimate) == pytest.approx((sham.estimate, active.estimate))


def test_the_words_follow_the_interval():
    _, active, sham = indices((28, 10, 12), (10, 34, 6))
    assert guess_words(active) == "more right guesses than chance gives"
    assert guess_words(sham) == "more right guesses than chance gives (far more)"
    assert guess_words(indices((5, 40, 5), (1, 1, 1))[1]) == "more wrong guesses than chance gives"
    assert guess_words(indices((5, 6, 5), (1, 1, 1))[1]) == "no sign beyond chance"


@pytest.mark.parametrize(
    ("counts", "message"),
    [((-1, 2, 3), "'active' has a count below 0"), ((0, 0, 0), "'active' has no guess")],
)
def test_what_are_no_guesses_is_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        indices(counts, (1, 1, 1))
