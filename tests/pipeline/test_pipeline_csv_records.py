"""The reader behind all tables of evidence: what it gives, and what it refuses without repeating a cell."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.pipeline.csv_records import read_records

WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf")), min_size=1)


def test_cells_have_no_spaces_around_them_and_rows_keep_their_lines():
    found = read_records(b'\xef\xbb\xbf id , Arm \n\n a , 1 \n,,\n"b\nc", 2\n', "x.csv", frozenset({"arm"}))
    assert found.titles == ("id", "arm")
    assert found.rows == (("a", "1"), ("b\nc", "2"))
    assert found.lines == (3, 6)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_what_python_writes_is_read_back(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("one", "two"), *rows])
    assert read_records(text.getvalue().encode(), "x.csv").rows == tuple(rows)


BAD = {
    "nothing": (b"", "x.csv", "it holds no rows"),
    "titles only": (b"a,b\n\n", "x.csv", "it holds no rows"),
    "another encoding": ("a,b\nSecret é,2\n".encode("latin-1"), "x.csv", "it is not UTF-8 text"),
    "an open quotation": (b'a,b\n"Secret,2\n', "x.csv", "it is not valid CSV"),
    "semicolons": (b"a;b\nSecret;2\n", "x.csv", "not separated by commas"),
    "no title": (b"a,\nSecret,2\n", "x.csv", "column 2 has no title"),
    "a title twice": (b"a,a\nSecret,2\n", "x.csv", "the column 'a' comes twice"),
    "a cell too many": (b"a,b\n1,2\nSecret,2,3\n", "x.csv, line 3", "it has 3 cells under 2 titles"),
}


@pytest.mark.parametrize(("content", "where", "found"), BAD.values(), ids=BAD)
def test_what_is_no_table_is_refused(content, where, found):
    with pytest.raises(InputError, match=found) as caught:
        read_records(content, "x.csv")
    assert caught.value.where == where
    assert "Secret" not in str(caught.value)
