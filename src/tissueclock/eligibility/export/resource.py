"""What every FHIR R5 resource of ours shares: bundle, notice, codes and quantities (FHIR R5, 5.0.0)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from tissueclock.core.notice import DISCLAIMER
from tissueclock.facts.vocabulary import definition_of

Resource = dict[str, Any]

OURS = "urn:tissueclock:fhir:"
"""The start of the addresses of our extensions and code systems; nothing is published under them."""

LOINC: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "age": ("30525-0", "Age"),
        "nihss": ("72089-6", "Total score [NIH Stroke Scale]"),
        "nihss_initial": ("72089-6", "Total score [NIH Stroke Scale]"),
        "nihss_pre_rand": ("72089-6", "Total score [NIH Stroke Scale]"),
        "sbp": ("8480-6", "Systolic blood pressure"),
        "dbp": ("8462-4", "Diastolic blood pressure"),
        "glucose_mg_dl": ("2339-0", "Glucose [Mass/volume] in Blood"),
        "glucose_mmol_l": ("15074-8", "Glucose [Moles/volume] in Blood"),
        "platelets": ("26515-7", "Platelets [#/volume] in Blood"),
        "inr": ("6301-6", "INR in Platelet poor plasma by Coagulation assay"),
    }
)
"""Codes that were looked up (loinc.org, FHIR's blood pressure profile, IHE's stroke score), with their names.
Facts without one have our own code only."""

UCUM: Mapping[str, str] = MappingProxyType(
    {
        "": "1",
        "mL": "mL",
        "h": "h",
        "min": "min",
        "s": "s",
        "years": "a",
        "months": "mo",
        "days": "d",
        "points": "{score}",
        "grade": "{grade}",
        "cm": "cm",
        "%": "%",
        "mmHg": "mm[Hg]",
        "mg/dL": "mg/dL",
        "mmol/L": "mmol/L",
        "10^9/L": "10*9/L",
        "mL/100 g/min": "mL/min/(100.g)",
        "mL/min/1.73 m2": "mL/min/{1.73_m2}",
    }
)
"""The vocabulary's units as UCUM codes."""


def bundle(resources: Sequence[Resource], name: str) -> Resource:
    """Return a collection of resources, each under its `urn` as `fullUrl`; `name` makes its own id."""
    entries = [{"fullUrl": urn(item["id"]), "resource": item} for item in resources]
    return {**resource("Bundle", name), "type": "collection", "entry": entries}


def resource(kind: str, name: str) -> Resource:
    """Return the head of a resource: an id that is the same for the same name, and the notice as a tag."""
    tag = {"system": f"{OURS}notice", "code": "research-use-only", "display": DISCLAIMER}
    return {"resourceType": kind, "id": resource_id(kind, name), "meta": {"tag": [tag]}}


def resource_id(kind: str, name: str) -> str:
    """Return the id of a resource: a UUID made from its kind and name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{OURS}{kind}:{name}"))


def urn(id: str) -> str:
    """Return the address of a resource inside a bundle."""
    return f"urn:uuid:{id}"


def extension(name: str, text: str) -> Resource:
    """Return an extension of ours that holds a text."""
    return {"url": f"{OURS}{name}", "valueString": text}


def fact_code(name: str) -> Resource:
    """Return what a fact is: our code, LOINC's where it was looked up, and the label."""
    label = definition_of(name).label
    coding = [{"system": f"{OURS}fact", "code": name, "display": label}]
    if name in LOINC:
        code, display = LOINC[name]
        coding.append({"system": "http://loinc.org", "code": code, "display": display})
    return {"coding": coding, "text": label}


def word_code(fact: str, word: str) -> Resource:
    """Return a word of a fact as a code of our own."""
    return {"coding": [{"system": f"{OURS}fact:{fact}", "code": word, "display": word}], "text": word}


def quantity(fact: str, value: int | float | Decimal | Fraction, comparator: str = "") -> Resource:
    """Return a number in the fact's unit; `comparator` is one of FHIR's `<`, `<=`, `>=`, `>`, or none."""
    unit = definition_of(fact).unit
    sign = {"comparator": comparator} if comparator else {}
    system = {"system": "http://unitsofmeasure.org", "code": UCUM[unit]}
    return {"value": number(value), **sign, "unit": unit or "1", **system}


def number(value: int | float | Decimal | Fraction) -> int | float:
    """Return a JSON number that prints as the decimal that it was."""
    return value if isinstance(value, int) else float(value)
