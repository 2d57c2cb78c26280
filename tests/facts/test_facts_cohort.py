"""A cohort is read as each of its rows would be read alone; what cannot be read is named and not repeated."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import InputError, UsageError
from tissueclock.facts import cohort, cohort_cells, cohort_derive, consistency
from tissueclock.facts.case import INFINITE, CaseFacts, Fact
from tissueclock.facts.cohort import (
    Refusals,
    case_called,
    is_cohort,
    read_batches,
    read_cases,
    read_header,
)
from tissueclock.facts.cohort_cells import FIRST_CODE, UNKNOWN
from tissueclock.facts.cohort_derive import ANTICOAGULANTS, CLOCK, GLUCOSE, RELATED, VOLUMES, Derivation
from tissueclock.facts.consistency import LADDER
from tissueclock.facts.definition import Kind
from tissueclock.facts.delimited import entry_of_cell
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_entries
from tissueclock.facts.vocabulary import definition_of, resolved, vocabulary

OTHERS = (
    "age",
    "consent",
    "sex",
    "judgement.dawn.seizure",
    "haemoglobin_g_dl",
    "lkw_to_groin_min",
    "creatinine_umol_l",
)
GROUPS = (
    VOLUMES,
    GLUCOSE,
    ANTICOAGULANTS,
    tuple(vocabulary()),
    OTHERS,
    ("lkw_to_rand_h", "wake_up", *CLOCK[0]),
)
FACTS = (*vocabulary(), "judgement.dawn.seizure")
WANTED = RELATED[0][1]


class Remembering:
    """Coders that keep what each code stands for."""

    def __init__(self):
        self.values = {UNKNOWN: None}
        self.codes = {}

    def __call__(self, value):
        key = "infinite" if value is INFINITE else plain(value)
        if (type(key), key) not in self.codes:
            self.codes[type(key), key] = chr(FIRST_CODE + len(self.codes))
            self.values[self.codes[type(key), key]] = key
        return self.codes[type(key), key]


def plain(value):
    """Return a value so that equal numbers are equal whatever they are written in."""
    return Fraction(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


def known(case, name):
    value = case.known(name)
    return "infinite" if value is INFINITE else plain(value)


def write(folder, rows, header=FACTS):
    path = folder / "cohort.csv"
    lines = [",".join(header), *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path, names=FACTS, **options):
    """Return the refusals and, for each case by id, its known values."""
    coder, refusals, cases = Remembering(), Refusals(), {}
    for batch in read_batches(path, dict.fromkeys(names, coder), refusals, **options):
        for at, name in enumerate(batch.ids):
            seen = {fact: coder.values[codes[at]] for fact, codes in batch.codes.items() if fact in names}
            cases[name] = {fact: value for fact, value in seen.items() if value is not None}
    return refusals, cases


def alone(header, row):
    """Return the slow way's values of one row, or None where it refuses them."""
    entries = [(name, entry_of_cell(name, cell.strip())) for name, cell in zip(header, row, strict=True)]
    try:
        case = complete(case_from_entries(entries, "test"))
    except InputError:
        return None
    return {name: known(case, name) for name in case if known(case, name) is not None}


def moments(hour):
    return f"2026-03-{1 + hour // 24:02d}T{hour % 24:02d}:30"


def cells(name):
    """Texts that fit a column, and some that do not."""
    odd = st.sampled_from(["", " ", "0", "1", "yes", "Doe^Jane", "-1", "1e400", "1e-400", "NaN", "19490312"])
    if name.startswith("clock."):
        good = st.integers(0, 70).map(moments)
    else:
        good = good_cells(definition_of(resolved(name).fact))
    return st.one_of(*[good] * 14, st.just(""), st.just(""), odd)


def good_cells(definition):
    if definition.kind is Kind.BOOLEAN:
        return st.sampled_from(["true", "FALSE", "yes", "No", "1", "0", "y"])
    if definition.numeric:
        return st.decimals(0, 120, places=1).map(str) | st.integers(0, 60).map(str)
    if definition.kind is Kind.SET:
        lists = st.lists(st.sampled_from(definition.choices), min_size=1, max_size=3)
        return lists.map(";".join) | st.just("none")
    return st.sampled_from(definition.choices) | st.sampled_from(definition.choices).map(str.upper)


def headers():
    return st.sampled_from(GROUPS).flatmap(
        lambda group: st.lists(st.sampled_from(group), min_size=1, max_size=6, unique=True)
    )


@settings(max_examples=300)
@given(data=st.data())
def test_a_cohort_is_its_rows_read_alone(tmp_path_factory, data):
    header = data.draw(headers())
    row = st.tuples(*map(cells, header)).filter(lambda row: any(cell.strip() for cell in row))
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    refusals, cases = read(write(tmp_path_factory.mktemp("c"), rows, header), skip_bad_rows=True)
    expected = {str(at): alone(header, row) for at, row in enumerate(rows, start=1)}
    assert cases == {name: values for name, values in expected.items() if values is not None}
    assert refusals.lines == [int(name) + 1 for name, values in expected.items() if values is None]


