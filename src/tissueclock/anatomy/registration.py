"""Rigid registration of two contrasts of one head by mutual information; the one place that knows SimpleITK.

Mattes' mutual information (IEEE Trans Med Imaging 2003;22:120-128) of the heads' insides, over two levels of
blur. It is done twice, there and back with other samples, and how far the two disagree is the residual: a
registration that found no real match is seldom the inverse of its own reverse (Christensen and Johnson, IEEE
Trans Med Imaging 2001;20:568-582).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.image.nearest import nearest
from tissueclock.image.overlap import dice

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_BLURS_MM = (4.0, 2.0)
_BINS, _ITERATIONS, _SAMPLES = 40, 120, 30_000
_STEP_MM, _LEAST_STEP_MM = 2.0, 1e-3
_MARGIN_MM, _CEILING = 4.0, 2.5
"""What lies further outside the skull's inside has no say, and brightness counts up to this multiple of the
median (all our choice, from digital heads)."""
_INNER_MM, _LEAST_WITHIN = 9.0, 0.2
"""Voxels have a say if they start so far within the other scan, unless that leaves less than this share."""
_LEAST_OVERLAP = 0.5
"""Heads that share less where their headers put them are started from aligned centres."""
_CHECKED = 4000
_LOST_MM = 99.0


@dataclass(frozen=True, eq=False, kw_only=True)
class HeadImage:
    """A volume of a head and the space inside its skull, on a grid."""

    array: Array
    inside: Mask
    grid: Grid

    def __post_init__(self) -> None:
        if self.array.shape != self.grid.shape or self.inside.shape != self.grid.shape:
            raise ValueError("image and mask lie on the grid")
        if not self.inside.any():
            raise ValueError("a head has an inside")


@dataclass(frozen=True, eq=False, kw_only=True)
class Registration:
    """Where one scan's points lie in another.

    `matrix` (4 x 4, RAS in mm) takes a point of the fixed scan to the moving one. `residual_mm` is the
    largest disagreement of the way there and back inside the head, `overlap` the Dice of both heads'
    insides in the common field of view; `shift_mm` is how far the head's middle moved, `turn_deg` how far
    it turned.
    """

    matrix: Matrix
    residual_mm: float
    overlap: float
    shift_mm: float
    turn_deg: float
    step: Step

    def __post_init__(self) -> None:
        if self.matrix.shape != (4, 4) or not np.allclose(
            self.matrix[:3, :3] @ self.matrix[:3, :3].T, np.eye(3)
        ):
            raise ValueError("a rigid motion turns and shifts, and nothing else")

    def moving_grid(self, grid: Grid) -> Grid:
        """Return the moving scan's grid, seen in the fixed scan's space."""
        return Grid(grid.shape, np.linalg.inv(self.matrix) @ grid.affine)


def register(fixed: HeadImage, moving: HeadImage, names: tuple[str, str], seed: int = 7) -> Registration:
    """Return where the points of `fixed` lie in `moving`; `names` are theirs, for the Methods.

    Equal input gives equal output: samples are seeded, and one thread adds them up. Where the optimiser fails
    (the heads lose each other, or there are fewer than four slices) the start is returned, with a residual of
    99 mm.
    """
    start = _start(fixed, moving)
    here, away = _Prepared.of(fixed), _Prepared.of(moving)
    found = _optimised(here, away, start, seed)
    back = _optimised(away, here, np.asarray(np.linalg.inv(start), dtype=np.float64), seed + 1)
    there = start if found is None else found
    points = fixed.grid.positions_mm(_spread(np.argwhere(fixed.inside)))
    residual_mm = _LOST_MM
    if found is not None and back is not None:
        residual_mm = float(np.linalg.norm(_moved(_moved(points, there), back) - points, axis=1).max())
    middle = points.mean(axis=0, keepdims=True)
    shift_mm = float(np.linalg.norm(_moved(middle, there) - middle))
    turn_deg = float(np.degrees(Rotation.from_matrix(there[:3, :3]).magnitude()))
    overlap = _overlap(fixed, moving, there)
    step = Step(
        name=f"registration-{names[1].lower()}",
        sentence=f"The {names[1]} was registered to the {names[0]} (rigid, mutual information): the head had "
        f"moved by {shift_mm:.1f} mm and {turn_deg:.1f} degrees; there and back differ by up to "
        f"{residual_mm:.2f} mm.",
        parameters={
            "shift_mm": round(shift_mm, 3),
            "turn_deg": round(turn_deg, 3),
            "residual_mm": round(residual_mm, 3),
            "overlap": round(overlap, 4),
            "matrix": [[round(float(value), 6) for value in row] for row in there],
            "bins": _BINS,
            "seed": seed,
        },
        citations=(
            "Mattes 2003, IEEE Trans Med Imaging 22:120",
            "Christensen 2001, IEEE Trans Med Imaging 20:568",
        ),
    )
    return Registration(
        matrix=there,
        residual_mm=residual_mm,
        overlap=overlap,
        shift_mm=shift_mm,
        turn_deg=turn_deg,
        step=step,
    )


def resampled(image: Array, grid: Grid, onto: Grid, matrix: Matrix, outside: float = np.nan) -> Array:
    """Return `image` (on `grid` of the moving scan) on the fixed scan's grid, linearly interpolated once.

    `matrix` takes points of the fixed scan to the moving one. Voxels beyond the image are `outside`; NaN in
    it spreads to what is interpolated from it.
    """
    to_voxel = np.linalg.inv(grid.affine) @ matrix @ onto.affine
    found: Array = ndimage.affine_transform(
        np.asarray(image, dtype=np.float32),
        to_voxel[:3, :3],
        to_voxel[:3, 3],
        output_shape=onto.shape,
        order=1,
        mode="constant",
        cval=outside,
    )
    return found


def carried_midline(midline: Midline, matrix: Matrix) -> Midline:
    """Return a midline of the fixed scan in the moving one; `matrix` takes points of the one to the other."""
    normal = np.asarray(matrix[:3, :3] @ midline.normal, dtype=np.float64)
    return replace(midline, normal=normal, offset_mm=float(midline.offset_mm + normal @ matrix[:3, 3]))


def _moved(points: NDArray[np.float64], matrix: Matrix) -> NDArray[np.float64]:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _spread(index: NDArray[np.intp]) -> NDArray[np.intp]:
    return index[:: max(1, len(index) // _CHECKED)]


def _start(fixed: HeadImage, moving: HeadImage) -> Matrix:
    """Return where to begin: as the headers put the heads, or with aligned middles if they hardly meet."""
    if _overlap(fixed, moving, np.eye(4)) >= _LEAST_OVERLAP:
        return np.eye(4)
    middles = [
        head.grid.positions_mm(_spread(np.argwhere(head.inside))).mean(axis=0) for head in (fixed, moving)
    ]
    start = np.eye(4)
    start[:3, 3] = middles[1] - middles[0]
    return start


def _overlap(fixed: HeadImage, moving: HeadImage, matrix: Matrix) -> float:
    """Return the Dice of the two insides where both scans have voxels; 0 where there is no such place."""
    seen = Grid(moving.grid.shape, np.linalg.inv(matrix) @ moving.grid.affine)
    theirs = nearest(moving.inside, seen, fixed.grid)
    common = nearest(np.ones_like(moving.inside), seen, fixed.grid)
    return dice(fixed.inside & common, theirs) or 0.0


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A head as the optimiser takes it, both ways: its grid, what is close to it, and its levels."""

    grid: Grid
    near: Mask
    image: Any

    @classmethod
    def of(cls, head: HeadImage) -> _Prepared:
        away_mm = ndimage.distance_transform_edt(~head.inside, head.grid.spacing_mm)
        near = np.asarray(away_mm <= _MARGIN_MM)
        return cls(head.grid, near, _as_itk(_levels(head, near), head.grid))


