"""The commands on designs, interim looks, sample size and safety: exit codes, refusals and files."""

from __future__ import annotations

import json
import re
import shlex
from argparse import ArgumentParser, _SubParsersAction

import pytest

from tissueclock.cli.evidence import design_options, interim, safety, samplesize
from tissueclock.core.errors import ExitCode
from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.monitoring.rules import RULES
from tissueclock.evidence.safety.monitor import RULES as SAFETY_RULES
from tissueclock.evidence.samplesize import proportions

LOOK = ("--events-1", "12", "--n-1", "40", "--events-2", "5", "--n-2", "41")
INTERIM = ("interim", "power", "--fraction", "0.5")
RATES = ("--rate-1", "0.31", "--rate-2", "0.127")
RUNS = {
    "sequential": ("sequential", "--looks", "3", "--power", "0.8", "--fixed-n", "158", "--z=-0.3,2.6"),
    "futility": ("sequential", "--looks", "2", "--power", "0.9", "--futility", "of", "--binding"),
    "given futility": ("sequential", "--looks", "3", "--futility-z=-0.5,0.5"),
    "by conditional power": ("sequential", "--looks", "3", "--futility-conditional", "0.1"),
    "counts": ("sequential", "--information", "0.4,0.7,1", "--counts", "12/40:5/41", "--fewer-is-better"),
    "proportions": ("samplesize", "proportions", *RATES, "--power", "0.8"),
    "power": ("samplesize", "proportions", *RATES, "--n-1", "100", "--n-2", "102", "--method", "fisher"),
    "detected": (
        "samplesize",
        "proportions",
        "--rate-2",
        "0.3",
        "--n-1",
        "136",
        "--n-2",
        "136",
        "--power",
        "0.8",
    ),
    "noninferiority": (*("samplesize", "noninferiority", *RATES), "--margin", "0.05", "--power", "0.9"),
    "ordinal": (
        "samplesize",
        "ordinal",
        "--control",
        "2,6,5,16,35,33,49",
        "--odds-ratio",
        "1.65",
        "--power",
        "0.8",
    ),
    "levels": (
        *("samplesize", "ordinal", "--control", "20,30,50", "--treatment", "30,30,40"),
        "--power",
        "0.8",
    ),
    "least shift": (
        *("samplesize", "ordinal", "--control", "20,30,50"),
        "--n-2",
        "99",
        "--ratio",
        "2",
        "--power",
        "0.8",
    ),
    "interim": (*INTERIM, "--z", "1.2", "--looks", "4", "--power", "0.8"),
    "one look": (*INTERIM, *LOOK, "--final-z", "1.97", "--drift", "2.8", "--prior-drift", "2.8,1"),
    "posteriors": ("interim", "proportions", *LOOK, "--end-1", "60", "--end-2", "60", "--margin", "0.05"),
    "behaviour": (
        *("interim", "behaviour", "--looks-at", "10,20", "--rates-1", "0.2,0.5", "--rate-2", "0.2"),
        *("--give-up", "0.1", "--fewer-is-better"),
    ),
    "utility": ("interim", "utility", "--trial", "tesla"),
    "pocock": ("safety", "--rate", "0.053", "--n", "80", "--first", "5", "--seen", "1/80"),
    "spending": (
        "safety",
        "--rate",
        "0.053",
        "--looks-at",
        "20,40",
        "--rule",
        "spending",
        "--spending",
        "kd",
    ),
    "sprt": ("safety", "--rate", "0.053", "--n", "80", "--rule", "sprt", "--high-rate", "0.12"),
    "bayes": ("safety", "--rate", "0.4", "--n", "20", "--rule", "bayes", "--prior", "1,1", "--limit", "0.9"),
}


@pytest.mark.parametrize("words", RUNS.values(), ids=RUNS)
def test_a_document_is_printed_and_the_files_are_left(tissueclock, tmp_path, words):
    shown = tissueclock("evidence", *words, "--out", tmp_path, "--json")
    assert shown.code == ExitCode.DONE, shown.stderr
    name = words[0]
    assert {file.name for file in tmp_path.iterdir()} == {
        f"{name}.{end}" for end in ("json", "csv", "svg", "png")
    }
    assert json.loads((tmp_path / f"{name}.json").read_text("utf-8")) == shown.document


@pytest.mark.parametrize(
    "name", ["sequential", "detected", "interim", "posteriors", "behaviour", "utility", "bayes"]
)
def test_the_rows_end_with_the_disclaimer(tissueclock, name):
    shown = tissueclock("evidence", *RUNS[name])
    *rows, last = shown.stdout.splitlines()
    assert (shown.code, last, shown.stderr) == (0, DISCLAIMER, "")
    assert all("\t" in row for row in rows)


