"""A pool analysed: its rows, what is missing and why, the pooled effect, cautions, and what was printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.evidence.library.cautions import model_cautions, row_cautions
from tissueclock.evidence.library.printed import PrintedComparison, compare_printed
from tissueclock.evidence.library.rows import LibraryRow, Missing
from tissueclock.evidence.meta.analysis import Request, pool_some
from tissueclock.evidence.meta.glmm.pool import GLMM
from tissueclock.evidence.meta.pool import FIXED, Z
from tissueclock.evidence.meta.synthesis import Extras, Synthesis, synthesise
from tissueclock.evidence.meta.table import StudyTable
from tissueclock.protocol.pooling.model import Pool, outcome_word
from tissueclock.protocol.results.values import Kind

GROUP, YEAR = "group", "year"
OUTCOME_WORDS = MappingProxyType(
    {
        Kind.MRS_0_1: "mRS 0 to 1 at 90 days",
        Kind.MRS_0_2: "mRS 0 to 2 at 90 days",
        Kind.MRS_0_3: "mRS 0 to 3 at 90 days",
        Kind.MRS_SHIFT: "shift of the mRS at 90 days",
        Kind.DEATH: "death within 90 days",
        Kind.SICH: "symptomatic intracranial haemorrhage",
        Kind.RECANALISATION: "recanalisation",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAnalysis:
    """A pool of one outcome.

    `synthesis` is None where fewer than two rows have counts, and `reason` says so. `filtered` says that
    rows were left out on request.
    """

    pool: Pool
    kind: Kind
    rows: tuple[LibraryRow, ...]
    missing: tuple[Missing, ...]
    synthesis: Synthesis | None
    cautions: tuple[str, ...]
    printed: tuple[PrintedComparison, ...]
    reason: str = ""
    filtered: tuple[str, ...] = ()

    @property
    def recalled_rows(self) -> int:
        """How many rows nobody read in a source."""
        return sum(row.recalled for row in self.rows)

    @property
    def illustrative(self) -> bool:
        """Whether rows are recalled, or studies are not to be had."""
        return self.recalled_rows > 0 or bool(self.pool.incomplete)

    @property
    def title(self) -> str:
        """What is pooled, with the word that says how far to trust it."""
        whole = f"{self.pool.title}: {OUTCOME_WORDS[self.kind]}"
        if not self.illustrative:
            return whole
        count = self.recalled_rows
        words = ["illustrative", f"{count} recalled {'row' if count == 1 else 'rows'}"]
        words += ["not all studies"] if self.pool.incomplete else []
        return f"{whole} ({', '.join(words)})"

    def to_json(self) -> dict[str, Any]:
        """Return the document; the pooled effect as `evidence meta` prints it, None where there is none."""
        found = self.synthesis.to_json() if self.synthesis else {}
        extras = ("subgroups", "bias", "leave_one_out", "cumulative")
        effects = found.get("studies", [{}] * len(self.rows))
        return {
            "pool": self._pool_json(),
            "title": self.title,
            "outcome": outcome_word(self.kind),
            "illustrative": self.illustrative,
            "recalled_rows": self.recalled_rows,
            "rows": [_row_json(row, effect) for row, effect in zip(self.rows, effects, strict=True)],
            "left_out": [item.to_json() for item in self.missing],
            "left_out_on_request": list(self.filtered),
            "pooled": self.synthesis.pooled.to_json() if self.synthesis else None,
            "reason": self.reason or None,
            **{name: found[name] for name in extras if name in found},
            "cautions": list(self.cautions),
            "printed": [item.to_json() for item in self.printed],
        }

    def _pool_json(self) -> dict[str, Any]:
        pool = self.pool
        return {
            "id": pool.id,
            "title": pool.title,
            "question": pool.question,
            "treatment": pool.arms[0],
            "control": pool.arms[1],
            "members": pool.members,
            "incomplete": pool.incomplete or None,
            "digest": pool.digest,
        }


def analyse_pool(
    pool: Pool,
    kind: Kind,
    found: Sequence[LibraryRow | Missing],
    request: Request,
    extras: Extras,
    *,
    keep: Sequence[str] = (),
) -> PoolAnalysis:
    """Return the analysis of a pool's rows, those of `keep` only where some are named.

    A pool with groups is pooled by group too, where two of them have rows. Raises InputError where there are
    not two rows to pool and nothing was printed either.
    """
    every = [row for row in found if isinstance(row, LibraryRow)]
    rows = tuple(row for row in every if not keep or row.id in keep)
    missing = tuple(item for item in found if isinstance(item, Missing))
    printed = tuple(compare_printed(item, every) for item in pool.printed_of(kind))
    whole = PoolAnalysis(
        pool=pool,
        kind=kind,
        rows=rows,
        missing=(*missing, *_outsiders(pool)),
        synthesis=None,
        cautions=_first_cautions(pool, rows, kind),
        printed=printed,
        filtered=tuple(row.id for row in every if row not in rows),
    )
    if len(rows) < 2:
        return _unpooled(whole)
    synthesis = synthesise(_table(rows), request, _with_groups(rows, request, extras))
    return replace(whole, synthesis=synthesis, cautions=(*whole.cautions, *_model_cautions(synthesis)))


def _first_cautions(pool: Pool, rows: Sequence[LibraryRow], kind: Kind) -> tuple[str, ...]:
    incomplete = (pool.incomplete,) if pool.incomplete else ()
    return (*incomplete, *row_cautions(rows, kind), *pool.cautions)


def _outsiders(pool: Pool) -> Iterator[Missing]:
    for item in pool.left_out:
        yield Missing(id="", title=item.title, reason=item.reason)


def _unpooled(whole: PoolAnalysis) -> PoolAnalysis:
    """Return the analysis without a pooled effect, where there is at least something printed to show."""
    count = "one study has counts" if whole.rows else "no study has counts"
    reason = f"{count} of '{outcome_word(whole.kind)}': nothing can be pooled"
    if not whole.printed:
        gone = "; ".join(f"{item.id}: {item.reason}" for item in whole.missing if item.id)
        raise InputError(
            f"{reason}.",
            where=whole.pool.id,
            remedy=f"Without counts: {gone}. Ask for another --outcome." if gone else "Ask for more trials.",
        )
    return replace(whole, reason=reason)


def _table(rows: Sequence[LibraryRow]) -> StudyTable:
    columns = {
        GROUP: tuple(row.group or "other" for row in rows),
        YEAR: tuple(str(row.year) for row in rows),
    }
    return StudyTable(studies=tuple(row.study for row in rows), columns=MappingProxyType(columns))


def _with_groups(rows: Sequence[LibraryRow], request: Request, extras: Extras) -> Extras:
    grouped = len({row.group for row in rows}) > 1 and request.method != GLMM
    return replace(extras, subgroup=GROUP) if grouped else extras


def _model_cautions(synthesis: Synthesis) -> tuple[str, ...]:
    request = synthesis.request
    studies = [row.study for row in synthesis.rows]
    fixed = pool_some(studies, replace(request, method=FIXED, test=Z))
    return tuple(model_cautions(synthesis.pooled, fixed))


def _row_json(row: LibraryRow, effect: dict[str, Any]) -> dict[str, Any]:
    shown = ("yi", "vi", "estimate", "ci_low", "ci_high", "weight_percent", "corrected")
    return {**row.to_json(), **{name: effect.get(name) for name in shown}}
