"""Runs cases that are not done yet, in one or more processes, and keeps each as soon as it is finished."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import Any, Protocol, TypeVar

from tissueclock.bench.ledger import Ledger
from tissueclock.pipeline.watch import Progress

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Named(Protocol):
    """A case: something with an id of its own."""

    @property
    def id(self) -> str:
        """The name by which the ledger knows it."""


CaseT = TypeVar("CaseT", bound=Named)
Measure = Callable[[CaseT], dict[str, Any]]
"""Simulates and measures a case, and returns its record as JSON values; a function of a module."""


def run_all(
    cases: Sequence[CaseT], measure: Measure[CaseT], ledger: Ledger, workers: int, progress: Progress
) -> None:
    """Run every case that the ledger does not hold; `workers` processes, this one alone for 1."""
    done = ledger.done()
    todo = [case for case in cases if case.id not in done]
    finished = len(cases) - len(todo)
    if finished:
        progress(f"{finished} of {len(cases)} cases are done already", finished / len(cases))
    for record in _records(todo, measure, workers):
        ledger.add(record)
        finished += 1
        progress(f"{record['id']} ({finished} of {len(cases)})", finished / len(cases))


def _records(todo: Sequence[CaseT], measure: Measure[CaseT], workers: int) -> Iterator[dict[str, Any]]:
    """Yield records as they are finished."""
    if workers == 1 or len(todo) < 2:
        yield from map(measure, todo)
        return
    with _one_thread_each():
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_with_parent)
        with pool:
            try:
                for future in as_completed([pool.submit(measure, case) for case in todo]):
                    yield future.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _end_with_parent() -> None:
    """End this worker when its parent ends, however that ended: a pool's worker would wait for ever."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let each new process compute in one thread, unless the user set that: they share the cores already."""
    missing = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(missing, "1"))
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]
