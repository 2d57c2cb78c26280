"""What the words around a result say of it: lower or higher, significant or not."""

from __future__ import annotations

import re

from tissueclock.evidence.check.model import Direction

_LOWER = re.compile(
    r"\b(?:lower(?:ed)?|reduced|reduces|reduction|decreased?|decreases|fewer|smaller|shorter)\b",
    re.IGNORECASE,
)
_HIGHER = re.compile(
    r"\b(?:higher|increased?|increases|greater|larger|longer|more\s+(?:frequent(?:ly)?|"
    r"common(?:ly)?|often|likely))\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:no|not|nor|neither|without|non|never|similar|neutral|did\s+not|fail(?:ed|s|ure)?)\b|n't\b",
    re.IGNORECASE,
)
_OTHER_GROUP_FIRST = re.compile(
    r"\b(?:in|with|among|for|after|receiving)\s+(?:the\s+|patients\s+(?:in|receiving|with|on)\s+(?:the\s+)?)?"
    r"(?:control|placebo|standard|medical|usual|conservative|comparison|non|no\s|best\s+medical)",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"\bthan\b|\bcompared\b|\bversus\b|\bvs\b", re.IGNORECASE)
_NOT_SIGNIFICANT = re.compile(
    r"\b(?:no|not|nor|neither|without|non)\b[ -]?(?:[\w-]+\s+){0,5}?signific|\bnon-?signific|\binsignific|"
    r"\bdid\s+not\s+(?:\w+\s+)?differ(?:\s+significantly)?\b|\bn\.s\.",
    re.IGNORECASE,
)
_SIGNIFICANT = re.compile(r"(?<!clinically )\bsignificant(?:ly)?\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:,|;|\))\s*(?:and|but|whereas|while|although|however|with)\b|;|\bbut\b|\bwhereas\b|:\s", re.IGNORECASE
)


def last_clause(words: str) -> str:
    """Return what follows the last conjunction outside brackets: the words that a result belongs to."""
    plain = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", lambda match: " " * len(match.group()), words)
    cuts = [match.end() for match in _CLAUSE.finditer(plain)]
    return words[cuts[-1] :] if cuts else words


def direction_of(words: str) -> Direction | None:
    """Return what the words say of the first group; None where they say both, neither, or deny it."""
    lower, higher = _LOWER.search(words), _HIGHER.search(words)
    if (lower is None) == (higher is None) or _NEGATED.search(words):
        return None
    said = lower or higher
    if said is None:
        return None
    first_named = _COMPARED.split(words[said.end() :])[0]
    if _OTHER_GROUP_FIRST.search(first_named) or _OTHER_GROUP_FIRST.search(words[: said.start()]):
        return None
    return Direction.LOWER if lower is not None else Direction.HIGHER


def significance_of(words: str) -> bool | None:
    """Return whether the words claim or deny significance; None where they do both or neither."""
    denied = _NOT_SIGNIFICANT.search(words)
    rest = _NOT_SIGNIFICANT.sub("", words)
    claimed = _SIGNIFICANT.search(rest)
    if (denied is None) == (claimed is None):
        return None
    return claimed is not None
