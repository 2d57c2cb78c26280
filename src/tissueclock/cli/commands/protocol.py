"""`tissueclock protocol`: the trials and profiles that are registered."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.files import read_case
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.registry import check_judgements, profiles, protocol, protocols


def run(arguments: Namespace, console: Console) -> ExitCode:
    """List every trial and profile, or show one trial."""
    if arguments.action == "list":
        return _list(console)
    return _show(protocol(arguments.id), console)


def chosen_protocols(ids: list[str] | None) -> tuple[Protocol, ...]:
    """Return the protocols with these ids, all of them by default; raises UsageError for an unknown one."""
    if ids is None:
        return tuple(protocols().values())
    return tuple(protocol(id) for id in dict.fromkeys(ids))


def typed_facts(path: Path | None) -> CaseFacts:
    """Return the facts of a file, none without one; judgements must belong to registered criteria."""
    case = CaseFacts.of() if path is None else read_case(path)
    check_judgements(case)
    return case


def _list(console: Console) -> ExitCode:
    trials = {id: {"title": item.title, "digest": item.digest} for id, item in protocols().items()}
    kinds = {id: {"title": item.title, "digest": item.digest} for id, item in profiles().items()}
    lines = [f"{id}\ttrial\t{item['title']}" for id, item in trials.items()]
    lines += [f"{id}\tprofile\t{item['title']}" for id, item in kinds.items()]
    console.result({"trials": trials, "profiles": kinds}, lines)
    return ExitCode.DONE


def _show(shown: Protocol, console: Console) -> ExitCode:
    criteria = [
        {
            "id": criterion.id,
            "kind": criterion.kind.value,
            "text": criterion.text,
            "facts": list(criterion.facts),
            "role": criterion.role.value,
            "confidence": criterion.confidence.value,
            "source": criterion.source,
        }
        for criterion in shown.criteria
    ]
    head = {"id": shown.id, "title": shown.title, "citation": shown.citation, "digest": shown.digest}
    lines = [f"{shown.id}\t{shown.title}\t{shown.citation}"]
    lines += [f"{item['id']}\t{item['kind']}\t{item['text']}\t[{item['confidence']}]" for item in criteria]
    console.result({**head, "criteria": criteria}, lines)
    return ExitCode.DONE
