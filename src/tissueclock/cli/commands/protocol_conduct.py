"""How a trial was run, for `tissueclock protocol show`: one row a line, id first, and the same as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tissueclock.protocol.model import Confidence, Protocol, Visit


def conduct_lines(shown: Protocol) -> list[str]:
    """Return randomisation, visits, versions, readings and notes as tab-separated rows.

    A row begins with what it is, and where there are several with its name after a slash: `visit/day 90`.
    """
    rows = [_randomisation_row(shown)]
    rows += [_visit_row(visit) for visit in shown.visits]
    rows += [(f"version/{item.day.isoformat()}", item.text) for item in shown.versions]
    rows += [
        (f"reading/{number}", item.question, item.reading, ", ".join(item.criteria))
        for number, item in enumerate(shown.readings, start=1)
    ]
    rows += [(f"note/{number}", note) for number, note in enumerate(shown.notes, start=1)]
    return ["\t".join(row) for row in rows]


def conduct_document(shown: Protocol) -> dict[str, Any]:
    """Return the same as JSON; `randomisation` is null where nobody was randomised."""
    return {
        "randomisation": _randomisation(shown),
        "visits": [
            {
                "name": visit.name,
                "after_h": _plain(visit.after_h),
                "window": visit.window,
                "assessments": list(visit.assessments),
                "confidence": visit.confidence.value,
            }
            for visit in shown.visits
        ],
        "versions": [{"day": item.day.isoformat(), "text": item.text} for item in shown.versions],
        "readings": [
            {"question": item.question, "reading": item.reading, "criteria": list(item.criteria)}
            for item in shown.readings
        ],
        "notes": list(shown.notes),
    }


def confidence_mark(confidence: Confidence) -> str:
    """Return `[found]`, `[recalled]` or `[recalled-uncertain]`, the last field of a row."""
    return f"[{confidence.value}]"


def _randomisation(shown: Protocol) -> dict[str, Any] | None:
    drawn = shown.randomisation
    if drawn is None:
        return None
    return {
        "ratio": drawn.ratio,
        "method": drawn.method,
        "strata": list(drawn.strata),
        "confidence": drawn.confidence.value,
        "source": drawn.source,
    }


def _randomisation_row(shown: Protocol) -> tuple[str, ...]:
    drawn = shown.randomisation
    if drawn is None:
        return ("randomisation", "none: nobody was randomised")
    strata = ", ".join(drawn.strata) or "none known"
    mark = confidence_mark(drawn.confidence)
    return ("randomisation", drawn.ratio, drawn.method, f"strata: {strata}", drawn.source, mark)


def _visit_row(visit: Visit) -> tuple[str, ...]:
    window = visit.window or "no window stated"
    done = ", ".join(visit.assessments)
    return (f"visit/{visit.name}", _after(visit), window, done, confidence_mark(visit.confidence))


def _after(visit: Visit) -> str:
    days, rest = divmod(visit.after_h, 24)
    return f"{_plain(visit.after_h)} h" if rest or days < 4 else f"{_plain(days)} d"


def _plain(number: int | Decimal) -> int | float:
    return number if isinstance(number, int) else float(number)
