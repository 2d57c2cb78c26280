"""A record of ClinicalTrials.gov (API version 2, JSON) -> Registration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.protocol.registration.criteria_text import statements
from tissueclock.protocol.registration.dates import day_of
from tissueclock.protocol.registration.record import Registration

_WRONG = "Give the record of one study as the registry's API version 2 writes it."


def registration_of_json(text: str, file: str) -> Registration:
    """Read one study: the record itself, or an answer of the API that holds exactly one.

    Raises InputError for what is no JSON (with its line), no such record, or one without criteria.
    """
    section = _section(_document(text, file), file)
    criteria = _text(section, file, "eligibilityModule", "eligibilityCriteria")
    if not criteria:
        raise InputError(
            "the record has no eligibility criteria.",
            where=f"{file}: {_path('eligibilityModule', 'eligibilityCriteria')}",
            remedy=_WRONG,
        )
    return Registration(
        number=_text(section, file, "identificationModule", "nctId"),
        title=_text(section, file, "identificationModule", "officialTitle")
        or _text(section, file, "identificationModule", "briefTitle"),
        acronym=_text(section, file, "identificationModule", "acronym"),
        where=f"{file}: eligibilityCriteria",
        as_of=day_of(_text(section, file, "statusModule", "lastUpdatePostDateStruct", "date"))
        or day_of(_text(section, file, "statusModule", "lastUpdateSubmitDate")),
        statements=statements(enumerate(criteria.split("\n"), start=1)),
        minimum_age=_text(section, file, "eligibilityModule", "minimumAge"),
        maximum_age=_text(section, file, "eligibilityModule", "maximumAge"),
        sex=_text(section, file, "eligibilityModule", "sex"),
        arms=_labels(section, file, ("armsInterventionsModule", "armGroups"), "label"),
        interventions=_labels(section, file, ("armsInterventionsModule", "interventions"), "name"),
        primary=_outcomes(section, file, "primaryOutcomes"),
        secondary=_outcomes(section, file, "secondaryOutcomes"),
        allocation=_text(section, file, "designModule", "designInfo", "allocation"),
        masking=_text(section, file, "designModule", "designInfo", "maskingInfo", "masking"),
        dates=_dates(section, file),
        status=_text(section, file, "statusModule", "overallStatus"),
        enrolment=_count(section, file),
    )


def _document(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"it is not valid JSON: {error.msg}.", where=f"{file}:{error.lineno}", remedy=_WRONG
        ) from error
    except (RecursionError, ValueError) as error:
        raise InputError("it is not JSON that can be read.", where=f"{file}:1", remedy=_WRONG) from error


def _section(document: Any, file: str) -> Mapping[str, Any]:
    studies = document.get("studies") if isinstance(document, Mapping) else None
    if isinstance(studies, list) and len(studies) != 1:
        raise InputError(f"it holds {len(studies)} studies.", where=f"{file}:1", remedy=_WRONG)
    study = studies[0] if isinstance(studies, list) else document
    section = study.get("protocolSection") if isinstance(study, Mapping) else None
    if not isinstance(section, Mapping):
        raise InputError("it has no 'protocolSection'.", where=f"{file}:1", remedy=_WRONG)
    return section


def _at(section: Mapping[str, Any], file: str, *keys: str) -> Any:
    """Return what stands at a path of keys, None where it is absent; raises InputError on the way."""
    found: Any = section
    for index, key in enumerate(keys):
        if not isinstance(found, Mapping):
            raise InputError("it is no object.", where=f"{file}: {_path(*keys[:index])}", remedy=_WRONG)
        found = found.get(key)
        if found is None:
            return None
    return found


def _text(section: Mapping[str, Any], file: str, *keys: str) -> str:
    found = _at(section, file, *keys)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise InputError("it is no text.", where=f"{file}: {_path(*keys)}", remedy=_WRONG)
    return found.strip()


def _items(section: Mapping[str, Any], file: str, *keys: str) -> list[Mapping[str, Any]]:
    found = _at(section, file, *keys)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise InputError("it is no list of objects.", where=f"{file}: {_path(*keys)}", remedy=_WRONG)
    return found


def _labels(section: Mapping[str, Any], file: str, keys: tuple[str, ...], key: str) -> tuple[str, ...]:
    labels = (_text(item, file, key) for item in _items(section, file, *keys))
    return tuple(label for label in labels if label)


def _outcomes(section: Mapping[str, Any], file: str, key: str) -> tuple[str, ...]:
    found = []
    for item in _items(section, file, "outcomesModule", key):
        measure, frame = _text(item, file, "measure"), _text(item, file, "timeFrame")
        if measure:
            found.append(f"{measure} ({frame})" if frame else measure)
    return tuple(found)


def _dates(section: Mapping[str, Any], file: str) -> tuple[str, ...]:
    found = []
    for label, key in (
        ("Start", "startDateStruct"),
        ("Primary completion", "primaryCompletionDateStruct"),
        ("Completion", "completionDateStruct"),
    ):
        date = _text(section, file, "statusModule", key, "date")
        if date:
            kind = _text(section, file, "statusModule", key, "type").lower()
            found.append(f"{label}: {date}" + (f" ({kind})" if kind else ""))
    return tuple(found)


def _count(section: Mapping[str, Any], file: str) -> str:
    found = _at(section, file, "designModule", "enrollmentInfo", "count")
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 10**9:
        where = f"{file}: {_path('designModule', 'enrollmentInfo', 'count')}"
        raise InputError("it is no number of participants.", where=where, remedy=_WRONG)
    return str(found)


def _path(*keys: str) -> str:
    return ".".join(("protocolSection", *keys))
