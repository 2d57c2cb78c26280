"""Figures of evidence: the same bytes each time, text that is text, and the disclaimer."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from matplotlib.figure import Figure

from tissueclock.core.notice import DISCLAIMER
from tissueclock.report.evidence.drawing import PNG_DPI, add_axes, new_figure, pictures


def a_figure() -> Figure:
    figure = new_figure(4, 3)
    add_axes(figure, 0.1, 0.1, 0.8, 0.8).plot([0, 1], [0, 1])
    return figure


def test_a_figure_gives_the_same_bytes_each_time() -> None:
    assert pictures("x", a_figure()) == pictures("x", a_figure())


def test_another_figure_gives_other_bytes() -> None:
    other = new_figure(4, 3)
    add_axes(other, 0.1, 0.1, 0.8, 0.8).plot([0, 1], [1, 0])
    assert pictures("x", a_figure())["x.svg"] != pictures("x", other)["x.svg"]


def test_the_disclaimer_is_text_in_the_svg() -> None:
    tree = ElementTree.fromstring(pictures("x", a_figure())["x.svg"])
    assert DISCLAIMER in [
        "".join(node.itertext()).strip() for node in tree.iter("{http://www.w3.org/2000/svg}text")
    ]


def test_the_png_has_the_size_that_was_asked_for() -> None:
    png = pictures("x", a_figure())["x.png"]
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    assert (png[:8], width, height) == (b"\x89PNG\r\n\x1a\n", 4 * PNG_DPI, 3 * PNG_DPI)
