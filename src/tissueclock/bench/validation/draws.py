"""Patients that are drawn: a cohort with strokes of all kinds, and patients without a stroke.

Every patient is drawn by a number of his own, so that a longer cohort begins with the shorter one. The
ranges are our choice; they are no epidemiology.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from tissueclock.bench.validation.rows import PatientRow
from tissueclock.phantom.acquisition import Acquisition, Bolus
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.patient import Stroke

COHORT_SEED, NEGATIVE_SEED = 7000, 8000
_PLACES = ("mca", "mca", "mca", "mca-anterior", "mca-posterior", "aca", "pca")
_LARGEST_ML, _LARGEST_MCA_ML = 60.0, 190.0


def cohort(count: int) -> Iterator[PatientRow]:
    """Yield the first `count` patients with a stroke."""
    for number in range(count):
        random = Random(COHORT_SEED + number)  # noqa: S311 - invented patients, not secrets
        name = f"cohort-{number:03d}"
        yield PatientRow(
            name=name,
            group="cohort",
            stroke=_stroke(random),
            acquisition=_scan(random),
            own_seed=COHORT_SEED + number,
        )


def negatives(count: int) -> Iterator[PatientRow]:
    """Yield the first `count` patients without a stroke: plain, leukoaraiosis, a narrow carotid in turn."""
    for number in range(count):
        random = Random(NEGATIVE_SEED + number)  # noqa: S311 - invented patients, not secrets
        kind, conditions = _illness(number, random)
        yield PatientRow(
            name=f"negative-{number:03d}-{kind}",
            group="negative",
            stroke=Stroke(side="none"),
            acquisition=_scan(random),
            conditions=conditions,
            own_seed=NEGATIVE_SEED + number,
        )


def _stroke(random: Random) -> Stroke:
    place = random.choice(_PLACES)
    hypoperfused_ml = round(random.uniform(10.0, _LARGEST_MCA_ML if place == "mca" else _LARGEST_ML), 1)
    core_ml = 0.0 if random.random() < 0.1 else round(hypoperfused_ml * random.uniform(0.05, 0.75), 1)
    side, graded = random.choice(("left", "right")), random.random() < 0.5
    return Stroke(side=side, place=place, core_ml=core_ml, hypoperfused_ml=hypoperfused_ml, graded=graded)


def _scan(random: Random) -> Acquisition:
    bolus = Bolus.of_output(random.uniform(0.7, 1.4))
    interval_s = random.choice((1.0, 1.5, 2.0))
    return Acquisition(
        bolus=replace(bolus, peak_hu=random.uniform(220.0, 380.0)),
        noise_sd_hu=random.uniform(2.0, 4.0),
        frame_interval_s=interval_s,
        frames=round(60.0 / interval_s) + 1,
    )


def _illness(number: int, random: Random) -> tuple[str, Conditions]:
    if number % 3 == 0:
        return "plain", NO_CONDITIONS
    if number % 3 == 1:
        return "leukoaraiosis", Conditions(leukoaraiosis=random.uniform(0.2, 0.6))
    delay_s = random.uniform(0.8, 2.5)
    if random.random() < 0.5:
        return "carotid", Conditions(left_carotid_delay_s=delay_s)
    return "carotid", Conditions(right_carotid_delay_s=delay_s)
