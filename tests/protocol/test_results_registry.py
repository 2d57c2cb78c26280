"""The published results that are registered: whole, bound to their bytes, and as typed by hand here."""

from importlib import resources
from math import exp, log, sqrt

import pytest

from tissueclock.core.errors import UsageError
from tissueclock.core.provenance import digest
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.results.parts import Studied
from tissueclock.protocol.results.registry import published, results
from tissueclock.protocol.results.values import Counts, Kind, Role

FOLDER = resources.files("tissueclock.protocol.published")
EVERY = [pytest.param(item, id=name) for name, item in published().items()]
KNOWN = {
    *("angel-aspect", "angel-reboot", "dawn", "defuse", "defuse-2", "defuse-3"),
    *("epithet", "escape", "extend", "extend-ia", "ims-iii", "laste"),
    *("mr-clean", "mr-clean-late", "mr-rescue", "mr-witness", "rescue-japan-limit", "revascat"),
    *("select2", "swift-prime", "tension", "tesla", "thrace", "wake-up"),
}


def test_every_trial_with_results_is_there():
    assert list(published()) == sorted(KNOWN)
    assert results("dawn") is published()["dawn"]


def test_every_registered_trial_has_results_but_the_one_that_is_running():
    assert set(protocols()) - set(published()) == {"rescue-end-low"}
    assert set(published()) <= set(protocols())


def test_a_trial_without_results_is_wrong_usage_with_those_that_have_some():
    with pytest.raises(UsageError, match=r"no published result of 'rescue-end-low'\. Known: .*dawn"):
        results("rescue-end-low")


def test_a_result_is_bound_to_its_bytes_and_not_to_the_rule():
    files = {file.name: file.read_bytes() for file in FOLDER.iterdir() if file.name.endswith(".toml")}
    assert {f"{name}.toml": item.digest for name, item in published().items()} == {
        name: digest(content) for name, content in files.items()
    }
    for name in set(published()) & set(protocols()):
        assert published()[name].digest != protocols()[name].digest


def test_every_trial_says_what_it_studied():
    assert [name for name, item in published().items() if item.studied is None] == []
    lytic = {name for name, item in published().items() if item.studied is Studied.THROMBOLYSIS}
    assert lytic == {"epithet", "extend", "mr-witness", "wake-up"}


def test_a_cohort_is_one_where_nobody_was_randomised():
    both = set(published()) & set(protocols())
    assert {name for name in both if not published()[name].randomised} == {
        name for name in both if protocols()[name].randomisation is None
    }


@pytest.mark.parametrize("item", EVERY)
def test_a_file_holds_what_a_reader_needs(item):
    assert item.citation
    assert item.outcomes
    lines = (FOLDER / f"{item.trial}.toml").read_text("utf-8")
    used = {line.split('"')[1] for line in lines.splitlines() if line.startswith("source = ")}
    assert used == set(item.sources), "a source that nothing rests on"
    assert lines.startswith("# ")
    for text in [outcome.definition for outcome in item.outcomes] + [arm.name for arm in item.arms]:
        assert "\t" not in text
        assert not text.endswith(".")
    for outcome in item.outcomes:
        assert outcome.id == outcome.id.lower().replace(" ", "-")
        if outcome.origin.source.startswith("Expert memory"):
            assert outcome.origin.confidence is not Confidence.FOUND


# --- typed by hand from the section A3 of the team's facts: grades 0 to 6, treatment then control

SCALES = {
    "ims-iii": ("53 69 55 71 64 20 83", "19 39 28 35 30 15 48"),
    "mr-clean": ("6 21 49 43 52 13 49", "1 15 35 44 81 32 59"),
    "swift-prime": ("17 25 17 12 15 3 9", "8 10 15 16 20 12 12"),
    "extend-ia": ("9 9 7 6 1 0 3", "6 4 4 4 6 4 7"),
    "revascat": ("7 18 20 19 8 12 19", "6 7 16 20 17 21 16"),
    "thrace": ("31 39 36 25 34 11 24", "24 33 28 25 56 9 27"),
    "dawn": ("10 24 18 14 14 7 20", "4 5 4 16 34 18 18"),
    "defuse-3": ("9 15 17 14 17 7 13", "7 4 4 14 24 14 23"),
    "rescue-japan-limit": ("2 3 9 17 33 18 18", "0 3 5 5 25 40 24"),
    "select2": ("2 9 25 31 27 15 68", "0 3 9 20 36 32 71"),
    "angel-aspect": ("9 19 41 39 45 27 50", "0 8 18 49 60 45 45"),
    "tesla": ("6 8 8 23 30 23 53", "2 6 5 16 35 33 49"),
    "laste": ("0 7 14 32 32 17 57", "1 2 5 13 35 18 91"),
}


