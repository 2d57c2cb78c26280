"""The worst flag decides, and failed gates are named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.quality import Level, QualityFlag, failed_gates, verdict

WORSE = (Level.PASS, Level.WARN, Level.FAIL)
flag_lists = st.lists(st.sampled_from(Level).map(lambda level: flag(level)), max_size=6)


def flag(level: Level, id: str = "scan-length") -> QualityFlag:
    return QualityFlag(id=id, level=level, value=42.0, limit=60.0, text="The scan ends too soon.")


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
        "text": "The scan ends too soon.",
    }
