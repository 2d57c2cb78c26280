"""Volumes of two sources: pairs, what is left out, and verdicts against judging case by case."""

import json
import random
from decimal import Decimal

import pytest

from tissueclock.core.errors import InputError, UsageError
from tissueclock.eligibility.cohort.kappa import cohen_kappa
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.profiles import classify
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.pipeline.compare import compare_cases, compare_volumes
from tissueclock.pipeline.volumes import read_volumes
from tissueclock.protocol.registry import profiles, protocol, protocols
from tissueclock.report.comparison import OPEN

FULL = {"aspects_ct": 8, "perfusion_modality": "CT", "mca_third": False, "tmax10_ml": 5, "tmax2_ml": 300}


def case(core_ml, hypoperfused_ml, **others):
    table = {"core_ml": Decimal(str(core_ml)), "hypoperfused_ml": Decimal(str(hypoperfused_ml)), **others}
    return complete(case_from_table(table, "test"))


def rule(found, name):
    return next(rule for rule in found.rules if rule.id == name)


def measure(found, name):
    return next(measure for measure in found.measures if measure.name == name)


def flips(found, name):
    return {(flip.ours, flip.theirs): flip.cases for flip in rule(found, name).flips}


def invented(seed, others):
    random_ = random.Random(seed)
    cases = {}
    for number in range(60):
        core = round(max(0.0, random_.gauss(45, 30)), 1)
        cases[f"case-{number}"] = case(core, round(core + max(0.0, random_.gauss(30, 30)), 1), **others)
    return cases


def test_a_case_is_the_same_where_its_id_is_and_differences_are_ours_minus_theirs():
    ours = {"a": case(20, 90), "b": case(70, 90), "only-ours": case(1, 2)}
    theirs = {"b": case(60, 95), "a": case(25, 80), "B": case(1, 2), "only-theirs": case(1, 2)}
    found = compare_cases(ours, theirs)
    assert (found.both, found.only_ours, found.only_theirs) == (2, ("only-ours",), ("B", "only-theirs"))
    core = measure(found, "core_ml")
    assert [(pair.case, pair.ours, pair.theirs) for pair in core.pairs] == [("a", 20, 25), ("b", 70, 60)]
    assert core.agreement.bland_altman.bias == 2.5
    assert core.agreement.median_difference == 7.5


def test_flips_have_their_direction_and_their_cases():
    ours = {"down": case(69.9, 300), "up": case(70, 300), "same": case(10, 300)}
    theirs = {"down": case(70, 300), "up": case(69, 300), "same": case(12, 300)}
    found = compare_cases(ours, theirs)
    assert flips(found, "core-below-70") == {("yes", "no"): ("down",), ("no", "yes"): ("up",)}
    assert rule(found, "core-below-70").counts == ((1, 1, 0), (1, 0, 0), (0, 0, 0))
    assert flips(found, "defuse-3") == {
        ("eligible", "ineligible"): ("down",),
        ("ineligible", "eligible"): ("up",),
    }


@pytest.mark.parametrize(
    ("name", "at", "below", "holds_at"),
    [
        ("core-below-15", (15, 100), (14.9, 100), False),
        ("core-below-50", (50, 100), (49.9, 100), False),
        ("core-below-70", (70, 200), (69.9, 200), False),
        ("ratio-above-1.2", (50, 60.1), (50, 60), True),
        ("ratio-from-1.8", (50, 90), (50, 89.9), True),
        ("mismatch-from-15", (50, 65), (50, 64.9), True),
    ],
)
def test_plain_limits_are_where_they_are_printed(name, at, below, holds_at):
    found = compare_cases({"x": case(*at)}, {"x": case(*below)})
    assert flips(found, name) == {("yes", "no") if holds_at else ("no", "yes"): ("x",)}


def test_an_infinite_ratio_passes_every_limit_and_has_no_difference():
    found = compare_cases({"x": case(0, 40), "y": case(10, 40)}, {"x": case(30, 40), "y": case(10, 40)})
    assert flips(found, "ratio-from-1.8") == {("yes", "no"): ("x",)}
    ratio = measure(found, "mismatch_ratio")
    assert (len(ratio.pairs), ratio.left_out) == (1, {"infinite (core of 0 mL)": 1})


