"""Arterial input selectors: one file, one SELECTOR."""
