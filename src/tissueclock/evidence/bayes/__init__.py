"""Bayesian rules for proportions and the utility-weighted mRS, computed without simulation."""
