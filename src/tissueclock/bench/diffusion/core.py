"""The core on diffusion against the noise-free ADC of whole voxels, at both published limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

import numpy as np

from tissueclock.bench.diffusion.draws import PLACES, with_core
from tissueclock.bench.diffusion.goals import (
    ALL,
    Goal,
    Record,
    Table,
    between,
    equal,
    of,
    range_goal,
    reported,
    share_goal,
    strata,
)
from tissueclock.bench.diffusion.scene import PRESETS, Seen, imaged, mr_preset, true_mask
from tissueclock.bench.markdown import number
from tissueclock.bench.validation.agreement import dice, digits
from tissueclock.bench.validation.tally import Errors, percentile
from tissueclock.lesion.adc_core import AdcCore
from tissueclock.phantom.mr_study import MrStudy

_SHARE, _LEAST_ML = 0.05, 1.0
"""The issue's: within 5 % or 1 mL."""
_INTERVALS = (85.0, 95.0)
_LIMITS = tuple(f"{limit:g}" for limit, _ in PRESETS)


def measure(seed: int) -> dict[str, Any]:
    """Simulate and measure a patient with a core."""
    drawn = with_core(seed)
    made = imaged(drawn, flair=False)
    seen = Seen.of(made, mr_preset(PRESETS[0][1]))
    return {
        "drawn": drawn.traits(),
        "acute_ml": digits(made.truth.acute_ml),
        "limits": {
            f"{limit:g}": _held(made, limit, seen.core(mr_preset(name)), drawn.stroke.side)
            for limit, name in PRESETS
        },
    }


def _held(made: MrStudy, limit: float, core: AdcCore, side: str) -> dict[str, Any]:
    """Hold a core against its truth."""
    true = true_mask(made, limit)
    right_ml, left_ml = core.ml(core.mask & core.right), core.ml(core.mask & ~core.right)
    wrong_ml = left_ml if side == "right" else right_ml
    return {
        "true_ml": digits(made.truth.rule_ml[limit]),
        "core_ml": digits(core.volume_ml),
        "before_ml": digits(core.before_ml),
        "removed_ml": {name: digits(ml) for name, ml in core.removed_ml.items()},
        "interval_ml": None if core.interval_ml is None else [digits(end) for end in core.interval_ml],
        "wrong_side_ml": digits(wrong_ml),
        "not_acute_ml": digits(core.ml(core.mask & ~made.truth.acute.array)),
        "missed_ml": digits(core.ml(np.asarray(true & ~core.mask))),
        "dice": digits(dice(core.mask, true), 4),
    }


def is_close(found: Record) -> bool:
    """Return whether a volume is within 5 % or 1 mL of its truth."""
    return bool(abs(_error(found)) <= max(_SHARE * found["true_ml"], _LEAST_ML))


def goals(records: Sequence[Record]) -> Iterator[Goal]:
    """Yield what was wanted of the core, by limit."""
    for limit in _LIMITS:
        some = [record["limits"][limit] for record in records]
        name, what = f"core-{limit}", f"Core, ADC < {limit}"
        yield share_goal(f"{name}-close", f"{what}: within 5 % or 1 mL", [is_close(it) for it in some], ALL)
        yield share_goal(f"{name}-side", f"{what}: side", [_side_is_right(it) for it in some], ALL)
        held = [_is_inside(it) for it in some]
        yield range_goal(f"{name}-interval", f"{what}: 90 % interval that holds the truth", held, *_INTERVALS)
        worst = max((abs(_error(it)) for it in some), default=None)
        yield reported(f"{name}-worst", f"{what}: largest error", worst, "mL", len(some))
        overlap = median(it["dice"] for it in some) if some else None
        yield reported(f"{name}-dice", f"{what}: median Dice", overlap, "", len(some))


def tables(records: Sequence[Record]) -> Iterator[Table]:
    """Yield the strata by limit, the comparison with acute tissue, and the patients who are not close."""
    for limit in _LIMITS:
        rows = [_row(name, limit, some) for name, some in strata(records, _parts(limit))]
        yield Table(title=f"ADC < {limit}", heads=_HEADS, rows=rows)
    yield _against_tissue(records)
    yield _exceptions(records)


_HEADS = (
    "patients", "n", "within 5 % or 1 mL", "bias, mL", "RMSE, mL", "median error", "90th percentile",
    "worst", "Dice: median, least", "side right", "interval holds the truth", "half width",
)  # fmt: skip


