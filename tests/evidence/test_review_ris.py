"""Records in RIS: what is read, where it breaks, and which records are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.evidence.review.duplicates import deduplicate, plain
from tissueclock.evidence.review.ris import Record, RisError, read_ris

ONE = """\
TY  - JOUR
AU  - Müller, Anna
A1  - Ito, Ken
TI  - Perfusion in an invented
      cohort of strokes
PY  - 2021/03/04
JO  - Journal of Examples
VL  - 12
IS  - 3
SP  - 101
EP  - 109
DO  - https://doi.org/10.1234/EX.2021.5.
KW  - stroke
KW  - perfusion
N2  - Two sentences.
ZZ  - something nobody needs
ER  -
"""


def record(**fields):
    base = {"source": "a.ris", "line": 1, "kind": "JOUR"}
    return Record(**{**base, **fields})


def test_a_record_with_all_its_parts():
    (found,) = read_ris(ONE, "a.ris")
    assert found == Record(
        source="a.ris",
        line=1,
        kind="JOUR",
        title="Perfusion in an invented cohort of strokes",
        authors=("Müller, Anna", "Ito, Ken"),
        year=2021,
        journal="Journal of Examples",
        volume="12",
        issue="3",
        first_page="101",
        last_page="109",
        doi="10.1234/ex.2021.5",
        abstract="Two sentences.",
        keywords=("stroke", "perfusion"),
    )
    assert found.to_json()["authors"] == ["Müller, Anna", "Ito, Ken"]


@pytest.mark.parametrize(
    "change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\n\n" + text + "\n"]
)
def test_line_ends_and_blank_lines_change_nothing_but_the_line(change):
    (found,) = read_ris(change(ONE), "a.ris")
    assert (found.title, found.year) == ("Perfusion in an invented cohort of strokes", 2021)


def test_each_record_knows_its_line():
    found = read_ris(ONE + "\n" + ONE, "a.ris")
    assert [one.line for one in found] == [1, ONE.count("\n") + 2]


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("PY  - 1999", 1999),
        ("Y1  - 2020//", 2020),
        ("DA  - Mar 2018", 2018),
        ("PY  - n.d.", None),
        ("PY  - 12345", None),
    ],
)
def test_years(line, year):
    (found,) = read_ris(f"TY  - JOUR\n{line}\nER  - \n", "a.ris")
    assert found.year == year


@pytest.mark.parametrize(
    ("lines", "pmid"),
    [
        ("UR  - https://pubmed.example/31234567/", "31234567"),
        ("UR  - https://example.org/pubmed/31234567", "31234567"),
        ("AN  - 31234567\nDB  - MEDLINE", "31234567"),
        ("AN  - 31234567\nDB  - Embase", ""),  # another database's own number
        ("AN  - 31234567", ""),
        ("AN  - 2016123456\nDB  - MEDLINE", ""),
        ("ID  - 12345", ""),
    ],
)
def test_a_number_is_a_pubmed_id_only_where_pubmed_gave_it(lines, pmid):
    (found,) = read_ris(f"TY  - JOUR\n{lines}\nER  - \n", "a.ris")
    assert found.pmid == pmid


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("TY  - JOUR\nTI  - x\n", 1, "does not end"),
        ("TY  - JOUR\nTI  - x\nTY  - JOUR\nER  - \n", 3, "before the one of line 1 has ended"),
        ("\nTI  - x\n", 2, "stands outside of records"),
        ("PMID- 31234567\n", 1, "MEDLINE's format"),
        ("@article{x,\n", 1, "BibTeX"),
        (ONE + "a stray line\n", ONE.count("\n") + 1, "stands outside of records"),
    ],
)
def test_what_is_no_ris_is_refused_with_its_line(text, line, message):
    with pytest.raises(RisError, match=message) as refused:
        read_ris(text, "a.ris")
    assert refused.value.line == line


def test_text_without_records_has_none():
    assert read_ris("\n \n", "a.ris") == ()


def pairs(*records):
    found = deduplicate(records)
    return (
        len(found.kept),
        [(one.of, one.why) for one in found.duplicates],
        [why for *_, why in found.possible],
    )


TITLE = "A long enough invented title"
BY = {"title": TITLE, "authors": ("Smith, John",), "year": 2020}


def test_the_same_doi_is_one_record_whatever_else_differs():
    kept = pairs(record(doi="10.1/a", title="One"), record(doi="10.1/a", title="Two"))
    assert kept == (1, [("r1", "same DOI")], [])


def test_the_same_title_author_and_year_is_one_record_in_any_spelling():
    other = {"title": "A LONG enough, invented title.", "authors": ("Smith J",), "year": 2020}
    assert pairs(record(**BY), record(**other)) == (1, [("r1", "same title, first author and year")], [])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"year": 2021}, "same title, another year"),
        ({"authors": ("Jones, A",)}, "same title, another first author"),
        ({"year": None}, "same title, but too little else to compare"),
    ],
)
def test_what_may_be_one_is_told_and_kept(change, why):
    assert pairs(record(**BY), record(**{**BY, **change})) == (2, [], [why])


def test_two_dois_are_two_reports_though_all_else_is_the_same():
    found = pairs(record(**BY, doi="10.1/preprint"), record(**BY, doi="10.1/paper"))
    assert found == (2, [], ["same title, another DOI"])


def test_a_short_title_says_nothing():
    short = {**BY, "title": "Stroke"}
    assert pairs(record(**short), record(**short)) == (2, [], [])


def test_the_first_stays_and_its_gaps_are_filled():
    found = deduplicate(
        [record(doi="10.1/a", line=7), record(**BY, doi="10.1/a", journal="Later", source="b.ris")]
    )
    (kept,) = found.kept
    assert (kept.id, kept.record.line, kept.record.source) == ("r1", 7, "a.ris")
    assert (kept.record.title, kept.record.journal) == (TITLE, "Later")
    assert found.found == (("a.ris", 1), ("b.ris", 1))


def test_a_third_record_can_show_that_two_are_one():
    found = pairs(record(doi="10.1/a"), record(pmid="12345"), record(doi="10.1/a", pmid="12345"))
    assert found[0] == 1
    assert {of for of, _ in found[1]} == {"r1"}


RECORDS = st.lists(
    st.builds(
        record,
        doi=st.sampled_from(["", "10.1/a", "10.1/b", "10.1/c"]),
        pmid=st.sampled_from(["", "11111", "22222"]),
        title=st.sampled_from(["", TITLE, "Another invented title"]),
        authors=st.sampled_from([(), ("Smith, J",), ("Jones, A",)]),
        year=st.sampled_from([None, 2020, 2021]),
        source=st.sampled_from(["a.ris", "b.ris"]),
    ),
    max_size=12,
)


@given(records=RECORDS)
def test_counts_add_up_and_a_second_time_finds_nothing_surely_the_same(records):
    found = deduplicate(records)
    assert len(found.kept) + len(found.duplicates) == len(records)
    assert sum(count for _, count in found.found) == len(records)
    ids = {one.id for one in found.kept}
    assert {one.of for one in found.duplicates} <= ids
    document = found.to_json()
    assert document["identified"] - document["duplicates_removed"] == document["to_screen"] == len(ids)


@given(records=RECORDS)
def test_no_two_records_that_stay_have_one_doi(records):
    lone = [one for one in records if one.doi and not one.pmid]
    dois = [one.record.doi for one in deduplicate(lone).kept]
    assert len(dois) == len(set(dois))


@pytest.mark.parametrize(
    ("text", "same"), [("Über Größe", "uber grosse"), ("a-b  c!", "abc"), ("ﬁrst", "First")]
)
def test_two_spellings_of_a_title_are_one(text, same):
    assert plain(text) == plain(same)
