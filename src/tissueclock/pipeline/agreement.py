"""Tables of ratings, of counts and of guesses, read for the analyses of agreement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tissueclock.core.errors import InputError
from tissueclock.evidence.agreement.analysis import Ratings, categories_of
from tissueclock.evidence.agreement.blinding import ArmGuesses
from tissueclock.facts.delimited import ID_COLUMNS
from tissueclock.pipeline.column_table import ColumnTable, number_of, read_columns

_GUESS_COLUMNS = ("arm", "treatment", "control", "unknown")


def read_ratings(path: Path, raters: Sequence[str] = (), categories: Sequence[str] = ()) -> Ratings:
    """Read ratings: a row a case, a column a rater (those named, or all but a column of ids).

    Raises UsageError where there is no such file or column, InputError where it holds no two raters or an
    answer that is not among the `categories`.
    """
    table = read_columns(path)
    table.require(raters)
    chosen = tuple(raters) or tuple(title for title in table.titles if title.lower() not in ID_COLUMNS)
    if len(chosen) < 2:
        raise InputError("it has no two raters.", where=path.name, remedy="Give each rater a column.")
    columns = [table.texts(title) for title in chosen]
    numeric = all(table.is_numeric(title) for title in chosen)
    answers = tuple(
        tuple(_plain(cell) if numeric and cell else cell for cell in row)
        for row in zip(*columns, strict=True)
    )
    named = tuple(_plain(name) if numeric else name for name in categories)
    if not any(cell for row in answers for cell in row):
        raise InputError("it holds no answer.", where=path.name, remedy="Fill in the raters' columns.")
    _check_answers(table, chosen, answers, named)
    return Ratings(
        raters=chosen,
        answers=answers,
        numbers=tuple(zip(*map(table.numbers, chosen), strict=True)) if numeric else None,
        categories=named or categories_of(answers),
        ordered=numeric or bool(named),
    )


def _plain(text: str) -> str:
    """Return a number in one spelling, so that 3 and 3.0 are one answer; a word as it is."""
    number = number_of(text)
    if number is None:
        return text
    return str(int(number)) if number == int(number) else repr(number)


def _check_answers(
    table: ColumnTable,
    raters: Sequence[str],
    answers: Sequence[Sequence[str | None]],
    categories: Sequence[str],
) -> None:
    for line, row in zip(table.lines, answers, strict=True):
        for rater, answer in zip(raters, row, strict=True):
            if categories and answer is not None and answer not in categories:
                raise table.refusal(line, rater, "is none of --categories", "Name every category in order.")


def read_counts(path: Path) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Read a square table of counts: the first rater's categories in rows, the second's as titles.

    Raises InputError where rows and columns do not name the same categories in one order.
    """
    table = read_columns(path)
    rows, columns = table.texts(table.titles[0]), table.titles[1:]
    if rows != columns:
        raise InputError(
            "its rows and columns do not name the same categories in the same order.",
            where=path.name,
            remedy="Write one row and one column a category, also where a count is 0.",
        )
    by_column = [table.whole_numbers(title) for title in columns]
    counts = tuple(
        tuple(_count(table, at, title, cell) for title, cell in zip(columns, row, strict=True))
        for at, row in enumerate(zip(*by_column, strict=True))
    )
    if sum(map(sum, counts)) == 0:
        raise InputError("it counts no case.", where=path.name, remedy="Write the counts.")
    return columns, counts


def _count(table: ColumnTable, row: int, title: str, cell: int | None) -> int:
    if cell is None or cell < 0:
        what = "is empty" if cell is None else "is below 0"
        raise table.refusal(table.lines[row], title, what, "Write how many cases there are, 0 for none.")
    return cell


def read_guesses(path: Path) -> tuple[ArmGuesses, ArmGuesses]:
    """Read who guessed what: `arm,treatment,control,unknown`, the treated arm in the first row."""
    table = read_columns(path)
    for title in _GUESS_COLUMNS:
        if title not in table.titles:
            raise InputError(
                f"it has no column '{title}'.", where=path.name, remedy=f"Write {','.join(_GUESS_COLUMNS)}."
            )
    if len(table.rows) != 2:
        raise InputError(
            f"it has {len(table.rows)} arms.",
            where=path.name,
            remedy="Write two rows, the treated arm first.",
        )
    names = table.texts("arm")
    columns = {title: table.whole_numbers(title) for title in _GUESS_COLUMNS[1:]}
    try:
        first, second = (
            ArmGuesses(
                arm=name or "",
                **{title: _count(table, at, title, column[at]) for title, column in columns.items()},
            )
            for at, name in enumerate(names)
        )
    except ValueError as error:
        raise InputError(f"{error}.", where=path.name, remedy="Check the counts of both arms.") from error
    return first, second
