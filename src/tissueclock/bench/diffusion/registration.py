"""Registration of perfusion to diffusion and of FLAIR to the trace image, against known motions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from scipy.stats import rankdata

from tissueclock.anatomy.registration import Registration
from tissueclock.bench.diffusion.draws import displaced
from tissueclock.bench.diffusion.goals import ALL, Goal, Record, Table, none_goal, of, reported, share_goal
from tissueclock.bench.diffusion.scene import beside, imaged, mr_preset, own_side, run_of
from tissueclock.bench.markdown import number
from tissueclock.bench.validation.agreement import digits
from tissueclock.bench.validation.tally import correlation, percentile
from tissueclock.pipeline.diffusion import measure_diffusion

_MOST_MM, _MOST_DEG, _FAILED_MM = 1.0, 1.0, 3.0
"""The issue's: within 1 mm and 1 degree. A registration that is off by more than 3 mm has failed."""
_PAIRS = (("perfusion", "Perfusion to b0"), ("flair", "FLAIR to the trace image"))


def measure(seed: int) -> dict[str, Any]:
    """Simulate a patient who moved, register both ways as an analysis does, and hold it against the truth."""
    asked, preset = displaced(seed), mr_preset("rapid-modern")
    made = imaged(asked.drawn, flair=True)
    side = own_side(run_of(asked.drawn.stroke, asked.run, asked.run_grid), asked.run_grid, preset)
    measured = measure_diffusion(beside(made), side, preset)
    if measured is None or measured.here is None or measured.flair_registration is None:
        raise ValueError("perfusion, diffusion and FLAIR were there")
    brain = made.low.grid.positions_mm(np.argwhere(made.truth.brain.array))
    limit_mm = preset.quality.registration_fail_mm
    return {
        "drawn": asked.drawn.traits(),
        "run_grid": asked.run_grid,
        "perfusion": _held(measured.here.registration, asked.to_perfusion, brain, limit_mm),
        "flair": _held(measured.flair_registration, asked.to_flair, brain, limit_mm),
    }


def _held(
    found: Registration, true: NDArray[np.float64], brain_mm: NDArray[np.float64], limit_mm: float
) -> dict[str, Any]:
    """Hold a registration against the true motion: the largest error in the brain, and the angle."""
    places = [brain_mm @ matrix[:3, :3].T + matrix[:3, 3] for matrix in (found.matrix, true)]
    distance_mm = np.linalg.norm(places[0] - places[1], axis=1)
    moved = np.linalg.norm(brain_mm - places[1], axis=1)
    return {
        "moved_mm": digits(float(moved.max()), 4),
        "turned_deg": digits(_angle_deg(true[:3, :3]), 4),
        "error_mm": digits(float(distance_mm.max()), 4),
        "error_deg": digits(_angle_deg(found.matrix[:3, :3] @ true[:3, :3].T), 4),
        "residual_mm": digits(found.residual_mm, 4),
        "overlap": digits(found.overlap, 4),
        "passes": bool(found.residual_mm <= limit_mm),
    }


def goals(records: Sequence[Record]) -> Iterator[Goal]:
    """Yield what was wanted of each registration."""
    for key, words in _PAIRS:
        some = [record[key] for record in records]
        what = f"{words}: within 1 mm and 1 degree everywhere in the brain"
        yield share_goal(f"registration-{key}", what, [_is_close(it) for it in some], ALL)
        worst = max((it["error_mm"] for it in some), default=None)
        yield reported(f"registration-{key}-worst", f"{words}: largest error", worst, "mm", len(some))
        angle = max((it["error_deg"] for it in some), default=None)
        yield reported(f"registration-{key}-angle", f"{words}: largest angle", angle, "degrees", len(some))
        unseen = [it["error_mm"] > _FAILED_MM and it["passes"] for it in some]
        what = f"{words}: off by more than 3 mm with a residual that passes"
        yield none_goal(f"registration-{key}-unseen", what, unseen)
        what = f"{words}: rank correlation of residual and error"
        yield reported(f"registration-{key}-rank", what, rank_correlation(some), "", len(some))


def rank_correlation(some: Sequence[Record]) -> float | None:
    """Return Spearman's correlation of residual and true error; None for fewer than three."""
    columns = [rankdata([it[key] for it in some]) for key in ("residual_mm", "error_mm")]
    return correlation([(float(x), float(y)) for x, y in zip(*columns, strict=True)])


def tables(records: Sequence[Record]) -> Iterator[Table]:
    """Yield the errors by how far the head had moved, and every registration that is not close."""
    heads = (
        "registration", "n", "within 1 mm and 1 degree", "error, mm: median", "90th percentile", "worst",
        "angle, degrees: median", "worst", "residual, mm: median", "worst", "residual passes",
    )  # fmt: skip
    yield Table(title="By how far the head turned", heads=heads, rows=list(_rows(records)))
    shown = ("patient", "registration", "moved", "error", "residual", "overlap of heads", "how")
    exceptions = [
        (record["id"], words, *_shown(record[key]), _how(record))
        for key, words in _PAIRS
        for record in records
        if not _is_close(record[key])
    ]
    yield Table(title="Every registration that is not within 1 mm and 1 degree", heads=shown, rows=exceptions)


def _rows(records: Sequence[Record]) -> Iterator[tuple[str, ...]]:
    for key, words in _PAIRS:
        some = [record[key] for record in records]
        yield from _row(words, some)
        for low, high in ((0, 3), (3, 6), (6, 9)):
            part = [it for it in some if low <= it["turned_deg"] < high]
            yield from _row(f"{words}, turned by {low} to {high} degrees", part)


def _row(name: str, some: Sequence[Record]) -> Iterator[tuple[str, ...]]:
    if not some:
        return
    errors, angles, residuals = ([it[key] for it in some] for key in ("error_mm", "error_deg", "residual_mm"))
    yield (
        name,
        str(len(some)),
        of(_is_close(it) for it in some),
        *(number(percentile(errors, share), 2) for share in (50, 90, 100)),
        *(number(percentile(angles, share), 2) for share in (50, 100)),
        *(number(percentile(residuals, share), 2) for share in (50, 100)),
        of(it["passes"] for it in some),
    )


def _shown(it: Record) -> tuple[str, ...]:
    return (
        f"{it['moved_mm']:.1f} mm, {it['turned_deg']:.1f} degrees",
        f"{it['error_mm']:.2f} mm, {it['error_deg']:.2f} degrees",
        f"{it['residual_mm']:.2f} mm",
        f"{it['overlap']:.2f}",
    )


def _how(record: Record) -> str:
    drawn = record["drawn"]
    voxel = f"{drawn['voxel_mm'][0]:.1f} x {drawn['voxel_mm'][1]:.1f} mm"
    return f"SNR {drawn['snr']:.0f}, diffusion {voxel}, run {record['run_grid']}"


def _is_close(it: Record) -> bool:
    return bool(it["error_mm"] <= _MOST_MM and it["error_deg"] <= _MOST_DEG)


def _angle_deg(turn: NDArray[np.float64]) -> float:
    return float(np.degrees(Rotation.from_matrix(turn).magnitude()))
