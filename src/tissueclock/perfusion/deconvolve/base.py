"""What a deconvolution method is: a named way from an input curve to an operator on tissue curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.core.registry import ModuleRegistry
from tissueclock.core.settings import settings_from_table, settings_to_table

Deconvolver = Callable[[NDArray[np.floating]], NDArray[np.floating]]
"""From tissue curves (samples x voxels, on the input's axis) to k(t) in 1/s (lags x voxels)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A registered deconvolution method.

    `prepare(aif, step_s, lags, params)` takes the input curve on the even axis and the lags (whole samples,
    negative ones included) at which k is wanted, and returns the operator. `linear` promises that the
    operator is a matrix; `delay_free` that a later tissue curve only shifts k. A `causal` method knows no
    negative lags: it returns 0 there, and its peak is not looked for among them. `sentence(params)` is what
    a Methods section would say.
    """

    name: str
    params: type[Any]
    prepare: Callable[[NDArray[np.float64], float, NDArray[np.intp], Any], Deconvolver]
    sentence: Callable[[Any], str]
    linear: bool
    delay_free: bool
    causal: bool
    citations: tuple[str, ...]


METHODS: ModuleRegistry[Method] = ModuleRegistry(
    "deconvolution method", "tissueclock.perfusion.deconvolve", "METHOD"
)


@dataclass(frozen=True, slots=True)
class Deconvolution:
    """A method with its parameters, as a preset's `[perfusion.deconvolution]` states them."""

    method: Method
    params: Any

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str) -> Deconvolution:
        """Read `method = NAME` and that method's parameters; raises InputError or UsageError."""
        if "method" not in table:
            raise InputError("the setting 'method' is not stated.", where=where, remedy="Add it.")
        method = METHODS.get(str(table["method"]))
        params = {name: value for name, value in table.items() if name != "method"}
        return cls(method, settings_from_table(method.params, params, where))

    def to_table(self) -> dict[str, Any]:
        """Return the method and its parameters as a plain table."""
        return {"method": self.method.name, **settings_to_table(self.params)}