def numbers(text):
    return tuple(int(number) for number in text.split())


@pytest.mark.parametrize("name", SCALES)
def test_the_scale_is_as_typed_by_hand(name):
    both = results(name).mrs()
    assert (both.treatment.seven, both.control.seven) == tuple(map(numbers, SCALES[name]))
    assert both.confidence is Confidence.FOUND


def test_no_other_trial_has_seven_levels_in_both_arms():
    whole = [name for name, item in published().items() if item.mrs() and item.mrs().treatment.seven]
    assert sorted(whole) == sorted(SCALES)


def test_what_is_not_certain_is_not_there():
    merged = results("tension").mrs()
    assert (merged.treatment.counts, merged.control.counts) == (
        (10, 11, 18, 24, 15, 46),
        (2, 1, 13, 16, 24, 66),
    )
    assert (merged.treatment.levels[0], merged.treatment.seven) == ("0-1", None)
    late = results("mr-clean-late")
    assert late.mrs() is None
    assert late.arm(Role.TREATMENT).mrs.counts == ()
    assert late.arm(Role.CONTROL).mrs.seven == (5, 35, 44, 20, 27, 42, 74)
    for arm in results("escape").arms:
        assert (arm.mrs.counts, len(arm.mrs.percents)) == ((), 7)
        assert arm.mrs.origin.confidence is Confidence.RECALLED
    for name in ("defuse", "epithet", "defuse-2", "mr-rescue", "extend", "mr-witness", "angel-reboot"):
        assert [arm.mrs for arm in results(name).arms if arm.mrs] == []


def test_the_doubtful_scale_of_laste_says_so():
    scale = results("laste").mrs()
    assert "57 of 158" in scale.doubt
    assert "91 of 164" in scale.doubt
    assert "may be one too many" in results("laste").comparison(Kind.MRS_0_2).doubt
    assert [name for name in SCALES if results(name).mrs().doubt] == ["laste"]


# --- typed by hand from the section A4: (events, n) of treatment and control

PAIRS = [
    ("escape", "mrs-0-2", 87, 164, 43, 147),
    ("escape", "death-90d", 17, 164, 28, 147),
    ("escape", "sich", 6, 165, 4, 150),
    ("defuse-3", "mrs-0-2", 41, 92, 15, 90),
    ("defuse-3", "death-90d", 13, 92, 23, 90),
    ("defuse-3", "sich", 6, 92, 4, 90),
    ("defuse-3", "mrs-0-3", 55, 92, 29, 90),
    ("dawn", "mrs-0-2", 52, 107, 13, 99),
    ("dawn", "death-90d", 20, 107, 18, 99),
    ("dawn", "sich", 6, 107, 3, 99),
    ("mr-rescue", "mrs-0-2", 12, 64, 11, 54),
    ("mr-rescue", "death-90d", 12, 64, 13, 54),
    ("mr-rescue", "sich", 3, 64, 2, 54),
    ("ims-iii", "mrs-0-2", 177, 434, 86, 222),
    ("swift-prime", "death-90d", 9, 98, 12, 97),
    ("thrace", "mrs-0-2", 106, 200, 85, 202),
    ("rescue-japan-limit", "any-ich", 58, 100, 32, 102),
    ("select2", "sich", 1, 178, 2, 174),
    ("tension", "death-90d", 46, 124, 66, 122),
    ("tension", "mrs-0-3", 39, 124, 16, 122),
    ("tesla", "death-90d", 53, 150, 49, 147),
    ("laste", "death-90d", 57, 158, 91, 164),
    ("laste", "mrs-0-2", 21, 159, 8, 165),
    ("mr-clean-late", "sich", 17, 255, 4, 247),
    ("extend", "mrs-0-1", 40, 113, 33, 112),
    ("wake-up", "mrs-0-1", 131, 246, 102, 244),
    ("angel-reboot", "death-90d", 19, 176, 18, 172),
]


