"""Diffusion and FLAIR of a digital patient, who may lie elsewhere than in the perfusion run, with their
truth.

The head is drawn anew where it lies, so that no displaced image was ever interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from tissueclock.core.errors import UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.phantom.brain import VENTRICLES
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.lesion_site import Stroke, radius_of, sickness_distance
from tissueclock.phantom.relaxation import (
    BLOOD,
    CORE_ADC_FACTOR,
    GLIOSIS,
    MATTER,
    RAREFIED,
    SHINE_THROUGH,
    Change,
    Matter,
)
from tissueclock.phantom.shapes import Points
from tissueclock.phantom.sick_head import SickHead
from tissueclock.phantom.tissues import FIRST_ARTERY, Tissue

Triple = tuple[float, float, float]
Floats = NDArray[np.float32]
_SignalOf = Callable[[Matter], float]
LIMITS = (600.0, 620.0)
"""The published limits of ADC, in 10^-6 mm2/s, for which the truth is given."""
_CENTRE_MM = np.array([0.0, -12.0, 28.0])
_PERIVENTRICULAR_MM = 5.0
_SOLID = 0.9
"""A voxel with this share of grey and white matter is free of fluid."""
_DROP_OUT_MM = ((22.0, 66.0, -14.0), (62.0, -22.0, -16.0))
_PILE_UP_MM = ((20.0, 57.0, -17.0), (57.0, -34.0, -18.0))
_ARTEFACT_RADIUS_MM, _WEAKER_LEFT = 7.0, 0.85
"""Beside the frontal sinus and the petrous bone, on both sides, weaker on the left (our drawing)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where a head lies: turned by angles about x, then y, then z, about the slab's centre, then shifted."""

    shift_mm: Triple = (0.0, 0.0, 0.0)
    turn_deg: Triple = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (*self.shift_mm, *self.turn_deg))):
            raise _refused("the head's place is not finite.", "Use finite numbers.")

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The motion from rest, 4 x 4, RAS in mm."""
        whole = np.eye(4)
        whole[:3, :3] = Rotation.from_euler("xyz", self.turn_deg, degrees=True).as_matrix()
        whole[:3, 3] = _CENTRE_MM + self.shift_mm - whole[:3, :3] @ _CENTRE_MM
        return whole


AT_REST = Pose()


@dataclass(frozen=True, kw_only=True)
class MrScanning:
    """How diffusion and FLAIR are scanned.

    `b` is the high b-value (s/mm2) beside b0; `directions` 0 gives the trace image, 3 one image a direction.
    `snr` is that of grey matter on b0, and on FLAIR, over each channel's noise. `diffusion_pose` and
    `flair_pose` are where the head lies then, against the perfusion run. `artefact` draws what air at the
    skull base does to echo-planar images. Equal seeds give equal images. Raises UsageError for what cannot
    be.
    """

    grid: Grid = field(default_factory=lambda: head_grid(96, 2.4, 20, 5.0))
    flair_grid: Grid = field(default_factory=lambda: head_grid(96, 2.4, 20, 5.0))
    b: float = 1000.0
    directions: int = 0
    snr: float = 60.0
    diffusion_pose: Pose = AT_REST
    flair_pose: Pose = AT_REST
    artefact: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        if not 100 <= self.b <= 5000:
            raise _refused(f"the b-value is {self.b:g}.", "Use 100 to 5000 s/mm2.")
        if self.directions not in (0, 3):
            raise _refused(f"there are {self.directions} directions.", "Use 3, or 0 for the trace image.")
        if not self.snr > 0:
            raise _refused(f"the signal-to-noise ratio is {self.snr:g}.", "Use more than 0 (inf: no noise).")


@dataclass(frozen=True, kw_only=True)
class MrIllness:
    """What diffusion and FLAIR show beside the stroke's core.

    `flair_ratio` is the factor of FLAIR signal in acute tissue, `brain_adc_factor` that of the ADC in all
    tissue that has nothing else (water moves faster in old brains). `reperfused_ml` is acute tissue at
    `reperfused_place` of the stroke's side (the right where it has none), outside its delay;
    `shine_through_ml` bright tissue without a core at `shine_through_place` of the other side.
    """

    flair_ratio: float = 1.05
    adc_factor: float = CORE_ADC_FACTOR
    brain_adc_factor: float = 1.0
    reperfused_ml: float = 0.0
    reperfused_place: str = "aca"
    shine_through_ml: float = 0.0
    shine_through_place: str = "mca-posterior"

    @property
    def acute(self) -> Change:
        """What a core looks like."""
        return Change(self.adc_factor, self.flair_ratio)

    @property
    def healthy(self) -> Change:
        """What the rest of the brain looks like."""
        return Change(self.brain_adc_factor, 1.0)


NO_ILLNESS = MrIllness()


@dataclass(frozen=True, eq=False, kw_only=True)
class MrTruth:
    """The truth about diffusion and FLAIR, on the diffusion's grid where it is a map or a mask.

    `acute_ml` is the grey and white matter of all acute tissue, `reperfused_ml` of that part which is not
    in the stroke's core. `rule_ml` maps a limit of ADC to the volume of whole voxels, at least half brain,
    that are mostly acute tissue and whose noise-free ADC lies below it. `flair_ratio` is the factor by
    which acute tissue is brighter on FLAIR; `flair_rule` what a comparison with the mirrored side, voxel by
    voxel of like tissue, reads of it without noise: grey and white matter are not mixed alike on both sides.
    Both are None without acute tissue. Poses are motions from rest to where the head lay (4 x 4, RAS in mm).
    """

    acute_ml: float
    reperfused_ml: float
    rule_ml: Mapping[float, float]
    acute: Volume
    rule: Volume
    brain: Volume
    adc: Volume
    flair_ratio: float | None
    flair_rule: float | None
    diffusion_pose: NDArray[np.float64]
    flair_pose: NDArray[np.float64]

    def to_json(self) -> dict[str, Any]:
        """Return everything but maps and masks as JSON values; names carry units."""
        return {
            "acute_ml": self.acute_ml,
            "reperfused_ml": self.reperfused_ml,
            "rule_ml": {f"adc_below_{limit:g}": ml for limit, ml in self.rule_ml.items()},
            "flair_ratio": self.flair_ratio,
            "flair_rule": self.flair_rule,
            "diffusion_pose": _rows_of(self.diffusion_pose),
            "flair_pose": _rows_of(self.flair_pose),
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class MrStudy:
    """The images: b0, those with the high b-value (one, or one a direction), the scanner's ADC map, FLAIR."""

    low: Volume
    high: tuple[Volume, ...]
    vendor_adc: Volume
    flair: Volume
    truth: MrTruth
    scanning: MrScanning


