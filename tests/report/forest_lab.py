"""What the tests of forest plots share: a meta-analysis of known studies, and the text of an SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from tissueclock.evidence.meta.analysis import Request
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.studies import Given, OneArm, Study, TwoArm, TwoMeans
from tissueclock.evidence.meta.synthesis import Extras, Synthesis, synthesise
from tissueclock.evidence.meta.table import StudyTable
from tissueclock.report.evidence.forest.parts import Forest, Line, Mark

SVG = "{http://www.w3.org/2000/svg}"
LARGE_CORE = (
    TwoArm(study="RESCUE-Japan LIMIT", ai=31, n1i=100, ci=13, n2i=102),
    TwoArm(study="ANGEL-ASPECT", ai=108, n1i=230, ci=75, n2i=225),
    TwoArm(study="SELECT2", ai=67, n1i=177, ci=32, n2i=171),
    TwoArm(study="TENSION", ai=39, n1i=124, ci=16, n2i=122),
)
SITES, YEARS = ("east", "east", "west", "west"), ("2022", "2023", "2023", "2023")
SHARES = tuple(OneArm(study=f"s{i}", xi=x, ni=n) for i, (x, n) in enumerate(((0, 18), (2, 40), (9, 100))))
EFFECTS = tuple(
    Given(study=f"s{i}", yi=y, vi=v) for i, (y, v) in enumerate(((0.2, 0.04), (-0.5, 0.02), (0.1, 0.5)))
)
MEANS = (
    TwoMeans(study="a", m1i=12.5, sd1i=3, n1i=40, m2i=15, sd2i=4, n2i=38),
    TwoMeans(study="b", m1i=-2, sd1i=5, n1i=20, m2i=1, sd2i=5, n2i=22),
)


def analysed(
    studies: tuple[Study, ...] = LARGE_CORE,
    measure: str = "OR",
    method: str = "REML",
    *,
    convention: str = "metafor",
    extras: Extras | None = None,
) -> Synthesis:
    """Return a meta-analysis; the four studies of LARGE_CORE have columns `site` and `year`."""
    columns = {"site": SITES, "year": YEARS} if studies == LARGE_CORE else {}
    request = Request(measure=MEASURES.get(measure), method=method, convention=CONVENTIONS[convention])
    return synthesise(StudyTable(studies=studies, columns=columns), request, extras or Extras())


def a_forest(*lines: Line, ratio: bool = True, null: float | None = 1.0) -> Forest:
    """Return a plot of these lines with one cell each."""
    return Forest(
        title="A title", subtitle="", heads=("Study", "n/N", "OR", "Weight"), lines=lines, axis="Odds ratio",
        ratio=ratio, null=null,
    )  # fmt: skip


def a_line(estimate: float, low: float, high: float, *, mark: Mark = Mark.SQUARE, share: float = 1.0) -> Line:
    """Return one study."""
    return Line(mark=mark, name="a study", cells=("1/2",), estimate=estimate, ci=(low, high), share=share)


def texts(svg: bytes) -> list[str]:
    """Return every text of an SVG, in order."""
    return ["".join(node.itertext()).strip() for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]
