"""Progress: a bar on a terminal, plain lines elsewhere, and never anything on standard output."""

from __future__ import annotations

import contextlib
import io

import pytest

from tissueclock.cli.console import Console, progress_bar
from tissueclock.core.errors import UsageError


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def screen(text: str) -> list[str]:
    """What a terminal shows: a carriage return with 'clear' starts the line anew."""
    return [line.split("\r\033[K")[-1] for line in text.split("\n")]


@contextlib.contextmanager
def terminal(name: str = "xterm"):
    """Make standard error a terminal of this kind."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(Terminal()) as stream:
        patch.setenv("TERM", name)
        yield stream


def test_a_terminal_shows_one_bar_that_grows():
    with terminal() as stream:
        console = Console(json=False)
        for number, words in enumerate(("reading the scan", "measuring perfusion")):
            console.progress(words, number / 2)
    assert screen(stream.getvalue()) == [progress_bar("measuring perfusion", 0.5)]
    assert "50 %" in stream.getvalue()


def test_the_bar_is_gone_when_the_result_or_an_error_comes(capsys):
    console = Console(json=False)
    with terminal() as stream:
        console.progress("reading the scan", 0.0)
        console.result({}, ["done"])
    assert screen(stream.getvalue()) == [""]
    with terminal() as stream:
        console.progress("reading the scan", 0.0)
        console.error(UsageError("no such thing.", remedy="Name another."))
    assert screen(stream.getvalue())[0].startswith("tissueclock: no such thing.")
    assert capsys.readouterr().out.startswith("done\n")


def test_a_line_after_the_bar_stands_alone():
    console = Console(json=False)
    with terminal() as stream:
        console.progress("reading the scan", 0.0)
        console.progress("tissueclock: stopped.")
    assert screen(stream.getvalue()) == ["tissueclock: stopped.", ""]


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_only_knows_lines_gets_lines(term):
    with terminal(term) as stream:
        Console(json=False).progress("reading the scan", 0.3)
    assert stream.getvalue() == "reading the scan\n"


def test_a_file_gets_plain_lines(capsys):
    console = Console(json=True)
    console.progress("reading the scan", 0.0)
    console.progress("measuring perfusion", 0.5)
    shown = capsys.readouterr()
    assert shown.err == "reading the scan\nmeasuring perfusion\n"
    assert shown.out == ""


@pytest.mark.parametrize(("share", "cells"), [(-1.0, 0), (0.0, 0), (0.5, 12), (1.0, 24), (7.0, 24)])
def test_the_bar_is_as_long_as_the_share(share, cells):
    assert progress_bar("x", share).count("#") == cells