@dataclass(frozen=True, eq=False)
class _Painted:
    """A head where it lies: what each voxel's grey and white matter are, and which voxels are acute."""

    head: Head
    changes: tuple[Change, ...]
    kind: NDArray[np.intp]
    core: NDArray[np.bool_]
    reperfused: NDArray[np.bool_]

    @property
    def acute(self) -> NDArray[np.bool_]:
        return self.core | self.reperfused


def mr_study(
    stroke: Stroke,
    scanning: MrScanning | None = None,
    illness: MrIllness = NO_ILLNESS,
    conditions: Conditions = NO_CONDITIONS,
    heads: Mapping[str, Head] = MappingProxyType({}),
) -> MrStudy:
    """Return diffusion and FLAIR of the digital patient whose perfusion `digital_patient` makes.

    `heads` may hold heads that `head_where` drew before, by "diffusion" and "flair", on the scan's grids
    and in its poses. Raises UsageError where a lesion does not fit, or is graded.
    """
    how = scanning or MrScanning()
    if stroke.graded:
        raise _refused("a graded stroke has no border on diffusion.", "Use a sharp one.")
    epi = _painted(
        heads.get("diffusion") or head_where(how.grid, how.diffusion_pose), stroke, illness, conditions
    )
    low, high = _diffusion_signals(epi, how)
    noisy = _Noise(how)
    flair_head = heads.get("flair") or head_where(how.flair_grid, how.flair_pose)
    flair = _signals(_painted(flair_head, stroke, illness, conditions), Matter.flair_signal)
    b0 = noisy.volume(low, epi.head, how.grid, "b = 0", 0)
    high_images = tuple(
        noisy.volume(signal, epi.head, how.grid, f"b = {how.b:g}", number)
        for number, signal in enumerate(high, 1)
    )
    return MrStudy(
        low=b0,
        high=high_images,
        vendor_adc=_vendor_adc(b0, high_images, how),
        flair=noisy.volume(flair, flair_head, how.flair_grid, "FLAIR", 9),
        truth=_truth(epi, low, high, how, illness),
        scanning=how,
    )


def head_where(grid: Grid, pose: Pose) -> Head:
    """Return the head of somebody who lies elsewhere: its voxels are the scan's, its places those at rest."""
    return build_head(Grid(grid.shape, np.linalg.inv(pose.matrix) @ grid.affine))


