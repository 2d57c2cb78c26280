"""`tissueclock protocol`: the trials, profiles and guidelines that are registered."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from tissueclock.cli.commands.card import show_card
from tissueclock.cli.commands.protocol_conduct import conduct_document, conduct_lines
from tissueclock.cli.commands.protocol_example import example
from tissueclock.cli.commands.protocol_export import run_export
from tissueclock.cli.commands.protocol_import import run_confirm, run_import
from tissueclock.cli.commands.protocol_published import published_document, published_lines
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode
from tissueclock.core.files import content_of
from tissueclock.eligibility.argument import grade_words
from tissueclock.eligibility.explain import criterion_words, rule_words, source_words
from tissueclock.eligibility.judge import judge
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.files import read_case
from tissueclock.protocol.guideline import Guideline, Recommendation
from tissueclock.protocol.lint.finding import Level, LintFinding
from tissueclock.protocol.lint.linter import lint
from tissueclock.protocol.model import Criterion, ProfileDefinition, Protocol
from tissueclock.protocol.registry import (
    check_judgements,
    guidelines,
    profiles,
    protocol,
    protocols,
    registered_contents,
)


def run(arguments: Namespace, console: Console) -> ExitCode:
    """List, show, appraise, lint, import, confirm or export, or print a file to edit."""
    if arguments.action == "list":
        return _list(console)
    if arguments.action == "lint":
        return _lint(arguments.files, console)
    if arguments.action == "example":
        return example(console)
    if arguments.action == "card":
        return show_card(arguments, console)
    if arguments.action == "import":
        return run_import(arguments, console)
    if arguments.action == "confirm":
        return run_confirm(arguments, console)
    if arguments.action == "export":
        return run_export(arguments, console)
    if arguments.id in guidelines():
        return _show_guideline(guidelines()[arguments.id], console)
    return _show(protocol(arguments.id), console)


def typed_facts(path: Path | None, trials: Sequence[Protocol] = ()) -> CaseFacts:
    """Return the facts of a file, none without one; judgements must belong to criteria of known trials.

    `trials` are known beside the registered ones.
    """
    case = CaseFacts.of() if path is None else read_case(path)
    check_judgements(case, trials)
    return case


def _list(console: Console) -> ExitCode:
    registered: Mapping[str, Mapping[str, Protocol | ProfileDefinition | Guideline]] = {
        "trials": protocols(),
        "profiles": profiles(),
        "guidelines": guidelines(),
    }
    document = {
        kind: {id: {"title": item.title, "digest": item.digest} for id, item in entries.items()}
        for kind, entries in registered.items()
    }
    lines = [
        f"{id}\t{kind.removesuffix('s')}\t{item['title']}"
        for kind, entries in document.items()
        for id, item in entries.items()
    ]
    console.result(document, lines)
    return ExitCode.DONE


def _line(criterion: Criterion) -> str:
    """Return a criterion as one line: id, kind, statement, rule, where it was read, confidence."""
    return "\t".join(
        (
            criterion.id,
            criterion.kind.value,
            criterion.text,
            criterion_words(criterion),
            source_words(criterion),
            f"[{criterion.confidence.value}]",
        )
    )


def _lint(files: list[Path], console: Console) -> ExitCode:
    contents = [(path.name, content_of(path)) for path in files] if files else list(registered_contents())
    found = [(name, lint(content, name, judge)) for name, content in contents]
    findings = [finding for _, group in found for finding in group]
    lines = [finding.text() for finding in findings]
    lines += [f"{name}\t{_count(group)}" for name, group in found]
    console.result({"findings": [finding.to_json() for finding in findings]}, lines)
    return ExitCode.INPUT if any(item.level is Level.ERROR for item in findings) else ExitCode.DONE


def _count(findings: Sequence[LintFinding]) -> str:
    errors = sum(finding.level is Level.ERROR for finding in findings)
    return f"errors {errors}\twarnings {len(findings) - errors}"


def _show(shown: Protocol, console: Console) -> ExitCode:
    criteria = [
        {
            "id": criterion.id,
            "kind": criterion.kind.value,
            "text": criterion.text,
            "rule": criterion_words(criterion),
            "facts": list(criterion.facts),
            "role": criterion.role.value,
            "confidence": criterion.confidence.value,
            "source": criterion.source,
            "place": criterion.place,
        }
        for criterion in shown.criteria
    ]
    head = {
        "id": shown.id,
        "title": shown.title,
        "citation": shown.citation,
        "as_of": shown.as_of.isoformat(),
        "digest": shown.digest,
    }
    lines = [f"{shown.id}\t{shown.title}\t{shown.citation}"]
    lines += [_line(criterion) for criterion in shown.criteria]
    lines += [*conduct_lines(shown), *published_lines(shown.id)]
    rest = {**conduct_document(shown), "published": published_document(shown.id)}
    console.result({**head, "criteria": criteria, **rest}, lines)
    return ExitCode.DONE


def _show_guideline(shown: Guideline, console: Console) -> ExitCode:
    head = {
        "id": shown.id,
        "title": shown.title,
        "issuer": shown.issuer,
        "version": shown.version,
        "date": shown.day.isoformat(),
        "citation": shown.citation,
        "digest": shown.digest,
        "notes": list(shown.notes),
    }
    items = [
        {
            "id": item.id,
            "text": item.text,
            "class": item.strength,
            "level": item.level,
            "treatment": item.treatment.value,
            "view": item.view.value,
            "rule": rule_words(item.rule),
            "facts": list(item.facts),
            "confidence": item.confidence.value,
            "grade_confidence": item.grade_confidence.value,
            "source": item.source,
            "place": item.place,
        }
        for item in shown.recommendations
    ]
    lines = [
        f"{shown.id}\t{shown.title}\t{shown.citation}",
        *map(_recommendation_line, shown.recommendations),
    ]
    console.result({**head, "recommendations": items}, lines)
    return ExitCode.DONE


def _recommendation_line(item: Recommendation) -> str:
    """Return a recommendation as one line: id, view, treatment, grade, statement, rule, source, mark."""
    return "\t".join(
        (
            item.id,
            item.view.value,
            item.treatment.value,
            grade_words(item),
            item.text,
            rule_words(item.rule),
            source_words(item),
            f"[{item.confidence.value}]",
        )
    )
