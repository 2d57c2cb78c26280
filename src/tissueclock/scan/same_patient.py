"""Whether two scans are of one patient and one occasion, as far as their headers say."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from tissueclock.core.errors import InputError
from tissueclock.scan.mr_images import Origin

_ENTITIES = tuple(
    (entity, re.compile(rf"(?:^|_){key}-([A-Za-z0-9]+)"))
    for entity, key in (("subject", "sub"), ("session", "ses"))
)
_LONGEST_H = 24.0
"""Perfusion and diffusion further apart are no one state of the tissue (our choice)."""


def check_same_patient(first: Origin, second: Origin, names: tuple[str, str]) -> tuple[str, ...]:
    """Return notes about the two scans called `names`.

    Raises InputError where they are of two patients, or more than a day apart; nothing that identifies a
    patient is said.
    """
    one, other = names
    if first.patient and second.patient and first.patient != second.patient:
        raise InputError(
            f"the {other} is of another patient than the {one} (name or ID differ).",
            remedy="Name the scans of one patient.",
        )
    apart = _hours_apart(first.taken, second.taken)
    if apart is not None and apart > _LONGEST_H:
        raise InputError(
            f"the {other} was taken {_span(apart)} from the {one}.",
            remedy="Name the scans of one examination: tissue changes within hours.",
        )
    notes = []
    if apart is not None and apart > 1.0:
        notes.append(f"the {other} was taken {apart:.1f} h from the {one}")
    if other_frame(first, second):
        notes.append(f"the {other} has another frame of reference than the {one}: somebody moved")
    return tuple(notes)


def check_same_labels(names: Sequence[str]) -> None:
    """Raise InputError where file names, as BIDS has them, are of several subjects or sessions.

    NIfTI holds no name and no ID, so that only the name of a file can tell. No label is said.
    """
    for entity, pattern in _ENTITIES:
        labels = {found[1].lower() for name in names if (found := pattern.search(name))}
        if len(labels) > 1:
            raise InputError(
                f"the files are of {len(labels)} {entity}s, as their names say.",
                remedy=f"Name the files of one {entity}.",
            )


def _span(hours: float) -> str:
    return f"{hours:.0f} hours" if hours <= 72 else f"{hours / 24:.0f} days"


def other_frame(first: Origin, second: Origin) -> bool:
    """Return whether both scans state where they lie, and not in one frame."""
    frames = (first.frame_of_reference, second.frame_of_reference)
    return all(frames) and frames[0] != frames[1]


def _hours_apart(first: str, second: str) -> float | None:
    moments = [_moment(taken) for taken in (first, second)]
    if moments[0] is None or moments[1] is None:
        return None
    return abs((moments[0] - moments[1]).total_seconds()) / 3600.0


def _moment(taken: str) -> datetime.datetime | None:
    """Return a moment from date and clock as digits, noon where the clock is not stated."""
    day, clock = taken[:8], taken[8:14].ljust(6, "0") if len(taken) >= 10 else "120000"
    try:
        return datetime.datetime.strptime(day + clock, "%Y%m%d%H%M%S")
    except ValueError:
        return None
