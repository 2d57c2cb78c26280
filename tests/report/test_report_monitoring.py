"""Designs, interim looks, sample sizes and safety rules in print: documents, rows, CSV and figures."""

from __future__ import annotations

import csv
import io
import json
import math
import xml.etree.ElementTree as ElementTree
from functools import cache

import pytest

from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.bayes.behaviour import behaviour, plan_looks
from tissueclock.evidence.bayes.beta import JEFFREYS
from tissueclock.evidence.bayes.predictive import Rule
from tissueclock.evidence.bayes.utility import DAWN_WEIGHTS, posterior
from tissueclock.evidence.farrington_manning import Rates
from tissueclock.evidence.monitoring.conditional import Interim, PlannedRates, ToCome
from tissueclock.evidence.monitoring.design import make_design
from tissueclock.evidence.monitoring.futility import BetaSpending
from tissueclock.evidence.monitoring.inference import analyse
from tissueclock.evidence.monitoring.plan import Plan
from tissueclock.evidence.monitoring.rates import analyse_rates
from tissueclock.evidence.monitoring.rules import choose_rule
from tissueclock.evidence.safety.monitor import SafetyPlan, judge, make_rule
from tissueclock.evidence.samplesize.answer import answer_size, ordinal_shift, two_proportions
from tissueclock.evidence.samplesize.ordinal import shares_of, shift_by_odds
from tissueclock.evidence.samplesize.proportions import Proportions
from tissueclock.evidence.samplesize.size import ErrorRates
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.monitoring import interim, rows
from tissueclock.report.evidence.monitoring.behaviour import (
    BehaviourFound,
    behaviour_csv,
    behaviour_document,
    behaviour_lines,
    draw_behaviour,
)
from tissueclock.report.evidence.monitoring.boundary_plot import draw_boundaries
from tissueclock.report.evidence.monitoring.interim_plot import (
    draw_conditional,
    draw_proportions,
    draw_utility,
)
from tissueclock.report.evidence.monitoring.power_plot import draw_power
from tissueclock.report.evidence.monitoring.safety import Safety, safety_csv, safety_document, safety_lines
from tissueclock.report.evidence.monitoring.safety_plot import draw_safety
from tissueclock.report.evidence.monitoring.samplesize import (
    samplesize_csv,
    samplesize_document,
    samplesize_lines,
)
from tissueclock.report.evidence.monitoring.sequential import (
    Sequential,
    sequential_csv,
    sequential_document,
    sequential_lines,
)


def plan(information=(1 / 3, 2 / 3, 1.0), name="of"):
    return Plan(information=information, alpha=0.05, sides=2, rule=choose_rule(name))


@cache
def sequential() -> Sequential:
    design = make_design(plan(), power=0.8)
    rates = analyse_rates(design, [Rates(12, 40, 5, 41), Rates(21, 70, 9, 72)])
    return Sequential(design=design, analysis=rates.analysis, rates=rates, fixed_n=158)


@cache
def with_futility() -> Sequential:
    design = make_design(plan(), power=0.9, futility=BetaSpending(choose_rule("kd", 2.0)))
    return Sequential(design=design, analysis=analyse(design, [0.4]))


@cache
def sizes():
    endpoint = two_proportions(Proportions(rate_1=0.31, rate_2=0.127), ErrorRates(), "pooled")
    return answer_size(endpoint, 0.8, dropout=0.05)


@cache
def safety() -> Safety:
    rule = make_rule(SafetyPlan(rule="pocock", looks=tuple(range(5, 81)), rate=0.053), (0.053, 0.106))
    return Safety(rule, judge(rule, 1, 80))


@cache
def sprt() -> Safety:
    plan = SafetyPlan(rule="sprt", looks=(20, 40, 60, 80), rate=0.053, high_rate=0.12)
    return Safety(make_rule(plan, (0.053,)))


def power_found() -> interim.PowerFound:
    planned = PlannedRates(0.3, 0.15, 101, 101)
    return interim.PowerFound(
        interim=Interim(1.2, 0.5),
        to_come=ToCome.of((1.0,), (1.9686,)),
        planned_drift=planned.drift,
        planned_rates=planned,
        prior=None,
    )


def proportions_found() -> interim.ProportionsFound:
    rule = Rule(prior_1=JEFFREYS, prior_2=JEFFREYS)
    rates = Rates(9, 100, 5, 102)
    return interim.ProportionsFound(
        rates=rates, rule=rule, chance=rule.chance(rates), ends=(150, 150), predictive=0.2164
    )