def test_unknown_is_no_verdict_and_withheld_no_pair():
    unknown = complete(CaseFacts.of([Fact(name="core_ml", value=None, source="test", reason="no diffusion")]))
    withheld = CaseFacts.of([Fact(name="core_ml", value=80.0, source="test", withheld_by=("noise",))])
    ours = {"u": unknown, "w": complete(withheld), "k": case(20, 90)}
    found = compare_cases(ours, {name: case(20, 90) for name in ours})
    assert measure(found, "core_ml").left_out == {
        "unknown on a side": 1,
        "withheld by a quality gate": 1,
    }
    assert flips(found, "core-below-70") == {(OPEN, "yes"): ("u", "w")}
    assert rule(found, "core-below-70").opened == 2
    assert rule(found, "core-below-70").kappa.n == 1


def test_every_verdict_is_that_of_assess_and_classify_where_all_is_known():
    ours, theirs = invented(1, FULL), invented(2, FULL)
    found = compare_cases(ours, theirs)
    compared = 0
    for trial in protocols().values():
        gates = [item for item in trial.criteria if item.imaging and item.role.value == "gate"]
        shown = [item for item in found.rules if item.id == trial.id]
        if not gates or not shown or shown[0].left_out:
            continue
        compared += 1
        slow = {
            name: tuple(assess(trial, side[name], "imaging").decision.value for side in (ours, theirs))
            for name in ours
        }
        check(shown[0], slow)
    assert compared >= 4
    for definition in profiles().values():
        slow = {
            name: tuple(classify(definition, side[name]).label for side in (ours, theirs)) for name in ours
        }
        for item in found.rules:
            if item.id == f"profile-{definition.id}":
                check(item, slow)


def check(shown, slow):
    """Hold the table, the flips and the kappa of a rule against verdicts found slowly."""
    words = shown.verdicts
    counts = [[sum(pair == (a, b) for pair in slow.values()) for b in words] for a in words]
    assert [list(row) for row in shown.counts] == counts, shown.id
    for flip in shown.flips:
        assert flip.cases == tuple(name for name, pair in slow.items() if pair == (flip.ours, flip.theirs))
    assert sum(len(flip.cases) for flip in shown.flips) == sum(a != b for a, b in slow.values())
    assert shown.kappa == cohen_kappa([row[:-1] for row in counts[:-1]])


def test_volumes_alone_ask_a_trial_what_they_can_answer_and_say_what_not():
    found = compare_cases({"x": case(20, 90)}, {"x": case(80, 90)})
    shown = rule(found, "defuse-3")
    assert shown.asked == ("core-volume", "mismatch-ratio", "mismatch-volume")
    assert shown.left_out == ("aspects",)
    assert assess(protocol("defuse-3"), case(20, 90), "imaging").decision.value == OPEN
    assert flips(found, "defuse-3") == {("eligible", "ineligible"): ("x",)}


def test_what_one_source_alone_can_answer_is_not_asked():
    ours = {"x": case(20, 90, aspects_ct=3, perfusion_modality="CT")}
    for pair in ((ours, {"x": case(20, 90)}), ({"x": case(20, 90)}, ours)):
        found = compare_cases(*pair)
        assert rule(found, "defuse-3").left_out == ("aspects",)
        assert flips(found, "defuse-3") == {}
    assert rule(compare_cases(ours, ours), "defuse-3").counts == ((0, 0, 0), (0, 1, 0), (0, 0, 0))


def test_a_trial_whose_imaging_only_chose_the_analysed_is_judged_by_that():
    found = compare_cases({"x": case(20, 90, tmax10_ml=5)}, {"x": case(20, 30, tmax10_ml=5)})
    assert rule(found, "defuse-2").asked == (
        "mismatch-ratio",
        "mismatch-volume",
        "core-volume",
        "severe-delay",
    )
    expected = tuple(classify(profiles()["defuse-2"], case(20, end, tmax10_ml=5)).label for end in (90, 30))
    assert flips(found, "profile-defuse-2") == {expected: ("x",)}


