"""Checks of diffusion and FLAIR: do they show this head, where the perfusion run shows it, and all of it."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.anatomy.registration import Registration
from tissueclock.core.quality import SHARE, Gate, QualityFlag, failed_gates
from tissueclock.diffusion.result import ADC_UNIT
from tissueclock.perfusion.quality_settings import QualitySettings

_MISFIT = "A wrong b-value or scale moves every ADC: an absolute limit then marks another volume."
REGISTRATION = Gate(
    id="diffusion-registration",
    judges="disagreement of the registration of perfusion to diffusion, there and back",
    harm="Where the core lies against the delay is not known: the voxel-wise mismatch is withheld.",
    unit="mm",
    fail="registration_fail_mm",
    only="MR",
)
OVERLAP = Gate(
    id="diffusion-overlap",
    judges="overlap (Dice) of the heads on diffusion and perfusion, after registration",
    harm="They have not the size of one head: the diffusion may be of another patient, or cut off.",
    unit=SHARE,
    fail="head_overlap_fail",
    only="MR",
)
COVERAGE = Gate(
    id="diffusion-coverage",
    judges="share of the perfusion's brain that the diffusion images cover",
    harm="Part of the brain was not seen on diffusion: the core is a lower bound.",
    unit=SHARE,
    warn="diffusion_coverage_warn",
    fail="diffusion_coverage_fail",
    only="MR",
)
SLAB = Gate(
    id="diffusion-slab",
    judges="height of the brain on diffusion, where no perfusion run shows how much there is",
    harm="Part of the brain was not seen on diffusion: the core is a lower bound.",
    unit="cm",
    warn="diffusion_slab_warn_cm",
    fail="diffusion_slab_fail_cm",
    only="MR",
)
MISSING = Gate(
    id="diffusion-missing",
    judges="space inside the skull where a diffusion image holds no signal or no number",
    harm="There is no ADC, so that a core is not seen: slices are lost, or a map was cut out too tightly.",
    unit="mL",
    warn="diffusion_missing_warn_ml",
    fail="diffusion_missing_fail_ml",
    source="our choice; two real scans lack 0.2 and 0.6 mL",
    only="MR",
)
ADC_LOW = Gate(
    id="adc-low",
    judges="median ADC of the brain's tissue, lesion included",
    harm=_MISFIT,
    unit=ADC_UNIT,
    warn="adc_low_warn",
    fail="adc_low_fail",
    source="650 to 950 is usual *(recalled)*; the limits that withhold are our choice",
    only="MR",
)
ADC_HIGH = Gate(
    id="adc-high",
    judges="median ADC of the brain's tissue, lesion included",
    harm=_MISFIT,
    unit=ADC_UNIT,
    warn="adc_high_warn",
    fail="adc_high_fail",
    source="650 to 950 is usual *(recalled)*, age and atrophy raise it; the limits that withhold are our "
    "choice",
    only="MR",
)
REPERFUSED = Gate(
    id="reperfused-core",
    judges="core outside delayed tissue, where registration and delay are to be trusted",
    harm="It is perfused again, or no fresh infarct; it is in the core's volume, as the trials counted it.",
    unit="mL",
    warn="reperfused_warn_ml",
    source="our choice; in DEFUSE about half of the diffusion lesion had normal perfusion on average",
    only="MR",
)
FLAIR_REGISTRATION = Gate(
    id="flair-registration",
    judges="disagreement of the registration of FLAIR to diffusion, there and back",
    harm="The lesion's place on FLAIR is not known: the FLAIR ratio is withheld.",
    unit="mm",
    fail="registration_fail_mm",
    only="MR",
)
FLAIR_OVERLAP = Gate(
    id="flair-overlap",
    judges="overlap (Dice) of the heads on diffusion and FLAIR, after registration",
    harm="They have not the size of one head: the FLAIR may be of another patient. Its ratio is withheld.",
    unit=SHARE,
    fail="head_overlap_fail",
    only="MR",
)
GATES = (
    REGISTRATION,
    OVERLAP,
    COVERAGE,
    SLAB,
    MISSING,
    ADC_LOW,
    ADC_HIGH,
    REPERFUSED,
    FLAIR_REGISTRATION,
    FLAIR_OVERLAP,
)
CORE_GATES = frozenset({OVERLAP.id, COVERAGE.id, SLAB.id, MISSING.id, ADC_LOW.id, ADC_HIGH.id})
"""The gates that withhold the core; those of registration withhold only what rests on places."""
PLACE_GATES = frozenset({REGISTRATION.id, OVERLAP.id})
"""The gates beyond which it is not known where the core lies against the delay."""
FLAIR_GATES = CORE_GATES | {FLAIR_REGISTRATION.id, FLAIR_OVERLAP.id}
"""The gates that withhold the FLAIR ratio."""


def beside_perfusion_flags(
    registration: Registration,
    covered: float,
    reperfused_ml: float,
    sides: tuple[str, str],
    settings: QualitySettings,
) -> Iterator[QualityFlag]:
    """Judge the registration of perfusion, what diffusion covers of its brain, and core without delay.

    `sides` are those of core and delay. Core without delay is judged only where the registration stands.
    """
    registered = _registered(REGISTRATION, registration, "perfusion", settings)
    overlap = _overlapping(OVERLAP, registration, "perfusion", settings)
    yield from (registered, overlap)
    told = f"Diffusion covers {100 * covered:.0f} % of the brain in the perfusion run"
    yield COVERAGE.judged(
        covered,
        warn=settings.diffusion_coverage_warn,
        fail=settings.diffusion_coverage_fail,
        high=False,
        good=f"{told}.",
        bad=f"{told}: the core is a lower bound.",
    )
    if not failed_gates((registered, overlap)):
        yield _reperfused(reperfused_ml, sides, settings)


def _reperfused(reperfused_ml: float, sides: tuple[str, str], settings: QualitySettings) -> QualityFlag:
    told = f"{reperfused_ml:.1f} mL of core lie outside delayed tissue"
    core, delay = sides
    crossed = f" The core lies on the {core}, the delay on the {delay}: check that no scan is mirrored."
    return REPERFUSED.judged(
        reperfused_ml,
        warn=settings.reperfused_warn_ml,
        high=True,
        good=f"{told}.",
        bad=f"{told}: perfused again, or no fresh infarct; they are in the core's volume."
        f"{crossed if core and delay and core != delay else ''}",
    )


def slab_flag(height_cm: float, settings: QualitySettings) -> QualityFlag:
    """Judge how much brain diffusion shows, from feet to head."""
    told = f"Diffusion shows {height_cm:.1f} cm of brain"
    return SLAB.judged(
        height_cm,
        warn=settings.diffusion_slab_warn_cm,
        fail=settings.diffusion_slab_fail_cm,
        high=False,
        good=f"{told}.",
        bad=f"{told}: the core is a lower bound.",
    )


def missing_flag(missing_ml: float, settings: QualitySettings) -> QualityFlag:
    """Judge how much of the head has no ADC."""
    told = f"{missing_ml:.1f} mL inside the skull have no signal in a diffusion image"
    return MISSING.judged(
        missing_ml,
        warn=settings.diffusion_missing_warn_ml,
        fail=settings.diffusion_missing_fail_ml,
        high=True,
        good=f"{told}.",
        bad=f"{told}, and so no ADC: a core there is not seen. Send the complete series again.",
    )


def scale_flags(tissue_adc: float, settings: QualitySettings) -> Iterator[QualityFlag]:
    """Judge whether the brain's tissue has the ADC that an absolute limit takes for granted."""
    told = f"The median ADC of the brain's tissue is {tissue_adc:.0f} x {ADC_UNIT}"
    for gate, warn, fail, high in (
        (ADC_LOW, settings.adc_low_warn, settings.adc_low_fail, False),
        (ADC_HIGH, settings.adc_high_warn, settings.adc_high_fail, True),
    ):
        fits = f"from {settings.adc_low_warn:g} to {settings.adc_high_warn:g} is usual"
        yield gate.judged(
            tissue_adc,
            warn=warn,
            fail=fail,
            high=high,
            good=f"{told}.",
            bad=f"{told}, and {fits}: check the b-values and the map's scale, for the limits are absolute.",
        )


def flair_flags(registration: Registration, settings: QualitySettings) -> Iterator[QualityFlag]:
    """Judge the registration of FLAIR, and whether it shows this head."""
    yield _registered(FLAIR_REGISTRATION, registration, "FLAIR", settings)
    yield _overlapping(FLAIR_OVERLAP, registration, "FLAIR", settings)


def _overlapping(gate: Gate, found: Registration, name: str, settings: QualitySettings) -> QualityFlag:
    told = f"The heads on diffusion and {name} overlap by {found.overlap:.2f} (Dice)"
    return gate.judged(
        found.overlap,
        fail=settings.head_overlap_fail,
        high=False,
        good=f"{told}.",
        bad=f"{told} only: another patient, or images that are cut off.",
    )


def _registered(gate: Gate, found: Registration, name: str, settings: QualitySettings) -> QualityFlag:
    told = (
        f"The registration of {name} there and back (the head had moved by {found.shift_mm:.1f} mm and "
        f"{found.turn_deg:.1f} degrees) disagrees by {found.residual_mm:.1f} mm"
    )
    return gate.judged(
        found.residual_mm,
        fail=settings.registration_fail_mm,
        high=True,
        good=f"{told}.",
        bad=f"{told}: it is not to be trusted.",
    )