def _painted(head: Head, stroke: Stroke, illness: MrIllness, conditions: Conditions) -> _Painted:
    """Give every voxel what its tissue looks like; what is acute lies on top."""
    scarred, scar = conditions.scarred(head)
    sick = SickHead.of(scarred, stroke)
    side = "right" if stroke.side == "none" else stroke.side
    other = "left" if side == "right" else "right"
    core = (sick.stage == 2) if sick.stages == 3 else np.zeros(head.index.size, dtype=bool)
    reperfused = _patch(scarred, side, illness.reperfused_place, illness.reperfused_ml) & (sick.stage == 0)
    kinds = (
        (illness.healthy, np.ones(head.index.size, dtype=bool)),
        (_share_of(RAREFIED, conditions.leukoaraiosis), _periventricular(scarred, conditions)),
        (GLIOSIS, scar),
        (SHINE_THROUGH, _patch(scarred, other, illness.shine_through_place, illness.shine_through_ml)),
        (illness.acute, core | reperfused),
    )
    kind = np.zeros(head.index.size, dtype=np.intp)
    for number, (_, inside) in enumerate(kinds):
        kind[inside] = number
    return _Painted(scarred, tuple(change for change, _ in kinds), kind, core, reperfused & ~core)


def _share_of(change: Change, share: float) -> Change:
    """Return part of a change: all of it at a share of 0.5, as leukoaraiosis is usual, none at 0."""
    part = min(2 * share, 1.0)
    return Change(1 + part * (change.adc_factor - 1), 1 + part * (change.flair_ratio - 1))


def _patch(head: Head, side: str, place: str, volume_ml: float) -> NDArray[np.bool_]:
    """Return the voxels of a patch of tissue with a volume at a place."""
    if not volume_ml:
        return np.zeros(head.index.size, dtype=bool)
    distance = sickness_distance(head, Stroke(side=side, place=place, hypoperfused_ml=volume_ml))
    return np.asarray(distance <= radius_of(head, distance, volume_ml, place))


def _periventricular(head: Head, conditions: Conditions) -> NDArray[np.bool_]:
    if not conditions.leukoaraiosis:
        return np.zeros(head.index.size, dtype=bool)
    x, y, z = head.positions_mm.astype(np.float32).T
    nearest = np.minimum.reduce([tube.distance(Points(np.abs(x), y, z)) for tube in VENTRICLES])
    mostly_white = head.fraction(Tissue.WHITE) > head.fraction(Tissue.GREY)
    return np.asarray((nearest < _PERIVENTRICULAR_MM) & mostly_white)


def _signals(painted: _Painted, signal_of: _SignalOf) -> Floats:
    """Return the noise-free signal of every voxel of the head's index: the sum over its compartments."""
    fractions = painted.head.fractions
    rest = np.zeros(fractions.shape[1])
    rest[FIRST_ARTERY:] = signal_of(BLOOD)
    for tissue in set(Tissue) - {Tissue.GREY, Tissue.WHITE}:
        rest[tissue] = signal_of(MATTER[tissue])
    total = fractions @ rest
    for tissue in (Tissue.GREY, Tissue.WHITE):
        by_kind = np.array([signal_of(MATTER[tissue].changed(change)) for change in painted.changes])
        total += fractions[:, tissue] * by_kind[painted.kind]
    return np.asarray(total, dtype=np.float32)


def _diffusion_signals(painted: _Painted, how: MrScanning) -> tuple[Floats, tuple[Floats, ...]]:
    low = _signals(painted, lambda matter: matter.diffusion_signal(0.0))
    directions: Iterable[int | None] = range(how.directions) if how.directions else (None,)
    high = tuple(
        _signals(painted, lambda matter, d=direction: matter.diffusion_signal(how.b, d))  # type: ignore[misc]
        for direction in directions
    )
    if not how.artefact:
        return low, high
    lost, piled = (_near(painted.head, places) for places in (_DROP_OUT_MM, _PILE_UP_MM))
    lowered = low * (1 - 0.75 * lost) * (1 + 1.5 * piled)
    return lowered, tuple(image * (1 - 0.5 * lost) * (1 + 2.2 * piled) for image in high)


def _near(head: Head, places: tuple[Triple, ...]) -> Floats:
    """Return how near each voxel is to the nearest of the places: 1 there, falling off smoothly."""
    positions = head.positions_mm
    folded = np.abs(positions[:, 0])
    near = np.zeros(len(positions))
    for x, y, z in places:
        square = (folded - x) ** 2 + (positions[:, 1] - y) ** 2 + (positions[:, 2] - z) ** 2
        near = np.maximum(near, np.exp(-square / (2 * _ARTEFACT_RADIUS_MM**2)))
    return (near * np.where(positions[:, 0] < 0, _WEAKER_LEFT, 1.0)).astype(np.float32)


