"""The pools of the facts' table D4 and of published_checks, number by number, and what readers are told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tissueclock.core.errors import InputError
from tissueclock.evidence.library.analysis import PoolAnalysis, analyse_pool
from tissueclock.evidence.library.cautions import row_cautions
from tissueclock.evidence.library.printed import compare_printed
from tissueclock.evidence.library.rows import LibraryRow
from tissueclock.evidence.meta.analysis import Request, named_test
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.studies import TwoArm
from tissueclock.evidence.meta.synthesis import Extras
from tissueclock.pipeline.evidence.pool_members import pool_rows
from tissueclock.protocol.pooling.model import OUTCOMES
from tissueclock.protocol.pooling.registry import pool_of, pools
from tissueclock.protocol.results.parts import SichDefinition
from tissueclock.protocol.results.values import Kind

CASES = Path(__file__).parents[1] / "cases"
FIRST_THREE = ("rescue-japan-limit", "angel-aspect", "select2")


def pooled(
    pool: str,
    outcome: str,
    measure: str = "OR",
    method: str = "DL",
    *,
    convention: str = "metafor",
    knapp_hartung: bool = False,
    keep: tuple[str, ...] = (),
    extras: Extras | None = None,
) -> PoolAnalysis:
    kind = OUTCOMES[outcome]
    request = Request(
        measure=MEASURES.get(measure),
        method=method,
        test=named_test(knapp_hartung=knapp_hartung, ad_hoc=False),
        convention=CONVENTIONS[convention],
    )
    found = pool_rows(pool_of(pool), kind)
    return analyse_pool(pool_of(pool), kind, found, request, extras or Extras(), keep=keep)


def rounded(found: PoolAnalysis, digits: int = 2) -> tuple[float, ...]:
    effect = found.synthesis.pooled
    return tuple(round(number, digits) for number in (effect.estimate, *effect.ci))


# The column "Recomputed" of the facts' table D4 and the last lines of D3; I2 in percent where it is given.
D4 = [
    ("large-core", "mrs-0-2", "OR", "DL", (2.91, 2.10, 4.04), 13),  # 4.03502; D4 has 4.03, rounded twice
    ("large-core", "mrs-0-3", "OR", "DL", (2.38, 1.85, 3.05), 24),
    ("large-core", "mrs-0-2", "RR", "DL", (2.49, 1.89, 3.29), 7),  # 7.498; D4 has 8, rounded twice
    ("large-core", "mrs-0-3", "RR", "DL", (1.90, 1.50, 2.40), 51),
    ("large-core", "death", "OR", "FE", (0.76, 0.62, 0.92), None),
    ("hermes", "mrs-0-2", "OR", "DL", (2.39, 1.88, 3.04), 0),
    ("hermes", "mrs-0-2", "RR", "DL", (1.72, 1.48, 1.99), 0),
    ("hermes", "sich", "OR", "DL", (1.08, 0.61, 1.88), 0),
    ("rescue-stenting", "mrs-0-2", "RR", "FE", (2.35, 1.68, 3.28), None),
    ("rescue-stenting", "mrs-0-2", "RR", "DL", (2.65, 1.51, 4.62), 57),
    ("rescue-stenting", "sich", "RR", "DL", (0.93, 0.50, 1.74), 53),
    ("rescue-stenting", "death", "RR", "DL", (0.67, 0.53, 0.84), None),
]


@pytest.mark.parametrize(("pool", "outcome", "measure", "method", "expected", "i2"), D4)
def test_the_pools_of_the_facts_are_reproduced(pool, outcome, measure, method, expected, i2):
    found = pooled(pool, outcome, measure, method)
    assert rounded(found) == expected
    if i2 is not None:
        assert round(found.synthesis.pooled.heterogeneity.i2) == i2


def test_hermes_counts_are_those_of_the_facts():
    rows = pooled("hermes", "mrs-0-2").rows
    assert [sum(getattr(row.study, name) for row in rows) for name in TwoArm.columns] == [292, 633, 170, 645]
    rows = pooled("hermes", "sich").rows
    assert [sum(getattr(row.study, name) for row in rows) for name in TwoArm.columns] == [26, 634, 28, 652]


def with_denominators(found: PoolAnalysis, trial: str, n1: int, n2: int) -> tuple[float, ...]:
    """Return the pool with other denominators of one trial: what D4 took where it differs from the files."""
    rows = [
        replace(row, study=replace(row.study, n1i=n1, n2i=n2)) if row.id == trial else row
        for row in found.rows
    ]
    return rounded(analyse_pool(found.pool, found.kind, rows, found.synthesis.request, Extras()))


# Where D4 differs from our files it took other denominators of one trial; with them its numbers come out.
DENOMINATORS = [
    ("large-core", "death", (0.75, 0.54, 1.04), "tesla", (151, 146), (0.75, 0.54, 1.03)),
    ("large-core", "sich", (1.8, 1.03, 3.14), "tension", (124, 122), (1.78, 1.02, 3.11)),
    ("hermes", "death", (0.78, 0.54, 1.12), "swift-prime", (98, 93), (0.77, 0.54, 1.11)),
]


@pytest.mark.parametrize(("pool", "outcome", "ours", "trial", "others", "theirs"), DENOMINATORS)
def test_three_pools_of_the_facts_differ_by_a_denominator(pool, outcome, ours, trial, others, theirs):
    found = pooled(pool, outcome)
    assert rounded(found) == ours
    assert with_denominators(found, trial, *others) == theirs


def test_the_pool_of_three_trials_is_the_printed_one_in_revman_only():
    three = {"pool": "large-core", "outcome": "mrs-0-3", "measure": "RR", "keep": FIRST_THREE}
    assert rounded(pooled(**three, convention="revman")) == (1.78, 1.28, 2.48)
    assert rounded(pooled(**three), 3) == (1.78, 1.285, 2.466)
    assert rounded(pooled(**three, knapp_hartung=True)) == (1.78, 0.9, 3.52)


def test_the_pool_of_three_trials_is_that_of_r_digit_by_digit():
    cases = json.loads((CASES / "published_checks.json").read_text(encoding="utf-8"))["results"]
    theirs = next(case["out"] for case in cases if case["call"].startswith("pooled mRS 0-3"))
    three = {"pool": "large-core", "outcome": "mrs-0-3", "measure": "RR", "keep": FIRST_THREE}
    for key, convention in (("revman_mh_dl", "revman"), ("inverse_variance_dl", "metafor")):
        effect = pooled(**three, convention=convention).synthesis.pooled
        assert [effect.estimate, *effect.ci] == pytest.approx(theirs[key], rel=1e-6)


@pytest.mark.parametrize(
    ("method", "tolerance"), [("DL", 1e-6), ("HE", 1e-6), ("SJ", 1e-6), ("REML", 1e-4), ("ML", 1e-4)]
)
@pytest.mark.parametrize("test", ["z", "knha"])
def test_every_estimator_gives_what_metafor_gives(method, tolerance, test):
    cases = json.loads((CASES / "meta_largecore_mrs03.json").read_text(encoding="utf-8"))["results"]
    call = f"rma(yi, vi, method='{method}', test='{test}')  # measure RR"
    theirs = next(case["out"] for case in cases if case["call"] == call)
    found = pooled("large-core", "mrs-0-3", "RR", method, knapp_hartung=test == "knha", keep=FIRST_THREE)
    effect = found.synthesis.pooled
    ours = [
        effect.beta,
        effect.se,
        effect.p,
        *effect.beta_ci,
        effect.heterogeneity.tau2,
        effect.heterogeneity.q,
    ]
    names = ("beta", "se", "p", "ci_lb", "ci_ub", "tau2", "Q")
    assert ours == pytest.approx([theirs[name] for name in names], rel=tolerance)


# --- what was printed --------------------------------------------------------------------------------------

AGREE = {("large-core", "Li 2023, the first three trials", Kind.MRS_0_3)}
"""The printed pools that our rows give to the printed digits; every other one has its reason."""


def test_what_was_printed_is_the_same_or_has_a_reason():
    seen = set()
    for name, pool in pools().items():
        for kind in pool.outcomes:
            rows = [row for row in pool_rows(pool, kind) if isinstance(row, LibraryRow)]
            for printed in pool.printed_of(kind):
                found = compare_printed(printed, rows)
                assert found.agrees or printed.why, f"{name}: {printed.name} {kind.value}"
                seen |= {(name, printed.name, kind)} if found.agrees else set()
    assert seen == AGREE


def test_the_reason_for_the_six_trials_is_true():
    """By REML without LASTE the three printed numbers come out; with all six by none of our methods."""
    found = pooled("large-core", "mrs-0-2", method="REML", extras=Extras(leave_one_out=True))
    without = {
        row.effect.study: one for row, one in zip(found.synthesis.rows, found.synthesis.without, strict=True)
    }
    laste = without["LASTE 2024"]
    assert [round(number, 2) for number in (laste.estimate, *laste.ci)] == [2.9, 2.08, 4.05]
    for method in ("FE", "DL", "PM", "REML", "ML", "HE", "SJ", "EB", "HS", "MH"):
        assert rounded(pooled("large-core", "mrs-0-2", method=method)) != (2.9, 2.08, 4.05)


def test_printed_limits_imply_what_the_facts_say_of_them():
    rescue = pool_of("rescue-stenting")
    implied = {item.kind: compare_printed(item, ()).implied for item in rescue.printed if "30" in item.name}
    assert implied[Kind.DEATH].middle == pytest.approx(0.719, abs=5e-4)
    assert implied[Kind.DEATH].p == pytest.approx(1.0e-6, rel=0.1)
    assert implied[Kind.MRS_0_2].middle == pytest.approx(1.884, abs=5e-4)
    assert 0.0002 < implied[Kind.MRS_0_2].p < 0.0004
    assert implied[Kind.RECANALISATION].p == pytest.approx(7.7e-5, rel=0.01)


def test_a_printed_pool_of_one_row_of_ours_is_not_recomputed():
    pool = pool_of("large-core")
    (printed,) = pool.printed_of(Kind.DEATH)
    rows = [row for row in pool_rows(pool, Kind.DEATH) if isinstance(row, LibraryRow)]
    found = compare_printed(printed, rows[:1])
    assert (found.ours, found.agrees) == (None, None)
    assert found.to_json()["ours"] is None


def test_an_effect_without_an_interval_implies_nothing():
    rescue = pool_of("rescue-stenting")
    bare = next(item for item in rescue.printed if item.effect.interval is None)
    assert compare_printed(bare, ()).to_json()["implied"] is None


# --- what a reader is told ---------------------------------------------------------------------------------


def test_the_title_says_illustrative_and_how_many_rows_are_recalled():
    assert pooled("large-core", "mrs-0-2").title == (
        "Thrombectomy of a stroke with a large core: mRS 0 to 2 at 90 days"
    )
    assert pooled("hermes", "mrs-0-2").title.endswith("(illustrative, 1 recalled row)")
    assert pooled("hermes", "sich").title.endswith("(illustrative, 4 recalled rows)")
    assert pooled("rescue-stenting", "death", "RR").title.endswith(
        "(illustrative, 2 recalled rows, not all studies)"
    )


def test_bleeding_is_warned_of_where_times_differ_and_definitions_are_unknown():
    cautions = " ".join(pooled("large-core", "sich").cautions)
    assert "definition of a symptomatic haemorrhage was not read for 5 of 5 rows" in cautions
    assert "within different times (24 h: TESLA; 48 h: RESCUE-Japan LIMIT, ANGEL-ASPECT)" in cautions
    assert "is not known: SELECT2, TENSION" in cautions


def test_definitions_that_differ_are_named():
    rows = [row for row in pool_rows(pool_of("large-core"), Kind.SICH) if isinstance(row, LibraryRow)]
    kinds = (SichDefinition.NINDS, SichDefinition.SITS_MOST, *[SichDefinition.NINDS] * 3)
    known = [replace(row, sich_definition=kind, after_h=36) for row, kind in zip(rows, kinds, strict=True)]
    assert [text for text in row_cautions(known, Kind.SICH) if "differ" in text] == [
        "definitions of a symptomatic haemorrhage differ: NINDS, SITS-MOST"
    ]
    same = [replace(row, sich_definition=SichDefinition.NINDS, derived=False) for row in known]
    assert list(row_cautions(same, Kind.SICH)) == []
    assert list(row_cautions([replace(row, derived=False) for row in rows], Kind.DEATH)) == []


def test_a_choice_of_model_that_decides_is_said():
    deaths = pooled("large-core", "death")
    (said,) = [text for text in deaths.cautions if text.startswith("the model decides")]
    assert "excludes no effect by FE (0.62 to 0.92) and not by DL (0.54 to 1.04)" in said
    assert not any("the model decides" in text for text in pooled("large-core", "mrs-0-2").cautions)
    assert not any(
        "the model decides" in text for text in pooled("large-core", "death", method="FE").cautions
    )


def test_few_studies_are_said_unless_the_test_knows_of_it():
    few = "say little of the variance between them"
    three = pooled("late-window", "mrs-0-2")
    assert any(few in text for text in three.cautions)
    assert not any(few in text for text in pooled("late-window", "mrs-0-2", knapp_hartung=True).cautions)


def test_rows_that_are_not_randomised_are_named():
    cautions = pooled("rescue-stenting", "death", "RR").cautions
    (said,) = [text for text in cautions if "not randomised" in text]
    assert said.startswith("5 of 6 rows")
    assert "ANGEL-REBOOT" not in said


def test_groups_have_subtotals():
    groups = pooled("rescue-stenting", "sich", "RR").synthesis.subgroups
    assert groups.names == ("Anterior, observational", "Basilar, observational", "Mixed, randomised")
    assert [one.k for one in groups.effects] == [4, 2, 1]
    assert pooled("large-core", "sich").synthesis.subgroups is None


def test_only_the_trials_asked_for_are_pooled_and_the_others_named():
    found = pooled("large-core", "mrs-0-3", keep=FIRST_THREE)
    assert (len(found.rows), set(found.filtered)) == (3, {"tension", "laste", "tesla"})
    assert found.to_json()["left_out_on_request"] == list(found.filtered)


def test_the_printed_pools_do_not_change_with_what_is_asked():
    whole, three = (pooled("large-core", "mrs-0-3", keep=keep).printed for keep in ((), FIRST_THREE))
    assert [item.ours for item in whole] == [item.ours for item in three]


def test_no_row_is_invented_where_only_pools_were_printed():
    found = pooled("rescue-stenting", "recanalisation", "RR")
    document = found.to_json()
    assert (document["rows"], document["pooled"]) == ([], None)
    assert document["reason"] == "no study has counts of 'recanalisation': nothing can be pooled"
    assert [item["estimate"] for item in document["printed"]] == [4.28]
    assert all("30 studies" not in item["study"] for item in document["left_out"])


def test_a_pool_with_nothing_to_show_is_refused_with_what_is_missing():
    with pytest.raises(InputError, match="one study has counts of 'death': nothing can be pooled") as caught:
        pooled("late-thrombolysis", "death")
    assert "wake-up: only percentages are known, 4.1 % and 1.2 %" in caught.value.remedy


def test_one_trial_is_nothing_to_pool():
    with pytest.raises(InputError, match="one study has counts"):
        pooled("late-window", "death", keep=("dawn",))


def test_the_document_has_a_row_a_study_with_effect_weight_and_origin():
    rows = pooled("large-core", "mrs-0-2").to_json()["rows"]
    assert sum(row["weight_percent"] for row in rows) == pytest.approx(100)
    for row in rows:
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        assert row["confidence"] == "found"
        assert row["source"]
