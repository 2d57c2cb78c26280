"""What is guessed from a sentence, and above all what is not."""

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tissueclock.core.exact import exact
from tissueclock.protocol.model import CriterionKind
from tissueclock.protocol.registration.criteria_text import heading_kind, statements
from tissueclock.protocol.registration.guess import read_statement
from tissueclock.protocol.registration.plain import lost_sign, plain
from tissueclock.protocol.registration.record import Statement
from tissueclock.protocol.rule import rule_text


def read(text, kind="inclusion", doubt="", ages=frozenset()):
    statement = Statement(kind=CriterionKind(kind), number=1, text=text, line=1, doubt=doubt)
    return read_statement(statement, ages)


def rules(reading):
    return [rule_text(guess.rule) for guess in reading.guesses]


SAFE = [
    ("Age ≥ 18 years", ["age >= 18 years"]),
    ("Aged 18 years or older;", ["age >= 18 years"]),
    ("≥ 18 years of age.", ["age >= 18 years"]),
    ("Age less than or equal to 85 years old", ["age <= 85 years"]),
    ("Age &gt;= 18 years and &lt; 80 years", ["age >= 18 years", "age < 80 years"]),
    ("The baseline NIHSS score \\>= 6 points", ["nihss >= 6 points"]),
    ("Initial NIHSS of at least 6", ["nihss_initial >= 6 points"]),
    ("NIHSS score prior to randomization ≥ 6 points", ["nihss_pre_rand >= 6 points"]),
    ("National Institutes of Health Stroke Scale (NIHSS) score > 5", ["nihss > 5 points"]),
    ("Premorbid modified Rankin Scale (mRS) score no more than 2", ["prestroke_mrs <= 2 points"]),
    ("NCCT ASPECTS ≥ 6", ["aspects_ct >= 6 points"]),
    ("DWI-ASPECTS < 6", ["aspects_dwi < 6 points"]),
    ("ASPECTS on non-contrast CT not less than 5", ["aspects_ct >= 5 points"]),
    ("Ischemic core volume < 70 cc", ["core_ml < 70 mL"]),
    ("Infarct core volume below 70.5ml", ["core_ml < 70.5 mL"]),
    ("Mismatch ratio 1.8 or more", ["mismatch_ratio >= 1.8"]),
    ("Platelet count ≥ 100 × 10^9/L", ["platelets >= 100 10^9/L"]),
    ("Platelets ≥ 100×10⁹/L", ["platelets >= 100 10^9/L"]),
    ("Platelets > 100 000/mm³", ["platelets > 100 10^9/L"]),
    ("Platelets > 100 000 / µL", ["platelets > 100 10^9/L"]),
    ("Platelets > 99 500/mm3", ["platelets > 99.5 10^9/L"]),
    ("Blood glucose ≤ 400 mg/dL", ["glucose_mg_dl <= 400 mg/dL"]),
    ("Glucose ≤ 22.2 mmol/l", ["glucose_mmol_l <= 22.2 mmol/L"]),
    ("Systolic blood pressure ≤ 185 mm Hg", ["sbp <= 185 mmHg"]),
    ("Life expectancy of at least 1 year", ["life_expectancy_mo >= 12 months"]),
    ("Symptom progression to randomisation time ≤ 24 hours", ["progression_to_rand_h <= 24 h"]),
    ("Last known well to puncture ≤ 90 min", ["lkw_to_puncture_h <= 1.5 h"]),
    ("Last known well to randomization < 7 days", ["lkw_to_rand_h < 168 h"]),
]


@pytest.mark.parametrize(("text", "expected"), SAFE)
def test_a_safe_sentence_is_guessed_whole(text, expected):
    reading = read(text)
    assert (rules(reading), reading.rest, reading.doubt) == (expected, "", "")


def test_an_exclusion_that_joins_by_or_is_several_and_may_take_its_subject_from_before():
    reading = read("Glucose < 2.8 mmol/L or > 22.2 mmol/L, or INR > 3", "exclusion")
    assert rules(reading) == ["glucose_mmol_l < 2.8 mmol/L", "glucose_mmol_l > 22.2 mmol/L", "inr > 3"]


