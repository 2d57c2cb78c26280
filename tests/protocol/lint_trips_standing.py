"""Trips of the checks of a file's standing: drafts, guesses, doubts, confirmation."""

from lint_trips import AGE, EXAMPLE, TRIPS, Trip

MIDDLE = EXAMPLE[EXAMPLE.index('title = "EX') : EXAMPLE.index(AGE) + len(AGE)]
"""From below the id to the first rule."""

ALL_TRIPS = [
    *TRIPS,
    Trip(
        "draft",
        "state",
        "the file is a draft",
        ("schema = 1\n", 'schema = 1\nstate = "draft"\n'),
        ("schema = 1\n", 'schema = 1\nstate = "confirmed"\nconfirmed_by = "A"\nconfirmed_on = 2026-02-01\n'),
    ),
    Trip(
        "draft",
        "doubt",
        "in doubt: which?",
        (
            'schema = 1\nid = "example-late"\n' + MIDDLE,
            'schema = 1\nstate = "draft"\nid = "example-late"\n'
            + MIDDLE.replace("rule", 'doubt = "which?"\nrule'),
        ),
    ),
    Trip(
        "open-guess",
        "guess",
        "a program guessed the rule",
        (AGE, f"guess = true\n{AGE}"),
        (AGE, f'guess = false\ndoubt = "which?"\nanswer = "this"\n{AGE}'),
    ),
    Trip("open-guess", "doubt", "in doubt: which?", (AGE, f'doubt = "which?"\n{AGE}')),
    Trip(
        "wrong-standing",
        "guess",
        "'guess' must be true or false",
        (AGE, f'guess = "yes"\n{AGE}'),
        (AGE, f'verbatim = "Age 18-80"\n{AGE}'),
    ),
    Trip("wrong-standing", "answer", "an 'answer' without a 'doubt'", (AGE, f'answer = "this"\n{AGE}')),
    Trip(
        "wrong-standing",
        "state",
        "nobody is named",
        ("schema = 1\n", 'schema = 1\nstate = "confirmed"\n'),
    ),
    Trip(
        "wrong-standing",
        "state",
        "'state' is 'done'",
        ("schema = 1\n", 'schema = 1\nstate = "done"\n'),
    ),
]