def test_rules_that_nothing_answers_are_named_only():
    found = compare_cases({"x": case(20, 90)}, {"x": case(20, 90)})
    assert {"mr-rescue", "tension", "profile-mr-rescue"} <= set(found.silent)
    assert not set(found.silent) & {item.id for item in found.rules}
    assert len(found.silent) + len(found.rules) == 6 + len(profiles()) + len(protocols())


def test_tmax6_that_is_the_hypoperfused_volume_is_not_told_twice():
    both = {"x": complete(case_from_table({"tmax6_ml": Decimal(90), "core_ml": Decimal(9)}, "test"))}
    names = [item.name for item in compare_cases(both, both).measures]
    assert "hypoperfused_ml" in names
    assert "tmax6_ml" not in names


def test_no_common_id_is_refused():
    with pytest.raises(InputError, match="no case id is in both: ours has 1 cases, theirs 2") as caught:
        compare_cases({"a": case(1, 2)}, {"b": case(1, 2), "c": case(1, 2)})
    assert "written alike" in caught.value.remedy


def test_nothing_measured_on_both_sides_is_refused():
    typed = {"x": case_from_table({"age": 70}, "test")}
    with pytest.raises(InputError, match="no imaging fact is known on both sides") as caught:
        compare_cases(typed, typed)
    assert "core_ml" in caught.value.remedy


def test_only_ids_that_were_asked_for_are_told():
    found = compare_cases(
        {"a": case(1, 2), "secret-1": case(1, 2)}, {"a": case(1, 2), "secret-2": case(1, 2)}
    )
    assert "secret" not in json.dumps(found.to_json(ids=False))
    assert found.to_json(ids=False)["cases"] == {"in_both": 1, "only_ours": 1, "only_theirs": 1}
    assert found.to_json(ids=True)["cases"]["only_theirs_ids"] == ["secret-2"]


def test_csvs_by_synonyms_and_results_of_ours_by_folder(tmp_path):
    csv = tmp_path / "theirs.csv"
    csv.write_text("record_id,core_ml,tmax_6_ml\none,20.5,90\nsub/two,70,120\n", encoding="utf-8")
    for name, core in (("one", 22.25), ("sub/two", 65.0)):
        folder = tmp_path / "ours" / name
        folder.mkdir(parents=True)
        document = {"disclaimer": "x", "facts": {"core_ml": {"value": core, "unit": "mL", "source": "s"}}}
        (folder / "result.json").write_text(json.dumps(document), encoding="utf-8")
    found = compare_volumes(tmp_path / "ours", csv)
    assert [pair.case for pair in measure(found, "core_ml").pairs] == ["one", "sub/two"]
    assert measure(found, "core_ml").agreement.bland_altman.bias == (1.75 - 5) / 2


def test_one_result_is_named_by_its_folder(tmp_path):
    document = {"disclaimer": "x", "facts": {"core_ml": {"value": 5.0, "unit": "mL", "source": "s"}}}
    (tmp_path / "result.json").write_text(json.dumps(document), encoding="utf-8")
    assert list(read_volumes(tmp_path)) == [tmp_path.name]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("core_ml\n5\n", "no column of case ids"),
        ("id,core_ml\n", "holds no case"),
        ("id,core_ml\na,5\na,6\n", "id of case 2 is that of an earlier case"),
        ("id,core_ml\n ,5\n", "id of case 1 is empty"),
        ("id,core_ml,hypoperfused_ml,mismatch_ml\na,5,9,100\n", "case 1: .* contradict"),
        ("id,core_ml\na,many\n", "must be a number"),
        ("id,colour\na,5\n", "names no fact"),
    ],
)
def test_a_csv_that_cannot_be_compared_says_why(tmp_path, text, message):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_volumes(path)
    assert caught.value.where.startswith("x.csv")


def test_ids_are_not_repeated_in_errors(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("id,core_ml\nDOE JANE,5\nDOE JANE,6\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_volumes(path)
    assert "DOE" not in str(caught.value)


def test_another_file_is_wrong_usage(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("core", encoding="utf-8")
    with pytest.raises(UsageError, match="neither a CSV nor a folder of results"):
        read_volumes(path)
