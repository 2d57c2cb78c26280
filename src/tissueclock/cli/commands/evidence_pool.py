"""`tissueclock evidence pool POOL`: pool trials from what they published, with the source of each count."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.library.analysis import YEAR, PoolAnalysis, analyse_pool
from tissueclock.evidence.meta.analysis import Request, default_method, named_test
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.studies import TwoArm
from tissueclock.evidence.meta.synthesis import Extras
from tissueclock.pipeline.evidence.pool_members import members, pool_rows, require_members
from tissueclock.pipeline.folder import require_folder
from tissueclock.protocol.pooling.model import OUTCOMES, Pool, outcome_word
from tissueclock.protocol.pooling.registry import pool_of, pools
from tissueclock.protocol.results.values import Kind
from tissueclock.report.evidence.pool_figures import pool_figures
from tissueclock.report.evidence.pool_lines import pool_lines, pools_document, pools_lines, rows_csv

_OF_A_POOL = (
    *(
        "outcome",
        "trial",
        "measure",
        "method",
        "knapp-hartung",
        "ad-hoc",
        "bias",
        "leave-one-out",
        "cumulative",
    ),
    "out",
)
"""Options that say nothing without a pool."""


def run(arguments: Namespace, console: Console) -> ExitCode:
    """List the pools, or pool one of them."""
    if arguments.pool is None:
        return _list(arguments, console)
    pool = pool_of(arguments.pool)
    if arguments.out is not None:
        require_folder(arguments.out)
    found = _analysis(pool, arguments)
    lines = list(pool_lines(found))
    name = f"pool-{pool.id}-{outcome_word(found.kind)}"
    files: dict[str, bytes] = {}
    if arguments.out is not None:
        text = "\n".join([*lines, DISCLAIMER]) + "\n"
        files = {f"{name}-rows.csv": rows_csv(found), f"{name}.txt": text.encode("utf-8")}
        files |= pool_figures(found, name)
    deliver(console, found.to_json(), lines, out=arguments.out, name=name, files=files)
    return ExitCode.DONE


def _list(arguments: Namespace, console: Console) -> ExitCode:
    for option in _OF_A_POOL:
        if getattr(arguments, option.replace("-", "_")):
            raise UsageError(
                f"--{option} was given without a pool.", remedy=f"Name one: {', '.join(pools())}."
            )
    belonging = {name: members(pool) for name, pool in pools().items()}
    console.result(pools_document(pools(), belonging), pools_lines(pools(), belonging))
    return ExitCode.DONE


def _analysis(pool: Pool, arguments: Namespace) -> PoolAnalysis:
    kind = OUTCOMES[arguments.outcome] if arguments.outcome else pool.outcomes[0]
    if kind not in pool.outcomes:
        raise UsageError(
            f"the pool '{pool.id}' has no outcome '{arguments.outcome}'.",
            remedy=f"Known: {', '.join(map(outcome_word, pool.outcomes))}.",
        )
    require_members(pool, arguments.trial)
    extras = Extras(
        bias=arguments.bias,
        leave_one_out=arguments.leave_one_out,
        cumulative=YEAR if arguments.cumulative else None,
    )
    return analyse_pool(
        pool, kind, pool_rows(pool, kind), _request(pool, kind, arguments), extras, keep=arguments.trial
    )


def _request(pool: Pool, kind: Kind, arguments: Namespace) -> Request:
    if kind is Kind.MRS_SHIFT and arguments.measure not in (None, "OR"):
        raise UsageError(
            f"the shift of the mRS is a common odds ratio, not {arguments.measure}.",
            remedy="Leave out --measure.",
        )
    usual = "OR" if kind is Kind.MRS_SHIFT else pool.measure.value
    measure = MEASURES.get(arguments.measure or usual)
    if measure.takes is not TwoArm:
        raise UsageError(f"{measure.name} does not compare two groups.", remedy="Use RR, OR, RD, PETO or AS.")
    convention = CONVENTIONS[arguments.convention]
    return Request(
        measure=measure,
        method=arguments.method or default_method(measure, convention),
        test=named_test(knapp_hartung=arguments.knapp_hartung, ad_hoc=arguments.ad_hoc),
        level=arguments.level,
        convention=convention,
    )
