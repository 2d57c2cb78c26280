"""Find how patients flowed: how many were randomised, into which groups, of how many planned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tissueclock.evidence.check.model import MOST, PrintedFlow
from tissueclock.evidence.check.slips import Kind, slips_of_flow
from tissueclock.evidence.check.text.normal import NormalText, Sentence
from tissueclock.evidence.check.text.words import COUNT, PEOPLE, digits

_ASSIGN = (
    r"(?:randomi[sz]ed|randomly\s+(?:assigned|allocated)|randomi[sz]ation|assigned|allocated|"
    r"enrol?led|recruited|included)"
)
_N = rf"(?<![\w.,/-])(?P<n>{COUNT})(?![\w.]\d|\s*%|/|,\d|\w)"
_N2 = _N.replace("?P<n>", "?P<n2>")
_RANDOM = re.compile(
    r"\brandomi[sz]|\brandomly\b|\bassigned\b|\ballocated\b|\bsample\s+size\b", re.IGNORECASE
)
_ADJECTIVES = r"(?:\s+(?!were\b|was\b|had\b|in\b|to\b|of\b|with\b|and\b)[a-z][a-z-]*){0,5}?"
_DID = (
    r"(?:were|was|underwent|had\s+undergone|had\s+been|have\s+been|who\s+(?:were|underwent|"
    r"had\s+undergone))\s+(?:[A-Za-z]+\s+){0,3}?"
)
_TOTALS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_N}{_ADJECTIVES}\s+{PEOPLE}(?:\s*\([^)]*\))?[^.;:()\d]{{0,80}}?\b{_DID}{_ASSIGN}",
        rf"(?:randomly\s+assigned|randomi[sz]ed|allocated|enrolled)"
        rf"\s+(?:a\s+total\s+of\s+)?{_N}{_ADJECTIVES}\s+{PEOPLE}",
        rf"\bof\s+(?:the\s+)?{_N}\s+(?:{PEOPLE}\s+)?(?:who\s+(?:were|underwent)"
        rf"\s+)?(?:randomi[sz]ed|randomly\s+assigned)",
        rf"(?:among|\bin|a\s+total\s+of|of)\s+(?:the\s+)?{_N}{_ADJECTIVES}\s+{PEOPLE}",
        rf"{_N}\s+(?:were\s+|underwent\s+)?(?:randomi[sz]ed|randomi[sz]ation|randomly\s+(?:assigned|"
        rf"allocated))",
        rf"sample\s+size\s*[:=-]*\s*{_N}",
    )
)
_GROUP_WORD = r"(?:groups?|arms?|therapy|treatment|care|placebo|controls?|management)"
_ARMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # 101 were assigned to the endovascular group and 102 to the medical group
        rf"{_N}(?:\s+{PEOPLE})?(?:\s*[(\[][^()\[\]]{{0,20}}[)\]])?\s+(?:were\s+|was\s+)?(?:{_ASSIGN}\s+)?"
        rf"(?:to\s+|received\s+|receiving\s+|underwent\s+(?!randomi)|"
        rf"in\s+(?:the\s+)?(?=[^.;,]{{0,60}}?\b{_GROUP_WORD}\b))(?!\d)",
        # endovascular therapy (n = 101) or medical care (n = 102); the endovascular group (101 patients)
        rf"\bn\s*=\s*{_N}\s*[)\];,]",
        rf"\b{_GROUP_WORD}\s*[(\[,]\s*(?:n\s*=\s*)?{_N}(?:\s+{PEOPLE})?\s*[)\];,]",
        rf"[(\[]\s*{_N}\s+{PEOPLE}\s*[)\]]",
        # a thrombectomy group of 101 patients and a control group of 102
        rf"\b{_GROUP_WORD}\s+of\s+{_N}",
        # 412 patients (205 intervention, 207 control)
        rf"[(\[:,]\s*{_N}(?=\s+[a-z][a-z -]{{2,40}}(?:[,;/)\].]|\band\b|\bvs\b))|(?:\band|\bvs\.?|/)"
        rf"\s*{_N2}(?=\s+[a-z][a-z -]{{2,40}}[,;)\].])",
    )
)
_EACH = re.compile(
    rf"{_N}\s+(?:{PEOPLE}\s+)?(?:in\s+each|to\s+each|per|in\s+either|in\s+both)\s+(?:group|arm)",
    re.IGNORECASE,
)
_LACKING = re.compile(
    r"withdr|lost\s+to|exclu|did\s+not|not\s+(?:receive|randomi|includ)|declin|missing|without\s+consent|"
    r"ineligib|crossed|consent|analy[sz]",
    re.IGNORECASE,
)
_STOPPED = re.compile(
    r"\b(?:stopped|terminated|halted|ended|discontinued|closed|stopping)\s+(?:early|prematurely)|"
    r"\bearly\s+(?:termination|stopping)|\bprematurely\s+(?:stopped|terminated|halted|ended)",
    re.IGNORECASE,
)
_OF_PLANNED = (
    re.compile(
        rf"{_N}\s+(?:{PEOPLE}\s+)?(?:\w+\s+){{0,2}}?(?:of|out\s+of)\s+(?:the\s+|a\s+)?(?:\w+\s+)?planned\s+"
        rf"(?P<planned>{COUNT})"
    ),
    re.compile(
        rf"{_N}\s+(?:{PEOPLE}\s+)?(?:\w+\s+){{0,2}}?(?:of|out\s+of)\s+(?:the\s+|a\s+)?(?P<planned>{COUNT})\s+"
        rf"(?:{PEOPLE}\s+)?(?:that\s+were\s+)?planned"
    ),
)
_PLANNED = re.compile(
    rf"planned\s+(?:sample(?:\s+size)?|enrol?lment|number)?\s*(?:of|was|:)?\s*(?P<planned>{COUNT})",
    re.IGNORECASE,
)
_PER_ARM = re.compile(rf"(?:{PEOPLE}|n)\s+per\s+(?:arm|group)\b[^\n]*", re.IGNORECASE)
_BEHIND_COLON = re.compile(rf":\s*(?P<n>{COUNT})\b")
_SAMPLE_SIZE = re.compile(rf"sample\s+size\W+(?P<n>{COUNT})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Groups:
    """What a text says of its groups as a whole: their sizes and everybody; empty and None if unsaid."""

    sizes: tuple[int, ...] = ()
    total: int | None = None


def flows_of(text: NormalText, sentences: Sequence[Sentence]) -> tuple[PrintedFlow, ...]:
    """Return the flows that the sentences tell, one a sentence that tells of one."""
    found: list[PrintedFlow] = []
    total: int | None = None
    for sentence in sentences:
        flow = _flow(text, sentence, total)
        if flow is not None:
            found.append(flow)
            total = flow.total if flow.total is not None else total
    return (*found, *_listed(text))


def groups_of(flows: Sequence[PrintedFlow]) -> Groups:
    """Return the sizes of the groups from the first flow that has them."""
    sized = next((flow for flow in flows if len(flow.arms) >= 2), None)
    total = next((flow.total for flow in flows if flow.total is not None), None)
    return Groups(() if sized is None else sized.arms, total)


def tells_of_groups(sentence: str) -> bool:
    """Tell whether a sentence is about how patients were assigned, and no result."""
    return _RANDOM.search(sentence) is not None and bool(_arms(sentence))


def _flow(text: NormalText, sentence: Sentence, before: int | None) -> PrintedFlow | None:
    words = sentence.text
    where = f"line {text.line(sentence.start + len(words) - len(words.lstrip()))}"
    if _STOPPED.search(words):
        stopped = _stopped(words, where)
        if stopped is not None:
            return stopped
    if not _RANDOM.search(words):
        return None
    arms = _arms(words)
    total = _total(words, arms)
    if total is None and before is not None and arms and _is_near(arms, before):
        total = before
    if total is None and not arms:
        return None
    flow = PrintedFlow(total=total, arms=arms, where=where, lacking=bool(_LACKING.search(words)))
    if total is not None and not _is_near(arms, total) and not _is_a_slip(flow):
        return replace(flow, arms=())
    return flow


def _total(words: str, arms: Sequence[int]) -> int | None:
    """Return how many were assigned: of the numbers that may be meant, the groups' sum if it is there."""
    found: list[int] = []
    for pattern in _TOTALS:
        found += [int(digits(match["n"])) for match in pattern.finditer(words)]
    possible = [number for number in found if number <= MOST and number not in arms]
    if not possible:
        return None
    return min(possible, key=lambda number: abs(number - sum(arms))) if arms else possible[0]