def test_what_is_no_number_is_left_to_a_person_without_a_doubt():
    reading = read("Occlusion of the ICA or of M1 on CTA (or MRA)")
    assert (reading.guesses, reading.doubt) == ((), "")


def test_the_rest_of_a_line_stays_a_judgement_beside_its_guess():
    reading = read("Signs of a stroke, and the initial NIHSS score < 6 points")
    assert (rules(reading), reading.rest) == (["nihss_initial < 6 points"], "Signs of a stroke")


def test_a_list_of_criteria_under_a_general_statement_is_split():
    reading = read("CTP shows low flow and meets the following criteria: core volume < 50 ml, and INR < 2")
    assert rules(reading) == ["core_ml < 50 mL", "inr < 2"]


LOST = [
    "Age = 18 years",
    "NIHSS before randomization = 6",
    "Progression to randomization time = 24 hours",
    "Age=18",
    "NIHSS score =< 6",
    "Age ? 18 years",
    "Age â‰¥ 18 years",
    "Age \ufffd 18 years",
    "Age □ 18 years",
    "Signs of a stroke, and NIHSS = 6",
    "Age ≥ 18 years and NIHSS = 6",
    "Age 18 years",
    "NIHSS score of 6 points",
]


@pytest.mark.parametrize("text", LOST)
def test_a_lost_sign_is_caught_and_nothing_is_guessed(text):
    reading = read(text)
    assert (reading.guesses, reading.lost_sign) == ((), True)
    assert "registry" in reading.doubt


AMBIGUOUS = [
    ("Age between 18 and 80 years", "between"),
    ("Age 18-80 years", "range"),
    ("Age 18 to 80 years", "range"),
    ("Randomization within 24 hours of onset", "within"),
    ("NIHSS > 5 or aphasia", "'or'"),
    ("NIHSS > 5 and/or aphasia", "and/or"),
    ("NIHSS > 5 if the patient is aphasic", "if"),
    ("NIHSS > 10 only after thrombolysis", "only"),
    ("No INR > 3", "negation"),
    ("Age > 18 years; NIHSS > 5", "several"),
    ("Age > 18 years. NIHSS > 5", "several"),
    ("Platelets > 40×109/L", "superscript"),
    ("NIHSS > 5 (> 10 for M2)", "for M2|remark"),
    ("For patients over 80 years, NIHSS > 10", "some patients"),
    ("Patients with wake-up stroke meet the following criteria: NIHSS > 10, and INR < 2", "condition"),
    ("Age > 18 years, NIHSS > 5", "without 'and'"),
    ("Age > about 80 years", "inexact"),
    ("ASPECTS ≥ 6", "no rule reads"),
    ("mRS ≤ 2", "no rule reads"),
    ("Time from onset to puncture < 6 hours", "no rule reads"),
    ("Age ≥ 18", "no rule reads"),
    ("Age ≥ 18 months", "no rule reads"),
    ("Life expectancy ≥ 90 days", "no rule reads"),
    ("NIHSS ≥ 5.5", "no rule reads"),
    ("Age ≥ 1800 years", "no rule reads"),
    ("Core volume < 70 L", "no rule reads"),
    ("Mismatch ratio ≥ 1,8", "no rule reads"),
    ("18 ≤ age ≤ 80 years", "no rule reads"),
    ("NIHSS > 5 points on the left", "no rule reads"),
    ("Last known well to puncture < 100 minutes", "no rule reads"),
]


@pytest.mark.parametrize(("text", "word"), AMBIGUOUS)
def test_an_ambiguous_sentence_is_left_whole_with_a_doubt(text, word):
    reading = read(text)
    assert (reading.guesses, reading.lost_sign) == ((), False)
    assert re.search(word, reading.doubt), reading.doubt
    assert reading.rest