def _optimised(fixed: _Prepared, moving: _Prepared, start: Matrix, seed: int) -> Matrix | None:
    """Maximise mutual information from a start; None where that cannot be done."""
    mask = _as_itk(_samples(fixed, moving.grid, start).astype(np.uint8), fixed.grid)
    method = SimpleITK.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricFixedMask(mask)
    method.SetMetricSamplingStrategy(method.RANDOM)
    share = min(1.0, _SAMPLES / fixed.grid.size)
    method.SetMetricSamplingPercentagePerLevel([share] * len(_BLURS_MM), seed)
    method.MetricUseMovingImageGradientFilterOff()
    method.MetricUseFixedImageGradientFilterOff()
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetInitialTransform(_transform(start, fixed.grid), inPlace=False)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=_STEP_MM,
        minStep=_LEAST_STEP_MM,
        numberOfIterations=_ITERATIONS,
        relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-8,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([1] * len(_BLURS_MM))
    method.SetSmoothingSigmasPerLevel(list(_BLURS_MM))
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    try:
        return _matrix(method.Execute(fixed.image, moving.image))
    except RuntimeError:  # no sample is left, or too few slices to blur
        return None


def _levels(head: HeadImage, near: Mask) -> Array:
    """Return brightness as multiples of the inside's median, 0 where the head is not `near`."""
    median = max(float(np.median(head.array[head.inside])), 1e-6)
    return np.where(near, np.clip(head.array / median, 0.0, _CEILING), 0.0).astype(np.float32)