def _arms(words: str) -> tuple[int, ...]:
    """Return the sizes of two groups or more in the order in which they stand; empty if there are none."""
    each = _EACH.search(words)
    if each is not None:
        return (int(digits(each["n"])),) * 2
    for pattern in _ARMS:
        sizes = tuple(int(digits(_size_in(match))) for match in pattern.finditer(words))
        if 2 <= len(sizes) <= 4 and all(1 < size <= MOST for size in sizes):
            return sizes
    return ()


def _is_a_slip(flow: PrintedFlow) -> bool:
    """Tell whether one slip of the pen would make the groups add up, however far they are apart."""
    return any(
        sum(slipped.arms) == slipped.total
        for kind in (Kind.TRANSPOSED, Kind.SHIFTED, Kind.LOST)
        for _, slipped in slips_of_flow(flow, kind)
    )


def _size_in(match: re.Match[str]) -> str:
    parts = match.groupdict()
    return parts.get("n") or parts.get("n2") or "0"


def _is_near(arms: Sequence[int], total: int) -> bool:
    """Tell whether sizes may be the groups of so many: another count in a sentence is no group."""
    return bool(arms) and total / 2 < sum(arms) < 2 * total and max(arms) < total


def _stopped(words: str, where: str) -> PrintedFlow | None:
    for pattern in _OF_PLANNED:
        match = pattern.search(words)
        if match is not None:
            return PrintedFlow(
                enrolled=int(digits(match["n"])),
                planned=int(digits(match["planned"])),
                stopped_early=True,
                where=where,
            )
    planned = _PLANNED.search(words)
    if planned is None:
        return None
    return PrintedFlow(
        total=_total(words, ()), planned=int(digits(planned["planned"])), stopped_early=True, where=where
    )


def _listed(text: NormalText) -> tuple[PrintedFlow, ...]:
    """Return the flow of a summary in key words: a sample size, and patients per arm."""
    per_arm, sample = _PER_ARM.search(text.text), _SAMPLE_SIZE.search(text.text)
    if per_arm is None or sample is None:
        return ()
    sizes = tuple(int(digits(match["n"])) for match in _BEHIND_COLON.finditer(per_arm.group()))
    total = int(digits(sample["n"]))
    if len(sizes) < 2 or not _is_near(sizes, total):
        return ()
    return (PrintedFlow(total=total, arms=sizes, where=f"line {text.line(per_arm.start())}"),)
