"""Facts files: what is given is read exactly, what is missing stays unknown, what is wrong is refused."""

import json
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError, UsageError
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.facts.files import read_case


@pytest.fixture
def read(tmp_path):
    """Write text to a file of the given name and read it as a case."""

    def write_and_read(name: str, text: str | bytes) -> CaseFacts:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_case(path)

    return write_and_read


SAME_CASE = {
    "a.toml": """
        age = 68
        core_ml = { value = 22.40, unit = "ml", interval = [19.8, 25.1], source = "core lab" }
        pregnant = false
        occlusion_site = ["M1", "ICA_T"]
        lesion_side = "left"
        lkw_to_puncture_h = { value = 400, unit = "min" }
        judgement.defuse-3.seizure = false
        """,
    "a.json": """{"AGE": 68, "core_ml":
        {"value": 22.40, "unit": "mL", "interval": [19.8, 25.1], "source": "core lab"},
        "pregnant": false, "occlusion_site": ["M1", "ICA_T"], "lesion_side": "left",
        "lkw_to_puncture_h": {"value": 400, "unit": "min"}, "judgement.defuse-3.seizure": false}""",
    "long.csv": "fact,value,unit\nage,68\ncore_ml,22.40,mL\npregnant,no\nocclusion_site,M1;ICA_T\n"
    "lesion_side,left\nlkw_to_puncture_h,400,min\njudgement.defuse-3.seizure,0\n",
}


@pytest.mark.parametrize("name", SAME_CASE)
def test_the_three_formats_say_the_same(read, name):
    case = read(name, SAME_CASE[name])
    assert {name: fact.value for name, fact in case.items()} == {
        "age": 68,
        "core_ml": Decimal("22.40"),
        "pregnant": False,
        "occlusion_site": frozenset({"M1", "ICA_T"}),
        "lesion_side": "left",
        "lkw_to_puncture_h": Fraction(20, 3),
        "judgement.defuse-3.seizure": False,
    }
    assert str(case["core_ml"].value) == "22.40"
    assert isinstance(case["age"].value, int)


def test_a_table_gives_interval_and_source(read):
    core = read("a.toml", SAME_CASE["a.toml"])["core_ml"]
    assert (core.interval, core.source) == ((19.8, 25.1), "core lab")
    assert read("a.toml", "age = 68")["age"].source == "facts file"


def test_an_interval_is_converted_with_its_value(read):
    fact = read("a.toml", 'lkw_to_rand_h = {value = 90, unit = "min", interval = [60, 120]}')["lkw_to_rand_h"]
    assert (fact.value, fact.interval) == (Fraction(3, 2), (1.0, 2.0))


def test_one_row_under_a_header_is_a_case(read):
    case = read("a.csv", "﻿age, core_ml ,sbp\r\n68,22.4,\r\n")
    assert (case.known("age"), case.known("core_ml"), case.known("sbp")) == (68, Decimal("22.4"), None)


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", "{}"), ("a.toml", ""), ("a.toml", "# nothing yet"), ("a.csv", "fact,value\n")],
)
def test_an_empty_case_is_valid(read, name, text):
    assert len(read(name, text)) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"core_ml": null}'),
        ("a.json", '{"core_ml": {"value": null}}'),
        ("a.toml", 'core_ml = {unit = "mL"}'),
        ("a.csv", "fact,value\ncore_ml,\n"),
        ("a.csv", "pregnant,age\n,70\n"),
    ],
)
def test_what_is_missing_is_unknown_with_a_reason(read, name, text):
    fact = next(iter(read(name, text).values()))
    assert (fact.known, fact.reason) == (None, "not known (facts file)")


def test_a_reason_that_is_given_is_kept(read):
    assert read("a.toml", 'core_ml = {reason = "no scan"}')["core_ml"].reason == "no scan"


def test_one_word_is_a_list_of_one_and_none_is_the_empty_list(read):
    assert read("a.toml", 'occlusion_site = "M1"').known("occlusion_site") == {"M1"}
    assert read("a.json", '{"occlusion_site": []}').known("occlusion_site") == frozenset()
    assert read("a.csv", "fact,value\nocclusion_site,none").known("occlusion_site") == frozenset()


SURNAMES = [
    ("a.toml", "age = 70\nJanssen = 3", "a.toml, line 2"),
    ("a.toml", "age = 70\n[clock]\nJanssen = 2026-03-01T22:00:00", "a.toml, line 3"),
    ("a.toml", "[judgement.Janssen]\nx = true", "a.toml, line 2"),
    ("a.json", '{"age": 70,\n"Janssen": 1}', "a.json, line 2"),
    ("a.json", '{"Janssen": 1,\n"Janssen": 1}', "a.json, line 1"),
    ("a.csv", "fact,value\nJanssen,1953-04-12\n", "a.csv, line 2"),
    ("a.csv", "Janssen,age\n3,70\n", "a.csv, line 1"),
]


