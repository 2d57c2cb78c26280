"""What records of the diffusion suite come to: goals and exceptions, from records made by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from tissueclock.anatomy.registration import Registration
from tissueclock.bench.diffusion import classes, core, flair, negative, registration
from tissueclock.bench.diffusion.cases import Part
from tissueclock.bench.diffusion.draws import with_core
from tissueclock.bench.diffusion.goals import range_goal, share_goal
from tissueclock.bench.diffusion.page import page_of
from tissueclock.bench.diffusion.suite import lines_of, results
from tissueclock.core.provenance import Step

DRAWN = with_core(61_500).traits()
HEADER = {"level": "default", "command": "x", "version": "0", "code": "c", "seeds": {"core": "1 to 2"}}


def held(true_ml, core_ml, wrong_ml=0.0, interval=None):
    return {
        "true_ml": true_ml,
        "core_ml": core_ml,
        "before_ml": core_ml,
        "removed_ml": {"edge": 0.4},
        "interval_ml": interval or [core_ml - 1, core_ml + 1],
        "wrong_side_ml": wrong_ml,
        "not_acute_ml": 0.0,
        "missed_ml": 0.0,
        "dice": 0.9,
    }


def core_record(number, it):
    limits = {"600": it, "620": held(10.0, 10.0)}
    return {"id": f"core@{number}", "part": "core", "drawn": DRAWN, "acute_ml": 12.0, "limits": limits}


def goals_of(module, records):
    return {goal.id: goal for goal in module.goals(records)}


@pytest.mark.parametrize(
    ("true_ml", "core_ml", "close"),
    [(4.0, 5.0, True), (4.0, 2.99, False), (40.0, 42.0, True), (40.0, 42.1, False), (40.0, 37.9, False)],
)
def test_close_is_5_percent_or_1_ml(true_ml, core_ml, close):
    assert core.is_close(held(true_ml, core_ml)) is close


def test_cores_that_are_far_off_or_on_the_wrong_side_are_counted_and_listed():
    items = [held(10, 10), held(10, 12.5), held(10, 10, wrong_ml=9.0), held(30, 30, interval=[30.5, 31])]
    records = [core_record(number, it) for number, it in enumerate(items)]
    goals = goals_of(core, records)
    assert (goals["core-600-close"].found, goals["core-600-close"].met) == (75.0, False)
    assert (goals["core-600-side"].found, goals["core-600-side"].met) == (75.0, False)
    assert goals["core-600-worst"].found == 2.5
    assert goals["core-600-interval"].found == 50.0
    assert goals["core-620-close"].met is True
    listed = list(core.tables(records))[-1].rows
    assert [row[0] for row in listed] == ["core@1", "core@2"]


def test_a_core_that_was_not_found_has_no_side_and_no_interval():
    lost = {**held(3.0, 0.0), "interval_ml": None, "dice": 0.0}
    goals = goals_of(core, [core_record(1, lost)])
    assert (goals["core-600-side"].found, goals["core-600-interval"].found) == (0.0, 0.0)
    assert list(core.tables([core_record(1, lost)]))


def negative_record(number, ml):
    cores = {"600": 0.0, "620": ml}
    return {
        "id": f"negative@{number}", "part": "negative", "drawn": DRAWN, "kind": "artefact",
        "core_ml": cores, "before_ml": {"600": 3.0, "620": 4.0},
    }  # fmt: skip


def test_every_false_core_is_listed_with_its_volume():
    records = [negative_record(number, 0.7 if number == 3 else 0.0) for number in range(20)]
    goals = goals_of(negative, records)
    assert (goals["negative-620"].found, goals["negative-620"].met) == (95.0, True)
    assert goals["negative-largest"].found == 0.7
    counts, exceptions = negative.tables(records)
    assert [row[:4] for row in exceptions.rows] == [("negative@3", "artefact", "0.00 mL", "0.70 mL")]
    assert counts.rows[0][:3] == ("all", "20 of 20", "19 of 20")
    assert goals_of(negative, [*records, negative_record(21, 1.0)])["negative-620"].met is False


def moved(error_mm, residual_mm, error_deg=0.2):
    return {
        "moved_mm": 9.0, "turned_deg": 4.0, "error_mm": error_mm, "error_deg": error_deg,
        "residual_mm": residual_mm, "overlap": 0.95, "passes": residual_mm <= 3.0,
    }  # fmt: skip


def registration_record(number, it):
    return {
        "id": f"registration@{number}", "part": "registration", "drawn": DRAWN, "run_grid": "usual",
        "perfusion": it, "flair": moved(0.3, 0.3),
    }  # fmt: skip


def test_a_failure_whose_residual_passes_is_seen_here():
    items = [moved(0.2, 0.1), moved(1.0, 0.9), moved(0.9, 0.4, 1.1), moved(4.0, 5.0), moved(3.5, 2.9)]
    records = [registration_record(number, it) for number, it in enumerate(items)]
    goals = goals_of(registration, records)
    assert goals["registration-perfusion"].found == 40.0
    assert (goals["registration-perfusion-unseen"].found, goals["registration-perfusion-unseen"].met) == (
        1.0,
        False,
    )
    assert goals["registration-perfusion-worst"].found == 4.0
    assert goals["registration-flair-unseen"].met is True
    listed = list(registration.tables(records))[-1].rows
    assert [row[0] for row in listed] == ["registration@2", "registration@3", "registration@4"]
    expected = spearmanr([it["residual_mm"] for it in items], [it["error_mm"] for it in items]).statistic
    assert goals["registration-perfusion-rank"].found == pytest.approx(expected)


def test_the_error_is_the_largest_distance_in_the_brain_between_two_motions():
    turn = np.eye(4)
    angle = np.radians(2.0)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    true = np.eye(4)
    true[:3, 3] = (1.0, 0.0, 0.0)
    found = Registration(
        matrix=turn, residual_mm=3.1, overlap=0.9, shift_mm=0, turn_deg=2, step=Step(name="x", sentence="X.")
    )
    brain = np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 5.0]])
    it = registration._held(found, true, brain, 3.0)
    far = np.hypot(100 * np.cos(angle) - 101, 100 * np.sin(angle))
    assert it["error_mm"] == pytest.approx(far, rel=1e-3)
    assert it["error_deg"] == pytest.approx(2.0, rel=1e-3)
    assert (it["moved_mm"], it["turned_deg"], it["passes"]) == (1.0, 0.0, False)


def flair_record(number, factor, ratio, verdict, rule=None, interval=None):
    return {
        "id": f"flair@{number}", "part": "flair", "drawn": DRAWN, "true_core_ml": 10.0, "lesion_ml": 9.0,
        "compared_ml": 8.0, "factor": factor, "rule": factor if rule is None else rule, "ratio": ratio,
        "interval": interval or (None if ratio is None else [ratio - 0.02, ratio + 0.02]),
        "verdict": verdict, "because": "", "residual_mm": 0.3,
    }  # fmt: skip


def test_verdicts_are_judged_only_where_the_factor_is_further_than_0_05_from_the_limit():
    records = [
        flair_record(0, 1.0, 1.01, "mismatch"),
        flair_record(1, 1.18, 1.17, "indeterminate"),
        flair_record(2, 1.3, 1.30, "indeterminate"),
        flair_record(3, 1.3, 1.05, "mismatch"),
        flair_record(4, 1.4, 1.50, "match", rule=1.5),
    ]
    goals = goals_of(flair, records)
    assert (goals["flair-verdict"].found, goals["flair-verdict"].cases) == (50.0, 4)
    assert (goals["flair-opposite"].found, goals["flair-opposite"].met) == (1.0, False)
    assert goals["flair-rule"].found == 80.0
    assert goals["flair-factor"].found == 60.0
    assert goals["flair-rule-interval"].found == 80.0
    listed = list(flair.tables(records))[-1].rows
    assert [row[0] for row in listed] == ["flair@2", "flair@3", "flair@4"]


def test_a_ratio_that_was_not_given_is_close_to_nothing_and_its_verdict_is_not_right():
    record = flair_record(0, 1.0, None, "indeterminate")
    goals = goals_of(flair, [record])
    assert (goals["flair-given"].found, goals["flair-verdict"].met) == (0.0, False)
    assert (goals["flair-rule"].met, goals["flair-factor-interval"].found) == (None, None)
    assert len(list(flair.tables([record]))[-1].rows) == 1


def test_a_ratio_without_an_interval_is_judged_for_itself():
    record = {**flair_record(0, 1.0, 1.01, "indeterminate"), "interval": None}
    goals = goals_of(flair, [record, flair_record(1, 1.0, 1.01, "mismatch")])
    assert (goals["flair-rule"].found, goals["flair-rule"].cases) == (100.0, 2)
    assert (goals["flair-rule-interval"].found, goals["flair-rule-interval"].cases) == (100.0, 1)


def published_class(core_ml, tmax6_ml, tmax10_ml):
    """The definition of Lansberg 2012, typed anew."""
    if core_ml >= 70 or tmax10_ml >= 100:
        return "malignant"
    ratio_is_large = core_ml == 0 or tmax6_ml / core_ml >= 1.8
    return "target-mismatch" if tmax6_ml - core_ml >= 15 and ratio_is_large else "no-mismatch"


def test_the_class_of_a_truth_is_the_published_one():
    for core_ml in (0.0, 5.0, 20.0, 50.0, 69.9, 70.0, 90.0):
        for tmax6_ml in (0.0, 14.9, 20.0, 35.0, 36.0, 85.0, 90.0, 130.0):
            for tmax10_ml in (0.0, 99.9, 100.0):
                truth = classes.Truth(core_ml=core_ml, tmax6_ml=tmax6_ml, tmax10_ml=tmax10_ml)
                assert truth.label == published_class(core_ml, tmax6_ml, tmax10_ml)


@pytest.mark.parametrize(
    ("truth", "edge", "percent", "close"),
    [
        ((66.5, 200.0, 40.0), "core 70 mL", 5.0, False),
        ((68.0, 200.0, 40.0), "core 70 mL", 2.857, True),
        ((30.0, 200.0, 103.0), "Tmax > 10 s of 100 mL", 3.0, True),
        ((50.0, 99.0, 20.0), "ratio 1.8", 10.0, False),
        ((10.0, 24.1, 2.0), "mismatch 15 mL", 6.0, True),
        ((90.0, 200.0, 130.0), "Tmax > 10 s of 100 mL", 30.0, False),
    ],
)
def test_the_nearest_edge_is_one_that_would_change_the_class(truth, edge, percent, close):
    names = ("core_ml", "tmax6_ml", "tmax10_ml")
    name, share, near = classes.Truth(**dict(zip(names, truth, strict=True))).nearest
    assert (name, near) == (edge, close)
    assert 100 * share == pytest.approx(percent, rel=1e-3)


def test_an_edge_that_changes_nothing_is_no_edge():
    assert classes.Truth(core_ml=30.0, tmax6_ml=60.0, tmax10_ml=150.0).edges == ("Tmax > 10 s of 100 mL",)
    both = classes.Truth(core_ml=90.0, tmax6_ml=200.0, tmax10_ml=150.0)
    assert both.edges == ()


def class_record(*patients):
    found = [
        {
            "true_core_ml": 60.0, "core_ml": 61.0, "edge": "core 70 mL", "distance_percent": share,
            "close": share < 4, "true_class": true, "class": label,
        }
        for share, true, label in patients
    ]  # fmt: skip
    volumes = {"true_tmax6_ml": 90.0, "true_tmax10_ml": 20.0, "tmax6_ml": 91.0, "tmax10_ml": 20.0}
    return {"id": "classes@1", "part": "classes", "patients": found, **volumes}


def test_a_class_that_is_not_known_is_not_right_and_a_close_one_is_not_judged():
    record = class_record(
        (10.0, "malignant", "malignant"),
        (10.0, "malignant", "undetermined"),
        (2.0, "no-mismatch", "malignant"),
    )
    goals = goals_of(classes, [record])
    assert (goals["class-far"].found, goals["class-far"].cases, goals["class-far"].met) == (50.0, 2, False)
    confusion, by_edge, _, wrong = classes.tables([record])
    assert confusion.heads[-1] == "found undetermined"
    assert confusion.rows[0] == ("far from every edge", "malignant", "2", "1", "0", "0", "1")
    assert by_edge.rows[0][:4] == ("core 70 mL", "3", "0 of 1", "-")
    assert [row[0] for row in wrong.rows] == ["classes@1.1", "classes@1.2"]


def test_shares_are_met_from_the_limit_on_and_ranges_need_ten_cases():
    assert share_goal("x", "", [True] * 19 + [False], 95).met is True
    assert share_goal("x", "", [True] * 18 + [False] * 2, 95).met is False
    assert share_goal("x", "", [], 95).met is None
    assert range_goal("x", "", [True] * 9, 85, 95).met is None
    assert range_goal("x", "", [True] * 10, 85, 95).met is False
    assert range_goal("x", "", [True] * 9 + [False], 85, 95).met is True


def all_records():
    return [
        core_record(1, held(10, 12.5)),
        negative_record(1, 0.0),
        registration_record(1, moved(0.5, 0.4)),
        flair_record(1, 1.0, 1.0, "mismatch"),
        class_record((10.0, "malignant", "malignant")),
    ]


def test_the_page_states_the_misses_and_that_nothing_is_in_vivo():
    document = results(HEADER, all_records())
    text = page_of(document)
    assert "There is no in-vivo validation" in text
    assert "Research use only" in text
    assert "| Core, ADC < 600: within 5 % or 1 mL | all | 0 % | **no** | 1 |" in text
    assert "| core@1 | 600 | 10.00 | 12.50 |" in text
    assert text.count("### Every patient with a core\n\nNone.") == 1
    for part in ("core", "negative", "registration", "flair", "classes"):
        assert any(table["part"] == part for table in document["tables"])
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_part_that_was_not_run_is_not_met_nor_missed():
    document = results(HEADER, all_records()[:1])
    unrun = [goal for goal in document["goals"] if not goal["id"].startswith("core")]
    assert {goal["met"] for goal in unrun} == {None}
    assert "## Registration" not in page_of(document)
    assert set(Part) == {"core", "negative", "registration", "flair", "classes"}


def test_lines_have_the_id_first_and_are_separated_by_tabs():
    lines = lines_of(results(HEADER, all_records()))
    first = lines[0].split("\t")
    assert first[:2] == ["core-600-close", "MISSED"]
    assert first[3:] == ["wanted all", "found 0 %", "1 cases"]
    assert len({line.split("\t")[0] for line in lines}) == len(lines)