MODIFIED = [
    ("SBP > 185 mmHg or DBP > 110 mmHg despite treatment", "despite"),
    ("SBP > 185 mmHg or DBP > 110 mmHg under treatment", "under"),
    ("SBP > 185 mmHg or DBP > 110 mmHg, treatment failing", "treatment failing"),
    ("SBP > 185 mmHg, treatment failing, or DBP > 110 mmHg", "treatment failing"),
    ("SBP > 185 mmHg or DBP > 110 mmHg on two readings", "no rule reads"),
    ("Persistent SBP > 185 mmHg", "no rule reads"),
    ("Documented SBP > 185 mmHg or INR > 3", "no rule reads"),
    ("Persistent or recurrent SBP > 185 mmHg", "no rule reads"),
    ("Uncontrolled hypertension, SBP > 185 mmHg or DBP > 110 mmHg", "Uncontrolled hypertension"),
    ("After two treatments, SBP > 185 mmHg or DBP > 110 mmHg", "After two treatments"),
    ("Any untreated patient's systolic or diastolic blood pressure > 110 mmHg", "untreated"),
    ("Severe or baseline NIHSS > 20", "Severe"),
    ("On long term anticoagulants or INR > 3", "On long term"),
    ("SBP or DBP > 110 mmHg", "'SBP'"),
    ("SBP > 185 or DBP > 110 mmHg", "no rule reads"),
    ("INR > 1.7 or warfarin", "warfarin"),
    ("INR > 3 or > 1.7 in users of warfarin", "no rule reads"),
]


@pytest.mark.parametrize(("text", "word"), MODIFIED)
def test_unread_words_that_may_modify_the_numbers_take_every_guess_away(text, word):
    reading = read(text, "exclusion")
    assert (reading.guesses, word in reading.doubt) == ((), True), reading.doubt
    assert reading.rest == text


DANGEROUS = [
    ("Platelets < 100.000/ul", "thousands or decimals"),
    ("Platelets < 100,000/mm3", "thousands or decimals"),
    ("Core volume < 70.125 mL", "thousands or decimals"),
    ("INR > 1, 7 or warfarin", "no rule reads"),
    ("Don't treat, INR > 3 or NIHSS > 20", "n't"),
    ("Lack of consent or INR > 3", "negation"),
    ("INR not at least 3", "negation"),
    ("INR > 3 unless reversed", "condition"),
    ("INR > 3 or NIHSS > 20, with the exception of dialysis", "condition"),
    ("INR > 3 but no warfarin", "condition"),
    ("INR > 3 other than by warfarin", "condition"),
    ("Alter < 18 Jahre", "no rule reads"),
    ("Age < 18 Jahre", "no rule reads"),
    ("Age < 18 ans or INR > 3", "no rule reads"),
    ("At least one of INR > 3 or NIHSS > 20", "no rule reads"),
    ("At least 2 of INR > 3 or NIHSS > 20", "no rule reads"),
    ("Stroke > 3 months ago", "no rule reads"),
    ("INR > 3 or stroke < 3 months ago", "no rule reads"),
    ("Life expectancy < 3 months ago", "no rule reads"),
    ("NIHSS > 6–10", "range"),
    ("NIHSS > 6 − 10", "range"),
    ("Age ≥ 18—80 years", "range"),
    ("Platelets < 10^9/L", "no rule reads"),
    ("Platelets < 100 x 10^6/mL", "no rule reads"),
    ("Platelets < 100 x 10e9/L", "no rule reads"),
    ("Platelets < 100 x 10 9/L", "no rule reads"),
    ("CT ASPECTS > 5 and/or INR > 3", "alternatives"),
    ("CT ASPECTS > 5 and / or INR > 3", "'and'"),
    ("Core volume > 70 %", "no rule reads"),
    ("Platelets < 50% or INR > 3", "no rule reads"),
    ("INR > 1.7³", "no rule reads"),
    ("NIHSS > 2³", "no rule reads"),
    ("NIHSS > 20²", "no rule reads"),
    ("INR > 1½", "no rule reads"),
    ("NIHSS > 5 or score < 2", "no rule reads"),
]


