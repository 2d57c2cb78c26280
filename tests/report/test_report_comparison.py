"""Comparisons in print: words, rows, pictures whose marks lie where the numbers are, and the page."""

import re
import xml.etree.ElementTree as ET
from decimal import Decimal

import numpy as np
import pytest

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort.kappa import Kappa, cohen_kappa
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.pipeline.compare import compare_cases
from tissueclock.report.agreement_figures import (
    bland_altman_words,
    concordance_words,
    draw_bland_altman,
    draw_flips,
    draw_scatter,
    kappa_words,
    signed,
)
from tissueclock.report.comparison_page import comparison_lines, comparison_page
from tissueclock.report.map_comparison import MapComparison, MaskPair, map_lines, map_page

SVG = "{http://www.w3.org/2000/svg}"


def compared(ours, theirs):
    def cases(volumes):
        names = ("core_ml", "hypoperfused_ml")
        return {
            f"<{number}>": complete(
                case_from_table(dict(zip(names, map(Decimal, pair), strict=True)), "test")
            )
            for number, pair in enumerate(volumes)
        }

    return compare_cases(cases(ours), cases(theirs))


OURS = [(10, 90), (49, 120), (71, 160), (5, 30), (0, 20)]
THEIRS = [(12, 80), (52, 125), (69, 150), (5, 33), (0, 25)]
FOUND = compared(OURS, THEIRS)
CORE = FOUND.measures[0]


def circles(picture):
    root = ET.fromstring(picture)
    return [
        (float(item.get("cx")), float(item.get("cy")), item.get("fill")) for item in root.iter(f"{SVG}circle")
    ]


def words_of(picture):
    return [item.text for item in ET.fromstring(picture).iter(f"{SVG}text")]


def test_numbers_carry_their_sign_and_decimals():
    assert [signed(value) for value in (12.34, -0.346, 0.0, -7.25)] == ["+12.3", "-0.35", "+0.00", "-7.3"]


def test_bias_limits_and_concordance_in_words():
    assert bland_altman_words(CORE).startswith("bias -0.60 mL (-")
    assert re.search(r"95 % limits -\d\.\d \(.* to .*\) to \+\d\.\d mL \(", bland_altman_words(CORE))
    assert re.fullmatch(r"CCC 0\.99\d \(0\.\d{3} to \d\.\d{3}\)", concordance_words(CORE))
    alone = compared([(10, 90)], [(12, 80)]).measures[0]
    assert bland_altman_words(alone) == "bias -2.0 mL; too few pairs for limits"
    assert concordance_words(alone) == "CCC 0.000 (no interval: one series does not vary)"
    same = compared([(10, 90), (10, 80)], [(10, 80), (10, 90)]).measures[0]
    assert concordance_words(same) == "CCC undefined: all values are one and the same"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([[20, 5], [10, 15]], "kappa 0.40 (0.15 to 0.65)"),
        ([[9, 0], [0, 0]], "kappa undefined: both give every case one and the same answer"),
        ([[9, 3], [0, 0]], "kappa 0.00 (no interval: one gives every case the same answer)"),
    ],
)
def test_kappa_in_words(counts, words):
    assert kappa_words(cohen_kappa(counts)) == words


def test_every_pair_is_a_point_where_its_numbers_are():
    points = circles(draw_bland_altman(CORE))
    assert len(points) == len(OURS)
    means = [(ours[0] + theirs[0]) / 2 for ours, theirs in zip(OURS, THEIRS, strict=True)]
    rises = [ours[0] - theirs[0] for ours, theirs in zip(OURS, THEIRS, strict=True)]
    across, up = (
        np.polyfit(means, [x for x, _, _ in points], 1),
        np.polyfit(rises, [y for _, y, _ in points], 1),
    )
    assert np.allclose(np.polyval(across, means), [x for x, _, _ in points], atol=0.1)
    assert np.allclose(np.polyval(up, rises), [y for _, y, _ in points], atol=0.1)
    assert across[0] > 0
    assert up[0] < 0


def test_the_scatter_marks_the_cases_that_cross_a_limit_of_rules():
    points = circles(draw_scatter(CORE))[: len(OURS)]
    solid = [fill for _, _, fill in points]
    assert [fill != "#fff" for fill in solid] == [False, True, True, False, False]


