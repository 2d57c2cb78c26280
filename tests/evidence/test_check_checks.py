"""Every check has a result that trips it and a near miss; what a finding says is its arithmetic."""

from __future__ import annotations

import pytest
from check_lab import arm, ids, in_toml, levels, only, report_of, result
from check_trips import TRIPS

from tissueclock.evidence.check.finding import Level
from tissueclock.evidence.check.model import Direction, Method
from tissueclock.evidence.check.registry import check_sentences

REMARKS = ("p-only-by", "implied-control-rate", "pooled-scale")


def test_every_check_has_a_trip_and_a_near_miss():
    names = [name for name, _ in check_sentences()]
    assert sorted(names) == sorted(TRIPS)
    assert len(set(names)) == len(names)
    assert all(sentence.endswith(".") for _, sentence in check_sentences())


@pytest.mark.parametrize("check", TRIPS)
def test_a_check_sees_what_it_is_there_for(check):
    trip, miss = map(in_toml, TRIPS[check])
    assert check in ids(trip, infos=True)
    assert check not in ids(miss, infos=True)
    found = next(item for item in trip.findings if item.id == check)
    assert found.why.endswith(".")
    assert found.printed
    assert found.recomputed
    assert (found.level is Level.INFO) is (check in REMARKS)


@pytest.mark.parametrize("check", sorted(set(TRIPS) - set(REMARKS)))
def test_a_near_miss_raises_no_alarm_at_all(check):
    assert ids(in_toml(TRIPS[check][1])) == []


# --- intervals ---------------------------------------------------------------------------------------------


def test_a_limit_that_equals_its_estimate_is_restored():
    found = only(report_of(result("RR 0.75 0.75 0.99", p="=0.04")), "estimate-off-centre")
    assert found.level is Level.ERROR
    assert "sqrt(0.75 x 0.99) = 0.86" in found.why
    assert (
        found.suggestion == "All would agree with the lower limit 0.57 (with two digits of 0.75 transposed)."
    )


def test_one_transposed_limit_is_restored_with_its_p():
    report = report_of(result("RR 1.85 1.34 2.65", p="<0.0002"))
    found = only(report, "estimate-off-centre")
    assert found.level is Level.WARNING
    assert "the upper limit 2.56 (with two digits of 2.65 transposed)" in found.suggestion


@pytest.mark.parametrize(
    "method", [Method.EXACT, Method.PROFILE, Method.BOOTSTRAP, Method.CREDIBLE, Method.SCORE]
)
def test_an_interval_that_leans_by_its_method_is_no_fault(method):
    leaning = result("OR 3.06 1.43 6.88")
    assert ids(report_of(leaning)) == ["estimate-off-centre"]
    said = in_toml(
        f'[[result]]\nmeasure = "OR"\nestimate = 3.06\nci = [1.43, 6.88]\ninterval = "{method.value}"'
    )
    assert ids(said) == []


def test_an_interval_that_counts_give_by_an_exact_method_is_no_fault():
    assert ids(report_of(result("OR 3.06 1.43 6.88", arm("31/100"), arm("13/102")))) == []


def test_numbers_that_were_rounded_on_the_way_are_no_fault():
    assert ids(report_of(result("OR 11.1 1.92 63.3"))) == []


def test_a_lower_limit_printed_as_zero_hides_its_scale():
    assert ids(report_of(result("OR 0.2 0.0 1.6"))) == []


@pytest.mark.parametrize("effect", ["OR 2.4 -1.3 4.1", "RR 0.5 -0.9 2.0"])
def test_a_ratio_has_no_limit_below_zero(effect):
    found = only(report_of(result(effect)), "interval-order")
    assert "below 0, where no ratio is" in found.why


def test_swapped_limits_are_suggested():
    found = only(report_of(result("RR 2.43 4.37 1.35", p="=0.003")), "interval-order")
    assert "the limits 1.35 to 4.37 (swapped)" in found.suggestion


# --- p -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", ["=0.002", "=0.0017", "=0.0029", "=0.0030", "<0.01", "<0.05"])
def test_any_test_in_use_may_give_p(p):
    assert ids(report_of(result("RR 2.43 1.35 4.37", arm("31/100"), arm("13/102"), p=p))) == []


@pytest.mark.parametrize(
    ("p", "level"), [("=0.006", Level.WARNING), ("=0.02", Level.WARNING), ("=0.2", Level.ERROR)]
)
def test_p_that_no_test_gives_is_found_by_counts(p, level):
    report = report_of(result("RR 2.43 1.35 4.37", arm("31/100"), arm("13/102"), p=p))
    assert only(report, "p-value").level is level


