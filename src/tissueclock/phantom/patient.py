"""The digital patient: a head with a stroke, scanned, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.grid import Grid
from tissueclock.image.series import TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.measure import RuleReading, brain_map, zone_truths
from tissueclock.phantom.sick_head import Contrast, SickHead
from tissueclock.phantom.signal import Scanner, scan
from tissueclock.phantom.tissues import FIRST_ARTERY, Tissue
from tissueclock.phantom.truth import InputCurve, PhysicsTruth, Truth

__all__ = ("DEMO_STROKE", "DigitalPatient", "Stroke", "digital_patient")

_VOXELS_AT_ONCE = 50_000
"""So that what is computed on the way stays small beside the run itself."""

DEMO_STROKE = Stroke(side="left", place="mca", core_ml=22.0, hypoperfused_ml=98.0)
"""The patient of the demonstration: a proximal occlusion with a target mismatch."""


@dataclass(frozen=True, eq=False)
class DigitalPatient:
    """A simulated run, its truth, and what was asked for."""

    series: TimeSeries
    truth: Truth
    stroke: Stroke
    acquisition: Acquisition
    conditions: Conditions = NO_CONDITIONS

    @property
    def aif(self) -> InputCurve:
        """The true arterial input curve at the frame times."""
        return self.truth.aif


def digital_patient(
    stroke: Stroke,
    acquisition: Acquisition,
    grid: Grid | None = None,
    residue: str = "exponential",
    conditions: Conditions = NO_CONDITIONS,
    head: Head | None = None,
) -> DigitalPatient:
    """Simulate one perfusion run of a digital head.

    `grid` defaults to `head_grid()`: 144 x 144 x 12 voxels of 1.6 x 1.6 x 8 mm, stored left, posterior,
    head. `residue` is one of `SHAPES`; `conditions` are what else the patient has. A `head` that was built
    before (with the conditions' vessels) saves time and brings its own grid. Raises UsageError where the
    lesion does not fit, or the slice offsets are for another number of slices.
    """
    if head is None:
        head = build_head(head_grid() if grid is None else grid, conditions.large_vessels)
    offsets_s = acquisition.offsets_s(head.grid.shape[2])
    scarred, scar = conditions.scarred(head)
    sick = conditions.apply(SickHead.of(scarred, stroke), scar)
    until_s = float(acquisition.kept_times_s[-1] + offsets_s.max())
    contrast = Contrast.of(sick, acquisition.bolus, until_s, residue, conditions.late_s)
    truth = _truth(sick, contrast, acquisition, residue)
    scanner = Scanner(acquisition)
    series = scan(scanner, head.grid, sick.head.index, noise_free_signals(sick, contrast, scanner))
    return DigitalPatient(series, truth, stroke, acquisition, conditions)


def noise_free_signals(sick: SickHead, contrast: Contrast, scanner: Scanner) -> NDArray[np.float32]:
    """Return the noise-free signal, frames x voxels of `head.index`."""
    head, times = sick.head, scanner.acquisition.kept_times_s
    offsets = scanner.acquisition.offsets_s(head.grid.shape[2])[head.slice_number]
    signals = np.empty((times.size, head.index.size), dtype=np.float32)
    for offset in np.unique(offsets):
        same = np.flatnonzero(offsets == offset)
        grey, white, rest = _compartments(contrast, scanner, times + offset)
        for here in np.split(same, np.arange(_VOXELS_AT_ONCE, same.size, _VOXELS_AT_ONCE)):
            part = rest @ head.fractions[here].T
            zone = sick.zone[here]
            part += head.fractions[here, Tissue.GREY] * grey[:, zone]
            part += head.fractions[here, Tissue.WHITE] * white[:, zone]
            signals[:, here] = part
    return signals


def _compartments(
    contrast: Contrast, scanner: Scanner, times_s: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the signals of grey and white matter (frames x zones) and of other labels (frames x labels)."""
    grey, white = (
        np.stack([scanner.signal(scanner.baseline(tissue), curve.at(times_s)) for curve in curves], axis=1)
        for tissue, curves in ((Tissue.GREY, contrast.grey), (Tissue.WHITE, contrast.white))
    )
    rest = np.zeros((times_s.size, FIRST_ARTERY + len(contrast.arteries)))
    for tissue in set(Tissue) - {Tissue.GREY, Tissue.WHITE, Tissue.SINUS}:
        rest[:, tissue] = scanner.baseline(tissue)
    sinus = scanner.baseline(Tissue.SINUS)
    rest[:, Tissue.SINUS] = scanner.signal(sinus, contrast.vein.at(times_s), in_blood=True)
    for number, curve in enumerate(contrast.arteries, FIRST_ARTERY):
        if curve is None:
            rest[:, number] = scanner.clot
        else:
            rest[:, number] = scanner.signal(scanner.blood, curve.at(times_s), in_blood=True)
    return grey.astype(np.float32), white.astype(np.float32), rest.astype(np.float32)


def _truth(sick: SickHead, contrast: Contrast, acquisition: Acquisition, residue: str) -> Truth:
    head, stroke, scanner = sick.head, sick.stroke, Scanner(acquisition)
    brain = head.tissue >= 0.5
    rule = RuleReading.of(sick, contrast, acquisition).truth(brain)
    return Truth(
        side=stroke.side,
        place=stroke.place,
        graded=stroke.graded,
        residue=residue,
        physics=_physics(sick, brain),
        rule=rule,
        zones=() if stroke.graded else zone_truths(sick, contrast, acquisition, rule.reference_cbf),
        brain=_mask(head, brain, "brain"),
        csf=_mask(head, head.fraction(Tissue.CSF) >= 0.5, "CSF"),
        vessel=_mask(head, head.vessel >= 0.25, "vessel"),
        grey=Volume(head.on_grid(head.fraction(Tissue.GREY), 0.0), head.grid, "grey matter", "1"),
        white=Volume(head.on_grid(head.fraction(Tissue.WHITE), 0.0), head.grid, "white matter", "1"),
        aif=InputCurve.measured(contrast.artery, scanner),
        vof=InputCurve.measured(contrast.vein, scanner),
        motion=acquisition.kept_motion,
    )


def _physics(sick: SickHead, brain: NDArray[np.bool_]) -> PhysicsTruth:
    head, sharp = sick.head, not sick.stroke.graded
    core, hypoperfused = sick.stage == 2, sick.stage >= 1
    cbf, cbv, delay_s = _true_values(sick)
    mtt_s = 60 * cbv / cbf
    return PhysicsTruth(
        core_ml=sick.tissue_ml(core) if sharp else None,
        hypoperfused_ml=sick.tissue_ml(hypoperfused) if sharp else None,
        core=_mask(head, core & brain, "true core") if sharp else None,
        hypoperfused=_mask(head, hypoperfused & brain, "true hypoperfused tissue") if sharp else None,
        cbf=brain_map(head, brain, cbf, "true CBF", "mL/100 g/min"),
        cbv=brain_map(head, brain, cbv, "true CBV", "mL/100 g"),
        mtt=brain_map(head, brain, mtt_s, "true MTT", "s"),
        delay=brain_map(head, brain, delay_s, "true delay", "s"),
    )


def _true_values(
    sick: SickHead,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return CBF, CBV and delay of every voxel of `head.index`: the mean over its tissue, NaN without any."""
    tissue = sick.head.tissue
    grey = sick.head.fractions[:, Tissue.GREY]
    share = np.divide(grey, tissue, out=np.full(tissue.shape, np.nan, np.float32), where=tissue > 0)
    table = np.array([(z.grey.cbf, z.white.cbf, z.grey.cbv, z.white.cbv, z.delay_s) for z in sick.zones])
    grey_cbf, white_cbf, grey_cbv, white_cbv, delay_s = table[sick.zone].T
    cbf = share * grey_cbf + (1 - share) * white_cbf
    return cbf, share * grey_cbv + (1 - share) * white_cbv, delay_s


def _mask(head: Head, inside: NDArray[np.bool_], quantity: str) -> Volume:
    mask = np.zeros(head.grid.size, dtype=bool)
    mask[head.index[inside]] = True
    return Volume(mask.reshape(head.grid.shape), head.grid, quantity, "1")
