"""A text is searched for printed results: the ways in which journals print them, each read as it is meant."""

from __future__ import annotations

import pytest
from check_lab import ids, in_text, only

from tissueclock.evidence.check.finding import Level
from tissueclock.evidence.check.measure import Measure, measure_of
from tissueclock.evidence.check.model import Direction, Method
from tissueclock.evidence.check.text.normal import NormalText
from tissueclock.evidence.check.text.read import read_text

# text -> effect, p, groups
EFFECTS = {
    "The odds ratio was 2.42 (95% CI 1.46-4.01).": ("OR 2.42 (1.46 to 4.01)", None, []),
    "OR 2.42 (95% CI 1.46-4.01)": ("OR 2.42 (1.46 to 4.01)", None, []),
    "RR, 1.35; 95% CI, 1.20 to 1.50; P = .002": ("RR 1.35 (1.20 to 1.50)", "= .002", []),
    "(OR=2.42; 95%CI:1.46–4.01; p<.001)": ("OR 2.42 (1.46 to 4.01)", "< .001", []),
    "odds ratio of 2.42 [1.46–4.01]": ("OR 2.42 (1.46 to 4.01)", None, []),
    "OR: 2.42; CI: 1.46, 4.01": ("OR 2.42 (1.46 to 4.01)", None, []),
    "aOR 2.42 [95% CI 1.46; 4.01], p 0.001": ("OR 2.42 (1.46 to 4.01)", "= 0.001", []),
    "HR 0·67 (95% CI 0·46–0·98), p=0·038": ("HR 0.67 (0.46 to 0.98)", "= 0.038", []),
    "relative risk, 2.43 (95 percent confidence interval, 1.35 to 4.37; P = 0.002)": (
        "RR 2.43 (1.35 to 4.37)",
        "= 0.002",
        [],
    ),
    "relative risk = 2.43, 95% confidence limits 1.35 and 4.37": ("RR 2.43 (1.35 to 4.37)", None, []),
    "mean difference −0.5 (95% CI −1.1 to 0.1)": ("mean-difference -0.5 (-1.1 to 0.1)", None, []),
    "The hazard ratio for death in one group was 0.67 (95% CI, 0.46 to 0.98)": (
        "HR 0.67 (0.46 to 0.98)",
        None,
        [],
    ),
    "risk difference −5.5% (95% CI −16.7% to 5.7%; P=.33)": ("RD -5.5 (-16.7 to 5.7)", "= .33", []),
    "absolute risk reduction, 5.5 percentage points (95% CI, -5.7--1.2)": ("RD 5.5 (-5.7 to -1.2)", None, []),
    "Relative Risk (RR): 2.43; 95% Confidence Interval (CI): 1.35-4.37; p-value: 0.002": (
        "RR 2.43 (1.35 to 4.37)",
        "= 0.002",
        [],
    ),
    "The risk ratio for mRS 0-3 was 2.43 (1.35 to 4.37; p=0.002).": ("RR 2.43 (1.35 to 4.37)", "= 0.002", []),
    "The RR was 2.43 at 90 days (95% CI, 1.35 to 4.37).": ("RR 2.43 (1.35 to 4.37)", None, []),
    "RR 2.43 (P = 0.002; 95% CI, 1.35-4.37)": ("RR 2.43 (1.35 to 4.37)", "= 0.002", []),
    "OR 2,42 (95% CI 1,46-4,01)": ("OR 2.42 (1.46 to 4.01)", None, []),
    "acOR, 1.67; 95% CrI, 1.21 to 2.30": ("cOR 1.67 (1.21 to 2.30)", None, []),
    "cOR 1.66 (1.21–2.28)": ("cOR 1.66 (1.21 to 2.28)", None, []),
    "generalized odds ratio, 1.37; 95% CI, 1.11 to 1.69": ("gOR 1.37 (1.11 to 1.69)", None, []),
    "NNT 5.5": ("NNT 5.5", None, []),
    "P<0·0001": ("", "< 0.0001", []),
    "P=3.2×10−5": ("", "= 3.2e-5", []),
    "31/100 (31.0%) vs 13/102 (12.7%), RR 2.43, 95% CI 1.35 to 4.37": (
        "RR 2.43 (1.35 to 4.37)",
        None,
        ["31/100 (31.0 %)", "13/102 (12.7 %)"],
    ),
    "It occurred in 31 of 100 patients (31%) and in 13 of the 102 (13%) (P=0.002).": (
        "",
        "= 0.002",
        ["31/100 (31 %)", "13/102 (13 %)"],
    ),
    "sICH: 9 (9.0%) vs 5 (4.9%); p=0.25": ("", "= 0.25", ["9/? (9.0 %)", "5/? (4.9 %)"]),
    "9.0 vs 4.9%, P = 0.25": ("", "= 0.25", ["9.0 %", "4.9 %"]),
    "31 (31%) of 100 patients versus 13 (13%) of 102 (RR 2·43, 95% CI 1·35–4·37; p=0·0017)": (
        "RR 2.43 (1.35 to 4.37)",
        "= 0.0017",
        ["31/100 (31 %)", "13/102 (13 %)"],
    ),
    "15% (n=31) vs 18% (n=37; adjusted hazard ratio 0·78 [95% CI 0·49–1·25]; p=0·31)": (
        "HR 0.78 (0.49 to 1.25)",
        "= 0.31",
        ["31/? (15 %)", "37/? (18 %)"],
    ),
    "AF (drug, 61 patients [33.9%]; placebo, 75 [41.7%]; risk difference, 7.8%; 95% CI, -2.2% to 17.6%)": (
        "RD 7.8 (-2.2 to 17.6)",
        None,
        ["61/? (33.9 %)", "75/? (41.7 %)"],
    ),
    "an absolute difference of 13.5 percentage points (95% CI, 5.9 to 21.2) in favor (32.6% vs. 19.1%)": (
        "RD 13.5 (5.9 to 21.2)",
        None,
        ["32.6 %", "19.1 %"],
    ),
    "1,234 of 2,468 patients (50.0%)": ("", None, ["1234/2468 (50.0 %)"]),
    "31.9% of 66 patients": ("", None, ["?"]),
    "the pooled RR was 1.78 (95% CI: 1.28–2.48; I² = 57%; p = 0.0006)": (
        "RR 1.78 (1.28 to 2.48)",
        "= 0.0006",
        [],
    ),
}


