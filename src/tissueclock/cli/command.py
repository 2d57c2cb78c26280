"""A command: its name, its options, and the function behind it, imported only when it runs."""

from __future__ import annotations

import importlib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError

Run = Callable[[Namespace, Console], ExitCode]
_EXTRA_OF: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("numpy", "scipy", "pydicom", "nibabel", "PIL", "jinja2", "SimpleITK"), "imaging"),
        **dict.fromkeys(("matplotlib", "statsmodels", "lifelines", "pandas"), "evidence"),
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `target` (`package:function`) is imported only when the command runs."""

    name: str
    summary: str
    configure: Callable[[ArgumentParser], None]
    target: str

    def run(self) -> Run:
        """Import and return the function behind the command; raises UsageError where an extra is missing."""
        module, function = self.target.split(":")
        try:
            run: Run = getattr(importlib.import_module(module), function)
        except ModuleNotFoundError as error:
            extra = _EXTRA_OF.get((error.name or "").split(".")[0])
            if extra is None:
                raise
            if self.target.startswith("tissueclock.cli.commands.evidence"):
                extra = "evidence"  # which holds numpy and scipy too
            raise UsageError(
                f"'{self.name}' needs the {extra} extra.",
                remedy=f"Run: pip install 'tissueclock[{extra}]'",
            ) from error
        return run
