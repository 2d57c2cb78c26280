"""`tissueclock evidence agreement FILE | --masks A B`: how far raters, measurements or masks agree."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.command import Command
from tissueclock.cli.console import Console
from tissueclock.cli.evidence.agreement import configure_agreement
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, InputError, UsageError
from tissueclock.eligibility.cohort.kappa import Weights
from tissueclock.evidence.agreement.analysis import Asked, Kind, RaterAgreement, Ratings, analyse
from tissueclock.evidence.agreement.many_raters import Scale
from tissueclock.evidence.agreement.two_raters import two_raters
from tissueclock.pipeline.agreement import read_counts, read_ratings
from tissueclock.report.evidence.agreement_plot import agreement_pictures
from tissueclock.report.evidence.agreement_rows import agreement_rows, left_out_lines
from tissueclock.report.evidence.estimate_rows import estimate_csv, estimate_lines

# Masks need the extra [imaging], which tables do not: hence a function of its own behind the same name.
_MASKS = Command(
    "evidence agreement --masks",
    "overlap and distances of two masks",
    configure_agreement,
    "tissueclock.cli.commands.mask_agreement:run",
)


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Analyse a table of ratings, one of counts, or two masks; exits 0 however far they agree."""
    if (arguments.file is None) == (arguments.masks is None):
        raise UsageError("it takes one of FILE and --masks.", remedy="Name a table, or two masks.")
    if arguments.masks:
        return _MASKS.run()(arguments, console)
    ratings, found = _counted(arguments) if arguments.counts else _rated(arguments)
    rows = list(agreement_rows(found))
    lines = [*estimate_lines(rows, arguments.level), *left_out_lines(found)]
    document = {"agreement": {"file": arguments.file.name, **found.to_json()}}
    files = {} if arguments.out is None else {"agreement.csv": estimate_csv(rows)}
    if arguments.out is not None:
        files |= agreement_pictures(ratings, found)
    deliver(console, document, lines, out=arguments.out, name="agreement", files=files)
    return ExitCode.DONE


def _rated(arguments: Namespace) -> tuple[Ratings | None, RaterAgreement]:
    ratings = read_ratings(arguments.file, arguments.raters, arguments.categories)
    kinds = tuple(Kind(kind) for kind in arguments.kind)
    asked = Asked(
        kinds=kinds,
        weights=Weights(arguments.weights),
        scale=Scale(arguments.scale),
        level=arguments.level,
    )
    found = analyse(ratings, asked)
    if found.left_out and len(found.left_out) == len(kinds or tuple(Kind)):
        reasons = "; ".join(f"{kind.value}: {reason}" for kind, reason in found.left_out.items())
        raise InputError(
            f"nothing that was asked can be computed ({reasons}).",
            where=arguments.file.name,
            remedy="Choose another --kind, or name columns with --raters.",
        )
    return ratings, found


def _counted(arguments: Namespace) -> tuple[None, RaterAgreement]:
    """Return the kappa of a table of counts; options of ratings do not go with it."""
    others = [kind for kind in arguments.kind if kind != "kappa"]
    if others or arguments.raters or arguments.categories:
        raise UsageError(
            "a table of counts gives kappa only.", remedy="Leave out --raters, --categories and other kinds."
        )
    categories, counts = read_counts(arguments.file)
    found = two_raters(categories, counts, Weights(arguments.weights), arguments.level)
    return None, RaterAgreement(
        raters=("rows", "columns"),
        rows=found.kappa.n,
        complete=found.kappa.n,
        level=arguments.level,
        kappa=found,
        left_out={},
    )