def test_the_fixed_form_of_the_command(tissueclock):
    words = (
        "evidence sequential --looks 3 --spending of --alpha 0.05 --sides 2 --information 0.33,0.67,1 --json"
    )
    document = tissueclock(*words.split()).document
    assert document["bounds_z"] == pytest.approx([3.7306653, 2.5038714, 1.9937099], abs=1e-6)
    one = tissueclock(*words.replace("0.05 --sides 2", "0.025 --sides 1").split()).document
    assert document["bounds_z"] == one["bounds_z"]
    assert document["alpha_spent"][-1] == pytest.approx(0.05)


@pytest.mark.parametrize(("fraction", "left"), [("0.333", 2), ("0.33", 2), ("0.3", 3)])
def test_the_look_that_was_typed_with_fewer_digits_is_not_to_come_again(tissueclock, fraction, left):
    words = f"evidence interim power --z 1 --fraction {fraction} --looks 3 --json"
    assert len(tissueclock(*words.split()).document["to_come"]["information"]) == left


def test_the_published_counts_say_where_they_are_from(tissueclock):
    document = tissueclock("evidence", "interim", "utility", "--trial", "tesla", "--json").document
    assert document["origin"].startswith("tesla, found: Verified")
    assert document["chance_better"] == pytest.approx(0.9536, abs=1e-4)


USAGE = {
    "no looks": (("sequential",), "no looks are given"),
    "looks that disagree": (("sequential", "--looks", "3", "--information", "0.5,1"), "disagree"),
    "an unknown rule": (
        ("sequential", "--looks", "3", "--spending", "x"),
        "no boundary 'x'. Known: of, pocock",
    ),
    "no such look": (("sequential", "--looks", "0"), "whole number above 0"),
    "no list": (("sequential", "--information", "a,1"), "'a' is no finite number"),
    "z and counts": (
        ("sequential", "--looks", "2", "--z", "1", "--counts", "1/9:2/9"),
        "--z and --counts exclude",
    ),
    "two futilities": (
        ("sequential", "--looks", "2", "--futility", "of", "--futility-z", "0"),
        "--futility and --futility-z exclude",
    ),
    "binding alone": (("sequential", "--looks", "2", "--binding"), "without --futility"),
    "size without power": (
        ("sequential", "--looks", "2", "--fixed-n", "90"),
        "--fixed-n was given without --power",
    ),
    "fewer without counts": (("sequential", "--looks", "2", "--fewer-is-better"), "without --counts"),
    "no counts": (("sequential", "--looks", "2", "--counts", "1/9"), "EVENTS/PATIENTS:EVENTS/PATIENTS"),
    "no endpoint": (("samplesize",), "ENDPOINT"),
    "power and sizes": (
        ("samplesize", "proportions", *RATES, "--power", "0.8", "--n-1", "9", "--n-2", "9"),
        "and not both",
    ),
    "unclear sizes": (("samplesize", "proportions", *RATES, "--n-1", "9"), "the sizes are not clear"),
    "no effect": (("samplesize", "proportions", "--rate-2", "0.3", "--power", "0.8"), "no effect is given"),
    "fisher detects nothing": (
        (
            "samplesize",
            "proportions",
            "--rate-2",
            "0.3",
            "--n-1",
            "9",
            "--n-2",
            "9",
            "--power",
            "0.8",
            "--method",
            "fisher",
        ),
        "fisher detects nothing",
    ),
    "no first rate": (
        ("samplesize", "noninferiority", "--rate-2", "0.3", "--margin", "0.1", "--power", "0.8"),
        "--rate-1 is missing",
    ),
    "two shifts": (
        (
            "samplesize",
            "ordinal",
            "--control",
            "1,2",
            "--treatment",
            "2,1",
            "--odds-ratio",
            "2",
            "--power",
            "0.8",
        ),
        "exclude each other",
    ),
    "nothing seen": ((*INTERIM, "--final-z", "2"), "what was seen is not clear"),
    "z and fewer": ((*INTERIM, "--final-z", "2", "--z", "1", "--fewer-is-better"), "Turn the sign of z"),
    "a bound and a design": (
        (*INTERIM, "--z", "1", "--final-z", "2", "--looks", "2"),
        "--final-z was given with",
    ),
    "two effects": (
        (*INTERIM, "--z", "1", "--looks", "2", "--drift", "2", "--power", "0.8"),
        "exclude each other",
    ),
    "half an effect": (
        (*INTERIM, "--z", "1", "--final-z", "2", "--rate-1", "0.3"),
        "planned rates are incomplete",
    ),
    "one end": (("interim", "proportions", *LOOK, "--end-1", "90"), "one final size is missing"),
    "no counts of the scale": (("interim", "utility", "--mrs-1", "1,2"), "counts are missing"),
    "counts and a trial": (
        ("interim", "utility", "--mrs-1", "1,2", "--trial", "tesla"),
        "--trial was given with",
    ),
    "an unknown trial": (("interim", "utility", "--trial", "x"), "Known: "),
    "a limit of one": (("interim", "utility", "--trial", "tesla", "--limit", "1"), "--limit is 1"),
    "no rate too high": (
        ("safety", "--rate", "0.05", "--n", "9", "--rule", "sprt"),
        "'sprt' needs --high-rate",
    ),
    "a rate too many": (("safety", "--rate", "0.05", "--n", "9", "--high-rate", "0.1"), "does not take"),
    "looks twice": (("safety", "--rate", "0.05", "--n", "9", "--looks-at", "9"), "looks are not clear"),
    "every of a list": (("safety", "--rate", "0.05", "--looks-at", "9", "--every", "3"), "Leave them out"),
    "a first after the last": (("safety", "--rate", "0.05", "--n", "9", "--first", "10"), "after the last"),
    "no pair": (("safety", "--rate", "0.05", "--n", "9", "--prior", "1"), "two numbers"),
    "nothing seen of": (("safety", "--rate", "0.05", "--n", "9", "--seen", "3"), "EVENTS/PATIENTS"),
    "a negative count": (("interim", "proportions", *LOOK[:-1], "-4"), "whole number from 0|expected one"),
}


