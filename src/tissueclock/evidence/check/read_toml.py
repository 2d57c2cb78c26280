"""Read printed results from TOML; `check.schema.json` beside this file describes the document."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from importlib import resources
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.measure import Measure, measure_of
from tissueclock.evidence.check.model import (
    Direction,
    Method,
    PrintedArm,
    PrintedDocument,
    PrintedFlow,
    PrintedInteraction,
    PrintedInterval,
    PrintedP,
    PrintedResult,
    PrintedSpread,
    PrintedTable,
    Relation,
)
from tissueclock.evidence.check.number import PrintedNumber, printed
from tissueclock.protocol.table import Table, each

SCHEMA = 1
_PLAIN = str.maketrans({"\u00b7": ".", "\u2212": "-", "\u2013": "-", "\u2264": "<", "\u2265": ">"})
_RESULT_KEYS = (
    *("name", "measure", "estimate", "ci", "level", "interval", "p", "p_sides", "p_test"),
    *("arms", "events", "n", "percent", "percent_ci", "sizes", "adjusted", "adjusted_for"),
    *("pooled", "studies", "i2", "q", "direction", "significant", "control_at_most", "where"),
)
_FLOW_KEYS = ("name", "total", "arms", "planned", "enrolled", "stopped_early", "lacking", "where")


def check_schema() -> dict[str, Any]:
    """Return the JSON schema of the document that `read_toml` reads."""
    text = (
        resources.files("tissueclock.evidence.check")
        .joinpath("check.schema.json")
        .read_text(encoding="utf-8")
    )
    found: dict[str, Any] = json.loads(text)
    return found


def read_toml(text: str, file: str) -> PrintedDocument:
    """Return what a TOML document says was printed; InputError says what is wrong, and where."""
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"it is not valid TOML: {error}.", where=file, remedy="Correct that line."
        ) from error
    top = Table(values, file).only("schema", "title", "result", "flow", "table", "interaction", "median")
    if top.has("schema") and top.get("schema", int, "a whole number") != SCHEMA:
        raise InputError("unknown schema.", where=file, remedy=f"This version reads schema {SCHEMA}.")
    results = each(top.tables("result"), _result)
    document = PrintedDocument(
        results=results,
        flows=each(top.tables("flow"), _flow),
        tables=each(top.tables("table"), _table),
        interactions=each(top.tables("interaction"), lambda table: _interaction(table, results)),
        spreads=each(top.tables("median"), _spread),
    )
    if not any((document.results, document.flows, document.tables, document.spreads)):
        raise InputError(
            "it holds nothing that was printed.", where=file, remedy="Give a [[result]]; see --schema."
        )
    return document


def _result(table: Table) -> PrintedResult:
    table.only(*_RESULT_KEYS)
    arms = _arms(table)
    measure, adjusted = (Measure.UNKNOWN, False)
    if table.has("measure"):
        measure, adjusted = measure_of(table.text("measure"))
    interval = _interval(table, "ci") if table.has("ci") else None
    estimate = _number(table, "estimate")
    if interval is not None and estimate is None and measure in (Measure.UNKNOWN, Measure.PROPORTION):
        arms, interval = _with_interval(table, arms, interval), None
    return PrintedResult(
        name=table.text("name", default=table.path),
        measure=measure,
        estimate=estimate,
        interval=interval,
        p=_p(table),
        arms=arms,
        adjusted=_flag(table, "adjusted") or adjusted or None,
        adjusted_for=table.text("adjusted_for", default=" ").strip() if table.has("adjusted_for") else "",
        pooled=bool(_flag(table, "pooled")),
        studies=_count(table, "studies"),
        i2=_number(table, "i2"),
        q=_number(table, "q"),
        direction=table.word("direction", Direction) if table.has("direction") else None,
        significant=_flag(table, "significant"),
        control_at_most=_number(table, "control_at_most"),
        where=table.text("where", default=table.path),
    )


def _with_interval(
    table: Table, arms: tuple[PrintedArm, ...], interval: PrintedInterval
) -> tuple[PrintedArm, ...]:
    """Return the one group with the interval, which can only be that of its percentage."""
    if len(arms) != 1 or arms[0].percent is None:
        raise InputError(
            "'ci' of no 'estimate'.", where=table.place, remedy="Give the estimate, or one 'percent'."
        )
    return (replace(arms[0], interval=interval),)


def _arms(table: Table) -> tuple[PrintedArm, ...]:
    """Return the groups of a result; a value alone is of one group, a list of one or two."""
    lists = {key: _listed(table, key) for key in ("arms", "events", "n", "percent")}
    lengths = {len(values) for values in lists.values() if values}
    if not lengths - {0}:
        return ()
    if len(lengths) > 1 or max(lengths) > 2:
        raise InputError(
            "'arms', 'events', 'n' and 'percent' are of different lengths, or of more than two groups.",
            where=table.place,
            remedy="Give each for one group, or for two in the same order.",
        )
    if not any(lists[key] for key in ("events", "n", "percent")):
        return ()
    count = lengths.pop()
    intervals = _percent_intervals(table, count)
    sizes = tuple(_whole(value, table, "sizes") for value in _listed(table, "sizes"))
    return tuple(
        PrintedArm(
            name=str(lists["arms"][at]) if lists["arms"] else "",
            events=_whole(lists["events"][at], table, "events") if lists["events"] else None,
            n=_whole(lists["n"][at], table, "n") if lists["n"] else None,
            percent=_as_number(lists["percent"][at], table, "percent") if lists["percent"] else None,
            interval=intervals[at],
            sizes=sizes,
        )
        for at in range(count)
    )


def _percent_intervals(table: Table, count: int) -> tuple[PrintedInterval | None, ...]:
    """Return the intervals of the percentages: one pair for one group, a list of two pairs for two."""
    if not table.has("percent_ci"):
        return (None,) * count
    given = table.get("percent_ci", list, "a pair of limits, or a list of two pairs")
    pairs = [given] if count == 1 and given and not isinstance(given[0], list) else given
    if len(pairs) != count or not all(isinstance(pair, list) for pair in pairs):
        raise InputError("'percent_ci' is not a pair for each group.", where=table.place)
    return tuple(_pair(pair, table, "percent_ci") for pair in pairs)


def _interval(table: Table, key: str) -> PrintedInterval:
    return _pair(table.get(key, list, "a pair of limits such as [0.57, 0.99]"), table, key)


def _pair(pair: Sequence[Any], table: Table, key: str) -> PrintedInterval:
    if len(pair) != 2:
        raise InputError(f"'{key}' has {len(pair)} limits.", where=table.place, remedy="Give two.")
    low, high = (_as_number(value, table, key) for value in pair)
    level = _number(table, "level")
    method = table.word("interval", Method, default=Method.UNSAID)
    return PrintedInterval(low, high, 95.0 if level is None else level.number, method)


def _p(table: Table) -> PrintedP | None:
    """Return p, typed as a number or as a text such as "<0.001"."""
    if not table.has("p"):
        return None
    value = table.values["p"]
    relation = "="
    if isinstance(value, str):
        plain = value.translate(_PLAIN).strip().lstrip("pP").strip()
        relation = plain[0] if plain[:1] in ("<", ">", "=") else "="
        value = plain.lstrip("<>=").strip()
    sides = _count(table, "p_sides")
    return PrintedP(
        Relation(relation),
        _as_number(value, table, "p"),
        2 if sides is None else sides,
        table.text("p_test", default=" ").strip() if table.has("p_test") else "",
    )


def _flow(table: Table) -> PrintedFlow:
    table.only(*_FLOW_KEYS)
    return PrintedFlow(
        name=table.text("name", default="patients"),
        total=_count(table, "total"),
        arms=tuple(_whole(value, table, "arms") for value in _listed(table, "arms")),
        planned=_count(table, "planned"),
        enrolled=_count(table, "enrolled"),
        stopped_early=_flag(table, "stopped_early"),
        lacking=bool(_flag(table, "lacking")),
        where=table.text("where", default=table.path),
    )


def _table(table: Table) -> PrintedTable:
    table.only("name", "counts", "n", "up_to", "percent", "where")
    up_to: Mapping[str, Any] = (
        table.get("up_to", dict, "a table such as { 2 = 36 }") if table.has("up_to") else {}
    )
    if not all(key.isdigit() for key in up_to):
        raise InputError(
            "'up_to' has a key that is no level.", where=table.place, remedy="Levels are 0, 1, 2 ..."
        )
    return PrintedTable(
        name=table.text("name", default=table.path),
        counts=tuple(_whole(value, table, "counts") for value in _listed(table, "counts")),
        n=_count(table, "n"),
        up_to=tuple((int(level), _whole(count, table, "up_to")) for level, count in up_to.items()),
        percents=tuple(_as_number(value, table, "percent") for value in _listed(table, "percent")),
        where=table.text("where", default=table.path),
    )


def _interaction(table: Table, results: Sequence[PrintedResult]) -> PrintedInteraction:
    table.only("name", "strata", "p", "where")
    names = table.texts("strata")
    by_name = {result.name: result for result in results}
    missing = [name for name in names if name not in by_name]
    if len(names) != 2 or missing:
        found = f"there is no result '{missing[0]}'." if missing else "'strata' does not name two results."
        raise InputError(found, where=table.place, remedy=f"Known: {', '.join(by_name)}.")
    p = _p(table)
    if p is None:
        raise InputError("the key 'p' is missing.", where=table.place, remedy="Add it.")
    return PrintedInteraction(
        name=table.text("name", default="interaction"),
        strata=(by_name[names[0]], by_name[names[1]]),
        p=p,
        where=table.text("where", default=table.path),
    )


def _spread(table: Table) -> PrintedSpread:
    table.only("name", "median", "range", "where")
    pair = table.get("range", list, "a pair such as [18, 26]")
    if len(pair) != 2:
        raise InputError(f"'range' has {len(pair)} ends.", where=table.place, remedy="Give two.")
    median = _number(table, "median")
    if median is None:
        raise InputError("the key 'median' is missing.", where=table.place, remedy="Add it.")
    low, high = (_as_number(value, table, "range") for value in pair)
    return PrintedSpread(
        name=table.text("name", default="median"),
        median=median,
        low=low,
        high=high,
        where=table.text("where", default=table.path),
    )


def _listed(table: Table, key: str) -> list[Any]:
    if not table.has(key):
        return []
    value = table.values[key]
    return list(value) if isinstance(value, list) else [value]


def _number(table: Table, key: str) -> PrintedNumber | None:
    return _as_number(table.values[key], table, key) if table.has(key) else None


def _as_number(value: Any, table: Table, key: str) -> PrintedNumber:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise InputError(
            f"'{key}' is no number.", where=table.place, remedy="Type it as printed: 0.75 or '0.750'."
        )
    text = value.translate(_PLAIN).replace("%", "").strip() if isinstance(value, str) else value
    return printed(text)


def _whole(value: Any, table: Table, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"'{key}' is no whole number.", where=table.place, remedy="Type a count such as 31.")
    return value


def _count(table: Table, key: str) -> int | None:
    return _whole(table.values[key], table, key) if table.has(key) else None


def _flag(table: Table, key: str) -> bool | None:
    return table.get(key, bool, "true or false") if table.has(key) else None
