"""For every check of the linter a change of the documented example that trips it, or that nearly does."""

import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "protocol-format.md"
EXAMPLE = re.search(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]

AGE = 'rule = { fact = "age", op = "between", value = [18, 80] }'
INR_CASES = 'fact = "inr"\nat = [[1.6, "eligible"], [1.7, "eligible"], [1.8, '
EMPTY = '[[case]]\nname = "empty"\nexpect = "undetermined"\n\n'
LIMITS = EXAMPLE[EXAMPLE.index("[[limit]]") :]
LATE = '"lkw_to_rand_h", op = ">", value = 12'
FIRST_CASE = '[[case]]\nname = "in order"\n'


def criterion(id, rule, kind="exclusion", text="A text with 16, 20, 30 and 90"):
    """Return one more criterion, to be put before the worked cases."""
    return (
        f'[[criterion]]\nid = "{id}"\nkind = "{kind}"\ntext = "{text}"\nconfidence = "found"\n'
        f'source = "paper"\nplace = "methods"\nrule = {rule}\n\n{FIRST_CASE}'
    )


def both(*rules):
    return f"{{ all = [{', '.join(rules)}] }}"


def either(*rules):
    return f"{{ any = [{', '.join(rules)}] }}"


def leaf(fact, op, value):
    return f'{{ fact = "{fact}", op = "{op}", value = {value} }}'


YOUNG, CHILD, OLD = leaf("age", "<", 20), leaf("age", "<=", 16), leaf("age", ">", 90)
MILD, SEVERE = leaf("nihss", "<", 20), leaf("nihss", ">=", 20)


class Trip(NamedTuple):
    """A check, what the line and the sentence of its finding hold, and the changes of the example."""

    check: str
    line: str
    found: str
    change: tuple[str, str]
    near: tuple[str, str] | None = None


