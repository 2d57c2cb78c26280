"""Counts of two groups in strata, from a CSV with a row a stratum."""

from __future__ import annotations

from tissueclock.core.errors import InputError
from tissueclock.evidence.two_groups.strata import Strata
from tissueclock.evidence.two_groups.table import TwoByTwo
from tissueclock.pipeline.plain_csv import PlainTable, read_plain_table, whole_number

COUNTS = ("events_1", "n_1", "events_2", "n_2")


def read_strata(content: bytes, file: str) -> Strata:
    """Return the strata in a CSV `stratum,events_1,n_1,events_2,n_2`; raises InputError with the line."""
    return strata_of(read_plain_table(content, file))


def strata_of(table: PlainTable) -> Strata:
    """Return the strata of a table that has been read; raises InputError with the line."""
    table.require(("stratum", *COUNTS))
    tables = []
    for place, row in table.numbered():
        a, n_1, c, n_2 = (whole_number(row[title], title, place) for title in COUNTS)
        try:
            tables.append(TwoByTwo(events_1=a, n_1=n_1, events_2=c, n_2=n_2))
        except InputError as error:
            raise InputError(error.found, where=f"{place}, {error.where}", remedy=error.remedy) from None
    try:
        return Strata(tuple(row["stratum"] for row in table.rows), tuple(tables))
    except InputError as error:
        raise InputError(error.found, where=table.file, remedy=error.remedy) from None
