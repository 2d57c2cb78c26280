"""Records of a search and the flow of a review, as rows and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tissueclock.evidence.review.duplicates import Search
from tissueclock.evidence.review.prisma import Flow, Part, Reading
from tissueclock.report.evidence.estimate_rows import csv_bytes

_COLUMNS = (
    *("id", "kind", "authors", "year", "title", "journal", "volume", "issue", "first_page", "last_page"),
    *("doi", "pmid", "url", "keywords", "abstract", "source", "line"),
)
_REMOVED = ("source", "line", "title", "of", "why")


def search_lines(found: Search) -> Iterator[str]:
    """Yield one row a record that stays, then duplicates, what a person must judge, and the counts."""
    for kept in found.kept:
        record = kept.record
        author = record.authors[0] if record.authors else "no author"
        year = "no year" if record.year is None else str(record.year)
        yield "\t".join((kept.id, author, year, record.title or "no title", record.doi or "no DOI"))
    for one in found.duplicates:
        yield f"duplicate\t{one.record.source}:{one.record.line}\tof {one.of}\t{one.why}"
    for first, second, why in found.possible:
        yield f"judge\t{first}\t{second}\t{why}"
    for source, count in found.found:
        yield f"identified\t{source}\t{count}"
    yield f"removed\tduplicates\t{len(found.duplicates)}"
    yield f"to-screen\trecords\t{len(found.kept)}"


def records_csv(found: Search) -> bytes:
    """Return the records that stay as CSV; several names or words in a cell have semicolons between."""
    lines: list[Sequence[object]] = [_COLUMNS]
    for kept in found.kept:
        cells = kept.to_json()
        lines.append(
            ["; ".join(cells[name]) if isinstance(cells[name], list) else cells[name] for name in _COLUMNS]
        )
    return csv_bytes(lines)


def duplicates_csv(found: Search) -> bytes:
    """Return the duplicates as CSV, each with the id that stays and the reason."""
    lines: list[Sequence[object]] = [_REMOVED]
    for one in found.duplicates:
        cells = one.to_json()
        lines.append([cells[name] for name in _REMOVED])
    return csv_bytes(lines)


def flow_lines(flow: Flow) -> Iterator[str]:
    """Yield one row a box: step, what it counts, how many."""
    yield from _parts("identified/databases", flow.databases)
    yield from _parts("identified/registers", flow.registers)
    yield from _parts("removed", flow.removed)
    yield f"screened\trecords\t{flow.screened}"
    yield f"screened/excluded\trecords\t{flow.screened_out}"
    yield from _reading("reports", flow.reading)
    if flow.other:
        yield from _parts("identified/other", flow.other_sources)
        yield from _reading("other", flow.other)
    for name, included in (
        ("previous", flow.previous),
        ("included", flow.included),
        ("in-all", flow.in_all),
    ):
        if included:
            yield f"{name}/studies\tstudies\t{included.studies}"
            yield f"{name}/reports\treports\t{included.reports}"


def _parts(step: str, parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        yield f"{step}\t{part.name}\t{part.n}"


def _reading(step: str, reading: Reading) -> Iterator[str]:
    yield f"{step}/sought\treports\t{reading.sought}"
    yield f"{step}/not-retrieved\treports\t{reading.not_retrieved}"
    yield f"{step}/assessed\treports\t{reading.assessed}"
    yield from _parts(f"{step}/excluded", reading.excluded)