NUMBERS = st.one_of(
    st.none(),
    st.decimals(0, 100, places=0),
    st.decimals(0, 100, places=1),
    st.decimals(0, 200, places=3),
    st.sampled_from(
        [Decimal("0"), Decimal("0.0"), Decimal("1e1"), Decimal("33.3"), Decimal(f"1.{'3' * 29}")]
    ),
)


@settings(max_examples=400)
@given(data=st.data())
def test_what_follows_is_what_complete_says(data):
    """Mismatch and ratio are often drawn near what the volumes give, so that they fit or nearly do."""
    given_ = {name: data.draw(NUMBERS) for name in ("core_ml", "hypoperfused_ml", *LADDER)}
    ladder = sorted((given_[name] or Decimal(0) for name in LADDER), reverse=True)
    if data.draw(st.booleans()):
        given_ |= dict(zip(LADDER, ladder, strict=True))
    for _, volume, difference, ratio in consistency.RELATED:
        core, hypo = given_["core_ml"], given_[volume]
        near = [None]
        if core is not None and hypo is not None:
            near += [round(hypo - core, places) + shift for places in (0, 1) for shift in (0, Decimal("0.5"))]
        given_[difference] = data.draw(st.sampled_from(near))
        ratios = [None] if not core or hypo is None else [None, *(round(hypo / core, at) for at in (0, 1, 2))]
        given_[ratio] = data.draw(st.sampled_from(ratios) | NUMBERS)
    slow, fast = answer(lambda: slowly(given_)), answer(lambda: quickly(given_))
    assert fast == slow


def quickly(typed):
    texts = tuple("" if value is None else str(value) for value in typed.values())
    return Derivation(tuple(typed), dict.fromkeys(WANTED)).known(texts)


def slowly(typed):
    """Return what `complete` gives, by fact."""
    facts = (Fact(name=name, value=value, source="t") for name, value in typed.items() if value is not None)
    case = complete(CaseFacts.of(facts))
    return {name: case.known(name) for name in WANTED}


def answer(compute):
    """Return plain values, or the words with which they are refused."""
    try:
        found = compute()
    except InputError as refused:
        return refused.found
    return {name: "infinite" if value is INFINITE else plain(value) for name, value in found.items()}


def test_the_short_way_is_taken_for_typed_numbers_that_fit(monkeypatch):
    monkeypatch.setattr(cohort_derive, "complete", None)
    typed = {"core_ml": "18.75", "hypoperfused_ml": "33.75", "mismatch_ratio": "1.8", "mismatch_ml": "15"}
    found = quickly(typed)
    assert (found["mismatch_ml"], found["mismatch_ratio"]) == (15, Fraction(9, 5))


@pytest.mark.parametrize("hypoperfused", ["29.498", "29.499", "30.501", "30.502", "30.504", "30.505", "30.6"])
@pytest.mark.parametrize(("name", "typed"), [("mismatch_ml", "20"), ("mismatch_ratio", "3.0")])
def test_the_rounding_that_is_allowed_is_that_of_complete(hypoperfused, name, typed):
    given_ = {"core_ml": "10.000", "hypoperfused_ml": hypoperfused, name: typed}
    as_numbers = {fact: Decimal(text) for fact, text in given_.items()}
    assert answer(lambda: quickly(given_)) == answer(lambda: slowly(as_numbers))


def test_small_batches_and_small_memories_change_nothing(tmp_path, monkeypatch):
    rows = [(str(age), f"{age / 10}", f"{age}") for age in range(20, 80)]
    path = write(tmp_path, rows, ("age", "core_ml", "hypoperfused_ml"))
    whole = read(path)
    monkeypatch.setattr(cohort, "_BATCH_ROWS", 7)
    monkeypatch.setattr(cohort_cells, "_MOST_KEPT", 3)
    monkeypatch.setattr(cohort_derive, "_MOST_KEPT", 3)
    assert read(path) == whole
    assert len(whole[1]) == 60


def test_names_ids_and_blanks(tmp_path):
    path = tmp_path / "c.csv"
    text = '\ufeff USUBJID ,Age_Years,CBF30_ml\n\n p1 , 70 ,\n,,\n"p\n2",,12.5\n'
    path.write_text(text, encoding="utf-8")
    assert read_header(path).names == ("", "age", "core_cbf_ml")
    assert read(path, ("age", "core_cbf_ml"))[1] == {
        "p1": {"age": 70},
        "p\n2": {"core_cbf_ml": Fraction(25, 2)},
    }
    assert [name for name, _ in read_cases(path)] == ["p1", "p\n2"]
    assert case_called(path, "p1").known("age") == 70
    with pytest.raises(UsageError, match=r"c.csv: there is no case of that id"):
        case_called(path, "p3")


@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("age\n70\n71\n", True),
        ("age\n70\n", False),
        ("age\n", False),
        ("fact,value\nage,70\nnihss,8\n", False),
        ("Fact,Value,Unit\nage,70,\nnihss,8,\n", False),
    ],
)
def test_more_than_one_row_is_a_cohort(tmp_path, text, many):
    path = tmp_path / "c.CSV"
    path.write_text(text, encoding="utf-8")
    assert is_cohort(path) is many
    assert not is_cohort(tmp_path / "nothing.csv")
    assert not is_cohort(tmp_path)


