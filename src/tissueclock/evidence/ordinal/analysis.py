"""Everything that is said about two arms on the modified Rankin Scale, from counts or from patient rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tissueclock.core.errors import UsageError
from tissueclock.evidence.ordinal.adjusted_tests import brant_of, ratio_of, score_of
from tissueclock.evidence.ordinal.benefit import Benefit, benefit_of
from tissueclock.evidence.ordinal.common import CommonOr, adjusted_or_of, common_or_of, reason_of
from tissueclock.evidence.ordinal.dichotomy import Dichotomy, dichotomies
from tissueclock.evidence.ordinal.estimate import Estimate, HypothesisTest
from tissueclock.evidence.ordinal.means import GRADES, UTILITIES, MeanDifference, Utilities, mean_difference
from tissueclock.evidence.ordinal.pairs import (
    Pairs,
    Ties,
    brunner_munzel,
    generalised_or,
    net_benefit,
    pairs_of,
    win_odds,
    win_ratio,
)
from tissueclock.evidence.ordinal.proportionality import BRANT, RATIO, SCORE, proportionality_of
from tissueclock.evidence.ordinal.ranks import van_elteren, wilcoxon
from tissueclock.evidence.ordinal.regression import ARM, fit_rows
from tissueclock.evidence.ordinal.rows import OrdinalRows
from tissueclock.evidence.ordinal.table import MrsTable


class Proportionality(Enum):
    """Which test of proportional odds is printed first."""

    RATIO = RATIO
    SCORE = SCORE
    BRANT = BRANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an analysis has to name: the level, how ties count, which test, and what a grade is worth."""

    level: float = 0.95
    ties: Ties = Ties.SPLIT
    proportionality: Proportionality = Proportionality.RATIO
    utilities: Utilities = field(default_factory=lambda: UTILITIES["dawn"])

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise UsageError(f"a level of {self.level:g}.", remedy="It lies between 0 and 1: 0.95.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What the covariates add: the crude odds ratio, every column's, the arm's at each cut, and tests."""

    crude: CommonOr
    columns: tuple[tuple[str, Estimate], ...]
    at_cuts: tuple[tuple[str, Estimate], ...]
    tests: tuple[tuple[str, tuple[HypothesisTest, ...]], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the parts by the names of the columns."""
        return {
            "common_or_unadjusted": self.crude.to_json(),
            "covariates": [{"column": name, **found.to_json()} for name, found in self.columns],
            "partial_proportional_odds": [{"cut": cut, **found.to_json()} for cut, found in self.at_cuts],
            "proportional_odds_tests_by_column": [
                {"column": name, "tests": [test.to_json() for test in tests]} for name, tests in self.tests
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalAnalysis:
    """The analysis; every effect is of the first arm of `table` against the second.

    `proportionality` is the test that the settings name, `proportionality_tests` are all.
    """

    table: MrsTable
    settings: Settings
    common_or: CommonOr
    proportionality_tests: tuple[HypothesisTest, ...]
    pairs: Pairs
    wilcoxon: tuple[HypothesisTest, HypothesisTest]
    brunner_munzel: HypothesisTest
    van_elteren: HypothesisTest | None
    utility: MeanDifference
    mean_grade: MeanDifference
    dichotomies: tuple[Dichotomy, ...]
    benefit: Benefit
    adjusted: Adjusted | None = None

    @property
    def proportionality(self) -> HypothesisTest:
        """The test of proportional odds that the settings name."""
        wanted = self.settings.proportionality.value
        return next(test for test in self.proportionality_tests if test.method == wanted)

    @property
    def generalised_or(self) -> Estimate:
        """The generalised odds ratio with the tie rule of the settings."""
        return generalised_or(self.pairs, self.settings.level, self.settings.ties)

    @property
    def win_ratio(self) -> Estimate:
        """Wins over losses, ties dropped."""
        return win_ratio(self.pairs, self.settings.level)

    @property
    def win_odds(self) -> Estimate:
        """Wins over losses, ties split."""
        return win_odds(self.pairs, self.settings.level)

    @property
    def net_benefit(self) -> Estimate:
        """Wins minus losses."""
        return net_benefit(self.pairs, self.settings.level)

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name, None with a reason where there is none."""
        utilities = self.settings.utilities
        return {
            **self.table.to_json(),
            "level": self.settings.level,
            "common_or": self.common_or.to_json(),
            "generalized_or": {**self.generalised_or.to_json(), "ties": self.settings.ties.value},
            "win_ratio": {**self.win_ratio.to_json(), "ties": Ties.DROP.value},
            "win_odds": {**self.win_odds.to_json(), "ties": Ties.SPLIT.value},
            "net_benefit": self.net_benefit.to_json(),
            "pairs": {"win": self.pairs.win, "loss": self.pairs.loss, "tie": self.pairs.tie},
            "proportional_odds_test": self.proportionality.to_json(),
            "proportional_odds_tests": [test.to_json() for test in self.proportionality_tests],
            "wilcoxon_p": self.wilcoxon[0].p,
            "wilcoxon": [test.to_json() for test in self.wilcoxon],
            "brunner_munzel": self.brunner_munzel.to_json(),
            "van_elteren": self.van_elteren.to_json() if self.van_elteren else None,
            "utility_mrs": {
                **self.utility.to_json(),
                "utilities": utilities.name,
                "weights": list(utilities.weights),
                "source": utilities.source,
            },
            "mean_mrs": self.mean_grade.to_json(),
            "dichotomies": [item.to_json() for item in self.dichotomies],
            "nnt": self.benefit.to_json(),
            **(self.adjusted.to_json() if self.adjusted else {}),
        }


def analyse_table(table: MrsTable, settings: Settings | None = None) -> OrdinalAnalysis:
    """Analyse counts of two arms."""
    return _analysis(table, settings or Settings(), rows=None)


def analyse_rows(rows: OrdinalRows, settings: Settings | None = None) -> OrdinalAnalysis:
    """Analyse patient rows: with covariates the common odds ratio is adjusted, all else is not."""
    return _analysis(rows.table(), settings or Settings(), rows)


def _analysis(table: MrsTable, settings: Settings, rows: OrdinalRows | None) -> OrdinalAnalysis:
    level = settings.level
    crude, fits = common_or_of(table, level)
    tests = proportionality_of(table.array, fits, reason_of(table, fits))
    common, adjusted = crude, None
    if rows and rows.terms:
        common, tests, adjusted = _adjusted(rows, crude, level)
    pairs = pairs_of(table)
    return OrdinalAnalysis(
        table=table,
        settings=settings,
        common_or=common,
        proportionality_tests=tests,
        pairs=pairs,
        wilcoxon=(wilcoxon(table.array), wilcoxon(table.array, corrected=True)),
        brunner_munzel=brunner_munzel(pairs),
        van_elteren=van_elteren(rows.by_stratum()) if rows and rows.strata else None,
        utility=mean_difference(table, settings.utilities.weights, level),
        mean_grade=mean_difference(table, GRADES, level),
        dichotomies=dichotomies(table, level),
        benefit=benefit_of(table, pairs.win, pairs.loss, net_benefit(pairs, level)),
        adjusted=adjusted,
    )


def _adjusted(
    rows: OrdinalRows, crude: CommonOr, level: float
) -> tuple[CommonOr, tuple[HypothesisTest, ...], Adjusted]:
    fit = fit_rows(rows)
    labels = rows.labels()
    brant = brant_of(fit)
    whole = ratio_of(rows, fit, labels), score_of(fit, labels), brant[""]
    partial = fit_rows(rows, free=[ARM])
    adjusted = Adjusted(
        crude=crude,
        columns=tuple((label, fit.estimate(label, level)) for label in labels),
        at_cuts=tuple(zip(rows.used_cuts(), partial.at_each_cut(ARM, level), strict=True)),
        tests=tuple(
            (label, (ratio_of(rows, fit, [label]), score_of(fit, [label]), brant[label])) for label in labels
        ),
    )
    return adjusted_or_of(rows, fit, level), whole, adjusted
