"""The worst flag decides, and failed gates are named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.quality import Gate, Level, QualityFlag, failed_gates, verdict

WORSE = (Level.PASS, Level.WARN, Level.FAIL)
flag_lists = st.lists(st.sampled_from(Level).map(lambda level: flag(level)), max_size=6)


def flag(level: Level, id: str = "scan-length") -> QualityFlag:
    return QualityFlag(id=id, level=level, value=42.0, limit=60.0, text="The scan ends too soon.", unit="s")


@given(flag_lists)
def test_the_worst_level_is_the_verdict(flags):
    assert verdict(flags) is max((item.level for item in flags), key=WORSE.index, default=Level.PASS)


@given(flag_lists)
def test_there_are_failed_gates_exactly_where_the_verdict_is_fail(flags):
    assert bool(failed_gates(flags)) == (verdict(flags) is Level.FAIL)


def test_only_failed_gates_are_named_in_order():
    flags = [flag(Level.FAIL, "motion"), flag(Level.WARN, "noise"), flag(Level.FAIL, "truncated")]
    assert failed_gates(flags) == ("motion", "truncated")


@pytest.mark.parametrize(
    ("level", "word"), [(Level.PASS, "pass"), (Level.WARN, "warn"), (Level.FAIL, "fail")]
)
def test_a_flag_is_written_as_json(level, word):
    assert json.loads(json.dumps(flag(level).to_json())) == {
        "id": "scan-length",
        "level": word,
        "value": 42.0,
        "limit": 60.0,
        "unit": "s",
        "text": "The scan ends too soon.",
    }


GATE = Gate(id="length", judges="length", harm="Too short.", unit="s", warn="warn_s", fail="fail_s")
values = st.floats(-100, 100)


@given(values, values, values, st.booleans())
def test_a_gate_judges_by_the_worst_limit_that_is_passed_and_not_at_it(value, warn, fail, high):
    sign = 1 if high else -1
    found = GATE.judged(value, warn=warn, fail=fail, high=high, good="Good.", bad="Bad.")
    expected = (
        Level.FAIL if sign * value > sign * fail else Level.WARN if sign * value > sign * warn else Level.PASS
    )
    assert (found.level, found.unit, found.id) == (expected, "s", "length")
    assert found.limit == (fail if expected is Level.FAIL else warn)
    assert found.text == ("Good." if expected is Level.PASS else "Bad.")


@given(values, values)
def test_a_gate_without_a_warning_shows_the_limit_at_which_it_fails(value, fail):
    found = GATE.judged(value, fail=fail, high=True, good="Good.", bad="Bad.")
    assert (found.level is Level.FAIL, found.limit) == (value > fail, fail)


def test_a_gate_without_any_limit_is_refused():
    with pytest.raises(ValueError, match="'length' has a limit, or says how it judges"):
        Gate(id="length", judges="length", harm="Too short.")
