"""What a trial published, for `tissueclock protocol show`: one row a line, id first, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tissueclock.cli.commands.protocol_conduct import confidence_mark
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.results.model import PublishedResults
from tissueclock.protocol.results.mrs import MrsTable
from tissueclock.protocol.results.parts import Arm, Interaction, Outcome, Stratum
from tissueclock.protocol.results.registry import published
from tissueclock.protocol.results.values import ArmResult, Effect, Kind, Origin, Printed, PValue, Role

_USUAL: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MRS_SHIFT: "mRS at 90 days",
        Kind.MRS_0_1: "mRS 0 to 1",
        Kind.MRS_0_2: "mRS 0 to 2",
        Kind.MRS_0_3: "mRS 0 to 3",
        Kind.DEATH: "death",
        Kind.SICH: "symptomatic haemorrhage",
    }
)
"""The outcomes that a card has room for, in its words; of the three mRS limits the first of the file."""

_DICHOTOMIES = frozenset({Kind.MRS_0_1, Kind.MRS_0_2, Kind.MRS_0_3})
_ON_A_CARD = tuple(map(frozenset, ({Kind.MRS_SHIFT}, _DICHOTOMIES, {Kind.DEATH}, {Kind.SICH})))


def published_lines(trial: str) -> list[str]:
    """Return a trial's arms, scale, strata, outcomes and what does not fit as tab-separated rows.

    A row begins with what it is and its name, `outcome/sich`; what was not read says so and is marked last.
    """
    shown = published().get(trial)
    if shown is None:
        return ["published\tnone"]
    rows: list[tuple[str, ...]] = [("published", shown.citation, shown.design.value, shown.digest)]
    if shown.enrolment:
        entered = shown.enrolment
        rows.append(("enrolment", str(entered.n), entered.text, *_where(entered.origin)))
    rows += [row for arm in shown.arms for row in _arm_rows(arm)]
    rows += [_stratum_row(item) for item in shown.strata]
    rows += [_outcome_row(item) for item in shown.outcomes]
    rows += [_interaction_row(number, item) for number, item in enumerate(shown.interactions, start=1)]
    rows += _remark_rows(shown)
    return ["\t".join(row) for row in rows]


def published_document(trial: str) -> dict[str, Any] | None:
    """Return the same as JSON; None for a trial that has published nothing."""
    shown = published().get(trial)
    if shown is None:
        return None
    entered = shown.enrolment
    return {
        "citation": shown.citation,
        "design": shown.design.value,
        "studied": shown.studied.value if shown.studied else None,
        "digest": shown.digest,
        "enrolment": {"n": entered.n, "text": entered.text, **_origin(entered.origin)} if entered else None,
        "arms": [_arm(item) for item in shown.arms],
        "strata": [_stratum(item) for item in shown.strata],
        "outcomes": [_outcome(item) for item in shown.outcomes],
        "interactions": [_interaction(item) for item in shown.interactions],
        "discrepancies": [
            {
                "outcome": item.outcome,
                "check": item.check.value,
                "arms": [arm.value for arm in item.arms],
                "reason": item.reason,
            }
            for item in shown.discrepancies
        ],
        "warnings": [
            {"where": item.where, "problem": item.problem, "check": item.check} for item in shown.warnings
        ],
        "notes": list(shown.notes),
    }


def key_results(trial: str) -> tuple[str, ...]:
    """Return what was published of the usual outcomes in all patients, in few words, for the trial's card.

    The first interaction that was tested between strata closes the list.
    """
    shown = published().get(trial)
    if shown is None:
        return ()
    everybody = [item for item in shown.outcomes if not item.stratum]
    found = (next((item for item in everybody if item.kind in kinds), None) for kinds in _ON_A_CARD)
    between = [f"interaction: {_interaction_words(item)}" for item in shown.interactions[:1]]
    return (*(_in_few_words(item) for item in found if item), *between)


def _in_few_words(item: Outcome) -> str:
    effect = _effect_words(item.effect) if item.effect else ""
    found = [words for words in (_arms_words(item), effect, f"p {item.p}" if item.p else "") if words]
    marks = ["derived"] if item.derived else []
    marks += [] if item.origin.confidence is Confidence.FOUND else [item.origin.confidence.value]
    mark = f" ({', '.join(marks)})" if marks else ""
    return f"{_USUAL[item.kind]}: {', '.join(found)}{mark}"


# --- rows


def _arm_rows(arm: Arm) -> list[tuple[str, ...]]:
    size = "size not read" if arm.n is None else f"n = {arm.n}"
    rows: list[tuple[str, ...]] = [(f"arm/{arm.role.value}", arm.name, size, *_where(arm.origin))]
    if arm.mrs:
        doubt = f"DOUBTFUL: {arm.mrs.doubt}" if arm.mrs.doubt else ""
        status = f"{arm.mrs.status}. {doubt}".strip()
        rows.append((f"mrs/{arm.role.value}", _scale_words(arm.mrs), status, *_where(arm.mrs.origin)))
    return rows


def _scale_words(table: MrsTable) -> str:
    numbers, unit = (table.counts, "") if table.counts else (table.percents, " %")
    if not numbers:
        return f"no counts, n = {table.n}"
    shown = zip(table.levels, numbers, strict=True)
    return "; ".join(f"{level}: {number}{unit}" for level, number in shown) + f"; n = {table.n}"


def _stratum_row(item: Stratum) -> tuple[str, ...]:
    sizes = [f"{role.value} {size}" for role, size in item.sizes.items()]
    sizes += [f"n = {item.total}"] if item.total is not None else []
    sizes += [f"{item.percent} %"] if item.percent is not None else []
    return (f"stratum/{item.name}", item.by, item.text, ", ".join(sizes), *_where(item.origin))


def _outcome_row(item: Outcome) -> tuple[str, ...]:
    definition = f"{item.definition}; in: {item.stratum}" if item.stratum else item.definition
    effect = [_effect_words(item.effect)] if item.effect else []
    effect += [f"p {item.p}"] if item.p else []
    where, mark = _where(item.origin)
    return (
        f"outcome/{item.id}",
        item.kind.value,
        definition,
        _results_words(item),
        ", ".join(effect),
        item.note,
        where,
        mark,
    )


def _results_words(item: Outcome) -> str:
    derived = "; counts worked out from percentages" if item.derived else ""
    return f"{_arms_words(item)}{derived}" if item.results else ""


def _arms_words(item: Outcome) -> str:
    words = [_arm_words(item.results[role]) for role in Role if role in item.results]
    return f"{item.statistic} {' against '.join(words)}".strip() if words else ""


def _arm_words(result: ArmResult) -> str:
    if result.value is not None:
        return str(result.value)
    if result.counts is None:
        return f"{result.percent} %"
    return f"{result.counts} ({result.percent} %)" if result.percent is not None else str(result.counts)


def _effect_words(effect: Effect) -> str:
    words = effect.name if effect.estimate is None else f"{effect.name} {effect.estimate}"
    if effect.interval is None:
        return words
    name = "CrI" if effect.credible else "CI"
    return f"{words} (95 % {name} {effect.interval[0]} to {effect.interval[1]})"


def _interaction_row(number: int, item: Interaction) -> tuple[str, ...]:
    return (
        f"interaction/{number}",
        item.kind.value,
        " against ".join(item.strata),
        _interaction_words(item),
        item.note,
        *_where(item.origin),
    )


def _interaction_words(item: Interaction) -> str:
    effect = f"{_effect_words(item.effect)}, " if item.effect else ""
    return f"{effect}p {item.p}"


def _remark_rows(shown: PublishedResults) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (
            f"discrepancy/{number}",
            item.outcome,
            item.check.value,
            ", ".join(arm.value for arm in item.arms),
            item.reason,
        )
        for number, item in enumerate(shown.discrepancies, start=1)
    ]
    rows += [
        (f"warning/{number}", item.where, item.problem) for number, item in enumerate(shown.warnings, start=1)
    ]
    rows += [(f"result-note/{number}", note) for number, note in enumerate(shown.notes, start=1)]
    return rows


def _where(origin: Origin) -> tuple[str, str]:
    """Return where numbers were read, or that they were not, what is less sure, and the mark."""
    place = "; ".join(filter(None, (origin.source, origin.place)))
    found = origin.confidence is Confidence.FOUND
    words = f"read in {place}" if found else f"{origin.confidence.value.upper()}, not read: {place}"
    for part, confidence in origin.less_certain.items():
        words += f"; {part} {confidence.value.upper()}, not read"
    return words, confidence_mark(origin.confidence)


# --- JSON


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "confidence": origin.confidence.value,
        "less_certain": {part: item.value for part, item in origin.less_certain.items()},
        "source": origin.source,
        "place": origin.place,
    }


def _arm(arm: Arm) -> dict[str, Any]:
    mrs = _scale(arm.mrs) if arm.mrs else None
    return {"role": arm.role.value, "name": arm.name, "n": arm.n, "mrs": mrs, **_origin(arm.origin)}


def _scale(table: MrsTable) -> dict[str, Any]:
    return {
        "n": table.n,
        "levels": list(table.levels),
        "counts": list(table.counts) or None,
        "percent": [_plain(number) for number in table.percents] or None,
        "status": table.status,
        "doubt": table.doubt,
        **_origin(table.origin),
    }


def _stratum(item: Stratum) -> dict[str, Any]:
    return {
        "name": item.name,
        "by": item.by,
        "text": item.text,
        "sizes": {role.value: size for role, size in item.sizes.items()},
        "total": item.total,
        "percent": _plain(item.percent),
        **_origin(item.origin),
    }


def _outcome(item: Outcome) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "definition": item.definition,
        "sich_definition": item.sich_definition.value if item.sich_definition else None,
        "after_h": _plain(item.after_h),
        "stratum": item.stratum or None,
        **{role.value: _arm_result(item.results.get(role)) for role in Role},
        "statistic": item.statistic or None,
        "derived": item.derived,
        **_effect(item.effect),
        "p": _p_value(item.p),
        "note": item.note,
        **_origin(item.origin),
    }


def _arm_result(result: ArmResult | None) -> dict[str, Any] | None:
    if result is None:
        return None
    counts = result.counts
    return {
        "events": counts.events if counts else None,
        "n": counts.n if counts else None,
        "percent": _plain(result.percent),
        "value": _plain(result.value),
    }


def _effect(effect: Effect | None) -> dict[str, Any]:
    interval = effect.interval if effect else None
    return {
        "measure": effect.measure.value if effect else None,
        "estimate": _plain(effect.estimate) if effect else None,
        "ci": [_plain(limit) for limit in interval] if interval else None,
        "credible": effect.credible if effect else None,
        "adjusted": effect.adjusted if effect else None,
    }


def _interaction(item: Interaction) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "strata": list(item.strata),
        **_effect(item.effect),
        "p": _p_value(item.p),
        "note": item.note,
        **_origin(item.origin),
    }


def _p_value(p: PValue | None) -> dict[str, Any] | None:
    return {"sign": p.sign, "value": _plain(p.value)} if p else None


def _plain(number: Printed | None) -> int | float | None:
    return float(number) if isinstance(number, Decimal) else number
