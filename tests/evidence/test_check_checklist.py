"""What a report leaves out is a checklist, apart from the arithmetic."""

from __future__ import annotations

import pytest
from check_lab import in_text, in_toml

from tissueclock.evidence.check.finding import Answer

# item -> a text that is silent, a text that says it
SILENT = {
    "denominators": (
        "It occurred in 31.0% v 12.7% (P=0.002).",
        "It occurred in 31/100 (31.0%) v 13/102 (12.7%).",
    ),
    "intervals": ("The RR was 2.43.", "The RR was 2.43 (95% CI, 1.35 to 4.37)."),
    "effects": (
        "31/100 (31.0%) v 13/102 (12.7%), P=0.002.",
        "The RR was 2.43 (95% CI, 1.35 to 4.37; P=0.003).",
    ),
    "one-measure": (
        "RR 2.43 (95% CI, 1.35-4.37) and OR 3.08 (95% CI, 1.50-6.32).",
        "RR 2.43 (95% CI, 1.35-4.37) and RR 1.79 (95% CI, 0.78-4.07).",
    ),
    "adjusted-for": (
        "The adjusted OR was 1.67 (95% CI, 1.21-2.30).",
        "The OR, adjusted for age and NIHSS, was 1.67; adjusted OR 1.67 (95% CI, 1.21-2.30).",
    ),
    "sich-definition": ("sICH in 9/100 (9.0%).", "sICH (SITS-MOST) in 9/100 (9.0%)."),
    "interaction": (
        "In the subgroup with mismatch it worked.",
        "In the subgroup it worked (interaction P=0.14).",
    ),
    "planned-size": ("The trial was stopped early.", "The trial was stopped early after 182 of 476 planned."),
    "studies": (
        "In a meta-analysis the OR was 2 (95% CI, 1-4).",
        "In a meta-analysis (5 trials) the OR was 2 (95% CI, 1-4).",
    ),
    "heterogeneity": (
        "In a meta-analysis the OR was 2 (95% CI, 1-4).",
        "In a meta-analysis the OR was 2 (95% CI, 1-4; I2=0%).",
    ),
    "model": (
        "In a meta-analysis the OR was 2 (95% CI, 1-4).",
        "In a random-effects meta-analysis the OR was 2 (95% CI, 1-4).",
    ),
    "scale": (
        "In a meta-analysis 16.7% (95% CI, 13.0-21.1) died.",
        "In a meta-analysis on the logit scale 16.7% (95% CI, 13.0-21.1) died.",
    ),
}


def answer(text: str, item: str) -> Answer:
    return next(found.answer for found in in_text(text).checklist if found.id == item)


def test_every_item_is_tried():
    assert [item.id for item in in_text("Nothing.").checklist] == list(SILENT)


@pytest.mark.parametrize("item", SILENT)
def test_silence_and_saying(item):
    silent, said = SILENT[item]
    assert answer(silent, item) is Answer.MISSING
    assert answer(said, item) is Answer.SAID
    assert answer("A core of 30 mL.", item) is Answer.NOT_APPLICABLE


def test_the_results_that_are_silent_are_named():
    (item,) = [
        found for found in in_text("Death: 31.0% v 12.7% (P=0.002).").checklist if found.id == "effects"
    ]
    assert item.about == ("line 1: Death",)
    assert item.text() == "effects\tmissing\tEach p-value stands beside an effect\tline 1: Death"


def test_typed_results_answer_by_their_keys():
    text = '[[result]]\nmeasure = "aOR"\nestimate = 1.67\nci = [1.21, 2.30]'
    answers = {item.id: item.answer for item in in_toml(text).checklist}
    assert answers["adjusted-for"] is Answer.MISSING
    answers = {item.id: item.answer for item in in_toml(text + '\nadjusted_for = "age"').checklist}
    assert answers["adjusted-for"] is Answer.SAID
    assert answers["sich-definition"] is Answer.NOT_APPLICABLE