@pytest.mark.parametrize(("name", "text", "where"), SURNAMES)
def test_a_surname_in_the_wrong_place_is_not_repeated_and_its_line_is_said(read, name, text, where):
    with pytest.raises(InputError) as caught:
        read(name, text)
    assert "Janssen" not in str(caught.value)
    assert caught.value.where == where


def test_a_number_without_end_and_a_file_without_end_are_refused(read):
    with pytest.raises(InputError, match="not valid TOML"):
        read("a.toml", f"age = {'9' * 5000}")
    with pytest.raises(InputError, match="too large for one case"):
        read("a.toml", "#" * 5_000_001)


UNITS = [
    ('glucose_mg_dl = {value = 10, unit = "mmol/L"}', "glucose_mg_dl", Fraction("180.16")),
    ('glucose = {value = 180.16, unit = "mg/dL"}', "glucose_mg_dl", Decimal("180.16")),
    ('gluc = {value = 10, unit = "mmol/l"}', "glucose_mg_dl", Fraction("180.16")),
    ('creatinine = {value = 88.4, unit = "µmol/L"}', "creatinine_mg_dl", 1),
    ("creatinine_umol_l = 88.4", "creatinine_mg_dl", 1),
    ('hgb = {value = 16.11, unit = "g/dL"}', "haemoglobin_mmol_l", 10),
    ('haemoglobin_mmol_l = {value = 161.1, unit = "g/L"}', "haemoglobin_mmol_l", 10),
    ('platelets = {value = 150000, unit = "/uL"}', "platelets", 150),
    ('sodium = {value = 140, unit = "mEq/L"}', "sodium_mmol_l", 140),
    ('prior_stroke_d = {value = 6, unit = "weeks"}', "prior_stroke_d", 42),
    ('life_expectancy_mo = {value = 2, unit = "years"}', "life_expectancy_mo", 24),
    ("lkw_to_groin_min = 391", "lkw_to_puncture_h", Fraction(391, 60)),
    ('lkw_to_groin_min = {value = 391, unit = "minutes"}', "lkw_to_puncture_h", Fraction(391, 60)),
    ('slab_coverage_cm = {value = 80, unit = "mm"}', "slab_coverage_cm", 8),
    ('sex = "F"', "sex", "female"),
    ('GENDER = "Male"', "sex", "male"),
    ('lesion_side = "L"', "lesion_side", "left"),
    ('occlusion_location = ["m1"]', "occlusion_site", frozenset({"M1"})),
]


@pytest.mark.parametrize(("text", "fact", "value"), UNITS)
def test_names_words_and_units_of_exports_are_read_exactly(read, text, fact, value):
    assert read("a.toml", text).known(fact) == value


def test_the_codes_of_cdisc_are_read_from_csv(read):
    case = read("a.csv", "AGE,SEX,SYSBP,PLAT,wake_up\n70,F,150,210,N\n")
    known = {name: case.known(name) for name in case}
    assert known == {"age": 70, "sex": "female", "sbp": 150, "platelets": 210, "wake_up": False}


def test_an_export_without_a_unit_may_leave_the_value_open(read):
    assert read("a.csv", "age,glucose\n70,\n").known("glucose_mg_dl") is None


LINES = [
    ("a.toml", "age = 70\n\ncore_ml = -3\n", "a.toml, line 3"),
    ("a.toml", "age = 430", "a.toml, line 1"),
    ("a.toml", "sbp = 120\nage_years = 430", "a.toml, line 2"),
    ("a.toml", "# no core_ml yet\nage = 70\ncore_ml = {value = 3, unit = 'L'}", "a.toml, line 3"),
    ("a.toml", "age = 70\n[judgement.defuse-3]\nseizure = 3\n", "a.toml, line 3"),
    ("a.toml", "age = 70\n[clock]\nimaging = 3\n", "a.toml, line 3"),
    ("a.toml", "age = 70\n[core_ml]\nvalue = -3\n", "a.toml, line 2"),
    ("a.json", '{"age": 70,\n "core_mll": 3}', "a.json, line 2"),
    ("a.json", '{"age": 70,\n "core_ml":\n -3}', "a.json, line 2"),
    ("a.csv", "fact,value\nage,70\ncore_ml,-3\n", "a.csv, line 3"),
    ("a.csv", "fact,value\nage,70\nglucose,9\n", "a.csv, line 3"),
    ("a.csv", "age,core_ml\n70,-3\n", "a.csv, line 1"),
]


@pytest.mark.parametrize(("name", "text", "where"), LINES)
def test_a_refusal_names_the_line(read, name, text, where):
    with pytest.raises(InputError) as caught:
        read(name, text)
    assert caught.value.where == where


