"""The sentence that stands wherever a person reads a result."""

DISCLAIMER = "Research use only. Not a medical device; not for diagnosis or treatment decisions."
