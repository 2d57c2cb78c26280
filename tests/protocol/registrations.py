"""Invented registrations: a JSON record as the registry's API writes it, and a directory's text export."""

import json

INCLUSION = (
    "Age ≥ 21 years",
    "Signs of a stroke in one hemisphere, and baseline NIHSS score \\> 7 points",
    "Core volume less than 45 mL, mismatch ratio at least 1.6, and mismatch volume more than 12 mL",
    "Platelets ≥ 80 000/mm3",
    "Puncture within 20 hours of last known well",
)
EXCLUSION = (
    "Pre-stroke mRS score ≥ 3",
    "Glucose below 2.5 mmol/L or INR \\> 2.5",
    "Unable to lie still",
)


def criteria(inclusion=INCLUSION, exclusion=EXCLUSION):
    """Return a block of criteria as the registry writes it."""
    lines = ["Inclusion Criteria:", "", *(f"* {line}" for line in inclusion)]
    return "\n".join([*lines, "", "Exclusion Criteria:", "", *(f"* {line}" for line in exclusion)])


def record(text=None, **eligibility):
    """Return an invented record; `eligibility` replaces keys of its module, None takes one out."""
    module = {
        "eligibilityCriteria": criteria() if text is None else text,
        "healthyVolunteers": False,
        "sex": "ALL",
        "minimumAge": "21 Years",
        "maximumAge": "85 Years",
        **eligibility,
    }
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": "NCT00000000",
                "briefTitle": "An invented trial",
                "officialTitle": "An Invented Trial of Nothing",
                "acronym": "INVENTED One",
            },
            "statusModule": {
                "overallStatus": "RECRUITING",
                "startDateStruct": {"date": "2024-02", "type": "ACTUAL"},
                "completionDateStruct": {"date": "2027-01-31", "type": "ESTIMATED"},
                "lastUpdatePostDateStruct": {"date": "2025-03-04", "type": "ACTUAL"},
            },
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "designInfo": {"allocation": "RANDOMIZED", "maskingInfo": {"masking": "SINGLE"}},
                "enrollmentInfo": {"count": 120, "type": "ESTIMATED"},
            },
            "armsInterventionsModule": {
                "armGroups": [{"label": "Device", "type": "EXPERIMENTAL"}, {"label": "No device"}],
                "interventions": [{"type": "DEVICE", "name": "A device"}],
            },
            "outcomesModule": {
                "primaryOutcomes": [{"measure": "mRS 0 to 2", "timeFrame": "90 days"}],
                "secondaryOutcomes": [{"measure": "Death", "timeFrame": "90 days"}, {"measure": "NIHSS"}],
            },
            "eligibilityModule": {key: value for key, value in module.items() if value is not None},
        }
    }


def record_bytes(text=None, **eligibility):
    return json.dumps(record(text, **eligibility)).encode()


def export(text=None, minimum="21 Years", maximum="85 Years", sex="ALL"):
    """Return an invented text export of a trial directory."""
    return f"""An Invented Trial of Nothing

NCT ID: NCT00000000

Last Updated: 2025-03-04

Recruitment Status

RECRUITING

Total Enrollment

120 participants

Study Start Date

2024-02-01

Detailed Description

Patients are randomized. The primary endpoint is a score of 0.5 or more at day 90. That is all.

Allocation Method

RANDOMIZED

Study Groups

What each group gets.

Device

They get the device.

Group Type EXPERIMENTAL

A device

Intervention Type DEVICE

It is a device.

No device

They get none.

Group Type NO_INTERVENTION

Eligibility Criteria

Who may take part.

{criteria() if text is None else text}
Minimum Eligible Age

{minimum}

Maximum Eligible Age

{maximum}

Eligible Sex

{sex}

Accepts Healthy Volunteers

No

Locations

* Age ≥ 99 years is a street in Nowhere
"""
