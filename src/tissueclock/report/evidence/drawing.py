"""Figures of evidence with matplotlib, as SVG and PNG bytes: the only module that knows matplotlib's output.

Figures are made without pyplot, so that there is no global state, and the same figure gives the same bytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from types import MappingProxyType

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from tissueclock.core.notice import DISCLAIMER

__all__ = [
    "LETTERS",
    "PNG_DPI",
    "Axes",
    "Figure",
    "add_axes",
    "new_figure",
    "pictures",
    "plain",
    "png_of",
    "svg_of",
    "text_width_in",
]

PNG_DPI = 150
LETTERS = "DejaVu Sans"
"""Come with matplotlib: the same everywhere."""
_NOTE_PT = 6.0
_PT_AN_INCH = 72
_HINTED = 1.04  # small letters of a PNG are set on its dots, and run so much wider (measured)
_STYLE = MappingProxyType(
    {
        "font.family": (LETTERS,),
        "font.size": 9.0,
        "svg.fonttype": "none",
        "svg.hashsalt": "tissueclock",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty white figure of that size, inches, with the disclaimer in small letters at its foot."""
    with rc_context(dict(_STYLE)):
        figure = Figure(figsize=(width_in, height_in), facecolor="white")
        figure.text(0.5, 0.004, DISCLAIMER, ha="center", va="bottom", fontsize=_NOTE_PT, color="0.35")
    return figure


def add_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes in our style; the place is in fractions of the figure."""
    with rc_context(dict(_STYLE)):
        return figure.add_axes((left, bottom, width, height))


def plain(text: str) -> str:
    """Return text of a user's in which a dollar sign is itself, and begins no formula."""
    return text.replace("$", r"\$")


@contextmanager
def _strange_letters() -> Iterator[None]:
    """Draw a letter that our font does not have as a box, without a word: an SVG keeps it as text."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        yield


def text_width_in(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is in our letters, inches: columns are set by it."""
    letters = FontProperties(family=LETTERS, size=size_pt, weight="bold" if bold else "normal")
    with _strange_letters():
        width_pt, _, _ = TextToPath().get_text_width_height_descent(text, letters, ismath=False)
    return _HINTED * float(width_pt) / _PT_AN_INCH


def svg_of(figure: Figure) -> bytes:
    """Return the figure as SVG, its text as text; the same figure gives the same bytes."""
    with rc_context(dict(_STYLE)), _strange_letters():
        target = BytesIO()
        FigureCanvasSVG(figure).print_svg(target, metadata={"Date": None, "Creator": "Tissueclock"})
    return target.getvalue()


def png_of(figure: Figure) -> bytes:
    """Return the figure as PNG at 150 dots an inch; the same figure gives the same bytes."""
    with rc_context(dict(_STYLE)), _strange_letters():
        figure.set_dpi(PNG_DPI)
        target = BytesIO()
        FigureCanvasAgg(figure).print_png(target, metadata={"Software": "Tissueclock"})
    return target.getvalue()


def pictures(name: str, figure: Figure) -> dict[str, bytes]:
    """Return `NAME.svg` and `NAME.png` of a figure."""
    return {f"{name}.svg": svg_of(figure), f"{name}.png": png_of(figure)}
