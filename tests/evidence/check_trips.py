"""For every check a printed result that trips it, and a near miss that it lets pass."""

from __future__ import annotations

from types import MappingProxyType

LIMIT = "[[result]]\nevents = [31, 13]\nn = [100, 102]"
TRIPS = MappingProxyType(
    {
        "events-exceed": (
            '[[result]]\nmeasure = "RR"\nevents = [101, 13]\nn = [100, 102]',
            '[[result]]\nmeasure = "RR"\nevents = [100, 13]\nn = [100, 102]',
        ),
        "percent": (
            "[[result]]\nevents = 13\nn = 102\npercent = 17.2",
            "[[result]]\nevents = 13\nn = 102\npercent = 12.7",
        ),
        "percent-unattainable": (
            "[[result]]\nn = 66\npercent = 31.9",
            "[[result]]\nn = 66\npercent = 31.8",
        ),
        "denominator": (
            "[[result]]\nevents = 31\npercent = 13.0\nsizes = [100, 102]",
            "[[result]]\nevents = 31\npercent = 31.0\nsizes = [100, 102]",
        ),
        "group-size": (
            "[[result]]\nevents = [31, 13]\nn = [130, 102]\nsizes = [101, 102]",
            "[[result]]\nevents = [31, 13]\nn = [101, 102]\nsizes = [101, 102]",
        ),
        "interval-order": (
            '[[result]]\nmeasure = "RR"\nestimate = 2.43\nci = [4.37, 1.35]',
            '[[result]]\nmeasure = "RR"\nestimate = 2.43\nci = [1.35, 4.37]',
        ),
        "estimate-outside": (
            '[[result]]\nmeasure = "OR"\nestimate = 5.61\nci = [0.58, 1.28]',
            '[[result]]\nmeasure = "OR"\nestimate = 1.28\nci = [0.58, 2.83]',
        ),
        "effect": (
            '[[result]]\nmeasure = "RR"\nestimate = 2.73\nevents = [31, 13]\nn = [100, 102]',
            '[[result]]\nmeasure = "RR"\nestimate = 2.43\nevents = [31, 13]\nn = [100, 102]',
        ),
        "effect-interval": (
            f'{LIMIT}\nmeasure = "RR"\nestimate = 2.43\nci = [1.35, 4.73]',
            f'{LIMIT}\nmeasure = "RR"\nestimate = 2.43\nci = [1.35, 4.37]',
        ),
        "direction": (
            '[[result]]\nmeasure = "HR"\nestimate = 1.30\nci = [1.01, 1.67]\ndirection = "lower"',
            '[[result]]\nmeasure = "HR"\nestimate = 1.00\nci = [0.78, 1.28]\ndirection = "lower"',
        ),
        "nnt": (
            '[[result]]\nmeasure = "NNT"\nestimate = 7\nevents = [31, 13]\nn = [100, 102]',
            '[[result]]\nmeasure = "NNT"\nestimate = 6\nevents = [31, 13]\nn = [100, 102]',
        ),
        "estimate-off-centre": (
            '[[result]]\nmeasure = "RR"\nestimate = 0.75\nci = [0.75, 0.99]',
            '[[result]]\nmeasure = "RR"\nestimate = 0.75\nci = [0.57, 0.99]',
        ),
        "p-impossible": (
            '[[result]]\nmeasure = "RR"\nestimate = 0.72\nci = [0.63, 0.82]\np = ">0.00001"',
            '[[result]]\nmeasure = "RR"\nestimate = 0.72\nci = [0.63, 0.82]\np = "<0.00001"',
        ),
        "p-value": (
            '[[result]]\nmeasure = "HR"\nestimate = 0.67\nci = [0.46, 0.98]\np = 0.38',
            '[[result]]\nmeasure = "HR"\nestimate = 0.67\nci = [0.46, 0.98]\np = 0.038',
        ),
        "significance": (
            '[[result]]\nmeasure = "HR"\nestimate = 0.67\nci = [0.46, 0.98]\np = 0.038\nsignificant = false',
            '[[result]]\nmeasure = "HR"\nestimate = 0.67\nci = [0.46, 0.98]\np = 0.038\nsignificant = true',
        ),
        "p-only-by": (
            "[[result]]\nevents = [9, 5]\nn = [100, 102]\np = 0.28",
            "[[result]]\nevents = [31, 13]\nn = [100, 102]\np = 0.002",
        ),
        "proportion-outside": (
            "[[result]]\npercent = 8.2\nci = [10.3, 16.5]",
            "[[result]]\npercent = 8.2\nci = [6.5, 10.3]",
        ),
        "proportion-interval": (
            "[[result]]\nevents = 31\nn = 100\npercent = 31.0\nci = [22.8, 46.0]",
            "[[result]]\nevents = 31\nn = 100\npercent = 31.0\nci = [22.8, 40.6]",
        ),
        "implied-control-rate": (
            '[[result]]\nmeasure = "OR"\nestimate = 4.28\npercent = 84.4\npooled = true',
            '[[result]]\nmeasure = "HR"\nestimate = 4.28\npercent = 84.4\npooled = true',
        ),
        "i2": (
            '[[result]]\nmeasure = "OR"\nestimate = 2.39\nq = 9.1\ni2 = 12\nstudies = 5',
            '[[result]]\nmeasure = "OR"\nestimate = 2.39\nq = 9.1\ni2 = 56\nstudies = 5',
        ),
        "arms-add-up": (
            "[[flow]]\ntotal = 203\narms = [110, 102]",
            "[[flow]]\ntotal = 203\narms = [100, 102]\nlacking = true",
        ),
        "stopped-early": (
            "[[flow]]\nplanned = 200\nenrolled = 203\nstopped_early = true",
            "[[flow]]\nplanned = 476\nenrolled = 182\nstopped_early = true",
        ),
        "cells-add-up": (
            "[[table]]\ncounts = [23, 31, 46, 28, 31, 33, 61]\nn = 255",
            "[[table]]\ncounts = [5, 35, 44, 20, 27, 42, 74]\nn = 247",
        ),
        "cells-up-to": (
            "[[table]]\ncounts = [2, 3, 9, 17, 33, 18, 18]\nup_to = { 2 = 15 }",
            "[[table]]\ncounts = [2, 3, 9, 17, 33, 18, 18]\nup_to = { 2 = 14, 3 = 31 }",
        ),
        "cells-percent": (
            "[[table]]\ncounts = [20, 30, 50]\npercent = [20, 33, 50]",
            "[[table]]\ncounts = [20, 30, 50]\npercent = [20, 30, 50]",
        ),
        "interaction-p": (
            '[[result]]\nname = "TM"\nmeasure = "mean-difference"\nestimate = 0.2\np = 0.78\n'
            '[[result]]\nname = "no TM"\nmeasure = "mean-difference"\nestimate = -0.2\np = 0.67\n'
            '[[interaction]]\nstrata = ["TM", "no TM"]\np = 0.11',
            '[[result]]\nname = "penumbral"\nmeasure = "mean-difference"\nestimate = 0.5\np = 0.23\n'
            '[[result]]\nname = "other"\nmeasure = "mean-difference"\nestimate = -0.4\np = 0.32\n'
            '[[interaction]]\nstrata = ["penumbral", "other"]\np = 0.14',
        ),
        "median-outside": (
            "[[median]]\nmedian = 28\nrange = [18, 26]",
            "[[median]]\nmedian = 22\nrange = [18, 26]",
        ),
        "pooled-scale": (
            "[[result]]\npercent = 16.7\nci = [13.0, 21.1]\npooled = true",
            "[[result]]\npercent = 16.7\nci = [13.0, 21.1]",
        ),
    }
)
