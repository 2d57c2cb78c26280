"""An invented stroke registry as CSV: cases that know what every trial asks, so that trials can be compared.

Age, severity, times, volumes and vessels are drawn from rough, invented distributions; everything else from
what eligible worked cases of the trials hold, now and then negated or missing. Nothing is modelled on real
patients, and no count of such a cohort means anything beyond itself. The same seed gives the same bytes
anywhere.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from types import MappingProxyType

from tissueclock.core.files import open_atomically
from tissueclock.facts.case import Fact
from tissueclock.facts.consistency import RELATED
from tissueclock.protocol.model import Protocol, Role
from tissueclock.protocol.rule import facts_of

_SHARE_MISSING, _SHARE_NEGATED, _SHARE_PROGRESSING = 0.004, 0.004, 0.15
_FOLLOWS = ("glucose_mmol_l", *(name for names in RELATED for name in names[2:]))
"""What follows from other columns has none of its own."""

_ANTICOAGULANTS = ("warfarin", "direct_anticoagulant")
_NEGATED = MappingProxyType({"true": "false", "false": "true"})
_SITES = MappingProxyType({"M1": 50, "ICA_T": 14, "ICA_intracranial": 8, "M2": 20, "BA": 6, "A1": 2})


def write_registry(path: Path, trials: Sequence[Protocol], seed: int, cases: int) -> None:
    """Write so many invented cases to `path`: `case_id`, then every fact that the trials read."""
    with open_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        csv.writer(text, lineterminator="\n").writerows(registry_rows(trials, seed, cases))
        text.detach()


def registry_rows(trials: Sequence[Protocol], seed: int, cases: int) -> Iterator[list[str]]:
    """Yield the header and so many rows."""
    random = Random(seed)  # noqa: S311 - invented patients, not secrets
    pools = _pools(trials)
    yield ["case_id", *pools]
    for number in range(1, cases + 1):
        drawn = {name: _typical(pool, random) for name, pool in pools.items()}
        drawn |= {name: text for name, text in _patient(random).items() if name in pools}
        if "anticoagulant" in drawn and "true" in (drawn.get(name) for name in _ANTICOAGULANTS):
            drawn["anticoagulant"] = "true"
        yield [f"case-{number:06d}", *(_or_missing(cell, random) for cell in drawn.values())]


def _pools(trials: Sequence[Protocol]) -> dict[str, tuple[str, ...]]:
    """Return, for each fact that a deciding criterion reads, the texts that eligible worked cases hold."""
    follows = {*_FOLLOWS, *(item.fact for trial in trials for item in trial.predicates)}
    found: dict[str, dict[str, None]] = {name: {} for name in _read(trials) if name not in follows}
    eligible = (case.facts() for trial in trials for case in trial.cases if case.expect == "eligible")
    for case in eligible:
        for name, fact in case.items():
            if name in found and fact.known is not None and not fact.infinite:
                found[name][_text(fact)] = None
    return {name: tuple(texts) or ("",) for name, texts in found.items()}


def _read(trials: Iterable[Protocol]) -> Iterator[str]:
    yield from ("core_ml", "hypoperfused_ml")
    for item in (item for trial in trials for item in trial.criteria if item.role is Role.GATE):
        yield from item.facts
        if item.applies_when is not None:
            yield from facts_of(item.applies_when)


def _text(fact: Fact) -> str:
    if isinstance(fact.value, frozenset):
        return ";".join(sorted(fact.value)) or "none"
    return str(fact.value).lower() if isinstance(fact.value, bool) else str(fact.value)


def _typical(pool: Sequence[str], random: Random) -> str:
    text = random.choice(pool)
    return _NEGATED[text] if text in _NEGATED and random.random() < _SHARE_NEGATED else text


def _or_missing(text: str, random: Random) -> str:
    return "" if random.random() < _SHARE_MISSING else text


def _patient(random: Random) -> Mapping[str, str]:
    """Return the facts that belong together."""
    core = round(min(random.lognormvariate(3.2, 1.1), 300.0), 1)
    hypoperfused = round(core + min(random.lognormvariate(4.2, 0.7), 400.0), 1)
    nihss = min(max(round(random.gauss(14, 6)), 0), 42)
    progressing = random.random() < _SHARE_PROGRESSING
    aspects = min(max(round(9.5 - core / 18 + random.gauss(0, 1)), 0), 10)
    site = random.choices(tuple(_SITES), tuple(_SITES.values()))[0]
    hours = {name: f"{value:.2f}" for name, value in _hours(random, progressing).items()}
    return {
        "core_ml": str(core),
        "hypoperfused_ml": str(hypoperfused),
        "tmax10_ml": str(round(hypoperfused * random.uniform(0.1, 0.7), 1)),
        "age": str(min(max(round(random.gauss(70, 13)), 18), 102)),
        "nihss": str(nihss),
        "nihss_initial": str(random.randint(0, 5) if progressing else nihss),
        "nihss_pre_rand": str(nihss),
        "prestroke_mrs": random.choices("01234", (60, 18, 10, 8, 4))[0],
        "occlusion_site": site,
        "aspects_ct": str(aspects),
        "aspects_dwi": str(max(aspects - 1, 0)),
        **hours,
    }


def _hours(random: Random, progressing: bool) -> dict[str, float]:
    imaging = min(random.lognormvariate(1.9, 0.8), 160.0) + (random.uniform(20, 100) if progressing else 0)
    randomised = imaging + random.uniform(0.3, 1.5)
    return {
        "lkw_to_imaging_h": imaging,
        "lkw_to_mri_h": imaging,
        "lkw_to_rand_h": randomised,
        "lkw_to_ivt_h": randomised,
        "imaging_to_rand_h": randomised - imaging,
        "lkw_to_puncture_h": randomised + random.uniform(0.2, 1.5),
    }
