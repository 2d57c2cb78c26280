"""The vocabulary: one name, one meaning; what is implausible or of the wrong type is refused."""

import json
import re
from decimal import Decimal
from fractions import Fraction

import pytest

from tissueclock.core.errors import InputError
from tissueclock.facts.clinical_facts import CLINICAL_FACTS
from tissueclock.facts.definition import FactDefinition, Kind
from tissueclock.facts.imaging_facts import IMAGING_FACTS
from tissueclock.facts.units import factor_between
from tissueclock.facts.vocabulary import (
    canonical_name,
    definition_of,
    is_imaging,
    is_known,
    judgement_parts,
    quoted,
    vocabulary,
)

FIXED_NAMES = """
    core_ml tmax2_ml tmax4_ml tmax6_ml tmax8_ml tmax10_ml hypoperfused_ml mismatch_ml mismatch_ratio
    hypoperfusion_intensity_ratio cbv_index lesion_side core_adc_ml core_cbf_ml aspects_ct aspects_dwi
    flair_sir predicted_core_ml core_fraction_of_risk
    core_cbf20_ml core_cbf34_ml core_cbf38_ml core_reference_low_ml core_reference_high_ml reference_cbf
    reference_ml normal_tmax_s mismatch_voxelwise_ml unknown_perfusion_ml tmax6_left_ml tmax6_right_ml
    tmax6_posterior_fossa_ml core_left_ml core_right_ml core_posterior_fossa_ml
    slab_coverage_cm brain_ml perfusion_modality
"""
EVERY_DEFINITION = [pytest.param(item, id=item.name) for item in vocabulary().values()]


@pytest.mark.parametrize("name", FIXED_NAMES.split())
def test_the_fixed_names_are_imaging_facts(name):
    assert definition_of(name).name == name
    assert is_imaging(name)


@pytest.mark.shared
def test_every_variable_of_the_trial_facts_is_in_the_vocabulary(shared):
    variables = json.loads((shared / "facts" / "trials.json").read_text(encoding="utf-8"))["variables"]
    assert {name for name in variables if not is_known(name)} == {"aspects", "other"}
    assert canonical_name("perf2_ml") == "tmax2_ml"


def test_there_is_no_fact_aspects():
    with pytest.raises(
        InputError, match=r"^there is no fact 'aspects'\. Did you mean aspects_ct or aspects_dwi"
    ):
        definition_of("aspects")


@pytest.mark.parametrize("definition", EVERY_DEFINITION)
def test_a_definition_is_whole(definition: FactDefinition):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", definition.name)
    assert definition.definition
    assert definition.label
    assert definition.source
    assert not definition.definition.endswith(".")
    assert definition.numeric == (definition.low is not None)
    assert (definition.kind in (Kind.CHOICE, Kind.SET)) == bool(definition.choices)
    if definition.numeric:
        assert factor_between(definition.unit, definition.unit) == 1


@pytest.mark.parametrize("definition", EVERY_DEFINITION)
def test_the_end_of_a_name_says_its_unit(definition: FactDefinition):
    units = {
        "_ml": "mL",
        "_h": "h",
        "_min": "min",
        "_s": "s",
        "_cm": "cm",
        "_mo": "months",
        "_pct": "%",
        "_mg_dl": "mg/dL",
        "_mmol_l": "mmol/L",
    }
    ending = max((end for end in units if definition.name.endswith(end)), key=len, default="")
    if ending:
        assert definition.unit == units[ending]


def test_no_name_or_synonym_means_two_things():
    spellings = [s.lower() for item in vocabulary().values() for s in (item.name, *item.synonyms)]
    assert len(spellings) == len(set(spellings))
    assert len(vocabulary()) == len(IMAGING_FACTS) + len(CLINICAL_FACTS)


def test_the_vocabulary_cannot_be_changed():
    with pytest.raises(TypeError):
        vocabulary()["mine"] = definition_of("age")


@pytest.mark.parametrize(
    ("written", "name"), [("AGE", "age"), ("SYSBP", "sbp"), (" cbf30_ml ", "core_cbf_ml")]
)
def test_a_synonym_in_any_case_leads_to_the_name(written, name):
    assert canonical_name(written) == name


