"""Pictures as SVG text, with the standard library alone; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

INK, MUTED, LINE, SOFT = "#1b2430", "#5b6675", "#d9dee5", "#f3f5f8"
"""The report's colours."""

ACCENT, GOOD, BAD, CARE = "#1f4e79", "#17663a", "#a3142e", "#b98a2e"

_FONT = "font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif"


def picture(width: float, height: float, title: str, description: str, parts: Iterable[str]) -> str:
    """Return a whole picture on white, with a title and a description for who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" style="{_FONT}"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc>"
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def text(
    x: float,
    y: float,
    words: object,
    *,
    size: float = 12,
    anchor: str = "start",
    fill: str = INK,
    weight: int = 400,
    turn: float = 0,
) -> str:
    """Return words whose baseline starts, ends or is centred (`anchor`) at a point, turned by degrees."""
    turned = f' transform="rotate({turn:g} {x:g} {y:g})"' if turn else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" fill="{fill}" '
        f'font-weight="{weight}"{turned}>{escape(str(words))}</text>'
    )


def box(x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "none") -> str:
    """Return a rectangle."""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{height:.2f}" fill="{fill}" '
        f'stroke="{stroke}"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, width: float = 1) -> str:
    """Return a straight line."""
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{stroke}" stroke-width="{width:g}"/>'
    )


def dot(x: float, y: float, radius: float, fill: str) -> str:
    """Return a disc."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}"/>'


def group(parts: Iterable[str], hint: str) -> str:
    """Return parts that belong together; the hint is shown where the pointer rests."""
    return f"<g><title>{escape(hint)}</title>{''.join(parts)}</g>"


def number(count: int) -> str:
    """Return a count with thin spaces between thousands."""
    return f"{count:,}".replace(",", "\u2009")