def _samples(fixed: _Prepared, moving: Grid, start: Matrix) -> Mask:
    """Return the voxels that have a say: close to the head, and well within the other scan at the start.

    Voxels that leave the other scan are not counted, so that sliding off its end would make a better match.
    """
    near = fixed.near
    to_voxel = np.linalg.inv(moving.affine) @ start
    places = fixed.grid.positions_mm(np.argwhere(near)) @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    margin = _INNER_MM / np.array(moving.spacing_mm)
    last = np.array(moving.shape) - 1
    within = ((places >= margin) & (places <= last - margin)).all(axis=1)
    if within.mean() < _LEAST_WITHIN:
        return near
    kept = np.zeros_like(near)
    kept[near] = within
    return kept


def _as_itk(array: NDArray[Any], grid: Grid) -> Any:
    """Return an array on a grid (RAS) as an image of SimpleITK (LPS, last axis first)."""
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(array.T))
    affine = _LPS @ grid.affine
    spacing = np.array(grid.spacing_mm)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    return image


def _transform(matrix: Matrix, grid: Grid) -> Any:
    """Return a rigid motion as a transform of SimpleITK that turns about the grid's middle."""
    lps = _LPS @ matrix @ _LPS
    centre = (_LPS[:3, :3] @ grid.positions_mm([(np.array(grid.shape) - 1) / 2])[0]).astype(float)
    transform = SimpleITK.Euler3DTransform()
    transform.SetCenter(centre.tolist())
    transform.SetMatrix(lps[:3, :3].ravel().tolist())
    transform.SetTranslation((lps[:3, 3] + lps[:3, :3] @ centre - centre).tolist())
    return transform


def _matrix(transform: Any) -> Matrix:
    """Return a transform of SimpleITK as a rigid motion in RAS."""
    plain = transform.GetNthTransform(0) if transform.GetName().startswith("Composite") else transform
    rigid = SimpleITK.Euler3DTransform(plain)
    turn = np.array(rigid.GetMatrix()).reshape(3, 3)
    centre = np.array(rigid.GetCenter())
    lps = np.eye(4)
    lps[:3, :3] = turn
    lps[:3, 3] = np.array(rigid.GetTranslation()) + centre - turn @ centre
    return np.asarray(_LPS @ lps @ _LPS)
