"""A stranger's reader of an exported bundle: decides cases from the JSON alone, in three values, slowly."""

import operator
import re
from fractions import Fraction

from tissueclock.facts.case import INFINITE

SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
VALUES = ("valueBoolean", "valueCodeableConcept", "valueQuantity", "valueRange", "valueReference")


class Reader:
    """The groups of a bundle, and whether a case is in one of them: True, False or None."""

    def __init__(self, bundle):
        self.by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
        (study,) = [item for item in self.by_url.values() if item["resourceType"] == "ResearchStudy"]
        self.study = study
        self.eligible = self.by_url[study["recruitment"]["eligibility"]["reference"]]

    def decide(self, case):
        return {True: "eligible", False: "ineligible", None: "undetermined"}[self.member(self.eligible, case)]

    def member(self, group, case):
        return kleene_all([self.holds(item, case) for item in group["characteristic"]])

    def holds(self, item, case):
        answer = self.value(item, case)
        return (not answer if item["exclude"] else answer) if answer is not None else None

    def value(self, item, case):
        (key,) = [key for key in VALUES if key in item]
        wanted = item[key]
        if key == "valueReference":
            return self.member(self.by_url[wanted["reference"]], case)
        known = case.known(item["code"]["coding"][0]["code"])
        if known is None:
            return None
        if key == "valueBoolean":
            return known is wanted
        if key == "valueCodeableConcept":
            word = wanted["coding"][0]["code"]
            return word in known if isinstance(known, frozenset) else known == word
        if key == "valueRange":
            return number(wanted["low"]["value"]) <= exact(known) <= number(wanted["high"]["value"])
        return SIGNS[wanted["comparator"]](exact(known), number(wanted["value"]))


def kleene_all(answers):
    if False in answers:
        return False
    return None if None in answers else True


def number(value):
    return Fraction(repr(value))


def exact(known):
    if known is INFINITE:
        return float("inf")
    return Fraction(repr(known)) if isinstance(known, float) else Fraction(known)


def problems(value, path=""):
    """Yield what no FHIR JSON may hold: null, an empty text, list or object, a number that is none."""
    if value is None or value in ("", [], {}):
        yield f"{path} is empty"
    if isinstance(value, float) and value != value:
        yield f"{path} is no number"
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from problems(inner, f"{path}.{key}")
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from problems(inner, f"{path}[{index}]")