@pytest.mark.parametrize(("words", "found"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_one_sentence_and_two(tissueclock, words, found):
    shown = tissueclock("evidence", *words)
    assert (shown.code, shown.stdout) == (ExitCode.USAGE, "")
    assert any(part in shown.sentence for part in found.split("|"))


UNSUITABLE = {
    "alpha of one": (("sequential", "--looks", "2", "--alpha", "1"), "alpha is 1"),
    "looks that fall": (("sequential", "--information", "0.5,0.4,1"), "fractions above 0 that rise"),
    "impossible counts": (
        ("sequential", "--looks", "2", "--counts", "10/9:1/9"),
        "group 1 has 10 events of 9",
    ),
    "beta without power": (("sequential", "--looks", "2", "--futility", "of"), "no power is given"),
    "equal rates": (
        ("samplesize", "proportions", "--rate-1", "0.3", "--rate-2", "0.3", "--power", "0.8"),
        "agree",
    ),
    "six levels to merge": (
        (
            "samplesize",
            "ordinal",
            "--control",
            "1,2,3,4,5,6",
            "--odds-ratio",
            "2",
            "--power",
            "0.8",
            "--merge-5-6",
        ),
        "6 levels are given",
    ),
    "too few to detect": (
        ("samplesize", "ordinal", "--control", "1,1", "--n-1", "2", "--n-2", "2", "--power", "0.8"),
        "no effect is detected",
    ),
    "after the end": ((*INTERIM[:-1], "1.0", "--z", "1", "--looks", "2"), "interim is at information 1"),
    "too late": ((*INTERIM[:-1], "0.995", "--z", "1", "--looks", "2"), "no look is to come"),
    "nobody": (
        ("interim", "proportions", "--events-1", "0", "--n-1", "0", "--events-2", "1", "--n-2", "2"),
        "of 0",
    ),
    "no scale": (("interim", "utility", "--trial", "mr-witness"), "no published counts of mRS 0 to 6"),
    "events over patients": (("safety", "--rate", "0.05", "--n", "9", "--seen", "3/2"), "3 events of 2"),
    "a rate of one": (("safety", "--rate", "1", "--n", "9"), "rate of 1"),
}


@pytest.mark.parametrize(("words", "found"), UNSUITABLE.values(), ids=UNSUITABLE)
def test_unsuitable_numbers_are_one_sentence_and_three(tissueclock, words, found):
    shown = tissueclock("evidence", *words, "--json")
    assert shown.code == ExitCode.INPUT
    assert found in shown.sentence
    assert shown.document["error"]["remedy"]


PAGES = ("sequential", "interim", "samplesize", "safety")


def examples(checkout) -> list[tuple[str, str]]:
    """Return every command that the pages show, and what they print below it."""
    texts = ((checkout / "docs" / "reference" / f"evidence-{name}.md").read_text("utf-8") for name in PAGES)
    blocks = (block for text in texts for block in re.findall(r"^```\n\$ (.*?)^```$", text, re.M | re.S))
    return [(block.split("\n", 1)[0], block.split("\n", 1)[1]) for block in blocks]


def test_what_the_pages_print_is_what_is_printed(tissueclock, checkout):
    found = examples(checkout)
    assert len(found) > 10
    for command, printed in found:
        assert tissueclock(*shlex.split(command)[1:]).stdout == printed, command


def test_the_names_in_the_help_are_those_that_there_are():
    assert tuple(RULES) == design_options.SPENDING
    assert safety.RULES == SAFETY_RULES
    assert (*proportions.METHODS, "fisher") == samplesize.METHODS
    assert samplesize.MARGIN_METHODS == proportions.MARGIN_METHODS


@pytest.mark.parametrize("configure", [samplesize.configure_samplesize, interim.configure_interim])
def test_the_kinds_take_no_shortened_option_and_carry_the_disclaimer(configure):
    parser = ArgumentParser()
    configure(parser)
    (kinds,) = (action for action in parser._actions if isinstance(action, _SubParsersAction))
    assert len(kinds.choices) in (3, 4)
    assert all(kind.epilog == DISCLAIMER and not kind.allow_abbrev for kind in kinds.choices.values())