TRIPS = [
    Trip(
        "unknown-key",
        "colour",
        "unknown key 'colour'",
        ('kind = "inclusion"', 'colour = "red"\nkind = "inclusion"'),
        ("kind =", "# colour\nkind ="),
    ),
    Trip(
        "unknown-key",
        "unit",
        "unknown key 'unit'",
        ("value = 1.7 }", 'value = 1.7, unit = "mmHg" }'),
        ("value = 1.7 }", "value = 1.70 }"),
    ),
    Trip(
        "unknown-key",
        "rule",
        "unknown key 'fact'",
        (AGE, 'rule = { all = [{ fact = "age", op = ">", value = 16 }], fact = "age" }'),
        (AGE, 'rule = { all = [{ fact = "age", op = ">", value = 16 }] }'),
    ),
    Trip(
        "missing-key",
        'id = "age"',
        "'source' is missing",
        ('source = "paper"\n', ""),
        ('source = "paper"\n', 'source = "memory"\n'),
    ),
    Trip("missing-key", 'id = "age"', "'place' is missing", ('place = "methods, patients"\n', "")),
    Trip("missing-key", 'id = "age"', "'confidence' is missing", ('confidence = "found"\n', "")),
    Trip(
        "missing-key",
        "schema",
        "'as_of' is missing",
        ("as_of = 2026-01-31\n", ""),
        ("as_of = 2026-01-31", "as_of = 2025-12-31"),
    ),
    Trip("missing-key", "age", "'op' is missing", (AGE, 'rule = { fact = "age", value = 18 }')),
    Trip(
        "wrong-value",
        "as_of",
        "must be a date",
        ("2026-01-31", '"January 2026"'),
        ("2026-01-31", "2026-02-01"),
    ),
    Trip("wrong-value", "kind", "'kind' is 'maybe'", ('kind = "inclusion"', 'kind = "maybe"')),
    Trip(
        "wrong-value",
        "confidence",
        "'confidence' is 'sure'",
        ('confidence = "recalled"', 'confidence = "sure"'),
        ('confidence = "recalled"', 'confidence = "recalled-uncertain"'),
    ),
    Trip(
        "wrong-value",
        "role",
        "'role' is 'door'",
        ('role = "stratum"', 'role = "door"'),
        ('role = "stratum"', 'role = "analysis"'),
    ),
    Trip(
        "wrong-value",
        "text",
        "'text' is empty",
        ('"Age 18 to 80 years"', '" "'),
        ('"Age 18 to 80 years"', '"18 80"'),
    ),
    Trip(
        "wrong-value",
        "aspects_from",
        "'aspects_from' is 'mri'",
        ('aspects_from = "ct"', 'aspects_from = "mri"'),
    ),
    Trip("wrong-value", "schema", "unknown schema", ("schema = 1", "schema = 2")),
    Trip(
        "empty-text",
        "arms",
        "'arms' holds an empty text",
        ('"medical therapy"]', '""]'),
        ('"medical therapy"]', '"-"]'),
    ),
    Trip(
        "unknown-source",
        "source",
        "no source 'book'",
        ('source = "memory"', 'source = "book"'),
        ('source = "memory"', 'source = "paper"'),
    ),
    Trip(
        "wrong-conduct",
        "24 h",
        "needs either 'after_h' or 'after_d'",
        ("after_h = 24\n", ""),
        ("after_h = 24\n", "after_d = 1\n"),
    ),
    Trip("wrong-conduct", "[randomisation]", "the key 'method' is missing", ('method = "web-based"\n', "")),
    Trip("wrong-conduct", "[[reading]]", "unknown key 'answer'", ("reading = ", "answer = ")),
    Trip("wrong-conduct", "[[version]]", "'day' must be a date", ("day = 2025-01-15", 'day = "2025"')),
    Trip(
        "unused-source",
        "book",
        "nothing rests on the source 'book'",
        ("[sources]\n", '[sources]\nbook = "A book"\n'),
        ("[sources]\n", "[sources]\n# book\n"),
    ),
    Trip("unknown-fact", "cor_ml", "no fact 'cor_ml'", ('"core_ml", op', '"cor_ml", op')),
    Trip(
        "unknown-fact",
        "aspects_",
        "there is no fact",
        ("aspects_{aspects_from}", "aspects_{aspects_form}"),
        ("aspects_{aspects_from}", "aspects_ct"),
    ),
    Trip(
        "unknown-operator",
        "=>",
        "unknown operator '=>'",
        ('op = ">=", value = 50', 'op = "=>", value = 50'),
        ('op = ">=", value = 50', 'op = ">", value = 50'),
    ),
    Trip(
        "wrong-limit",
        "age",
        "above what is plausible",
        (AGE, AGE.replace("80", "430")),
        (AGE, AGE.replace("80", "120")),
    ),
    Trip(
        "wrong-limit",
        "core_ml",
        "below what is plausible",
        ("value = 50", "value = -3"),
        ("value = 50", "value = 0"),
    ),
    Trip("wrong-limit", "age", "upside down", ("[18, 80] }", "[80, 18] }"), ("[18, 80] }", "[80, 80] }")),
    Trip(
        "wrong-limit",
        "age",
        "must be a whole number",
        ("[18, 80] }", "[18, 80.5] }"),
        ("[18, 80] }", "[18, 80.0] }"),
    ),
    Trip("wrong-limit", "inr", "must be finite", ("value = 1.7 }", "value = nan }")),
    Trip("wrong-limit", "inr", "must be a number", ("value = 1.7 }", 'value = "1.7" }')),
    Trip(
        "wrong-limit",
        "occlusion_site",
        "must be out of",
        ('"ICA_T", "M1"] }', '"ICA_T", "M9"] }'),
        ('"ICA_T", "M1"] }', '"ICA_T", "M2"] }'),
    ),
    Trip(
        "empty-branches",
        "rule",
        "'all' has no branch",
        (AGE, "rule = { all = [] }"),
        (AGE, f"rule = {{ all = [{leaf('age', '>', 90)}] }}"),
    ),
    Trip(
        "foreign-judgement",
        "judgement.defuse-3",
        "another criterion's",
        ("judgement.example-late.too-frail", "judgement.defuse-3.too-frail"),
        ('too-frail", op = "is", value = true', 'too-frail", op = "is", value = false'),
    ),
    Trip(
        "duplicate-id",
        'id = "age"',
        "'age' is given twice",
        ('id = "inr"', 'id = "age"'),
        ('id = "inr"', 'id = "age-2"'),
    ),
    Trip(
        "duplicate-id",
        "empty",
        "'empty' is given twice",
        (EMPTY, EMPTY + EMPTY),
        (EMPTY, EMPTY + EMPTY.replace('"empty"', '"empty 2"')),
    ),
    Trip(
        "odd-id", "example-early", "its file 'example-late'", ('id = "example-late"', 'id = "example-early"')
    ),
    Trip(
        "odd-id", "Age", "the id 'Age' is not", ('id = "age"', 'id = "Age"'), ('id = "age"', 'id = "age-2"')
    ),
    Trip(
        "same-rule",
        "again",
        "that of 'inr-2'",
        (
            FIRST_CASE,
            criterion("inr-2", leaf("inr", ">", 16)).replace(FIRST_CASE, "")
            + criterion("again", leaf("inr", ">", 16)),
        ),
        (FIRST_CASE, criterion("again", leaf("inr", ">", "1.7"))),
    ),
    Trip(
        "unmarked-memory",
        "confidence",
        "called found, and its source is 'Expert memory",
        ('confidence = "recalled"', 'confidence = "found"'),
        ('confidence = "recalled"', 'confidence = "recalled-uncertain"'),
    ),
    Trip(
        "text-without-limit",
        "text",
        "do not mention the limit 80",
        ("Age 18 to 80 years", "Age 18 to 90 years"),
        ("Age 18 to 80 years", "Between 18 and 80"),
    ),
    Trip(
        "text-without-limit",
        "text",
        "do not mention the limit 1.7",
        ("INR above 1.7", "INR above 17"),
        ("INR above 1.7", "INR above 1.70"),
    ),
    Trip(
        "text-in-another-unit",
        "text",
        "its words say 80 months; age is in years",
        ("Age 18 to 80 years", "Age 18 to 80 months"),
        ("Age 18 to 80 years", "Age 18 to 80, not 80 months"),
    ),
    Trip(
        "full-stop",
        "text",
        "full stop",
        ("Age 18 to 80 years", "Age 18 to 80 years."),
        ("Age 18 to 80 years", "Age 18 to 80 (years)"),
    ),
    Trip(
        "contradiction",
        "old",
        "age and old leave no value to 'age'",
        (FIRST_CASE, criterion("old", leaf("age", "<=", 80))),
        (FIRST_CASE, criterion("old", leaf("age", "<", 80))),
    ),
    Trip(
        "contradiction",
        "narrow",
        "leave no value to 'age'",
        (FIRST_CASE, criterion("narrow", leaf("age", ">", 80), "inclusion")),
        (FIRST_CASE, criterion("narrow", leaf("age", ">=", 80), "inclusion")),
    ),
    Trip(
        "contradiction",
        "frail",
        "leave no value to 'coma'",
        (
            FIRST_CASE,
            criterion("x", leaf("coma", "is", "true")).replace(FIRST_CASE, "")
            + criterion("frail", leaf("coma", "is", "true"), "inclusion"),
        ),
        (FIRST_CASE, criterion("frail", leaf("coma", "is", "true"), "inclusion")),
    ),
    Trip(
        "contradictory-words",
        "large-vessel",
        "every word that it asks of 'occlusion_site'",
        (
            FIRST_CASE,
            criterion("no-site", leaf("occlusion_site", "in", '["ICA_intracranial", "ICA_T", "M1", "M2"]')),
        ),
        (FIRST_CASE, criterion("no-site", leaf("occlusion_site", "in", '["ICA_intracranial", "M1"]'))),
    ),
    Trip(
        "dead-branch",
        "age",
        "no value of 'age' satisfies",
        (FIRST_CASE, criterion("dead", both(CHILD, OLD))),
        (FIRST_CASE, criterion("dead", both(CHILD, leaf("age", ">", 10)))),
    ),
    Trip(
        "dead-branch",
        "nihss",
        "no value of 'nihss' satisfies",
        (FIRST_CASE, criterion("dead", both(leaf("nihss", ">", 4), leaf("nihss", "<", 5)))),
        (FIRST_CASE, criterion("dead", both(leaf("nihss", ">", 4), leaf("nihss", "<=", 5)))),
    ),
    Trip(
        "redundant-branch",
        "rule",
        "only holds where another",
        (FIRST_CASE, criterion("r", either(YOUNG, CHILD))),
        (FIRST_CASE, criterion("r", either(OLD, CHILD))),
    ),
    Trip(
        "redundant-branch",
        "rule",
        "a branch on age, nihss",
        (FIRST_CASE, criterion("r", either(both(CHILD, MILD), YOUNG))),
        (FIRST_CASE, criterion("r", either(both(CHILD, MILD), SEVERE))),
    ),
    Trip(
        "overlapping-branches",
        "rule",
        "hold for the same patients",
        (
            FIRST_CASE,
            criterion("o", either(both(OLD, leaf("nihss", "<=", 20)), both(leaf("age", ">", 80), SEVERE))),
        ),
        (FIRST_CASE, criterion("o", either(both(OLD, MILD), both(leaf("age", ">", 80), SEVERE)))),
    ),
    Trip(
        "overlapping-strata",
        "late",
        "shares patients with 'early'",
        ('"lkw_to_rand_h", op = ">", value = 12', '"lkw_to_rand_h", op = ">=", value = 12'),
        (LATE, LATE.replace("12", "12.1")),
    ),
    Trip(
        "gap-between-strata",
        "late",
        "no stratum holds lkw_to_rand_h 12 < .. < 13",
        ('"lkw_to_rand_h", op = ">", value = 12', '"lkw_to_rand_h", op = ">=", value = 13'),
        (LATE, LATE.replace(">", ">=")),
    ),
    Trip(
        "gap-between-strata",
        "late",
        "12 < .. < 12.1 or 24 < .. <= 2400",
        ('"lkw_to_rand_h", op = ">", value = 12 }', '"lkw_to_rand_h", op = "between", value = [12.1, 24] }'),
    ),
    Trip(
        "vacuous-limit",
        "nihss",
        "every plausible value of 'nihss'",
        (FIRST_CASE, criterion("v", leaf("nihss", ">=", 0))),
        (FIRST_CASE, criterion("v", leaf("nihss", ">", 0))),
    ),
    Trip(
        "vacuous-limit",
        "nihss",
        "no plausible value of 'nihss'",
        (FIRST_CASE, criterion("v", leaf("nihss", ">", 42))),
        (FIRST_CASE, criterion("v", leaf("nihss", ">=", 42))),
    ),
    Trip(
        "broken-case",
        "core_ml",
        "has another unit",
        ("core_ml = 20", 'core_ml = { value = 20, unit = "min" }'),
        ("core_ml = 20", 'core_ml = { value = 20, unit = "cc" }'),
    ),
    Trip(
        "broken-case",
        "core_ml",
        "below what is plausible",
        ("core_ml = 20", "core_ml = -3"),
        ("core_ml = 20", "core_ml = 0"),
    ),
    Trip(
        "broken-case",
        "in order",
        "contradict each other",
        ("core_ml = 20", "core_ml = 50\nmismatch_ml = 15\nmismatch_ratio = 1.8"),
        ("core_ml = 20", "core_ml = 20\nmismatch_ml = 16"),
    ),
    Trip("broken-case", "cor_ml", "no fact 'cor_ml'", ("core_ml = 20", "cor_ml = 20")),
    Trip(
        "stray-judgement",
        "too-fraill",
        "which no criterion reads",
        ("too-frail = false", "too-fraill = false"),
        ("too-frail = false", "too-frail = true"),
    ),
    Trip(
        "wrong-expectation",
        'name = "in order"',
        "'in order' expects eligible and is ineligible (age, late fail)",
        ("age = 70", "age = 90"),
        ("age = 70", "age = 79"),
    ),
    Trip(
        "wrong-expectation",
        "nobody read",
        "expects that aspects_dwi are missing, and aspects_ct are",
        ('missing = ["aspects_ct"]', 'missing = ["aspects_dwi"]'),
    ),
    Trip(
        "wrong-expectation",
        "after 12 h",
        "expects that late fail, and early do",
        ('fails = ["early"]', 'fails = ["late"]'),
    ),
    Trip(
        "unknown-criterion",
        "later",
        "the criterion 'later', which does not exist",
        ('fails = ["early"]', 'fails = ["later"]'),
        ('fails = ["early"]', 'fails = ["late"]'),
    ),
    Trip("answer-without-case", "case", "no worked case expects 'ineligible'", (LIMITS, ""), (EMPTY, "")),
    Trip(
        "empty-case",
        "case",
        "no worked case without facts",
        (EMPTY, ""),
        ('name = "empty"', 'name = "nothing known"'),
    ),
    Trip(
        "uncovered-limit",
        "age",
        "case just below the limit age 18",
        ('[17, "ineligible"], ', ""),
        ('[19, "eligible"], ', '[19, "eligible"], [20, "eligible"], '),
    ),
    Trip(
        "uncovered-limit",
        "core_ml",
        "case just below or at or just above the limit core_ml 50",
        ('[[49.9, "eligible"], [50, "ineligible"], [50.1, "ineligible"]]', '[[20.1, "eligible"]]'),
        ("49.9", "45"),
    ),
    Trip("uncovered-limit", "inr", "case at the limit inr 1.7", ('[1.7, "eligible"], ', "")),
    Trip(
        "uncovered-limit", "core_ml", "case just below the limit core_ml 50", ("49.9", "44.9"), ("49.9", "45")
    ),
    Trip(
        "unproven-limit",
        "inr",
        "whether the limit inr 1.7 is included",
        (
            f'extends = "in order, anticoagulated"\n{INR_CASES}"ineligible"]]',
            f'extends = "in order"\n{INR_CASES}"eligible"]]',
        ),
        (INR_CASES, INR_CASES.replace("1.6", "1.5")),
    ),
]
