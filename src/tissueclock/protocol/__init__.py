"""Trials, profiles and published results as data."""
