"""Interval methods of two groups: one file, one FAMILY."""