def utility_found() -> interim.UtilityFound:
    counts = ((6, 8, 8, 23, 30, 23, 53), (2, 6, 5, 16, 35, 33, 49))
    first, second = (posterior(DAWN_WEIGHTS, group, (1.0,) * 7) for group in counts)
    return interim.UtilityFound(
        first=first,
        second=second,
        counts=counts,
        prior=(1.0,) * 7,
        margin=0.0,
        limit=0.975,
        chance=0.9536,
        interval=(-0.1, 1.34),
        origin="as typed",
    )


def behaviour_found() -> BehaviourFound:
    rule = Rule(prior_1=JEFFREYS, prior_2=JEFFREYS)
    looks = plan_looks(rule, [(15, 15), (30, 30)], 0.1)
    behaviours = tuple(behaviour(looks, rate, 0.2) for rate in (0.2, 0.5))
    return BehaviourFound(rule=rule, looks=looks, give_up=0.1, behaviours=behaviours)


FIGURES = {
    "bounds of two sides and what was seen": lambda: draw_boundaries(sequential()),
    "bounds with futility": lambda: draw_boundaries(with_futility()),
    "power": lambda: draw_power(sizes()),
    "safety": lambda: draw_safety(safety()),
    "sprt": lambda: draw_safety(sprt()),
    "conditional power": lambda: draw_conditional(power_found()),
    "two posteriors": lambda: draw_proportions(proportions_found()),
    "two utilities": lambda: draw_utility(utility_found()),
    "behaviour": lambda: draw_behaviour(behaviour_found()),
}


@cache
def drawn(name: str) -> dict[str, bytes]:
    return pictures("x", FIGURES[name]())


def words_of(name: str) -> list[str]:
    tree = ElementTree.fromstring(drawn(name)["x.svg"])
    return ["".join(node.itertext()).strip() for node in tree.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_the_same_each_time_and_has_its_words_as_text(name):
    assert pictures("x", FIGURES[name]()) == drawn(name)
    assert DISCLAIMER in words_of(name)
    assert drawn(name)["x.png"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bounds of two sides and what was seen", ["stop for harm", "−2.51", "0.667", "seen"]),
        ("bounds with futility", ["stop for futility", "may be overruled", "2.51"]),
        ("power", ["158 patients, 80.1 %", "method pooled"]),
        ("safety", ["Rule pocock", "5.0 % at", "expected at 5.3 %"]),
        ("sprt", ["acceptable: stop", "Wald"]),
        ("conditional power", ["trend 35", "planned", "predictive 39"]),
        ("behaviour", ["given up", "rate of group 2", "2 looks"]),
        ("two utilities", ["Chance that group 1 is better: 0.9536"]),
    ],
)
def test_a_figure_says_what_it_shows(name, words):
    text = "\n".join(words_of(name))
    assert [word for word in words if word not in text] == []


def test_a_bound_beyond_the_picture_does_not_stretch_it():
    found = Sequential(design=make_design(plan((0.05, 0.5, 1.0))))
    (axes,) = draw_boundaries(found).axes
    assert found.design.upper[0] > 8
    assert axes.get_ylim()[1] < 8