REFUSED = {
    "cell": (
        "id,age,nihss\na,70,8\nb,Doe^Jane,99\n",
        "1 row cannot be read: line 3: column age must be a number, column nihss is above what is plausible",
    ),
    "impossible": (
        "id,age,core_ml\na,430,-3\n",
        "column age is above what is plausible (120 years), column core_ml is below what is plausible (0 mL)",
    ),
    "word": ("id,sex\na,Doe^Jane\n", "line 2: column sex must be one of female, male."),
    "contradiction": (
        "id,core_ml,hypoperfused_ml,mismatch_ml,mismatch_ratio\na,50,90,15,1.8\n",
        "line 2: core_ml = 50, hypoperfused_ml = 90, mismatch_ml = 15, mismatch_ratio = 1.8 contradict",
    ),
    "ladder": (
        "id,tmax6_ml,tmax10_ml\na,20,30\n",
        "line 2: tmax10_ml = 30 is more than tmax6_ml = 20, which includes it.",
    ),
    "glucose": (
        "id,glucose_mg_dl,glucose_mmol_l\na,180,5\n",
        "glucose_mg_dl = 180 and glucose_mmol_l = 5 differ.",
    ),
    "length": ("id,age\na,70,Doe^Jane\n", "line 2: it has 3 cells under a header of 2."),
    "no id": ("id,age\n ,70\n", "line 2: it has no id."),
    "same id": (
        "id,age\nDoe^Jane,70\nb,70\nDoe^Jane ,71\n",
        "the id on line 4 is that of line 2. Give every case an id of its own.",
    ),
    "two ids": ("id,subject,age\na,b,70\n", "it has 2 columns of ids."),
    "two columns": ("age,AGE_years\n70,70\n", "'age' has two columns."),
    "no fact": ("Doe,Jane\n1,2\n", "its first line names no fact."),
    "unknown fact": ("age,corre_ml\n70,5\n", "column 2: there is no fact 'corre_ml'. Did you mean core_ml"),
    "name as title": (
        "age,Doe^Jane 19490312\n70,5\n",
        "column 2: there is no fact with the name found there",
    ),
    "surname as title": ("age,Mueller\n70,5\n", "column 2: there is no fact with the name found there"),
    "quotes": ('age\n70\n"71\n', "it is not valid CSV at line 3."),
    "quotes within": ('age\n70\n"7"1\n', "it is not valid CSV at line 3."),
    "no unit": ("age,glucose\n70,5\n", "column 2: a name without a unit stands for 'glucose_mg_dl'"),
    "moment": (
        "age,clock.birth\n70,1949-03-12T00:00\n",
        "column 2: there is no moment with the name found there",
    ),
    "no moment": (
        "age,clock.imaging\n70,1949-03-12\n",
        "line 2: 'clock.imaging' is not a date with a time.",
    ),
    "implied": (
        "id,warfarin,anticoagulant\na,true,false\n",
        "line 2: 'warfarin' is true, but 'anticoagulant', which includes it, is false.",
    ),
    "empty": ("", "its first line names no fact."),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_named_and_not_repeated(tmp_path, text, sentence):
    path = tmp_path / "c.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read(path)
    assert sentence in str(refused.value)
    assert refused.value.where == "c.csv"
    assert not any(word in str(refused.value) for word in ("Doe", "Jane", "1949"))


def test_bad_rows_are_all_counted_and_the_first_ones_listed(tmp_path):
    path = write(tmp_path, [(str(age),) for age in range(110, 140)], ("age",))
    with pytest.raises(InputError) as refused:
        read(path)
    assert refused.value.found.startswith("19 rows cannot be read: line 13: column age is above")
    assert refused.value.found.endswith("; and 9 more.")
    assert "--skip-bad-rows" in refused.value.remedy
    refusals, cases = read(path, skip_bad_rows=True)
    assert refusals.lines == list(range(13, 32))
    assert len(cases) == 11


def test_many_bad_columns_are_cut_short(tmp_path):
    path = write(tmp_path, [("x",) * 5], ("age", "nihss", "inr", "core_ml", "sbp"))
    with pytest.raises(InputError, match="and 2 more columns"):
        read(path)


def test_a_row_of_a_quoted_line_break_is_named_by_its_first_line(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text('id,age\n"a\nb",70\n"c\nd",x\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 4: column age must be a number"):
        read(path)


def test_what_is_no_text_or_not_there(tmp_path):
    path = tmp_path / "c.csv"
    path.write_bytes(b"age\n70\n\xff\xfe\n")
    with pytest.raises(InputError, match=r"c.csv: it is not UTF-8 text"):
        read(path)
    with pytest.raises(UsageError, match="there is no such file"):
        read(tmp_path / "d.csv")
    with pytest.raises(InputError, match="it cannot be read"):
        read(tmp_path)
