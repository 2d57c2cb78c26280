"""Find counts and percentages of patients in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tissueclock.evidence.check.model import MOST, PrintedArm
from tissueclock.evidence.check.number import printed
from tissueclock.evidence.check.text.item import ArmItem, Span
from tissueclock.evidence.check.text.words import COUNT, PEOPLE, PERCENT_SIGN, PLAIN, VERSUS, digits

_E = rf"(?<![\w.,/])(?P<e>{COUNT})(?![\w.]\d)"
_N = rf"(?P<n>{COUNT})(?![\d/]|\.\d|,\d)"
_PCT = rf"(?P<pct>{PLAIN})"
_WORD = r"(?:\s+[A-Za-z][A-Za-z'-]*)"
_OF = r"\s*(?:\bof\b|\bout\s+of\b|/|\bamong\b)\s*(?:the\s+|all\s+)?"
_NOT_A_RATE = (
    r"(?!\s*-?\s*(?:CI\b|CrI\b|confidence|credible|power\b|level|stenosis|"
    r"(?:relative\s+)?(?:reduction|increase|decrease|risk)|probability|prediction))"
)

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 31 of 100 patients (31.0%), 31/100 [31%], 31/100, 31.0%
        rf"{_E}{_WORD}{{0,2}}{_OF}{_N}{_WORD}{{0,8}}?\s*[(\[]\s*{_PCT}\s*{PERCENT_SIGN}",
        rf"{_E}{_WORD}{{0,2}}{_OF}{_N}{_WORD}{{0,1}}\s*[,;:]\s*{_PCT}\s*{PERCENT_SIGN}",
        # 31.0% (31/100), 31% [31 of 100]
        rf"(?<![\w.]){_PCT}\s*{PERCENT_SIGN}\s*[(\[]\s*(?:n\s*=\s*)?(?P<e>{COUNT}){_WORD}{{0,2}}{_OF}{_N}",
        # 31 (31.0%) of 100 patients, 31 patients [31.0%] of 100
        rf"{_E}{_WORD}{{0,3}}\s*[(\[]\s*{_PCT}\s*{PERCENT_SIGN}\s*[)\]]{_WORD}{{0,1}}{_OF}{_N}"
        r"(?!\s*(?:%|days|hours|months|years|points|studies|trials|h\b))",
        # 31 patients (31.0%), n = 31 (31.0%), n = 31, 31.0%
        rf"{_E}{_WORD}{{0,4}}\s*[(\[]\s*{_PCT}\s*{PERCENT_SIGN}\s*[)\];,]",
        rf"\bn\s*=\s*(?P<e>{COUNT})\s*[,;]\s*{_PCT}\s*{PERCENT_SIGN}",
        # 31.0% (31 patients), 31.0% (n = 31), 31.0% [31]
        rf"(?<![\w.]){_PCT}\s*{PERCENT_SIGN}\s*[(\[]\s*(?:n\s*=\s*)?(?P<e>{COUNT})(?:\s+(?:{PEOPLE}|"
        rf"deaths?|events?))?\s*[)\];,]",
        # 31.9% of 66 patients
        rf"(?<![\w.]){_PCT}\s*{PERCENT_SIGN}\s*of\s*(?:the\s+|all\s+)?{_N}(?:\s+[a-z-]+){{0,2}}?\s+{PEOPLE}",
        # 31/100, 31 of 100
        rf"{_E}{_WORD}{{0,1}}{_OF}{_N}(?!\s*(?:%|mm\s?Hg|days|hours|months|years|points|mg|mL|"
        rf"studies|trials|centers|centres|sites))",
        # 31.0%
        rf"(?<![\w.-]){_PCT}\s*{PERCENT_SIGN}{_NOT_A_RATE}",
        # 31.0 vs 12.7%: the first
        rf"(?<![\w.-]){_PCT}(?=\s*{VERSUS}\s*{PLAIN}\s*{PERCENT_SIGN})",
    )
)


def arm_items(sentence: str, taken: Sequence[Span]) -> tuple[ArmItem, ...]:
    """Return counts and percentages that overlap nothing in `taken`, in order; the fullest reading wins."""
    found: list[ArmItem] = []
    for pattern in _PATTERNS:
        for item in _matches(pattern, sentence):
            if not any(item.overlaps(other) for other in (*taken, *found)):
                found.append(item)
    return tuple(sorted(found, key=lambda item: item.start))


def count_before(sentence: str, start: int) -> tuple[int, int, int] | None:
    """Return events and n that stand right before a percentage in brackets, and where they start."""
    match = _COUNT_BEFORE.search(sentence[:start])
    return None if match is None else (int(digits(match["e"])), int(digits(match["n"])), match.start())


_COUNT_BEFORE = re.compile(rf"{_E}{_WORD}{{0,2}}{_OF}{_N}{_WORD}{{0,8}}?\s*[(\[,;:]\s*$")


def _matches(pattern: re.Pattern[str], sentence: str) -> Iterator[ArmItem]:
    place = 0
    while (match := pattern.search(sentence, place)) is not None:
        place = max(match.start() + 1, match.end() - 1)
        arm = _arm(match.groupdict())
        if arm is not None:
            yield ArmItem(start=match.start(), end=match.end(), arm=arm)


def _arm(parts: dict[str, str | None]) -> PrintedArm | None:
    events, n, percent = (parts.get(name) for name in ("e", "n", "pct"))
    counts = [None if text is None else int(digits(text)) for text in (events, n)]
    if any(count is not None and count > MOST for count in counts):
        return None
    bare_and_impossible = (
        percent is None and counts[0] is not None and counts[1] is not None and counts[0] > counts[1]
    )
    if bare_and_impossible:  # a blood pressure, 120/80, or a date
        return None
    return PrintedArm(
        events=counts[0], n=counts[1], percent=None if percent is None else printed(digits(percent))
    )
