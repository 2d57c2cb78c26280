"""Who belongs to a pool: by the trials' own rules, so that a new file adds its row to no list."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from importlib import resources

import pytest

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.library.rows import LibraryRow, Missing
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.pipeline.evidence import pool_members
from tissueclock.pipeline.evidence.pool_members import belongs, members, pool_rows, require_members
from tissueclock.protocol.load import parse_protocol
from tissueclock.protocol.pooling.registry import pool_of, pools
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.results.load import parse_results
from tissueclock.protocol.results.parts import Design, Studied
from tissueclock.protocol.results.registry import published
from tissueclock.protocol.results.values import Kind

HERMES = {"mr-clean", "escape", "swift-prime", "extend-ia", "revascat"}
EXPECTED = {
    "early-window": {"ims-iii", "mr-rescue", "thrace", *HERMES},
    "hermes": HERMES,
    "large-core": {"rescue-japan-limit", "select2", "angel-aspect", "tension", "laste", "tesla"},
    "late-thrombolysis": {"extend", "wake-up"},
    "late-window": {"dawn", "defuse-3", "mr-clean-late"},
    "rescue-stenting": {"angel-reboot"},
}
RULE = pool_of("large-core").rule


@pytest.mark.parametrize("name", EXPECTED)
def test_the_members_are_those_that_a_reader_expects(name):
    assert set(members(pool_of(name))) == EXPECTED[name]
    assert set(EXPECTED) == set(pools())


def renamed(package: str, parse):
    """Read the file of TENSION as if it were that of another trial."""
    content = (
        resources.files(f"tissueclock.protocol.{package}")
        .joinpath("tension.toml")
        .read_text(encoding="utf-8")
    )
    text = re.sub(r"\btension\b", "newcomer", content).replace('title = "TENSION"', 'title = "NEWCOMER"')
    return parse(tomllib.loads(text, parse_float=Decimal), "newcomer.toml", "digest")


def test_a_trial_whose_files_are_added_adds_its_row(monkeypatch):
    trials = {**protocols(), "newcomer": renamed("trials", parse_protocol)}
    results = {**published(), "newcomer": renamed("published", parse_results)}
    monkeypatch.setattr(pool_members, "protocols", lambda: trials)
    monkeypatch.setattr(pool_members, "published", lambda: results)
    rows = pool_rows(pool_of("large-core"), Kind.MRS_0_2)
    assert len(rows) == 7
    assert [row.title for row in rows if row.id == "newcomer"] == ["NEWCOMER"]


def belongs_with(**changes) -> bool:
    return belongs(RULE, replace(published()["tension"], **changes), protocols()["tension"])


def test_only_randomised_trials_of_the_treatment_belong():
    assert belongs_with()
    assert not belongs_with(design=Design.COHORT)
    assert not belongs_with(studied=Studied.THROMBOLYSIS)
    assert not belongs_with(studied=None)


def a_case(**facts) -> CaseFacts:
    return CaseFacts.of(Fact(name=name, value=value, source="a test") for name, value in facts.items())


def test_what_a_trial_leaves_open_is_no_yes():
    results, trial = published()["tension"], protocols()["tension"]
    open_case = a_case(nihss=18)
    assert not belongs(replace(RULE, takes=a_case(glucose_mmol_l=6)), results, trial)
    assert not belongs(replace(RULE, refuses=open_case), results, trial)
    assert not belongs(replace(RULE, takes=a_case(aspects_ct=9)), results, trial)


@pytest.mark.parametrize("trial", ["dawn", "defuse-3", "mr-clean", "ims-iii", "escape", "thrace"])
def test_a_trial_that_takes_small_cores_is_no_trial_of_large_ones(trial):
    assert not belongs(RULE, published()[trial], protocols()[trial])


def test_rows_come_oldest_first_and_what_has_none_last():
    found = pool_rows(pool_of("hermes"), Kind.MRS_0_3)
    years = [item.year for item in found if isinstance(item, LibraryRow)]
    assert years == sorted(years)
    assert [item.id for item in found if isinstance(item, Missing)] == ["escape"]
    assert isinstance(found[-1], Missing)


def test_studies_without_a_file_have_rows_too():
    rows = pool_rows(pool_of("rescue-stenting"), Kind.MRS_0_2)
    assert [row.id for row in rows if isinstance(row, LibraryRow)] == [
        "baek-2016",
        "chang-2018",
        "peng-2020",
        "saint-2022",
    ]


def test_a_named_trial_without_results_is_an_error():
    with pytest.raises(InputError, match="'rescue-end-low' has published nothing"):
        members(replace(pool_of("hermes"), trials=("rescue-end-low",)))


def test_a_trial_that_is_no_member_is_answered_with_the_members():
    require_members(pool_of("hermes"), ["mr-clean"])
    with pytest.raises(UsageError, match="'dawn' is not in the pool 'hermes'") as caught:
        require_members(pool_of("hermes"), ["mr-clean", "dawn"])
    assert "revascat" in caught.value.remedy
