"""Tissueclock turns an acute stroke scan into evidence. Research use only; not a medical device."""

__version__ = "0.1.0"