@pytest.mark.parametrize("text", EFFECTS)
def test_a_result_is_read_as_it_is_meant(text):
    effect, p, groups = EFFECTS[text]
    (found,) = read_text(text).results
    assert found.shown == effect
    assert (None if found.p is None else str(found.p)) == p
    if groups != ["?"]:
        assert [str(arm) for arm in found.arms] == groups


def test_a_percentage_of_so_many_has_their_number():
    (found,) = read_text("It was 31.9% of 66 patients.").results
    assert (found.arms[0].n, str(found.arms[0].percent)) == (66, "31.9")


NO_RESULTS = (
    "Patients with ASPECTS 3 to 5 (NCT03702413) were treated within 6-24 hours.",
    "N Engl J Med 2022;386:1303-13.",
    "Blood pressure was 120/80 mm Hg on 12/31/2018.",
    "Tmax > 6 s, core < 70 mL, ratio 1.8 or more, mTICI 2b-3.",
    "The sample size was set in a 2:1 ratio.",
    "Conducted at 41 of 45 centers.",
)


@pytest.mark.parametrize("text", NO_RESULTS)
def test_other_numbers_are_no_results(text):
    assert read_text(text).results == ()
    assert ids(in_text(text), infos=True) == []


def test_percentages_of_power_and_level_are_no_rates():
    assert (
        read_text("With 90% power and a 95% confidence level, a 20% relative reduction was sought.").results
        == ()
    )


def test_intervals_know_their_level_and_method():
    (found,) = read_text("HR 0.80 (98.3% bootstrap CI, 0.60 to 1.07)").results
    assert found.interval is not None
    assert (found.interval.level_percent, found.interval.method) == (98.3, Method.BOOTSTRAP)
    (bayes,) = read_text("adjusted difference, 33 percentage points; 95% credible interval, 24 to 44").results
    assert bayes.interval is not None
    assert (bayes.measure, bayes.adjusted, bayes.interval.method) == (Measure.RD, True, Method.CREDIBLE)


def test_a_proportion_keeps_its_own_interval():
    (found,) = read_text("sICH occurred in 7 of 120 patients (5.8%; 95% CI, 2.4 to 11.6).").results
    (arm,) = found.arms
    assert (arm.events, arm.n, str(arm.interval)) == (7, 120, "2.4 to 11.6")
    assert ids(in_text("sICH occurred in 7 of 120 patients (5.8%; 95% CI, 2.4 to 11.6).")) == []


def test_several_results_of_a_sentence_keep_apart():
    text = (
        "Death occurred in 18% vs 24% (RR 0.77, 95% CI 0.44-1.32) and bleeding in 9.0% vs 4.9% "
        "(RR 1.84, 95% CI 0.64-5.29; P=0.25)."
    )
    first, second = read_text(text).results
    assert [str(arm) for arm in first.arms] == ["18 %", "24 %"]
    assert [str(arm) for arm in second.arms] == ["9.0 %", "4.9 %"]
    assert first.p is None


def test_the_same_measure_again_is_of_other_groups():
    text = "Death was 18% vs 24% (RR 0.77, 95% CI 0.44-1.32; adjusted RR 0.70, 95% CI 0.40-1.22; NNT 17)."
    arms = [len(found.arms) for found in read_text(text).results]
    assert arms == [2, 0, 2]


def test_respectively_ties_no_two_outcomes_together():
    text = "The rates of death and bleeding were 18% and 9% and 24% and 5%, respectively (P=0.25)."
    assert all(len(found.arms) < 2 for found in read_text(text).results)


