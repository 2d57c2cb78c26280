"""What is missing, ordered by how many trials one more fact would settle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.eligibility.asked import Asked
from tissueclock.eligibility.borders import borders_of
from tissueclock.eligibility.decide import Readable, readable
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.finding import unique
from tissueclock.eligibility.links import CORE, FROM_VOLUMES, GLUCOSE, HYPOPERFUSED, changed, following
from tissueclock.eligibility.moves import every_value
from tissueclock.eligibility.outcome import Assessment, Decision
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.vocabulary import definition_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFact:
    """A fact that is not known, and the trials (by id) that it matters to.

    `open_in`: a criterion is open for want of it. `settles`: trials, undetermined now, in which some value of
    it alone gives a definite verdict; `admits`: those among them in which some value makes the patient
    eligible, so that it is the last gap. `gives` are other missing facts that follow from it.
    """

    name: str
    open_in: tuple[str, ...]
    settles: tuple[str, ...]
    admits: tuple[str, ...]
    gives: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fact with counts and trials as JSON values."""
        return {
            "fact": self.name,
            "unit": definition_of(self.name).unit,
            "open": len(self.open_in),
            "settles": len(self.settles),
            "admits": len(self.admits),
            "open_in": list(self.open_in),
            "settles_in": list(self.settles),
            "admits_in": list(self.admits),
            "gives": list(self.gives),
        }


def missing_by_trials(
    asked: Sequence[Asked], case: CaseFacts, assessments: Sequence[Assessment]
) -> tuple[MissingFact, ...]:
    """Return every missing fact: those that settle most trials first, then those that admit to most.

    `case` is complete; `asked` and `assessments` belong together, one each a trial.
    """
    seen = readable(case)
    names = unique(name for assessment in assessments for name in assessment.missing)
    found = []
    for name in unique(_asked_for(case, names)):
        gives = frozenset((name, *_followers(case, seen, name))) & {name, *names}
        settled = {
            view.trial.id: _definite(view, case, seen, name)
            for view, assessment in zip(asked, assessments, strict=True)
            if assessment.decision is Decision.UNDETERMINED and gives & set(assessment.missing)
        }
        found.append(
            MissingFact(
                name=name,
                open_in=tuple(item.trial for item in assessments if gives & set(item.missing)),
                settles=tuple(trial for trial, verdicts in settled.items() if verdicts),
                admits=tuple(trial for trial, verdicts in settled.items() if Decision.ELIGIBLE in verdicts),
                gives=tuple(other for other in names if other in gives and other != name),
            )
        )
    return tuple(sorted(found, key=_place))


def _place(item: MissingFact) -> tuple[int, int, int]:
    return -len(item.settles), -len(item.admits), -len(item.open_in)


def _asked_for(case: CaseFacts, names: Sequence[str]) -> Iterator[str]:
    """Yield the facts that one would ask for: a volume before what follows from it, glucose once."""
    for name in names:
        if name in FROM_VOLUMES:
            unknown = [volume for volume in (CORE, HYPOPERFUSED) if case.known(volume) is None]
            if len(unknown) == 1:
                yield unknown[0]
                continue
        if name in GLUCOSE and GLUCOSE[name][0] in names:
            yield min(name, GLUCOSE[name][0])
            continue
        yield name


def _followers(case: CaseFacts, seen: Readable, name: str) -> frozenset[str]:
    """Return the facts that become known with `name`."""
    if not definition_of(name).numeric:
        return frozenset()
    return frozenset(following(case, seen, name, 1)) - frozenset(seen)


def _definite(view: Asked, case: CaseFacts, seen: Readable, name: str) -> frozenset[Decision]:
    """Return the definite verdicts that some value of one more fact gives."""
    words = view.words.get(name, frozenset())
    found: set[Decision] = set()
    for value in every_value(definition_of(name), borders_of(view, seen, name), words):
        decision = view.decide(following(case, seen, name, value))
        if (
            decision is not Decision.UNDETERMINED
            and decision not in found
            and _agrees(view, case, name, value, decision)
        ):
            found.add(decision)
    return frozenset(found)


def _agrees(view: Asked, case: CaseFacts, name: str, value: Any, decision: Decision) -> bool:
    """Tell whether the slow `assess` says the same of the whole case, which the value may contradict."""
    try:
        after = changed(case, {name: value})
    except InputError:
        return False
    return assess(view.trial, after, view.scope).decision is decision