@pytest.mark.parametrize(("name", "kind", "a", "n", "b", "m"), PAIRS)
def test_the_counts_of_both_arms_are_as_typed_by_hand(name, kind, a, n, b, m):
    both = results(name).comparison(Kind(kind))
    assert (both.treatment, both.control) == (Counts(a, n), Counts(b, m))
    assert both.randomised


def test_the_strata_of_mr_rescue_and_defuse_2():
    trial, cohort = results("mr-rescue"), results("defuse-2")
    penumbral = trial.comparison(Kind.MRS_0_2, "penumbral")
    assert (penumbral.treatment, penumbral.control) == (Counts(7, 34), Counts(9, 34))
    assert penumbral.confidence is Confidence.RECALLED
    assert trial.comparison(Kind.DEATH, "non-penumbral").control == Counts(6, 20)
    assert [str(item.p) for item in trial.interactions] == ["= 0.14", "= 0.11"]
    assert not cohort.randomised
    (target,) = [item for item in cohort.strata if item.name == "target mismatch"]
    assert dict(target.sizes) == {Role.TREATMENT: 46, Role.CONTROL: 32}
    response, _, *_ = cohort.outcomes
    assert [str(number) for number in response.effect.interval] == ["2.7", "29.0"]
    assert cohort.comparison(Kind.MRS_0_2, "target mismatch") is None
    assert cohort.counts(Kind.MRS_0_2, Role.TREATMENT, "target mismatch") == Counts(25, 46)


def test_a_cohort_of_one_arm_compares_nothing():
    witness = results("mr-witness")
    assert (witness.randomised, witness.arm(Role.CONTROL)) == (False, None)
    assert witness.comparison(Kind.SICH) is None
    assert witness.counts(Kind.SICH, Role.TREATMENT) == Counts(1, 80)


# --- an independent reference: what the published intervals would be, from the counts that are stored

WALD = [
    ("defuse-3", "mrs-0-2", "RR", "2.67 1.60 4.48"),
    ("swift-prime", "mrs-0-2", "RR", "1.70 1.23 2.33"),
    ("rescue-japan-limit", "mrs-0-3", "RR", "2.43 1.35 4.37"),
    ("thrace", "mrs-0-2", "OR", "1.55 1.05 2.30"),
]


@pytest.mark.parametrize(("name", "kind", "measure", "published_interval"), WALD)
def test_counts_give_the_published_interval(name, kind, measure, published_interval):
    both = results(name).comparison(Kind(kind))
    a, n, b, m = both.treatment.events, both.treatment.n, both.control.events, both.control.n
    if measure == "RR":
        estimate, error = log((a / n) / (b / m)), sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    else:
        estimate, error = log(a * (m - b) / (b * (n - a))), sqrt(1 / a + 1 / (n - a) + 1 / b + 1 / (m - b))
    limits = [exp(estimate + side * 1.959964 * error) for side in (0, -1, 1)]
    assert " ".join(f"{limit:.2f}" for limit in limits) == published_interval
    effect = both.outcome.effect
    assert " ".join(str(number) for number in (effect.estimate, *effect.interval)) == published_interval


@pytest.mark.parametrize(("name", "treatment", "control"), [("dawn", 5.54, 3.35), ("tesla", 2.93, 2.27)])
def test_the_scale_gives_the_published_mean_utility(name, treatment, control):
    weights = (10, 9.1, 7.6, 6.5, 3.3, 0, 0)
    scale = results(name).mrs()
    for table, mean in ((scale.treatment, treatment), (scale.control, control)):
        total = sum(weight * count for weight, count in zip(weights, table.seven, strict=True))
        assert round(total / table.n, 2) == mean