def test_an_effect_that_opens_a_sentence_is_of_the_groups_before():
    text = "Death: 31 of 100 (31.0%) v 13 of 102 (12.7%). The relative risk was 2.43 (95% CI, 1.35 to 4.37)."
    assert [str(arm) for arm in read_text(text).results[-1].arms] == ["31/100 (31.0 %)", "13/102 (12.7 %)"]
    other = text.replace("The relative risk was", "The relative risk for death was")
    assert read_text(other).results[-1].arms == ()


def test_two_strata_and_their_interaction():
    text = (
        "The odds ratio was 8.8 (95% CI, 2.7-29.0) with mismatch and 0.2 (95% CI, 0.0-1.6) without "
        "(P for interaction=0.003)."
    )
    (found,) = read_text(text).interactions
    assert str(found.p) == "= 0.003"
    assert ids(in_text(text)) == []
    assert ids(in_text(text.replace("=0.003", "=0.83"))) == ["interaction-p"]


def test_a_median_with_its_range():
    (found,) = read_text("The median NIHSS was 22 (IQR, 18–26).").spreads
    assert [str(x) for x in (found.median, found.low, found.high)] == ["22", "18", "26"]
    assert ids(in_text("The median (IQR) NIHSS was 28 (IQR, 18–26).")) == ["median-outside"]


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Mortality was lower in the new group (18% vs 24%).", Direction.LOWER),
        ("Bleeding was more frequent with the drug (9% vs 5%).", Direction.HIGHER),
        ("Mortality was not lower (18% vs 24%).", None),
        ("Mortality was lower in the control group (24% vs 18%).", None),
        ("Mortality was neither lower nor higher (18% vs 24%).", None),
        ("Mortality was 18% vs 24%.", None),
    ],
)
def test_words_of_direction(text, direction):
    assert read_text(text).results[0].direction is direction


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Death was significantly lower (18% vs 24%, P=0.01).", True),
        ("Death did not differ significantly (18% vs 24%, P=0.33).", False),
        ("There was no significant difference in death (18% vs 24%, P=0.33).", False),
        ("Death was 18% vs 24% (P=0.33).", None),
        ("Bleeding was not significant, but death was 18% vs 24% (P=0.33).", None),
    ],
)
def test_words_of_significance(text, claim):
    assert read_text(text).results[-1].significant is claim


def test_words_against_p():
    found = only(in_text("Death was significantly more common (18% vs 24%, P=0.33)."), "significance")
    assert found.level is Level.WARNING


def test_each_finding_says_its_line():
    text = "First line.\n\nRR 2.43\n(95% CI, 4.37 to 1.35)\n\n- OR 5.0 (95% CI, 0.5 to 2.0)"
    assert [found.where for found in in_text(text).findings] == ["line 3", "line 6"]


def test_signs_are_made_plain_letter_for_letter():
    source = "0·67 (0·46–0·98), −5, p≤0·05\n"
    text = NormalText(source)
    assert len(text.text) == len(source)
    assert text.text == "0.67 (0.46-0.98), -5, p<0.05\n"
    assert text.line(len(source) - 1) == 1


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One vs. two. Three.", 2),
        ("P = .05. The rest", 2),
        ("- one\n- two\n- three", 3),
        ("A paragraph\nwith a break.\n\nAnother", 2),
        ("RR 0.5 (95% CI,\n-7.1 to 2)", 1),
        ("J. Smith et al. found it.", 1),
        ("It was so (P=0.33).\nsICH was rare. mRS too.", 3),
    ],
)
def test_sentences(text, pieces):
    assert len(NormalText(text).sentences()) == pieces


def test_a_table_between_bars_names_its_measure():
    text = (
        "| Control | Treatment | HR/OR | P-value |\n|---|---|---|---|\n"
        "| 12.7% (13/102) | 31.0% (31/100) | 2.43 (1.35 to 4.37) | 0.002 |\n"
    )
    report = in_text(text)
    (found,) = report.document.results
    assert [str(arm) for arm in found.arms] == ["31/100 (31.0 %)", "13/102 (12.7 %)"]
    assert only(report, "effect").suggestion == "Call it RR."
    assert ids(in_text(text.replace("HR/OR", "Risk ratio, RR"))) == []


@pytest.mark.parametrize(
    ("words", "measure", "adjusted"),
    [
        ("OR", Measure.OR, False),
        ("aOR", Measure.OR, True),
        ("acOR", Measure.COMMON_OR, True),
        ("adjusted risk ratio", Measure.RR, True),
        ("aRR", Measure.RR, True),
        ("ARR", Measure.RD, False),
        ("common odds ratio", Measure.COMMON_OR, False),
        ("GenOR", Measure.GENERALISED_OR, False),
    ],
)
def test_words_for_measures(words, measure, adjusted):
    assert measure_of(words) == (measure, adjusted)
    (found,) = read_text(f"The {words} was 1.50 (95% CI, 1.20 to 1.88).").results
    assert (found.measure, bool(found.adjusted)) == (measure, adjusted)