REFUSED = [
    ("a.toml", "glucose = 9", "no unit is given beside it. Give the unit, or use the name glucose_mg_dl"),
    ("a.toml", 'lkw_to_groin_min = {value = 6, unit = "h"}', "the name and the unit of 'lkw_to_puncture_h'"),
    ("a.toml", "glucose_mmol_l = 100", "is above what is plausible (60 mmol/L)"),
    ("a.toml", "glucose_mg_dl = 6", "is below what is plausible (18.016 mg/dL)"),
    ("a.toml", 'core_ml = {value = 3, unit = "cm"}', "another unit than the vocabulary's. Give it in mL"),
    ("a.toml", "core_mll = 3", "there is no fact 'core_mll'. Did you mean core_ml"),
    ("a.toml", "core_ml = true", "'core_ml' must be a number."),
    ("a.toml", 'core_ml = "22"', "'core_ml' must be a number."),
    ("a.toml", "core_ml = nan", "'core_ml' must be finite."),
    ("a.toml", "core_ml = -3", "'core_ml' = -3 is below what is plausible (0 mL)."),
    ("a.toml", "core_ml = 22\nCORE_ML = 23", "'core_ml' is given twice."),
    ("a.toml", "tmax2_ml = 22\nperf2_ml = 22", "'tmax2_ml' is given twice."),
    ("a.toml", "age = 1\nage = 2", "it is not valid TOML at"),
    ("a.toml", "age 70", "it is not valid TOML at line 1, column 5."),
    ("a.toml", "age = 70.5", "'age' = 70.5 must be a whole number."),
    ("a.toml", 'core_ml = {value = 3, unit = "L"}', "another unit than the vocabulary's. Give it in mL"),
    ("a.toml", 'glucose_mg_dl = {value = 5, unit = "g/L"}', "Give it in mg/dL"),
    ("a.toml", 'pregnant = {value = true, unit = "h"}', "Give it a number or word without a unit"),
    ("a.toml", 'lkw_to_rand_h = {value = "x", unit = "min"}', "'lkw_to_rand_h' must be a number."),
    ("a.toml", 'lkw_to_rand_h = {value = 1e-9999999, unit = "min"}', "must be a number."),
    ("a.toml", "core_ml = {value = 3, sd = 2}", "'core_ml' has a key that facts do not have. Known: value,"),
    ("a.toml", "core_ml = {value = 3, source = 4}", "the source of 'core_ml' must be a text."),
    ("a.toml", "core_ml = {value = 3, withheld = 1}", "'withheld' of 'core_ml' must be true or false."),
    ("a.toml", "core_ml = {value = 3, withheld = true}", "must say both 'withheld' and 'withheld_by'"),
    ("a.toml", "core_ml = {value = 3, withheld_by = 'x'}", "must be a list of names of quality gates"),
    ("a.toml", "core_ml = {value = 3, interval = [1]}", "the interval of 'core_ml' must be two numbers"),
    ("a.toml", "core_ml = {value = 3, interval = [4, 1]}", "must be two finite numbers, the lower one first"),
    ("a.toml", "occlusion_site = [1]", "must be a list of words out of ICA_cervical,"),
    ("a.toml", 'occlusion_site = ["M3"]', "must be a list of words out of ICA_cervical,"),
    ("a.toml", "judgement = true", "there is no fact 'judgement'"),
    ("a.toml", "judgement.defuse-3 = true", "'judgement' needs a trial and a criterion"),
    ("a.json", '{"age": 1, "age": 2}', "an entry 'age' is given twice."),
    ("a.json", '{"age": {"value": 1, "value": 2}}', "an entry 'value' is given twice."),
    ("a.json", '{"age": 70,}', "it is not valid JSON at line 1, column"),
    ("a.json", "[" * 100_000, "it is not valid JSON"),
    ("a.json", '{"age": ' + "1" * 5000 + "}", "it is not valid JSON."),
    ("a.json", '[{"age": 70}]', "it must be one object of fact name: value."),
    ("a.json", '{"age": NaN}', "'age' must be finite."),
    ("a.json", b'{"age": "\xff"}', "it is not UTF-8 text."),
    ("a.csv", "", "it is empty."),
    ("a.csv", "age;core_ml\n70;22,4\n", "its first line names no fact."),
    (
        "a.csv",
        "age,core_ml\n70,22\n71,23\n",
        "it holds 2 cases. Give one row; 'assess' alone reads a cohort.",
    ),
    ("a.csv", "age,core_ml\n", "it holds 0 cases."),
    (
        "a.csv",
        "age,core_ml\n70,22,4\n",
        "its row and its header differ in length. Write decimals with a point.",
    ),
    ("a.csv", "fact,value\ncore_ml,22,4\n", "a line has more cells than the header."),
    ("a.csv", "age,age\n70,70\n", "'age' is given twice."),
    ("a.csv", 'age,core_ml\n"70,22\n', "it is not valid CSV."),
    ("a.csv", "fact,value\ncore_ml,1_0\n", "'core_ml' must be a number."),
    ("a.csv", "fact,value\ncore_ml,nan\n", "'core_ml' must be a number."),
    ("a.csv", "fact,value\npregnant,maybe\n", "'pregnant' must be true or false."),
    ("a.xlsx", "age,70", "this is not a facts file. Use .toml, .json or .csv."),
]


