"""`tissueclock evidence prisma FILE`: the flow of a systematic review, if its counts add up."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode
from tissueclock.pipeline.review import read_flow
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.prisma_plot import draw_flow
from tissueclock.report.evidence.review_rows import flow_lines


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Check every sum, print the boxes, and draw them."""
    flow = read_flow(arguments.file)
    files = {} if arguments.out is None else pictures("prisma", draw_flow(flow))
    document = {"prisma": {"file": arguments.file.name, **flow.to_json()}}
    deliver(console, document, list(flow_lines(flow)), out=arguments.out, name="prisma", files=files)
    return ExitCode.DONE
