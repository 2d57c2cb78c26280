"""Patients without an acute lesion: how many have no core, and who has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tissueclock.bench.diffusion.core import in_words
from tissueclock.bench.diffusion.draws import NOT_ACUTE, without_core
from tissueclock.bench.diffusion.goals import (
    Goal,
    Record,
    Table,
    between,
    equal,
    of,
    reported,
    share_goal,
    strata,
)
from tissueclock.bench.diffusion.scene import PRESETS, Seen, imaged, mr_preset
from tissueclock.bench.validation.agreement import digits

_WANTED = 95.0
_LIMITS = tuple(f"{limit:g}" for limit, _ in PRESETS)


def measure(seed: int) -> dict[str, Any]:
    """Simulate and measure a patient without acute tissue."""
    kind, drawn = without_core(seed)
    made = imaged(drawn, flair=False)
    seen = Seen.of(made, mr_preset(PRESETS[0][1]))
    cores = {f"{limit:g}": seen.core(mr_preset(name)) for limit, name in PRESETS}
    return {
        "drawn": drawn.traits(),
        "kind": kind,
        "core_ml": {limit: digits(core.volume_ml) for limit, core in cores.items()},
        "before_ml": {limit: digits(core.before_ml) for limit, core in cores.items()},
    }


def goals(records: Sequence[Record]) -> Iterator[Goal]:
    """Yield what was wanted of patients without an acute lesion, by limit."""
    for limit in _LIMITS:
        volumes_ml = [record["core_ml"][limit] for record in records]
        what = f"No acute lesion, ADC < {limit}"
        yield share_goal(f"negative-{limit}", f"{what}: 0 mL", [ml == 0 for ml in volumes_ml], _WANTED)
    widest = [max(record["core_ml"].values()) for record in records]
    largest = max(widest, default=None)
    yield reported("negative-largest", "No acute lesion: largest core", largest, "mL", len(records))


def tables(records: Sequence[Record]) -> Iterator[Table]:
    """Yield the counts by what the patients have, and every exception."""
    kinds = ((kind, equal(kind, lambda it: it["kind"])) for kind in NOT_ACUTE)
    snrs = (
        (f"SNR {low} to {high}", between(low, high, lambda it: float(it["drawn"]["snr"])))
        for low, high in ((20, 40), (40, 60), (60, 81))
    )
    rows = [
        (
            name,
            *(of(record["core_ml"][limit] == 0 for record in some) for limit in _LIMITS),
            f"{max(record['before_ml'][_LIMITS[-1]] for record in some):.1f} mL",
        )
        for name, some in strata(records, (*kinds, *snrs))
    ]
    heads = ("patients", *(f"0 mL, ADC < {limit}" for limit in _LIMITS), "largest before cleaning")
    yield Table(title="By what they have", heads=heads, rows=rows)
    exceptions = [
        (record["id"], record["kind"], *_volumes(record), in_words(record["drawn"]))
        for record in records
        if any(record["core_ml"].values())
    ]
    heads = ("patient", "kind", *(f"core, ADC < {limit}" for limit in _LIMITS), "what he has")
    yield Table(title="Every patient with a core", heads=heads, rows=exceptions)


def _volumes(record: Record) -> tuple[str, ...]:
    return tuple(f"{record['core_ml'][limit]:.2f} mL" for limit in _LIMITS)