def _parts(limit: str) -> Iterator[tuple[str, Callable[[Record], bool]]]:
    for low, high in ((0, 5), (5, 20), (20, 50), (50, 200)):
        yield (
            f"true core {low} to {high} mL",
            between(low, high, lambda it: float(it["limits"][limit]["true_ml"])),
        )
    for low, high in ((30, 45), (45, 60), (60, 81)):
        yield f"SNR {low} to {high}", between(low, high, lambda it: float(it["drawn"]["snr"]))
    for place in PLACES:
        yield f"place {place}", equal(place, lambda it: it["drawn"]["place"])
    yield "artefact at the skull base", lambda it: bool(it["drawn"]["artefact"])
    yield "leukoaraiosis", lambda it: bool(it["drawn"]["leukoaraiosis"])
    yield "old infarct", lambda it: bool(it["drawn"]["old_infarct_ml"])
    yield "T2 shine-through", lambda it: bool(it["drawn"]["shine_through_ml"])
    yield "core outside the delay too", lambda it: bool(it["drawn"]["reperfused_ml"])
    yield "trace image", equal(0, lambda it: it["drawn"]["directions"])
    yield "three directions", equal(3, lambda it: it["drawn"]["directions"])


def _row(name: str, limit: str, records: Sequence[Record]) -> tuple[str, ...]:
    some = [record["limits"][limit] for record in records]
    errors = Errors.of((it["core_ml"], it["true_ml"]) for it in some)
    shares = [100 * abs(_error(it)) / it["true_ml"] for it in some]
    worst = max(some, key=lambda it: abs(_error(it)))
    overlaps = [it["dice"] for it in some]
    return (
        name,
        str(len(some)),
        of(is_close(it) for it in some),
        "-" if errors is None else number(errors.bias_ml, 2, sign=True),
        "-" if errors is None else number(errors.rmse_ml, 2),
        f"{median(shares):.1f} %",
        f"{percentile(shares, 90):.1f} %",
        f"{number(_error(worst), 2, sign=True)} mL of {worst['true_ml']:.1f}",
        f"{median(overlaps):.2f}, {min(overlaps):.2f}",
        of(_side_is_right(it) for it in some),
        of(_is_inside(it) for it in some),
        f"{median(_half_width(it) for it in some):.2f} mL",
    )


def _against_tissue(records: Sequence[Record]) -> Table:
    rows = []
    for limit in _LIMITS:
        pairs = [(record["limits"][limit]["core_ml"], record["acute_ml"]) for record in records]
        errors = Errors.of(pairs)
        shares = [100 * (found - acute) / acute for found, acute in pairs]
        spread = f"{median(shares):+.1f} % ({min(shares):+.1f} to {max(shares):+.1f})" if shares else "-"
        bias = "-" if errors is None else number(errors.bias_ml, 1, sign=True)
        rows.append((f"ADC < {limit}", str(len(pairs)), bias, spread))
    return Table(
        title="Against acute tissue",
        words="The other truth: the grey and white matter that is acute, by its share of each voxel.",
        heads=("core", "n", "bias, mL", "median error (range)"),
        rows=rows,
    )


def _exceptions(records: Sequence[Record]) -> Table:
    rows = []
    for limit in _LIMITS:
        for record in records:
            it = record["limits"][limit]
            if not is_close(it) or not _side_is_right(it):
                rows.append((record["id"], limit, *_shown(record, it)))
    return Table(
        title="Every core that is not within 5 % or 1 mL",
        words="Missed: true, not found. Not acute: found outside acute tissue. Taken away: by each step of "
        "cleaning, what was mistaken included.",
        heads=("patient", "limit", "true, mL", "found", "missed", "not acute", "taken away", "what he has"),
        rows=rows,
    )


def _shown(record: Record, it: Record) -> tuple[str, ...]:
    removed = ", ".join(f"{name} {ml:.1f}" for name, ml in it["removed_ml"].items())
    return (
        f"{it['true_ml']:.2f}",
        f"{it['core_ml']:.2f}",
        f"{it['missed_ml']:.2f}",
        f"{it['not_acute_ml']:.2f}",
        removed,
        in_words(record["drawn"]),
    )


def in_words(drawn: Record) -> str:
    """Return what a patient has, and how he was scanned, in words."""
    parts = [f"{drawn['side']} {drawn['place']}"] if drawn["side"] != "none" else []
    parts += [f"SNR {drawn['snr']:.0f}", f"voxels {drawn['voxel_mm'][0]:.1f} x {drawn['voxel_mm'][1]:.1f} mm"]
    for key, words in (
        ("reperfused_ml", "core outside the delay"),
        ("shine_through_ml", "shine-through"),
        ("old_infarct_ml", "old infarct"),
    ):
        if drawn[key]:
            parts.append(f"{words} {drawn[key]:.0f} mL")
    parts += ["leukoaraiosis"] if drawn["leukoaraiosis"] else []
    parts += ["artefact"] if drawn["artefact"] else []
    return ", ".join(parts)


def _error(it: Record) -> float:
    return float(it["core_ml"] - it["true_ml"])


def _side_is_right(it: Record) -> bool:
    """Return whether most of a core lies on the true side; what was not found has no side."""
    return bool(it["core_ml"] > 0 and it["wrong_side_ml"] < 0.5 * it["core_ml"])


def _is_inside(it: Record) -> bool:
    interval = it["interval_ml"]
    return bool(interval is not None and interval[0] <= it["true_ml"] <= interval[1])


def _half_width(it: Record) -> float:
    interval = it["interval_ml"]
    return 0.0 if interval is None else (interval[1] - interval[0]) / 2