@pytest.mark.parametrize(("text", "word"), DANGEROUS)
@pytest.mark.parametrize("kind", ["inclusion", "exclusion"])
def test_a_dangerous_line_yields_no_guess_and_a_doubt(text, word, kind):
    reading = read(text, kind)
    assert (reading.guesses, bool(reading.doubt)) == ((), True)
    if kind == "exclusion":
        assert word in reading.doubt, reading.doubt


SURE = ("INR > 3", "NIHSS > 20", "age < 18 years", "platelets < 40 x 10^9/L", "core volume > 70 mL")


@given(
    st.lists(st.sampled_from(SURE), min_size=1, max_size=3, unique=True),
    st.from_regex(r"[a-z]{3,9}( [a-z]{2,9}){0,4}", fullmatch=True),
    st.sampled_from([" ", ", ", " or ", ", or "]),
)
def test_unread_words_behind_comparisons_never_leave_a_guess(clauses, words, joint):
    assume(words not in ("old", "point", "points"))
    alone = read(" or ".join(clauses), "exclusion")
    assert len(alone.guesses) == len(clauses)
    assert read(f"{' or '.join(clauses)}{joint}{words}", "exclusion").guesses == ()


def test_a_clause_of_its_own_in_front_leaves_the_guesses():
    reading = read("A recent major operation or INR > 3 or NIHSS > 20", "exclusion")
    assert rules(reading) == ["inr > 3", "nihss > 20 points"]
    assert (reading.rest, reading.doubt) == ("A recent major operation", "")


def test_and_in_an_exclusion_is_ambiguous_where_or_is_not():
    assert read("INR > 3 and platelets < 50 000/mm3", "exclusion").guesses == ()
    assert len(read("INR > 3 or platelets < 50 000/mm3", "exclusion").guesses) == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Age < 80 years and core volume < 50 mL, age ≥ 80 years and core volume < 20 mL", "inclusion"),
        ("Age ≥ 80 years and < 80 years", "inclusion"),
        ("NIHSS > 5 and NIHSS > 9", "inclusion"),
        ("INR > 2 or INR < 3", "exclusion"),
    ],
)
def test_what_states_a_quantity_twice_may_be_alternatives(text, kind):
    reading = read(text, kind)
    assert (reading.guesses, "alternatives" in reading.doubt) == ((), True)


def test_a_long_text_is_left_whole():
    assert len(read("Signs of stroke and " * 10 + "age ≥ 18 years").guesses) == 1
    reading = read("Signs of stroke and " * 100 + "age ≥ 18 years")
    assert (reading.guesses, "long" in reading.doubt) == ((), True)


def test_an_age_without_a_unit_needs_the_field_that_says_it():
    assert rules(read("Age ≥ 18", ages=frozenset({18}))) == ["age >= 18 years"]
    assert read("Age ≥ 18", ages=frozenset({21})).guesses == ()


def test_what_stands_around_a_line_takes_its_guess_away():
    assert read("Age ≥ 18 years", doubt="under a heading").guesses == ()


PIECES = st.sampled_from(
    [
        *(
            "Age",
            "NIHSS",
            "initial NIHSS score",
            "core volume",
            "INR",
            "platelets",
            "glucose",
            "mismatch ratio",
        ),
        *("≥", "≤", "<", ">", "=", "> =", "at least", "less than", "or older", "no more than", "?", "â‰¥"),
        *("18", "6", "1.8", "100,000", "50", "24", "7", "22.2", "10^9", "1,8", "0"),
        *("years", "mL", "points", "/mm3", "x10^9/L", "mmol/L", "mg/dL", "hours", "days", "mmHg"),
        *("and", "or", ",", ";", ":", "(", ")", "not", "if", "within", "between", "and/or", "a stroke"),
    ]
)
SENTENCES = st.one_of(st.lists(PIECES, max_size=12).map(" ".join), st.text(max_size=80))
FACTORS = (Fraction(1), Fraction(1, 1000), Fraction(12), Fraction(24), Fraction(1, 60))


