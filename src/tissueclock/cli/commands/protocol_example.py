"""`tissueclock protocol example`: an invented local rule, to be copied, edited and linted."""

from __future__ import annotations

from importlib import resources

from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode

_PACKAGE = "tissueclock.protocol.examples"
_FILE = "local-core-and-aspects.toml"


def example(console: Console) -> ExitCode:
    """Print the example with its comments: as TOML, ready for a file, or as `{"toml": ...}`."""
    text = resources.files(_PACKAGE).joinpath(_FILE).read_text(encoding="utf-8")
    console.result({"toml": text}, text.splitlines(), comment="# ")
    return ExitCode.DONE