def test_an_adjusted_p_is_compared_with_its_interval_only():
    counts = arm("31/100"), arm("13/102")
    fine = result("aOR 1.50 0.80 2.81", *counts, p="=0.21", adjusted=True)
    assert ids(report_of(fine)) == []
    wrong = result("aOR 1.50 0.80 2.81", *counts, p="=0.002", adjusted=True)
    assert ids(report_of(wrong)) == ["p-value"]


def test_another_test_may_move_p_a_little_where_there_are_no_counts():
    assert ids(report_of(result("HR 0.67 0.46 0.98", p="=0.045"))) == []
    assert ids(report_of(result("HR 0.67 0.46 0.98", p="=0.09"))) == ["p-value"]


def test_a_named_test_is_held_to_its_name():
    counts = 'events = [9, 5]\nn = [100, 102]\np = 0.25\np_test = "{}"'
    assert ids(in_toml(f"[[result]]\n{counts.format('Pearson')}")) == []
    assert ids(in_toml(f"[[result]]\n{counts.format('Fisher exact')}")) == ["p-value"]
    assert ids(in_toml(f"[[result]]\n{counts.format('log-rank')}")) == []


def test_p_by_uncorrected_pearson_only_is_a_remark():
    found = only(report_of(result("unknown _ _ _", arm("9/100"), arm("5/102"), p="=0.25")), "p-only-by")
    assert found.level is Level.INFO
    assert found.recomputed == "Pearson's chi-square, uncorrected only"
    assert "Fisher's exact test 0.281" in found.why


def test_a_one_sided_p_is_doubled():
    report = in_toml('[[result]]\nmeasure = "HR"\nestimate = 0.67\nci = [0.46, 0.98]\np = 0.019\np_sides = 1')
    assert ids(report) == []


@pytest.mark.parametrize("p", ["=1.2", "=2"])
def test_a_p_above_one(p):
    assert "p-impossible" in ids(report_of(result("RR 2.43 1.35 4.37", p=p)))


@pytest.mark.parametrize("p", ["=0.000", "=0.00", "<0.0001", "=1.0", ">0.99"])
def test_ends_of_p_as_they_are_printed(p):
    effect = "RR 1.01 0.50 2.04" if p in ("=1.0", ">0.99") else "RR 9.00 4.00 20.25"
    assert ids(report_of(result(effect, p=p))) == []


# --- counts ------------------------------------------------------------------------------------------------


def test_a_percentage_names_the_count_that_it_would_be():
    found = only(report_of(result("unknown _ _ _", arm("15/102 12.7"))), "percent")
    assert found.level is Level.ERROR
    assert "100 x 15 / 102 = 14.71" in found.why
    assert "12.7 % would be 13 of 102" in found.why


def test_a_percentage_that_was_cut_off_is_a_warning():
    assert levels(report_of(result("unknown _ _ _", arm("36/128 28.1")))) == {}
    assert levels(report_of(result("unknown _ _ _", arm("13/102 12.7")))) == {}
    assert levels(report_of(result("unknown _ _ _", arm("2/3 66.6"))))["percent"] is Level.WARNING


@pytest.mark.parametrize("text", ["1/8 12", "1/8 13", "1/40 2.5"])
def test_halves_may_be_rounded_either_way(text):
    assert ids(report_of(result("unknown _ _ _", arm(text)))) == []


def test_events_and_percentage_need_a_denominator():
    found = only(report_of(result("unknown _ _ _", arm("3/_ 99.9"))), "denominator")
    assert "no n out of which 3 are 99.9 %" in found.why
    assert ids(report_of(result("unknown _ _ _", arm("31/_ 31.0")))) == []


def test_where_patients_are_missing_a_smaller_group_is_no_fault():
    few = arm("31/_ 31.6", sizes=(101, 102))
    assert ids(report_of(result("unknown _ _ _", few))) == ["denominator"]
    assert ids(report_of(result("unknown _ _ _", few, may_lack=True))) == []


# --- effects -----------------------------------------------------------------------------------------------

LIMIT = arm("31/100"), arm("13/102")


@pytest.mark.parametrize(
    "effect",
    [
        *("RR 2.43 1.35 4.37", "RR 2.43 1.37 4.38", "OR 3.08 1.50 6.32", "OR 3.06 1.43 6.88"),
        *("RD 18.3 7.1 29.4", "RD 18.3 6.9 29.2", "RD 18.3 7.0 29.5", "RD 0.183 0.071 0.294"),
    ],
)
def test_the_methods_in_use_are_known(effect):
    assert ids(report_of(result(effect, *LIMIT)), infos=True) == []