@pytest.mark.parametrize(("name", "text", "message"), REFUSED)
def test_what_is_wrong_is_refused_with_the_file_and_the_fact(read, tmp_path, name, text, message):
    with pytest.raises(InputError) as caught:
        read(name, text)
    assert re.match(rf"{name}(, line \d+)?: ", str(caught.value))
    assert message in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


IDENTIFYING = ["Doe^John", "1950-03-01", "P1234567", "19500301"]


@pytest.mark.parametrize("secret", IDENTIFYING)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", 'patient_name = "{}"'),
        ("a.toml", 'age = "{}"'),
        ("a.toml", '"{}" = 1'),
        ("a.toml", 'lesion_side = "{}"'),
        ("a.toml", 'core_ml = {{value = 3, "{}" = 4}}'),
        ("a.toml", 'core_ml = {{value = 3, unit = "{}"}}'),
        ("a.toml", "\"{0}\".x = 1\n['{0}']\n"),
        ("a.json", '{{"birth_date": "{}"}}'),
        ("a.json", '{{"{0}": 1, "{0}": 2}}'),
        ("a.csv", "{},70\n71,72\n"),
        ("a.csv", "fact,value\n{},70\n"),
        ("a.csv", "age,{}\n70,71\n"),
        ("a.csv", "age,patient_id\n70,{}\n"),
    ],
)
def test_what_may_identify_a_patient_is_never_repeated(read, name, text, secret):
    with pytest.raises(InputError) as caught:
        read(name, text.format(secret))
    assert secret not in str(caught.value)


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match=r"^gone\.toml: there is no such file\."):
        read_case(tmp_path / "gone.toml")


def test_a_folder_is_no_facts_file(tmp_path):
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(InputError, match=r"^a\.toml: it cannot be read\."):
        read_case(tmp_path / "a.toml")


volumes = st.decimals(min_value=0, max_value=2000, places=2)
facts = st.one_of(
    volumes.map(lambda ml: Fact(name="core_ml", value=float(ml), source="s", interval=(0.0, float(ml)))),
    volumes.map(lambda ml: Fact(name="core_ml", value=float(ml), source="s", withheld_by=("gate",))),
    st.just(Fact(name="mismatch_ratio", value=None, infinite=True, source="s")),
    st.just(Fact(name="age", value=None, reason="not asked", source="s", observed_at="2018-02-22")),
    st.sets(st.sampled_from(["M1", "BA"])).map(
        lambda sites: Fact(name="occlusion_site", value=frozenset(sites), source="s")
    ),
)


@given(facts)
def test_what_a_result_says_reads_back_as_the_same_facts(fact):
    document = json.loads(json.dumps({fact.name: fact.to_json()}))
    assert case_from_table(document, "facts file") == CaseFacts.of([fact])


def test_a_result_is_read_with_its_sources_intervals_and_gates(read):
    ratio = Fact(name="mismatch_ratio", value=Fraction(10, 3), source="hypoperfused / core, unrounded")
    core = Fact(name="core_ml", value=0.1 + 0.2, source="SVD", interval=(0.2, 0.4), withheld_by=("motion",))
    hypoperfused = Fact(name="hypoperfused_ml", value=1.0, source="SVD")
    facts = CaseFacts.of((core, hypoperfused, ratio))
    document = {"schema": 1, "disclaimer": "Research use only.", "facts": facts.to_json(), "trials": {}}
    case = read("result.json", json.dumps(document))
    assert case.known("core_ml") is None
    assert (case["core_ml"].interval, case["core_ml"].withheld_by) == ((0.2, 0.4), ("motion",))
    assert case["core_ml"].source == "SVD"
    assert case["hypoperfused_ml"].value == 1.0


@given(st.floats(0.1, 200), st.just(0.0) | st.floats(1e-6, 300))
def test_what_a_result_derived_does_not_contradict_itself_when_it_is_read_again(core, hypoperfused):
    volumes = [
        Fact(name=name, value=value, source="SVD")
        for name, value in (("core_ml", core), ("hypoperfused_ml", hypoperfused))
    ]
    facts = json.loads(json.dumps(complete(CaseFacts.of(volumes)).to_json()))
    again = complete(case_from_table(facts, "result file"))
    assert float(again["mismatch_ml"].value) == facts["mismatch_ml"]["value"]
