"""`protocol list` and `protocol show`."""

from __future__ import annotations

import pytest

from tissueclock.core.notice import DISCLAIMER
from tissueclock.protocol.registry import profiles, protocol, protocols


def test_the_list_has_every_trial_and_profile_once_id_first(tissueclock):
    shown = tissueclock("protocol", "list")
    *lines, last = shown.stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    assert (shown.code, shown.stderr, last) == (0, "", DISCLAIMER)
    assert [row[0] for row in rows] == [*protocols(), *profiles()]
    assert [row[1] for row in rows] == ["trial"] * len(protocols()) + ["profile"] * len(profiles())


def test_the_list_as_a_document_has_titles_and_digests(tissueclock):
    document = tissueclock("protocol", "list", "--json").document
    for kind, registered in (("trials", protocols()), ("profiles", profiles())):
        assert document[kind] == {
            name: {"title": item.title, "digest": item.digest} for name, item in registered.items()
        }


@pytest.mark.parametrize("name", protocols())
def test_a_trial_is_shown_with_every_criterion_in_its_order(tissueclock, name):
    criteria = protocol(name).criteria
    lines = tissueclock("protocol", "show", name).stdout.splitlines()
    assert lines[0].split("\t")[0] == name
    assert [line.split("\t")[0] for line in lines[1:-1]] == [item.id for item in criteria]
    document = tissueclock("protocol", "show", name, "--json").document
    assert (document["id"], document["digest"]) == (name, protocol(name).digest)
    assert [item["id"] for item in document["criteria"]] == [item.id for item in criteria]
    assert [item["facts"] for item in document["criteria"]] == [list(item.facts) for item in criteria]
    assert all(item["source"] and item["text"] for item in document["criteria"])


def test_a_name_that_a_profile_shares_shows_the_trial(tissueclock):
    assert "defuse-2" in profiles()
    assert tissueclock("protocol", "show", "defuse-2").stdout.startswith("defuse-2\tDEFUSE 2\t")


def test_what_is_no_trial_is_wrong_usage(tissueclock):
    shown = tissueclock("protocol", "show", "target-mismatch")
    assert shown.code == 2
    assert "no trial 'target-mismatch'" in shown.sentence