def test_a_wrong_label_is_named():
    found = only(report_of(result("OR 2.43 1.35 4.37", *LIMIT)), "effect")
    assert found.suggestion == "Call it RR."
    assert "2.43 is the RR of these groups; their OR is 3.08" in found.why


def test_the_second_group_over_the_first_is_a_remark():
    report = report_of(result("RR 0.41 0.23 0.74", *LIMIT))
    assert levels(report) == {"effect": Level.INFO}


def test_an_estimate_that_its_interval_bears_out_may_be_adjusted():
    assert levels(report_of(result("RR 1.90 1.10 3.28", *LIMIT))) == {"effect": Level.WARNING}
    assert levels(report_of(result("RR 1.90 1.10 3.28", *LIMIT, maybe_adjusted=True))) == {}
    assert levels(report_of(result("RR 1.90 1.10 3.28", *LIMIT, adjusted=True))) == {}
    assert levels(report_of(result("RR 1.90 1.35 4.37", *LIMIT)))["effect"] is Level.ERROR


def test_a_pooled_effect_is_not_that_of_all_patients_together():
    assert ids(report_of(result("OR 2.00 1.50 2.67", arm("292/633"), arm("170/645"), pooled=True))) == []
    assert "effect" in ids(report_of(result("OR 2.00 1.50 2.67", arm("292/633"), arm("170/645"))))


@pytest.mark.parametrize(("effect", "found"), [("RR 2.43 1.35 4.37", []), ("RR 3.10 1.72 5.58", ["effect"])])
def test_percentages_alone_bound_a_ratio(effect, found):
    assert ids(report_of(result(effect, arm("_/_ 31.0"), arm("_/_ 12.7")))) == found


def test_nobody_with_an_event_gives_no_ratio_and_no_finding():
    assert ids(report_of(result("RR 1.00 0.02 50.0", arm("0/40"), arm("0/41")))) == []


def test_a_direction_needs_all_numbers_against_it():
    words = {"direction": Direction.LOWER}
    assert ids(report_of(result("RR 0.77 0.44 1.32", arm("18/100"), arm("24/102"), **words))) == []
    assert ids(report_of(result("RR 1.84 0.64 5.29", arm("9/100"), arm("5/102"), **words))) == ["direction"]
    mixed = result("HR 1.30 1.01 1.67", arm("_/_ 18.0"), arm("_/_ 24.0"), **words)
    assert ids(report_of(mixed)) == []


def test_a_comparator_with_more_events_than_its_definition_allows():
    text = '[[result]]\nmeasure = "OR"\nestimate = 4.28\npercent = 84.4\npooled = true\ncontrol_at_most = 20'
    found = only(in_toml(text), "implied-control-rate")
    assert (found.level, found.recomputed) == (Level.WARNING, "55.8 % in the other group")


def test_an_impossible_control_rate_is_a_warning():
    report = report_of(result("RR 0.50 0.40 0.62", arm("_/_ 84.4")))
    assert levels(report) == {"implied-control-rate": Level.WARNING}


# --- scales ------------------------------------------------------------------------------------------------


def test_the_scale_of_pooled_proportions_is_told_by_symmetry():
    rows = ("49.9 43.4 56.3", "16.7 13 21.1", "8.2 6.5 10.3", "84.4 78.4 89", "13.4 4.9 31.6")
    text = "".join(
        f"[[result]]\npercent = {row.split()[0]}\nci = [{row.split()[1]}, {row.split()[2]}]\npooled = true\n"
        for row in rows
    )
    found = only(in_toml(text), "pooled-scale")
    assert found.recomputed == "logit"
    assert "raw 1 of 5, logit 5 of 5" in found.why


def test_one_proportion_near_a_half_does_not_tell():
    found = only(in_toml("[[result]]\npercent = 49.9\nci = [43.4, 56.3]\npooled = true"), "pooled-scale")
    assert found.recomputed == "raw or logit or arcsine"
    assert found.suggestion == ""


@pytest.mark.parametrize("effect", ["RR 0.20 0.01 4.02", "OR 0.19 0.01 4.08"])
def test_a_half_in_every_cell_explains_an_arm_without_events(effect):
    assert ids(report_of(result(effect, arm("0/35"), arm("2/35")))) == []