@dataclass(frozen=True)
class _Noise:
    """Rician noise, its own for every image."""

    how: MrScanning

    def volume(self, signal: Floats, head: Head, grid: Grid, quantity: str, number: int) -> Volume:
        """Return one image on the scan's grid."""
        clean = head.on_grid(signal, 0.0)
        sd = self._sd(quantity)
        random = np.random.default_rng((self.how.seed, 77, number))
        real = clean + sd * random.standard_normal(clean.shape, dtype=np.float32)
        imaginary = sd * random.standard_normal(clean.shape, dtype=np.float32)
        return Volume(np.hypot(real, imaginary).astype(np.float32), grid, quantity, "signal")

    def _sd(self, quantity: str) -> np.float32:
        grey = MATTER[Tissue.GREY]
        level = grey.flair_signal() if quantity == "FLAIR" else grey.diffusion_signal(0.0)
        return np.float32(level / self.how.snr)


def _vendor_adc(low: Volume, high: tuple[Volume, ...], how: MrScanning) -> Volume:
    """Return the map that a scanner makes of its noisy images, 0 where there is air."""
    level = float(np.percentile(low.array, 90)) * 0.15
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(low.array) - np.mean([np.log(image.array) for image in high], axis=0)
    values = np.where((low.array > level) & np.isfinite(logs), logs / how.b * 1e6, 0.0)
    return Volume(np.clip(values, 0.0, 4095.0).astype(np.float32), low.grid, "ADC", "10^-6 mm2/s")


def _truth(
    painted: _Painted, low: Floats, high: tuple[Floats, ...], how: MrScanning, illness: MrIllness
) -> MrTruth:
    head, grid = painted.head, how.grid
    with np.errstate(divide="ignore", invalid="ignore"):
        adc = (np.log(low) - np.mean([np.log(image) for image in high], axis=0)) / how.b * 1e6
    brain, acute = head.tissue >= 0.5, painted.acute
    below = {limit: acute & brain & (adc < limit) for limit in LIMITS}

    def tissue_ml(inside: NDArray[np.bool_]) -> float:
        return float(head.tissue[inside].sum(dtype=np.float64) * grid.voxel_ml)

    def mask(inside: NDArray[np.bool_], quantity: str) -> Volume:
        return Volume(head.on_grid(inside.astype(np.float32), 0.0) > 0, grid, quantity, "1")

    return MrTruth(
        acute_ml=tissue_ml(acute),
        reperfused_ml=tissue_ml(painted.reperfused),
        rule_ml=MappingProxyType({limit: int(below[limit].sum()) * grid.voxel_ml for limit in LIMITS}),
        acute=mask(acute & brain, "true acute tissue"),
        rule=mask(below[LIMITS[-1]], f"true ADC below {LIMITS[-1]:g}"),
        brain=mask(brain, "brain"),
        adc=Volume(head.on_grid(np.where(brain, adc, np.nan), np.nan), grid, "true ADC", "10^-6 mm2/s"),
        flair_ratio=illness.flair_ratio if acute.any() else None,
        flair_rule=_flair_rule(painted, below[LIMITS[-1]]),
        diffusion_pose=how.diffusion_pose.matrix,
        flair_pose=how.flair_pose.matrix,
    )


def _flair_rule(painted: _Painted, lesion: NDArray[np.bool_]) -> float | None:
    """Return the median FLAIR ratio of the lesion's voxels and their mirror images, without noise.

    Both are free of fluid, and both mostly grey or both mostly white; the mirrored one is healthy. The mirror
    is the head's own plane, x = 0 where its parts lie at rest; values between voxels are linear.
    """
    head = painted.head
    flair = head.on_grid(_signals(painted, Matter.flair_signal), 0.0)
    solid = head.on_grid(np.where(painted.kind == 0, head.tissue, 0.0).astype(np.float32), 0.0)
    excess = head.on_grid(head.fraction(Tissue.GREY) - head.fraction(Tissue.WHITE), 0.0)
    chosen = lesion & (head.tissue >= _SOLID)
    mirrored = head.positions_mm[chosen] * (-1.0, 1.0, 1.0)
    to_voxel = np.linalg.inv(head.grid.affine)
    places = (mirrored @ to_voxel[:3, :3].T + to_voxel[:3, 3]).T
    theirs, pure, grey = (ndimage.map_coordinates(image, places, order=1) for image in (flair, solid, excess))
    ours = flair.ravel()[head.index[chosen]]
    alike = (excess.ravel()[head.index[chosen]] > 0) == (grey > 0)
    like = (pure >= _SOLID) & alike
    return float(np.median(ours[like] / theirs[like])) if like.any() else None


def _rows_of(matrix: NDArray[np.float64]) -> list[list[float]]:
    return [[round(float(value), 9) for value in row] for row in matrix]


def _refused(found: str, remedy: str) -> UsageError:
    return UsageError(found, where="diffusion and FLAIR", remedy=remedy)
