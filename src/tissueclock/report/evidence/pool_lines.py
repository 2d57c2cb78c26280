"""A pool as rows of text and as CSV: every study with its source, what is missing, what was printed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tissueclock.evidence.library.analysis import PoolAnalysis
from tissueclock.evidence.library.printed import PrintedComparison
from tissueclock.evidence.library.rows import LibraryRow
from tissueclock.evidence.meta.studies import TwoArm
from tissueclock.protocol.pooling.model import Pool, outcome_word
from tissueclock.protocol.results.values import Effect
from tissueclock.report.evidence.meta_lines import interval, meta_lines, number


def pools_lines(pools: Mapping[str, Pool], members: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a row a pool: id, title, how many studies, outcomes, question."""
    return [
        "\t".join(
            (
                pool.id,
                pool.title,
                f"{len(members[pool.id]) + len(pool.studies)} studies",
                ", ".join(map(outcome_word, pool.outcomes)),
                pool.question,
            )
        )
        for pool in pools.values()
    ]


def pools_document(pools: Mapping[str, Pool], members: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the same as JSON, with the members."""
    return {
        "pools": [
            {
                "id": pool.id,
                "title": pool.title,
                "question": pool.question,
                "outcomes": list(map(outcome_word, pool.outcomes)),
                "members": pool.members,
                "trials": list(members[pool.id]),
                "studies": [study.id for study in pool.studies],
                "digest": pool.digest,
            }
            for pool in pools.values()
        ]
    }


def pool_lines(found: PoolAnalysis) -> Iterator[str]:
    """Yield the rows, tab-separated, name first."""
    pool = found.pool
    yield f"{pool.id}\t{found.title}"
    yield f"question\t{pool.question}"
    yield f"members\t{pool.members}"
    for row in found.rows:
        yield "\t".join(_origin_cells(row))
    for item in found.missing:
        yield f"left out\t{item.id or item.title}\t{item.reason}"
    if found.filtered:
        yield f"left out\ton request\t{', '.join(found.filtered)}"
    if found.synthesis is not None:
        yield from meta_lines(found.synthesis)
    else:
        yield f"pooled\tnot known\t{found.reason}"
    for caution in found.cautions:
        yield f"caution\t{caution}"
    for comparison in found.printed:
        yield "\t".join(_printed_cells(comparison))


def rows_csv(found: PoolAnalysis) -> bytes:
    """Return the rows with counts, origin, effects and weights as CSV, unrounded; unknown is empty."""
    rows = found.to_json()["rows"]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["id"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _csv_cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode("utf-8")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value


def _origin_cells(row: LibraryRow) -> Iterator[str]:
    yield row.id
    if isinstance(row.study, TwoArm):
        yield f"{row.study.ai} of {row.study.n1i}"
        yield f"{row.study.ci} of {row.study.n2i}"
    else:
        yield f"{row.effect} as printed"
    yield row.confidence.value
    yield row.source
    if row.derived:
        yield "worked out from percentages"
    if row.doubt:
        yield f"doubt: {row.doubt}"


def _printed_cells(comparison: PrintedComparison) -> Iterator[str]:
    printed = comparison.printed
    yield "printed"
    yield printed.name
    yield _printed_numbers(comparison)
    yield printed.origin.confidence.value
    if comparison.ours is not None:
        recipe = printed.recipe
        how = f"{recipe.method}, {recipe.convention}" if recipe else ""
        yield f"ours {number(comparison.ours.estimate)} ({interval(comparison.ours.ci)}) by {how}"
    if comparison.shares:
        yield f"ours {' and '.join(f'{share:.1f} %' for share in comparison.shares)}"
    if comparison.implied is not None and comparison.ours is None:
        implied = comparison.implied
        yield f"its limits imply {implied.middle:.3g} and p = {implied.p:.2g}"
    yield {True: "the same to the printed digits", False: "differs", None: "not recomputed"}[
        comparison.agrees
    ]
    if printed.why:
        yield printed.why


def _printed_numbers(comparison: PrintedComparison) -> str:
    printed = comparison.printed
    parts = [_effect_words(printed.effect)] if printed.effect else []
    parts += [f"p {printed.p}"] if printed.p else []
    parts += [" and ".join(f"{percent} %" for percent in printed.percents)] if printed.percents else []
    return ", ".join(parts)


def _effect_words(effect: Effect) -> str:
    ends = f" ({effect.interval[0]} to {effect.interval[1]})" if effect.interval else ""
    return f"{effect.name} {effect.estimate}{ends}"
