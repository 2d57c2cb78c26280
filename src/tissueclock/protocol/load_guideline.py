"""TOML tables -> Guideline. A key that is not known is an error, always."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.protocol.guideline import Grading, Guideline, Recommendation, Treatment, View
from tissueclock.protocol.load import check_schema, parse_cases, parse_rule, read_sources
from tissueclock.protocol.load_conduct import parse_reading, source_of
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.table import Table, each, errors_at

KIND = "guideline"
"""What the key `kind` of a guideline's file holds; files of trials and profiles have no such key."""

GUIDELINE_KEYS = (
    *("schema", "kind", "id", "title", "issuer", "version", "date", "citation", "grading", "notes"),
    *("sources", "recommendation", "reading", "case", "limit"),
)
RECOMMENDATION_KEYS = (
    *("id", "text", "class", "level", "treatment", "view", "rule", "confidence"),
    *("grade_confidence", "source", "place"),
)


def parse_guideline(values: Mapping[str, Any], file: str, digest: str) -> Guideline:
    """Build a guideline from its TOML document (decimals as Decimal); as `load.parse_protocol`."""
    table = Table(values, file).only(*GUIDELINE_KEYS)
    check_schema(table)
    check_kind(table)
    sources = read_sources(table.table("sources"))
    with errors_at(file):
        return Guideline(
            id=table.text("id"),
            title=table.text("title"),
            issuer=table.text("issuer"),
            version=table.text("version"),
            day=table.day("date"),
            citation=table.text("citation"),
            grading=table.word("grading", Grading),
            notes=table.texts("notes"),
            readings=each(table.tables("reading"), parse_reading),
            recommendations=each(table.tables("recommendation"), lambda item: _recommendation(item, sources)),
            cases=parse_cases(table),
            digest=digest,
        )


def check_kind(table: Table) -> None:
    """Raise InputError unless the document says that it is a guideline."""
    if table.text("kind") != KIND:
        raise InputError("unknown kind of file.", where=table.place, remedy=f'Write kind = "{KIND}".')


def _recommendation(table: Table, sources: Mapping[str, str]) -> Recommendation:
    table.only(*RECOMMENDATION_KEYS)
    confidence = table.word("confidence", Confidence)
    return Recommendation(
        id=table.text("id"),
        text=table.text("text"),
        strength=table.text("class"),
        level=table.text("level"),
        treatment=table.word("treatment", Treatment),
        view=table.word("view", View),
        rule=parse_rule(table.table("rule")),
        confidence=confidence,
        grade_confidence=table.word("grade_confidence", Confidence, confidence),
        source=source_of(table, sources),
        place=table.text("place"),
    )
