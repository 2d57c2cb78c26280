"""What the commands on group-sequential designs share: a plan from options."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.core.errors import UsageError
from tissueclock.evidence.monitoring.plan import Plan, even_looks
from tissueclock.evidence.monitoring.rules import choose_rule


def plan_of(arguments: Namespace) -> Plan:
    """Return the plan; raises UsageError unless looks or information are given, or where they disagree."""
    looks, information = arguments.looks, arguments.information
    if looks is None and information is None:
        raise UsageError("no looks are given.", remedy="Give --looks K, or --information with the fractions.")
    if looks is not None and information is not None and looks != len(information):
        raise UsageError(
            f"--looks {looks} and {len(information)} fractions of --information disagree.",
            remedy="Leave one of them out.",
        )
    return Plan(
        information=even_looks(looks) if information is None else information,
        alpha=arguments.alpha,
        sides=arguments.sides,
        rule=choose_rule(arguments.spending, arguments.parameter),
        symmetric=arguments.symmetric,
    )


def at_most_one(arguments: Namespace, *names: str) -> None:
    """Raise UsageError where more than one of these options was given."""
    given = [f"--{name}" for name in names if getattr(arguments, name.replace("-", "_")) is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other.", remedy="Give one of them.")
