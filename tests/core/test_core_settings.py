"""A preset's table states every setting, of the right type and in range, or is refused with the reason."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.core.settings import setting, settings_from_table, settings_to_table


@dataclass(frozen=True, slots=True)
class Example:
    """One field of every kind."""

    step_s: float = setting("the resampled time step", low=0.1, high=2.0)
    frames: int = setting("how many frames at least", low=2)
    method: str = setting("the deconvolution", choices=("csvd", "tsvd"))
    smooth: bool = setting("smooth before")
    limits_s: tuple[float, ...] = setting("Tmax limits", low=0, high=20)
    weight: float = setting("any finite number")


GOOD = {"step_s": 0.5, "frames": 20, "method": "csvd", "smooth": True, "limits_s": [4, 6.0], "weight": 0.0}


def built(**changes: object) -> Example:
    return settings_from_table(Example, {**GOOD, **changes}, "ct.toml [perfusion]")


def refusal(table: dict) -> str:
    with pytest.raises(InputError) as caught:
        settings_from_table(Example, table, "ct.toml [perfusion]")
    return str(caught.value)


def test_a_good_table_becomes_settings():
    assert built() == Example(
        step_s=0.5, frames=20, method="csvd", smooth=True, limits_s=(4.0, 6.0), weight=0.0
    )


def test_a_whole_number_may_stand_for_a_float():
    assert isinstance(built(step_s=1).step_s, float)


@given(
    st.floats(min_value=0.1, max_value=2.0),
    st.integers(min_value=2, max_value=1000),
    st.lists(st.floats(min_value=0, max_value=20), max_size=4),
)
def test_settings_survive_the_trip_through_a_table(step_s, frames, limits_s):
    settings = built(step_s=step_s, frames=frames, limits_s=limits_s)
    assert settings_from_table(Example, settings_to_table(settings), "again") == settings


def test_an_unknown_setting_is_refused_with_the_known_ones():
    assert refusal({**GOOD, "stepp_s": 1}) == (
        "ct.toml [perfusion]: unknown setting 'stepp_s'. "
        "Known: step_s, frames, method, smooth, limits_s, weight."
    )


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_never_a_default(name):
    table = {key: value for key, value in GOOD.items() if key != name}
    assert refusal(table) == f"ct.toml [perfusion]: the setting '{name}' is not stated. Add it."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step_s", "0.5"),
        ("step_s", True),
        ("step_s", [0.5]),
        ("frames", 20.0),
        ("frames", False),
        ("method", 1),
        ("smooth", 1),
        ("smooth", "yes"),
        ("limits_s", 6.0),
        ("limits_s", [6.0, "8"]),
        ("limits_s", [True]),
    ],
)
def test_a_wrong_type_is_refused_with_the_meaning(name, value):
    text = refusal({**GOOD, name: value})
    assert text.startswith(f"ct.toml [perfusion]: {name} = {value!r} has the wrong type. ")
    assert text.endswith(Example.__dataclass_fields__[name].metadata["limits"].help)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("step_s", 0.09, "must be at least 0.1"),
        ("step_s", 2.01, "must be at most 2"),
        ("frames", 1, "must be at least 2"),
        ("method", "svd", "must be one of csvd, tsvd"),
        ("limits_s", [6.0, 21.0], "must be at most 20"),
        ("limits_s", [-1, 6.0], "must be at least 0"),
        ("step_s", float("nan"), "must be finite"),
        ("weight", float("inf"), "must be finite"),
        ("limits_s", [float("nan")], "must be finite"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_limit(name, value, complaint):
    assert f"it {complaint}. " in refusal({**GOOD, name: value})


@pytest.mark.parametrize("value", [0.1, 2.0])
def test_both_ends_of_a_range_belong_to_it(value):
    assert built(step_s=value).step_s == value
