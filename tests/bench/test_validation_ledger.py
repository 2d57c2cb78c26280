"""The folder of a run: whole lines only, one state of the code only."""

from __future__ import annotations

import json

import pytest

from tissueclock.bench import ledger as shared
from tissueclock.bench.ledger import CASES_FILE, SUITE_FILE, Ledger
from tissueclock.bench.validation import ledger as module
from tissueclock.bench.validation.ledger import code_digest, open_ledger
from tissueclock.core.errors import InputError, UsageError


def test_what_was_added_is_there_when_the_folder_is_opened_again(tmp_path):
    first = open_ledger(tmp_path / "run")
    assert first.done() == {}
    first.add({"id": "a@1", "value": 1.5})
    first.add({"id": "b@1", "value": None})
    assert open_ledger(tmp_path / "run").done() == {
        "a@1": {"id": "a@1", "value": 1.5},
        "b@1": {"id": "b@1", "value": None},
    }


@pytest.mark.parametrize("torn", [b"{", b'{"id": "b@1", "va', b'{"id": "b@1"}'])
def test_a_torn_line_is_cut_off_and_the_next_one_is_whole(tmp_path, torn):
    open_ledger(tmp_path).add({"id": "a@1"})
    with (tmp_path / CASES_FILE).open("ab") as file:
        file.write(torn)
    again = open_ledger(tmp_path)
    again.add({"id": "c@1"})
    assert list(again.done()) == ["a@1", "c@1"]


def test_a_first_line_that_is_torn_leaves_nothing(tmp_path):
    open_ledger(tmp_path)
    (tmp_path / CASES_FILE).write_bytes(b'{"id"')
    assert open_ledger(tmp_path).done() == {}


def test_other_code_is_refused(tmp_path, monkeypatch):
    open_ledger(tmp_path)
    monkeypatch.setattr(module, "code_digest", lambda: "another")
    with pytest.raises(UsageError, match=r"the run of other code .*Give another folder to --out"):
        open_ledger(tmp_path)


def test_the_run_of_another_suite_is_refused(tmp_path):
    open_ledger(tmp_path)
    with pytest.raises(UsageError, match=r"the run of other code \(accuracy, "):
        Ledger.open(tmp_path, "diffusion", code_digest())


def test_a_line_that_is_no_json_is_refused(tmp_path):
    open_ledger(tmp_path)
    (tmp_path / CASES_FILE).write_text("[1, 2]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no JSON object.*Remove the folder"):
        open_ledger(tmp_path).done()


def test_the_folder_says_what_made_it(tmp_path):
    open_ledger(tmp_path)
    document = json.loads((tmp_path / SUITE_FILE).read_text(encoding="utf-8"))
    assert document["code"] == code_digest()
    assert "Research use only" in document["disclaimer"]


def test_the_digest_changes_with_the_code(tmp_path, monkeypatch):
    (tmp_path / "perfusion").mkdir()
    monkeypatch.setattr(shared.tissueclock, "__file__", str(tmp_path / "__init__.py"))
    empty = code_digest()
    (tmp_path / "perfusion" / "x.py").write_text("a = 1\n", encoding="utf-8")
    one = code_digest()
    (tmp_path / "perfusion" / "x.py").write_text("a = 2\n", encoding="utf-8")
    assert len({empty, one, code_digest()}) == 3
