"""What a yes or a no says of another fact, over every combination of answers."""

from itertools import product

import pytest

from tissueclock.core.errors import InputError
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table

ANSWERS = (True, False, None)


@pytest.mark.parametrize(("warfarin", "direct", "any_of_them"), [*product(ANSWERS, repeat=3)])
def test_every_combination_follows_or_is_refused(warfarin, direct, any_of_them):
    given = {"warfarin": warfarin, "direct_anticoagulant": direct, "anticoagulant": any_of_them}
    case = case_from_table(given, "typed")
    if any_of_them is False and True in (warfarin, direct):
        with pytest.raises(InputError, match="which includes it, is false"):
            complete(case)
        return
    found = {name: complete(case).known(name) for name in given}
    assert found["anticoagulant"] is (True if True in (warfarin, direct) else any_of_them)
    for name in ("warfarin", "direct_anticoagulant"):
        assert found[name] is (False if any_of_them is False else given[name])


def test_a_source_says_what_an_answer_follows_from():
    case = complete(case_from_table({"anticoagulant": False}, "typed"))
    assert case["warfarin"].source == "follows from anticoagulant"
    assert case["anticoagulant"].source == "typed"


def test_what_is_withheld_implies_nothing():
    case = case_from_table({"warfarin": True}, "typed")
    case = case.with_facts(case["warfarin"].withheld(("gate",)))
    assert complete(case).known("anticoagulant") is None
