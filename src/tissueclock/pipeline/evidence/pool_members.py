"""Who belongs to a pool: the trials that it names, or those that its rule finds among all that published."""

from __future__ import annotations

from collections.abc import Sequence

from tissueclock.core.errors import InputError, UsageError
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision
from tissueclock.evidence.library.rows import LibraryRow, Missing, listed_row, trial_row
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.pooling.model import Pool, Rule
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.results.model import PublishedResults
from tissueclock.protocol.results.registry import published
from tissueclock.protocol.results.values import Kind

_SCOPE = "computable"


def members(pool: Pool) -> tuple[str, ...]:
    """Return the trials of a pool by id; a trial whose file is added joins by the rule, and needs no list.

    Raises InputError for a named trial that has no file of both kinds.
    """
    if pool.rule is not None:
        return tuple(
            trial for trial, results in published().items()
            if trial in protocols() and belongs(pool.rule, results, protocols()[trial])
        )  # fmt: skip
    for trial in pool.trials:
        if trial not in published() or trial not in protocols():
            raise InputError(
                f"the trial '{trial}' has published nothing.", where=pool.id, remedy="Take it out."
            )
    return pool.trials


def belongs(rule: Rule, results: PublishedResults, trial: Protocol) -> bool:
    """Tell whether a trial is randomised, of the treatment, and takes the one patient and not the other.

    What the trial does not say is no yes: a patient whom its criteria leave open is not taken.
    """
    if not results.randomised or results.studied is not rule.studied:
        return False
    taken = assess(trial, rule.takes, _SCOPE).decision
    refused = assess(trial, rule.refuses, _SCOPE).decision
    return taken is Decision.ELIGIBLE and refused is Decision.INELIGIBLE


def pool_rows(pool: Pool, kind: Kind) -> tuple[LibraryRow | Missing, ...]:
    """Return the row of every member, or why it has none, the oldest first."""
    found: list[LibraryRow | Missing] = [
        trial_row(published()[trial], protocols()[trial].title, pool.group_of(trial), kind)
        for trial in members(pool)
    ]
    found += [listed_row(study, kind) for study in pool.studies]
    return tuple(sorted(found, key=_by_year))


def require_members(pool: Pool, wanted: Sequence[str]) -> None:
    """Raise UsageError for a trial that was asked for and is no member of the pool."""
    known = (*members(pool), *(study.id for study in pool.studies))
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"'{name}' is not in the pool '{pool.id}'.", remedy=f"Known: {', '.join(known)}."
            )


def _by_year(item: LibraryRow | Missing) -> tuple[int, str]:
    return (item.year, item.title) if isinstance(item, LibraryRow) else (9999, item.title)
