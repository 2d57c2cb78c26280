"""Files of published results: the documented example, and every rule with a change of it that trips it."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from tissueclock.core.errors import InputError
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.results.load import parse_results
from tissueclock.protocol.results.parts import Check, Design, SichDefinition, Studied
from tissueclock.protocol.results.values import Counts, Kind, Measure, Role

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "published-results.md").read_text("utf-8")
EXAMPLE = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
FILE = "example-late.toml"
FIRST_DEATHS = '[[outcome]]\nid = "death-90d"\nkind = "death-90d"'
STATED = EXAMPLE[EXAMPLE.index("[[discrepancy]]") : EXAMPLE.index("[[warning]]")]


def parsed(text=EXAMPLE):
    return parse_results(tomllib.loads(text, parse_float=Decimal), FILE, "")


def changed(*changes):
    text = EXAMPLE
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


def test_the_example_is_read_as_written():
    found = parsed()
    assert (found.trial, found.design, found.randomised) == ("example-late", Design.RANDOMISED, True)
    assert found.studied is Studied.ENDOVASCULAR
    assert found.enrolment.n == 203
    treatment, control = found.arms
    assert (treatment.role, treatment.n, treatment.mrs.n) == (Role.TREATMENT, 100, 98)
    assert (treatment.mrs.seven, treatment.origin.place) == ((10, 12, 18, 14, 16, 10, 18), "table 1")
    assert (control.mrs.seven, control.mrs.up_to(1)) == (None, Counts(9, 100))
    assert control.mrs.origin.source == "Invented public data set"
    assert found.strata[1].sizes == {Role.TREATMENT: 40, Role.CONTROL: 45}
    good = found.outcomes[0]
    assert (good.kind, good.after_h, good.p.sign) == (Kind.MRS_0_2, 2160, "<")
    assert (good.effect.measure, good.effect.adjusted) == (Measure.RR, False)
    assert good.effect.interval == (Decimal("1.29"), Decimal("3.22"))
    assert (good.origin.of("ci"), good.origin.of("estimate")) == (Confidence.RECALLED, Confidence.FOUND)
    haemorrhage, utility = found.outcomes[4:]
    assert (haemorrhage.sich_definition, haemorrhage.derived) == (SichDefinition.ECASS_2, True)
    assert (utility.statistic, utility.effect.credible) == ("mean", True)
    assert found.interactions[0].strata == ("early", "late")
    assert (found.discrepancies[0].check, found.discrepancies[0].arms) == (Check.MRS, (Role.TREATMENT,))
    assert found.warnings[0].problem == "The row of the control adds up to 99"


def test_what_was_studied_may_be_left_out_and_is_a_known_word():
    assert parsed(changed(('studied = "endovascular"\n', ""))).studied is None
    with pytest.raises(InputError, match="'studied' is 'magic'"):
        parsed(changed(("endovascular", "magic")))


def test_a_printed_number_keeps_its_digits():
    found = parsed(changed(("estimate = 2.04", "estimate = 2.0")))
    assert str(found.outcomes[0].effect.estimate) == "2.0"


# --- what an analysis asks


def test_counts_come_from_the_outcome_and_say_what_is_said_about_them():
    deaths = parsed().comparison(Kind.DEATH)
    assert (deaths.treatment, deaths.control) == (Counts(18, 100), Counts(25, 100))
    assert (deaths.outcome.id, deaths.derived, deaths.randomised) == ("death-90d", False, True)
    assert deaths.doubt == "Deaths are known of 100 patients, the scale of 98."


def test_without_an_outcome_the_scale_answers_with_its_doubt():
    better = parsed().comparison(Kind.MRS_0_3)
    assert (better.treatment, better.control) == (Counts(54, 98), Counts(35, 100))
    assert (better.outcome, better.doubt) == (None, "A figure of the paper shows one patient fewer at 4.")


def test_in_a_stratum_the_scale_of_everybody_does_not_answer():
    early = parsed().comparison(Kind.DEATH, "early")
    assert (early.treatment, early.control, early.confidence) == (
        Counts(10, 60),
        Counts(13, 55),
        Confidence.RECALLED,
    )
    assert parsed().comparison(Kind.MRS_0_2, "early") is None
    assert parsed().counts(Kind.MRS_0_2, Role.TREATMENT, "early") is None


def test_one_arm_is_no_comparison():
    found = parsed()
    assert found.counts(Kind.SICH, Role.TREATMENT) == Counts(5, 100)
    assert found.counts(Kind.SICH, Role.CONTROL) is None
    assert found.comparison(Kind.SICH) is None


def test_counts_that_are_less_certain_say_so():
    text = changed(('less_certain = { ci = "recalled" }', 'less_certain = { counts = "recalled-uncertain" }'))
    assert parsed(text).comparison(Kind.MRS_0_2).confidence is Confidence.UNCERTAIN


def test_scales_compare_at_the_same_levels_only():
    assert parsed().mrs() is None
    levels = ("counts = [10, 12, 18, 14, 16, 10, 18]", "counts = [22, 18, 14, 16, 10, 18]")
    same = changed(levels, ("n = 98\n", 'n = 98\nlevels = ["0-1", "2", "3", "4", "5", "6"]\n'))
    both = parsed(same).mrs()
    assert both.treatment.levels == both.control.levels == ("0-1", "2", "3", "4", "5", "6")
    assert both.doubt == "A figure of the paper shows one patient fewer at 4."


def test_a_cohort_is_never_called_randomised():
    found = parsed(changed(('design = "randomised"', 'design = "cohort"')))
    assert not found.comparison(Kind.DEATH).randomised
    assert not found.comparison(Kind.MRS_0_3).randomised


# --- what is refused

TRIPS = [
    ("schema = 1", "schema = 2", FILE, "unknown schema"),
    ('design = "randomised"', 'design = "trial"', FILE, "'design' is 'trial'"),
    ("citation =", "colour = 1\ncitation =", FILE, "unknown key 'colour'"),
    ('trial = "example-late"', "", FILE, "the key 'trial' is missing"),
    ("n = 203", "n = 0", "enrolment", "0 patients entered"),
    ('role = "treatment"', 'role = "surgery"', "arm[1]", "'role' is 'surgery'"),
    ('role = "control"', 'role = "treatment"', FILE, "not one treatment and at most one control"),
    ("n = 100\nconfidence", "n = 97\nconfidence", "arm[1]", "known of 98 patients, and the arm has 97"),
    ("n = 100\nconfidence", "n = 0\nconfidence", "arm[1]", "an arm of 0 patients"),
    ("n = 100\nconfidence", 'n = "100"\nconfidence', "arm[1]", "'n' must be a whole number"),
    ("counts = [10,", "counts = [11,", "arm[1].mrs", "the counts add up to 99, and 'n' is 98"),
    ("counts = [10,", "counts = [10.0,", "arm[1].mrs", "'counts' must be whole numbers"),
    ('status = "Checked', 'note = "Checked', "arm[1].mrs", "unknown key 'note'"),
    ('levels = ["0-1",', 'levels = ["0-2",', "arm[2].mrs", "not the grades 0 to 6, each once"),
    ("control = 55", "control = 56", FILE, "the strata of 'time' hold 101 patients (control), the arm 100"),
    ("control = 55", "control = 55\ntotal = 115", "stratum[1]", "has sizes by arm and a total"),
    ("control = 55", "control = 0", "stratum[1]", "the stratum 'early' is empty"),
    ('name = "late"', 'name = "early"', FILE, "the stratum 'early' is given twice"),
    ("percent = 43", "percent = 143", "stratum[2]", "143 percent"),
    ('id = "utility"', 'id = "sich"', FILE, "the outcome 'sich' is given twice"),
    ('kind = "sich"', 'kind = "bleeding"', "outcome[5]", "'kind' is 'bleeding'"),
    ("{ events = 18, n = 100 }", "{ events = 101, n = 100 }", "outcome[2].treatment", "101 events in 100"),
    ("{ events = 18, n = 100 }", "{ events = 18 }", "outcome[2].treatment", "'events' and 'n' go together"),
    ("{ events = 18, n = 100 }", "{}", "outcome[2].treatment", "without counts, percentage or value"),
    ("{ percent = 2 }", "{ percent = '2' }", "outcome[5].control", "'percent' must be a number"),
    ("{ percent = 2 }", "{ percent = true }", "outcome[5].control", "'percent' must be a number"),
    ("ci = [1.29, 3.22]", "ci = [3.22, 1.29]", "outcome[1]", "the interval 3.22 to 1.29 is upside down"),
    ("ci = [1.29, 3.22]", "ci = [2.29, 3.22]", "outcome[1]", "the estimate 2.04 lies outside its interval"),
    ("ci = [1.29, 3.22]", "ci = [1.29]", "outcome[1]", "'ci' must be two numbers"),
    ('measure = "RR"\n', "", "outcome[1]", "'estimate' without a measure"),
    ('p = "<0.01"', 'p = "ns"', "outcome[1]", "the p-value 'ns'"),
    ('p = "<0.01"', "p = 1.2", "outcome[1]", "the p-value is 1.2"),
    ("after_h = 36", "after_h = 36\nafter_d = 2", "outcome[5]", "'after_h' and 'after_d' are both given"),
    (
        'less_certain = { ci = "recalled" }',
        'less_certain = { ci = "found" }',
        "outcome[1]",
        "no less certain",
    ),
    ("less_certain = { ci =", "less_certain = { value =", "outcome[1]", "'value' is less certain and is not"),
    ("derived = true\n", 'derived = "yes"\n', "outcome[5]", "'derived' must be true or false"),
    ('statistic = "mean"\n', "", "outcome[6]", "'value' and 'statistic' go together"),
    ("statistic =", 'sich_definition = "NINDS"\nstatistic =', "outcome[6]", "'sich_definition' of the kind"),
    ("statistic =", "derived = true\nstatistic =", "outcome[6]", "counts that are derived and not given"),
    ('stratum = "early"', 'stratum = "soon"', FILE, "there is no stratum 'soon'"),
    ('strata = ["early", "late"]', 'strata = ["early", "soon"]', FILE, "there is no stratum 'soon'"),
    ('strata = ["early", "late"]', 'strata = ["early"]', "interaction[1]", "needs two strata"),
    ('confidence = "recalled"', 'confidence = "found"', "outcome[3]", "what rests on memory is not 'found'"),
    ('source = "data"', 'source = "book"', "arm[1].mrs", "there is no source 'book'"),
    ('arms = ["treatment"]', 'arms = ["surgery"]', "discrepancy[1]", "there is no arm 'surgery'"),
    ('check = "mrs"', 'check = "sum"', "discrepancy[1]", "'check' is 'sum'"),
    ("problem =", "fault =", "warning[1]", "unknown key 'fault'"),
    # numbers of one file that do not agree
    ("percent = 40.8", "percent = 40.9", FILE, "the 40.9 % of 'mrs-0-2' (treatment) is not 40 of 98"),
    ("estimate = 2.04", "estimate = 2.05", FILE, "the unadjusted RR 2.05 of 'mrs-0-2' is 2.041 by 40 of 98"),
    ("{ events = 40, n = 98", "{ events = 41, n = 98", FILE, "is not 41 of 98"),
    ("control = { events = 25", "control = { events = 24", FILE, "is 25 of 100 by the counts of the scale"),
    ("{ events = 12, n = 45 }", "{ events = 11, n = 45 }", FILE, "is 24 of 100 by the strata of 'time'"),
    ("{ events = 5, n = 100,", "{ events = 5, n = 101,", FILE, "are more patients than 100"),
    (STATED, "", FILE, "the 18 of 100 of 'death-90d' (treatment) is 18 of 98 by the counts of the scale"),
    ('arms = ["treatment"]', 'arms = ["treatment", "control"]', FILE, "(mrs, control) that is not there"),
    ('outcome = "death-90d"', 'outcome = "death"', FILE, "a discrepancy of 'death' (mrs, treatment)"),
]


@pytest.mark.parametrize(("written", "instead", "place", "message"), TRIPS, ids=lambda text: str(text)[:40])
def test_a_file_that_cannot_be_is_refused_with_file_place_and_remedy(written, instead, place, message):
    with pytest.raises(InputError) as caught:
        parsed(changed((written, instead)))
    assert message in str(caught.value)
    assert caught.value.where.startswith(FILE)
    assert place in caught.value.where


def test_the_remedy_for_a_disagreement_is_the_statement_that_it_needs():
    with pytest.raises(InputError) as caught:
        parsed(changed((STATED, "")))
    keys = re.search(r"\[\[discrepancy\]\]: (.*)\.$", caught.value.remedy)[1]
    stated = "\n".join(["[[discrepancy]]", *keys.split(", "), 'reason = "So it is."\n\n'])
    assert parsed(changed((STATED, stated))).discrepancies[0].reason == "So it is."


def test_a_disagreement_of_both_arms_together_is_stated_without_arms():
    stated = '[[discrepancy]]\noutcome = "mrs-0-2"\ncheck = "estimate"\nreason = "A slip."\n\n[[warning]]'
    text = changed(("estimate = 2.04", "estimate = 2.05"), ("[[warning]]", stated))
    assert parsed(text).discrepancies[1].arms == ()


def test_a_percentage_alone_is_held_against_the_scale():
    good = "{ events = 40, n = 98, percent = 40.8 }"
    alone = ("less_certain", "note = 'x'\nless_certain")
    assert parsed(changed((good, "{ percent = 40.8 }"), alone))
    with pytest.raises(InputError, match=r"the 40\.7 % of 'mrs-0-2' \(treatment\) is not 40 of 98, the"):
        parsed(changed((good, "{ percent = 40.7 }")))


def test_a_kind_has_counts_once():
    again = FIRST_DEATHS.replace('id = "death-90d"', 'id = "death-again"') + (
        '\ndefinition = "Again"\ntreatment = { events = 18, n = 98 }\n'
        'control = { events = 25, n = 100 }\nconfidence = "found"\nsource = "paper"\n\n'
    )
    with pytest.raises(InputError, match="the kind with counts 'death-90d' is given twice"):
        parsed(changed(("[[interaction]]", f"{again}[[interaction]]")))


def test_a_trial_of_one_arm_is_a_cohort_and_has_no_control():
    start, end = EXAMPLE.index('[[arm]]\nrole = "control"'), EXAMPLE.index("[[stratum]]")
    alone = EXAMPLE[:start] + EXAMPLE[end:]
    with pytest.raises(InputError, match="a randomised trial with one arm"):
        parsed(alone)
    with pytest.raises(InputError, match="'mrs-0-2' has a control, and the trial has none"):
        parsed(alone.replace('"randomised"', '"cohort"'))


def test_every_key_and_word_is_documented():
    keys = PAGE[PAGE.index("## The keys") :]
    words = [*Kind, *Measure, *Check, *SichDefinition, *Role, *Design, *Studied, *Confidence]
    assert [word.value for word in words if f"`{word.value}`" not in keys] == []


def test_the_documented_program_runs(capsys):
    program = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    exec(compile(program, "published-results.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "laste 21 of 159 8 of 165 found The printed deaths" in printed
    assert printed.endswith("(9, 15, 17, 14, 17, 7, 13) (7, 4, 4, 14, 24, 14, 23)\n")
    assert "defuse-2" not in printed