def printed(text):
    """Return every number that a text prints, with and without separators of thousands."""
    plain_numbers = re.findall(r"[0-9]+(?:\.[0-9]+)?", text)
    grouped = [re.sub("[, ]", "", item) for item in re.findall(r"[0-9]{1,3}(?:[, ][0-9]{3})+", text)]
    return {Fraction(item) for item in plain_numbers + grouped}


@given(SENTENCES, st.sampled_from(["inclusion", "exclusion"]))
def test_no_limit_is_invented(text, kind):
    reading = read(text, kind)
    for guess in reading.guesses:
        (limit,) = guess.rule.limits
        assert exact(limit) in {number * factor for number in printed(plain(text)) for factor in FACTORS}
        assert re.search(r"[<>≥≤]|at least|less than|older|no more than", text)


@given(SENTENCES)
def test_an_equality_never_leaves_a_guess(text):
    assume(not text.rstrip().endswith(("<", ">", "＜", "＞", "&lt;", "&gt;")))  # "< =" is one sign
    assert read(f"{text} = 6").guesses == ()


@given(st.text(max_size=400))
def test_random_lines_become_statements_that_hold_the_text(text):
    lines = text.split("\n")
    found = statements(enumerate(lines, start=1))
    kept = "\n".join(item.text for item in found)
    for item in found:
        assert 1 <= item.line <= len(lines)
    assert sum(map(len, kept.split())) <= sum(map(len, text.split()))


def test_signs_in_words_are_not_found_where_there_are_none():
    assert plain("more than a rash") == "> a rash"
    assert plain("above the knee") == "above the knee"
    assert lost_sign(plain("A stroke of 3 territories")) == ""


BLOCK = """Inclusion Criteria:

* First
   * nested A
   * nested B
* Second goes
on here

General exclusion criteria

1. Third
- All of the following:
- Fourth

For women:

* Fifth"""


def test_a_block_is_taken_apart_with_what_stands_around_each_line():
    found = statements(enumerate(BLOCK.split("\n"), start=1))
    assert [(item.kind.value, item.number, item.line) for item in found] == [
        ("inclusion", 1, 3),
        ("inclusion", 2, 6),
        ("exclusion", 1, 11),
        ("exclusion", 2, 12),
        ("exclusion", 3, 13),
        ("exclusion", 4, 15),
        ("exclusion", 5, 17),
    ]
    assert found[0].text == "First\n   * nested A\n   * nested B"
    assert found[1].text == "Second goes\non here"
    assert [bool(item.doubt) for item in found] == [True, False, False, False, True, True, True]


@pytest.mark.parametrize(
    ("heading", "first", "second", "tied"),
    [
        ("Inclusion Criteria", "NIHSS > 9, or", "INR < 2", True),
        ("Inclusion Criteria", "NIHSS > 9", "OR INR < 2", True),
        ("Inclusion Criteria", "NIHSS > 9, and", "INR < 2", False),
        ("Inclusion Criteria", "A tremor", "Oral drugs", False),
        ("Exclusion Criteria", "NIHSS > 9, and", "INR < 2", True),
        ("Exclusion Criteria", "NIHSS > 9; or", "INR < 2", False),
    ],
)
def test_lines_that_a_word_ties_together_are_in_doubt(heading, first, second, tied):
    found = statements(enumerate([heading, f"* {first}", f"* {second}"], start=1))
    assert [bool(item.doubt) for item in found] == [tied, tied]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Inclusion Criteria:", "inclusion"),
        ("**Key Exclusion Criteria**", "exclusion"),
        ("* Imaging inclusion criteria", "inclusion"),
        ("Inclusion criteria for the late window", "inclusion"),
        ("* Inclusion criteria were met too late", None),
        ("* Does not fulfil the inclusion criteria", None),
        ("Not meeting the inclusion criteria", None),
        ("Exclusion criteria 1 to 3", None),
        ("Criteria", None),
    ],
)
def test_what_is_a_heading_and_what_a_statement(line, kind):
    found = heading_kind(line)
    assert (found.value if found else None) == kind


def test_a_line_under_no_heading_is_in_doubt():
    (found,) = statements([(4, "Age ≥ 18 years")])
    assert "inclusion or an exclusion" in found.doubt
