"""An error says what was found, where, and what to do, and has one documented exit code."""

import pytest

from tissueclock.core.errors import ExitCode, InputError, InternalError, TissueclockError, UsageError
from tissueclock.core.notice import DISCLAIMER


@pytest.mark.parametrize(
    ("error", "code"), [(UsageError, 2), (InputError, 3), (InternalError, 1), (TissueclockError, 1)]
)
def test_every_class_has_its_exit_code(error, code):
    assert error("found").exit_code == code
    assert isinstance(error("found"), TissueclockError)


def test_the_exit_codes_are_those_of_the_design():
    named = {code.name: code.value for code in ExitCode}
    assert named == {"DONE": 0, "BUG": 1, "USAGE": 2, "INPUT": 3, "WITHHELD": 4, "PARTIAL": 5}


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "there are 3 frames."),
        ({"where": "scan.nii.gz"}, "scan.nii.gz: there are 3 frames."),
        ({"remedy": "Give at least 20."}, "there are 3 frames. Give at least 20."),
        (
            {"where": "scan.nii.gz", "remedy": "Give at least 20."},
            "scan.nii.gz: there are 3 frames. Give at least 20.",
        ),
    ],
)
def test_the_parts_are_joined_into_one_line(parts, text):
    assert str(InputError("there are 3 frames.", **parts)) == text


def test_the_parts_stay_readable_one_by_one():
    error = InputError("found.", where="here", remedy="Do that.")
    assert (error.found, error.where, error.remedy) == ("found.", "here", "Do that.")


def test_the_disclaimer_says_both_halves():
    assert "Research use only" in DISCLAIMER
    assert "Not a medical device" in DISCLAIMER
