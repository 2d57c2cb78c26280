"""Trials, facts and eligibility logs in the forms of others: FHIR R5 and CDISC SDTM."""
