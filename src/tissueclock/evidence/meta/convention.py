"""Named conventions: what a program prints as I2, as the prediction interval, and what its Q is taken about.

Everything else of a pooled estimate is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """A convention.

    `i2_from_q`: I2 and H2 come from Cochran's Q (Higgins & Thompson 2002), else from tau2. `predicts_by_t`:
    the prediction interval takes a t with k - 2 degrees of freedom and the classical standard error (Higgins
    JPT, Thompson SG, Spiegelhalter DJ 2009), else the critical value and standard error of the confidence
    interval. `q_about_mh`: the Q of counts is taken about the Mantel-Haenszel estimate (RR, OR, RD), whose RD
    has the variance of 1985.
    """

    name: str
    title: str
    i2_from_q: bool = False
    predicts_by_t: bool = False
    q_about_mh: bool = False


_ALL = (
    Convention(name="metafor", title="metafor (R)"),
    Convention(
        name="revman",
        title="RevMan 5 (Mantel-Haenszel and DerSimonian-Laird)",
        i2_from_q=True,
        predicts_by_t=True,
        q_about_mh=True,
    ),
)
CONVENTIONS: Mapping[str, Convention] = MappingProxyType({one.name: one for one in _ALL})
METAFOR = CONVENTIONS["metafor"]
"""What is used unless another is named."""
INVERSE_Q = Convention(
    name="meta-inverse", title="meta (R), method Inverse", i2_from_q=True, predicts_by_t=True
)
"""As revman, with Q about the inverse-variance estimate: what the R package meta prints with `Inverse`."""