def test_a_scatter_has_one_scale_for_both():
    lines = ET.fromstring(draw_scatter(CORE)).iter(f"{SVG}line")
    (identity, *_) = [line for line in lines if line.get("stroke-width") == "1.2"]
    width = float(identity.get("x2")) - float(identity.get("x1"))
    height = float(identity.get("y1")) - float(identity.get("y2"))
    assert width == pytest.approx(height)


def test_flips_stand_on_their_side_with_their_numbers():
    shown = words_of(draw_flips(FOUND.rules))
    at = shown.index("core-below-50")
    assert shown[at : at + 4] == ["core-below-50", "0", "1", "0"]  # decided by one, ours yes, theirs yes
    at = shown.index("core-below-70")
    assert shown[at : at + 4] == ["core-below-70", "0", "0", "1"]


def test_a_kappa_below_the_axis_is_drawn_at_its_end():
    rule = FOUND.rules[0]
    worst = type(rule)(
        **{name: getattr(rule, name) for name in rule.__slots__ if name != "kappa"},
        kappa=Kappa(n=9, kappa=-0.9, interval=(-1.0, -0.6)),
    )
    ((x, _, _),) = circles(draw_flips([worst]))
    assert x == 250


@pytest.mark.parametrize("draw", [draw_bland_altman, draw_scatter])
@pytest.mark.parametrize("number", range(len(FOUND.measures)))
def test_nothing_is_drawn_outside_the_picture(draw, number):
    root = ET.fromstring(draw(FOUND.measures[number]))
    width, height = float(root.get("width")), float(root.get("height"))
    limits = {"x": width, "cx": width, "x2": width, "y": height, "cy": height, "y2": height}
    for item in root.iter():
        for name in limits.keys() & item.keys():
            assert 0 <= float(item.get(name)) <= limits[name]
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text


def test_rows_have_their_id_first_and_name_flips():
    lines = list(comparison_lines(FOUND, ids=False))
    assert lines[0] == "cases\tin both 5\tonly ours 0\tonly theirs 0"
    assert lines[1].startswith("core_ml\tmeasure\tn 5\tbias -0.60 mL")
    at = next(number for number, line in enumerate(lines) if line.startswith("core-below-70\tlimit\tkappa"))
    assert lines[at + 1] == "  ours no, theirs yes\t1\t<2>"
    assert lines[-1].startswith("no answer\t")


def test_the_page_holds_everything_and_escapes_ids():
    page = comparison_page(FOUND, ids=False)
    assert DISCLAIMER in page
    assert page.count("<svg") == 2 * len(FOUND.measures) + 1
    assert "&lt;2&gt;" in page
    assert "<2>" not in page
    assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https:" not in page


def maps(theirs):
    grid = Grid((12, 10, 3), np.diag([-4.0, 4.0, 8.0, 1.0]))
    brain, ours = np.zeros(grid.shape, dtype=bool), np.zeros(grid.shape, dtype=bool)
    brain[1:11, 1:9, :], ours[2:5, 2:6, 1] = True, True
    pair = MaskPair(
        name="core",
        rule="CBF < 30 %",
        ours=ours,
        theirs=theirs(ours),
        ours_ml=1.5,
        theirs_ml=1.25,
        theirs_kept_ml=0.0,
        dice=0.8,
        dice_kept=None,
    )
    background = Volume(np.where(brain, 30.0, np.nan), grid, "CBF", "ours")
    return MapComparison(pairs=(pair,), same_grid=True, notes=("<note>",), background=background, brain=brain)


def test_maps_in_rows_and_on_a_page():
    found = maps(lambda ours: np.roll(ours, 1, axis=0))
    assert list(map_lines(found)) == [
        "core\tCBF < 30 %\tours 1.5 mL\ttheirs 1.3 mL\tdifference 0.3 mL\tDice 0.80\t"
        "without small clusters theirs 0.0 mL, Dice undefined (both empty)",
        "note\t<note>",
    ]
    page = map_page(found)
    assert "&lt;note&gt;" in page
    assert page.count("Slice ") == 3
    assert map_page(found) == page
    assert map_page(maps(lambda ours: ours)) != page
