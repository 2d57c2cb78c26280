"""A registrant's sentence in one spelling: signs as `>=`, `>`, `<=`, `<`, also those said in words."""

from __future__ import annotations

import html
import re

_ESCAPED = re.compile(r"\\([<>=*_~\-\[\]()+.!#|\\])")
_SPELLINGS = str.maketrans(
    {
        **dict.fromkeys("≥⩾≧", ">="),
        **dict.fromkeys("≤⩽≦", "<="),
        **dict.fromkeys("＞", ">"),
        **dict.fromkeys("＜", "<"),
        **dict.fromkeys("＝", "="),
        **dict.fromkeys("–—−‐‑‒", "-"),
        **dict.fromkeys("×✕", "x"),
        **dict.fromkeys("µμ", "u"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        **dict.fromkeys("’‘", "'"),
        "³": "^3",
        "⁹": "^9",
    }
)
_MORE, _LESS = "greater|more|higher|larger|older", "less|lower|smaller|fewer|younger"
_WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE), sign)
    for pattern, sign in (
        (r"> =", ">="),
        (r"< =", "<="),
        (rf"\b(?:{_MORE}) than or equals? to\b|\bequals? to or (?:{_MORE}) than\b", " >= "),
        (rf"\b(?:{_LESS}) than or equals? to\b|\bequals? to or (?:{_LESS}) than\b", " <= "),
        (rf"\bat least\b|\b(?:no|not) (?:{_LESS}) than\b", " >= "),
        (rf"\bat most\b|\b(?:no|not) (?:{_MORE}) than\b|\bnot exceeding\b", " <= "),
        (rf"\b(?:{_MORE}) than\b|\bexceeding\b|\babove\b(?= *[0-9])", " > "),
        (rf"\b(?:{_LESS}) than\b|\bbelow\b(?= *[0-9])", " < "),
    )
)
_AMOUNT = r"([0-9][0-9.,]*(?: ?[A-Za-z/%][A-Za-z/%0-9^]*)?(?: of age| old)?),? (?:or|and) "
_AFTER = (
    (re.compile(rf"{_AMOUNT}(?:{_MORE}|above)\b(?! than)", re.IGNORECASE), r" >= \1 "),
    (re.compile(rf"{_AMOUNT}(?:{_LESS}|below)\b(?! than)", re.IGNORECASE), r" <= \1 "),
)
_TWICE = re.compile(r"(>=|<=) *\1")
_LOST = re.compile(r"(?<![<>=])=(?!=)")
_STRANGE = re.compile(r"[^\sA-Za-z0-9()\[\]/<>=.,:;\"'+^-] *[0-9]")


def unescaped(text: str) -> str:
    r"""Return a text without the escapes of Markdown (`\<`) and HTML (`&lt;`), on one line."""
    return " ".join(html.unescape(_ESCAPED.sub(r"\1", text)).split())


def plain(text: str) -> str:
    """Return a sentence with every comparison as a sign, and one spelling of spaces, dashes and units."""
    found = " ".join(unescaped(text).translate(_SPELLINGS).split())
    for pattern, sign in (*_WORDS, *_AFTER):
        found = pattern.sub(sign, found)
    return " ".join(_TWICE.sub(r"\1", found).split())


def lost_sign(sentence: str) -> str:
    """Return why a sentence, made `plain`, has probably lost a comparison sign; an empty text if not.

    Nobody asks for an age of exactly 18: an equality on a quantity is what a copy leaves that dropped the
    sign. So is a character before a number that no sentence has there.
    """
    equal = re.search(rf"{_LOST.pattern} *[0-9<>]|[0-9] *{_LOST.pattern}", sentence)
    if equal:
        return "an equality on a quantity: the comparison sign was probably lost; look it up in the registry"
    if _STRANGE.search(sentence):
        return (
            "a strange character before a number: a comparison sign may be lost; look it up in the registry"
        )
    return ""
