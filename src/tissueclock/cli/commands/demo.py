"""`tissueclock demo`: a digital patient through the whole street, and its report."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.commands.analyze import result_lines
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode
from tissueclock.pipeline.demo import Demonstration, run_demo


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Run the demonstration and show how close it came to the truth."""
    shown = run_demo(arguments.out, console.progress)
    report = arguments.out / "report.html"
    document = {"report": str(report), "comparison": shown.comparison, "result": shown.finished.document}
    lines = [*result_lines(shown.finished.analysis.model), *_comparison_lines(shown), f"report\t{report}"]
    console.result(document, lines)
    return shown.finished.analysis.exit_code


def _comparison_lines(shown: Demonstration) -> list[str]:
    lines = []
    for name, pair in shown.comparison.items():
        true, measured = (f"{v:.1f} mL" if isinstance(v, float) else str(v) for v in pair.values())
        lines.append(f"{name}\ttrue {true}\tmeasured {measured}")
    return lines