def test_an_unknown_name_stays_as_it_is():
    assert canonical_name("Unheard_Of") == "Unheard_Of"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("core_ml", 0, ""),
        ("core_ml", 2500, ""),
        ("core_ml", -1, "is below what is plausible (0 mL)"),
        ("core_ml", Decimal("2500.01"), "is above what is plausible (2500 mL)"),
        ("core_ml", Fraction(1, 3), ""),
        ("core_ml", True, "must be a number"),
        ("core_ml", "22", "must be a number"),
        ("core_ml", None, "must be a number"),
        ("core_ml", float("nan"), "must be finite"),
        ("core_ml", Decimal("Infinity"), "must be finite"),
        ("core_ml", Decimal("1e-9999999"), "must have at most 30 decimals"),
        ("core_ml", 10**400, "is above what is plausible (2500 mL)"),
        ("mismatch_ml", -20, ""),
        ("age", 0, ""),
        ("age", Decimal("70.0"), ""),
        ("age", Decimal("70.5"), "must be a whole number"),
        ("age", 121, "is above what is plausible (120 years)"),
        ("prestroke_mrs", 6, "is above what is plausible (5 points)"),
        ("core_fraction_of_risk", 70, "is above what is plausible (10)"),
        ("platelets", 150000, "is above what is plausible (5000 10^9/L)"),
        ("pregnant", False, ""),
        ("pregnant", 0, "must be true or false"),
        ("lesion_side", "left", ""),
        ("lesion_side", "Left", "must be one of left, right, bilateral, none"),
        ("lesion_side", ["left"], "must be one of left, right, bilateral, none"),
        ("occlusion_site", frozenset(), ""),
        ("occlusion_site", frozenset({"M1", "ICA_T"}), ""),
        ("occlusion_modality", frozenset({"MRI"}), "must be a list of words out of CTA, MRA, DSA"),
        ("occlusion_modality", "CTA", "must be a list of words out of CTA, MRA, DSA"),
    ],
)
def test_a_definition_judges_values(name, value, complaint):
    assert definition_of(name).complaint(value) == complaint


def test_only_the_ratios_to_the_core_may_be_infinite():
    infinite = [name for name, item in vocabulary().items() if item.may_be_infinite]
    assert infinite == ["mismatch_ratio", "mismatch_ratio_tmax2"]


def test_a_judgement_is_defined_by_its_form():
    definition = definition_of("judgement.defuse-3.other-hazard")
    assert definition.kind is Kind.BOOLEAN
    assert "'other-hazard' of 'defuse-3'" in definition.definition
    assert judgement_parts(definition.name) == ("defuse-3", "other-hazard")


@pytest.mark.parametrize(
    "name",
    ["judgement", "judgement.x", "judgement.DAWN.x", "judgement.a.b.c", "judgement.a_b.c", "judgement.a.-c"],
)
def test_another_form_is_no_judgement(name):
    assert judgement_parts(name) is None
    with pytest.raises(InputError, match="there is no fact"):
        definition_of(name)


@pytest.mark.parametrize("name", ["Doe^John", "Doe John", "1950-03-01", "P1234567", "19500301", "", "x" * 61])
def test_a_name_that_may_be_data_is_not_repeated(name):
    assert quoted(name) == "with the name found there (it is not repeated here)"
    with pytest.raises(InputError) as caught:
        definition_of(name)
    assert not name or name not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "unit", "factor"),
    [
        ("mL", "mL", 1),
        ("cm3", "mL", 1),
        ("min", "h", Fraction(1, 60)),
        ("hours", "min", 60),
        ("10^3/uL", "10^9/L", 1),
        ("mL/min/1.73 m2", "mL/min/1.73 m2", 1),
        ("mm3", "mL", None),
        ("mmol/L", "mg/dL", None),
        ("h", "years", None),
        ("", "mL", None),
        ("ratio", "", 1),
    ],
)
def test_units_are_converted_by_definition_only(written, unit, factor):
    assert factor_between(written, unit) == factor
