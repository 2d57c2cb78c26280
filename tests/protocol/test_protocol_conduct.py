"""How a trial was run: randomisation, visits, versions, and readings of what its source leaves open."""

import tomllib
from datetime import date
from decimal import Decimal

import pytest

from tissueclock.core.errors import InputError
from tissueclock.protocol.load import parse_protocol
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.registry import protocols

TRIAL = """
schema = 1
id = "example"
title = "EXAMPLE"
registration = "NCT00000000"
citation = "Nobody. Nowhere 2018;1:1"
as_of = 2018-02-22
intervention = "An intervention"
arms = ["intervention", "control"]
primary_endpoint = "An endpoint"
imaging_note = "A note"

[sources]
paper = "The paper"

[randomisation]
ratio = "1:1"
method = "blocks"
strata = ["age"]
confidence = "recalled"
source = "paper"

[[visit]]
name = "one day"
after_h = 24
confidence = "found"

[[visit]]
name = "day 90"
after_d = 90
assessments = ["modified Rankin Scale"]
window = "7 days either way"
confidence = "recalled-uncertain"

[[version]]
day = 2016-05-01
text = "The first"

[[version]]
day = 2017-05-01
text = "The age limit was raised"

[[reading]]
question = "Is the limit included?"
reading = "As printed"
criteria = ["core"]

[[criterion]]
id = "core"
kind = "inclusion"
text = "Core below 70 mL"
rule = { fact = "core_ml", op = "<", value = 70 }
confidence = "found"
source = "paper"
place = "methods"
"""


def parsed(text=TRIAL):
    return parse_protocol(tomllib.loads(text, parse_float=Decimal), "example.toml", "")


def test_conduct_is_read_as_written():
    trial = parsed()
    assert (trial.randomisation.ratio, trial.randomisation.strata) == ("1:1", ("age",))
    assert (trial.randomisation.confidence, trial.randomisation.source) == (Confidence.RECALLED, "The paper")
    assert [(visit.after_h, visit.window) for visit in trial.visits] == [
        (24, ""),
        (2160, "7 days either way"),
    ]
    assert trial.visits[1].assessments == ("modified Rankin Scale",)
    assert [version.day for version in trial.versions] == [date(2016, 5, 1), date(2017, 5, 1)]
    assert [(item.reading, item.criteria) for item in trial.readings] == [("As printed", ("core",))]


def test_a_cohort_has_no_randomisation():
    bare = parsed(TRIAL[: TRIAL.index("[randomisation]")] + TRIAL[TRIAL.index("[[criterion]]") :])
    assert (bare.randomisation, bare.visits, bare.versions, bare.readings) == (None, (), (), ())


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ('ratio = "1:1"', "", "example.toml: randomisation: the key 'ratio' is missing."),
        ('strata = ["age"]', "blocks = 4", "randomisation: unknown key 'blocks'."),
        ('"recalled"\nsource = "paper"', '"recalled"\nsource = "book"', "there is no source 'book'."),
        ("after_h = 24", "", "visit[1]: a visit needs either 'after_h' or 'after_d'."),
        ("after_h = 24", "after_h = 24\nafter_d = 1", "visit[1]: a visit needs either"),
        ("after_h = 24", 'after_h = "24"', "visit[1]: 'after_h' must be a number."),
        ("after_h = 24", "after_h = -1", "visit[1]: the visit 'one day' lies before the first one."),
        ("after_h = 24", "after_d = 91", "the visits are not in the order of time."),
        ('name = "day 90"', 'name = "one day"', "the visit 'one day' is given twice."),
        ("2017-05-01", "2015-05-01", "the versions are not in the order of time."),
        ("day = 2016-05-01", 'day = "2016"', "version[1]: 'day' must be a date"),
        (
            'criteria = ["core"]',
            'criteria = ["cor"]',
            "a reading names 'cor', which is no criterion",
        ),
    ],
)
def test_wrong_conduct_is_refused(written, instead, message):
    assert TRIAL.count(written) == 1
    with pytest.raises(InputError) as caught:
        parsed(TRIAL.replace(written, instead))
    assert str(caught.value).startswith("example.toml")
    assert message in str(caught.value)


def test_rescue_end_low_states_all_21_of_its_open_questions():
    assert len(protocols()["rescue-end-low"].readings) == 21
    assert [visit.after_h for visit in protocols()["rescue-end-low"].visits] == [
        0,
        24,
        48,
        72,
        168,
        720,
        2160,
    ]