DOCUMENTS = {
    "sequential": lambda: sequential_document(sequential()),
    "futility": lambda: sequential_document(with_futility()),
    "samplesize": lambda: samplesize_document(sizes()),
    "safety": lambda: safety_document(safety()),
    "sprt": lambda: safety_document(sprt()),
    "power": lambda: interim.power_document(power_found()),
    "proportions": lambda: interim.proportions_document(proportions_found()),
    "utility": lambda: interim.utility_document(utility_found()),
    "behaviour": lambda: behaviour_document(behaviour_found()),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_plain_json(name):
    document = DOCUMENTS[name]()
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_document_of_a_design_holds_what_the_issue_fixes_and_both_ways_of_counting_alpha():
    document = DOCUMENTS["sequential"]()
    assert document["bounds_z"] == pytest.approx([3.7103, 2.5114, 1.9930], abs=1e-4)
    assert document["alpha_spent"][-1] == pytest.approx(0.05)
    assert document["alpha_spent_a_side"][-1] == pytest.approx(0.025)
    assert document["power"]["largest_n"] == math.ceil(158 * document["power"]["inflation"])
    assert document["observed"]["final"]["look"] == 2


def test_no_bound_is_no_infinity():
    document = sequential_document(Sequential(design=make_design(plan((0.001, 0.5, 1.0)))))
    assert document["bounds_z"][0] is None
    line = list(sequential_lines(Sequential(design=make_design(plan((0.001, 1.0))))))[1]
    assert line.split("\t")[2] == "±none"


LINES = {
    "sequential": (
        lambda: sequential_lines(sequential()),
        ["3\t1.000\t±1.9930\t0.0463\t0.0500", "final\tlook 2"],
    ),
    "futility": (
        lambda: sequential_lines(with_futility()),
        ["futility\tnot binding", "seen/1\tz 0.4000\tgo on"],
    ),
    "samplesize": (lambda: samplesize_lines(sizes()), ["size\tgroup 1 79\t", "enrolled\tgroup 1 84\t"]),
    "ordinal": (
        lambda: samplesize_lines(
            answer_size(ordinal_shift(shift_by_odds(shares_of([2, 3, 5]), 1.5), ErrorRates()), 0.8)
        ),
        ["supposed\tshares 2\t20.0 %, 30.0 %, 50.0 %", "supposed\todds ratio\t1.5000"],
    ),
    "safety": (lambda: safety_lines(safety()), ["74-80\t10\tnone", "tail\tP(so many or fewer) 0.0702"]),
    "sprt": (lambda: safety_lines(sprt()), ["20\t5\tnone", "40\t7\t1"]),
    "power": (lambda: interim.power_lines(power_found()), ["conditional\tplanned, pooled variance\t"]),
    "proportions": (
        lambda: interim.proportions_lines(proportions_found()),
        ["chance\tgroup 1 has more events\t0.8744", "predictive\tsuccess with 150 and 150 patients\t21.64 %"],
    ),
    "behaviour": (
        lambda: behaviour_lines(behaviour_found()),
        ["50 % v 20 %\t", "rule\tsuccess above 0.975\tgiven up at 0.1"],
    ),
    "utility": (
        lambda: interim.utility_lines(utility_found()),
        [
            "difference\tgroup 1 minus group 2\t0.620 (-0.100 to 1.340)",
            "rule\tsuccess above 0.975\tno success",
        ],
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_the_rows_are_tab_separated_with_the_id_first(name):
    made, expected = LINES[name]
    lines = list(made())
    assert all(line and "\t" in line and not line.endswith("\t") for line in lines)
    assert [start for start in expected if not any(line.startswith(start) for line in lines)] == []


def table_of(content: bytes):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def test_the_tables_hold_unrounded_numbers():
    table = table_of(sequential_csv(with_futility()))
    assert [row["look"] for row in table] == ["1", "2", "3"]
    assert float(table[1]["bound_z"]) == with_futility().design.upper[1]
    assert (table[2]["futility_z"], table[1]["observed_z"]) == ("", "")
    assert float(table[0]["observed_z"]) == 0.4
    curve = table_of(samplesize_csv(sizes()))
    assert float(curve[-1]["power"]) > 0.95
    looks = table_of(safety_csv(safety()))
    assert (len(looks), looks[-1]["stop"], looks[-1]["accept"]) == (76, "10", "")
    assert float(looks[-1]["stopped_at_0.053"]) <= 0.05


def test_the_tables_of_an_interim_look():
    curve = table_of(interim.power_csv(power_found()))
    assert float(curve[0]["conditional_power"]) < float(curve[-1]["conditional_power"])
    groups = table_of(interim.proportions_csv(proportions_found()))
    assert [row["events"] for row in groups] == ["9", "5"]
    levels = table_of(interim.utility_csv(utility_found()))
    assert [row["weight"] for row in levels][:2] == ["10.0", "9.1"]


def test_the_table_of_a_behaviour_has_a_row_a_rate_and_look():
    table = table_of(behaviour_csv(behaviour_found()))
    assert [(row["rate_1"], row["look"]) for row in table] == [
        ("0.2", "1"),
        ("0.2", "2"),
        ("0.5", "1"),
        ("0.5", "2"),
    ]
    assert float(table[3]["success"]) > 0.5


def test_numbers_in_print():
    assert rows.shown(None) == rows.shown(math.inf) == "none"
    assert (rows.p_shown(0.00012345), rows.p_shown(0.0463), rows.p_shown(0.0)) == (
        "0.00012",
        "0.0463",
        "0.0000",
    )
    assert rows.span((-1.0, math.inf), 1) == "-1.0 to none"
    assert rows.percent(None) == "none"
