"""Ladders: nested, ordered by lightness, each limit with its contour, with the volumes of the facts."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sample_report import (
    SHAPE,
    dsc_model,
    failed_model,
    ladder_masks,
    model_on,
    sample_facts,
    sample_ladders,
    sample_model,
)

from tissueclock.facts.case import CaseFacts
from tissueclock.report.colour import ladder_colours, map_colours
from tissueclock.report.format import State
from tissueclock.report.ladders import LADDER_SLICE_LIMIT, ladder_figures, ladder_levels
from tissueclock.report.model import Window

LUMA = np.array([0.2126, 0.7152, 0.0722])


def lightness(colour):
    return float(np.dot(np.array(colour) / 255.0, LUMA))


@pytest.mark.parametrize("steps", [1, 2, 4, 5, 9])
def test_the_worse_the_lighter_in_even_steps(steps):
    colours = ladder_colours(steps)
    assert len(set(colours)) == steps
    values = [lightness(colour) for colour in colours]
    assert all(later > earlier + 0.02 for earlier, later in pairwise(values))
    assert colours[-1] == tuple(map_colours()[-1])


def test_every_limit_has_the_volume_of_its_fact():
    tmax, cbf = ladder_figures(sample_model())
    assert [(rung.text, rung.value.text) for rung in tmax.rungs] == [
        ("Tmax > 2 s", "231.7 mL"),
        ("Tmax > 4 s", "141.2 mL"),
        ("Tmax > 6 s", "98.1 mL"),
        ("Tmax > 8 s", "61.0 mL"),
        ("Tmax > 10 s", "34.9 mL"),
    ]
    assert [rung.fact for rung in cbf.rungs] == [
        "core_cbf38_ml",
        "core_cbf34_ml",
        "core_cbf_ml",
        "core_cbf20_ml",
    ]
    assert [rung.is_rule for rung in cbf.rungs] == [False, False, True, False]
    assert cbf.rungs[2].interval == "18.9 to 26.3 mL"
    assert cbf.rungs[0].interval == ""


def test_volumes_are_withheld_or_unknown_as_the_facts_are():
    (tmax, _) = ladder_figures(failed_model())
    assert {rung.value.state for rung in tmax.rungs} == {State.WITHHELD}
    (bare,) = ladder_figures(sample_model(ladders=sample_ladders()[:1], facts=CaseFacts.of([])))
    assert {rung.value.text for rung in bare.rungs} == {"not measured"}


def test_the_tiles_show_the_steps_as_lightness_and_lines():
    model = sample_model()
    ladder = replace(model.ladders[0], rule=None)
    level = 6
    number = ladder_levels(model, ladder).index(level)
    (figure,) = ladder_figures(sample_model(ladders=(ladder,)))
    tile = np.asarray(figure.tiles[number].image).astype(float)
    mean = {tuple(colour): 0 for colour in ladder_colours(5)}
    for colour in mean:
        near = np.abs(tile - 0.82 * np.array(colour) - 0.18 * 110).max(axis=2) < 14
        mean[colour] = int(near.sum())
    assert all(count > 60 for count in mean.values()), mean
    assert (tile == 10).all(axis=2).sum() > 400


def middle_tile(model, **changes):
    """The ladder of flow, changed, in the slice through its middle."""
    ladder = replace(model.ladders[1], **changes)
    (figure,) = ladder_figures(replace(model, ladders=(ladder,)))
    return np.asarray(figure.tiles[len(figure.tiles) // 2].image).astype(int)


def test_only_the_rules_limit_has_a_white_contour():
    without, with_rule = (middle_tile(sample_model(), rule=rule) for rule in (None, 30.0))
    white = (with_rule == 255).all(axis=2) & ~(without == 255).all(axis=2)
    changed = white | (with_rule == without).all(axis=2)
    assert white.sum() > 100
    assert changed.mean() > 0.9


def test_steps_beyond_the_rule_let_the_anatomy_through():
    """A brighter window brightens a step as much as its colour is transparent."""
    dark, bright = sample_model(window=Window(45, 80)), sample_model(window=Window(35, 80))
    wide = np.zeros(SHAPE, dtype=bool)
    wide[28:44, 40:60, 4:9] = True
    nothing = np.zeros(SHAPE, dtype=bool)
    shares = []
    for rule in (20.0, None):
        masks = (wide, nothing, nothing, nothing)
        drawn, plain = (
            middle_tile(bright, masks=shown, rule=rule) - middle_tile(dark, masks=shown, rule=rule)
            for shown in (masks, (wide & ~wide,) * 4)
        )
        share = drawn[plain > 20] / plain[plain > 20]
        shares.append(np.median(share[(share > 0) & (share < 0.9)]))
    assert shares == pytest.approx([0.5, 0.18], abs=0.06)


def test_a_ladder_shows_its_own_slices_and_one_beyond_each_end():
    model = sample_model()
    for ladder in model.ladders:
        held = [level for level in range(SHAPE[2]) if ladder.masks[0][:, :, level].any()]
        assert ladder_levels(model, ladder) == list(range(held[0] - 1, held[-1] + 2))


def test_an_empty_ladder_shows_the_brain():
    empty = np.zeros(SHAPE, dtype=bool)
    ladder = replace(sample_ladders()[1], masks=(empty,) * 4)
    model = sample_model(ladders=(ladder,))
    brain = [level for level in range(SHAPE[2]) if model.brain[:, :, level].any()]
    assert ladder_levels(model, ladder) == brain


def test_many_slices_are_thinned_out():
    model = model_on((44, 52, 240))
    for ladder in model.ladders:
        levels = ladder_levels(model, ladder)
        assert 8 < len(levels) <= LADDER_SLICE_LIMIT
        assert len({later - earlier for earlier, later in pairwise(levels)}) == 1


def test_the_words_of_a_tile_give_the_slices_volumes():
    tmax, _ = ladder_figures(sample_model())
    level = ladder_levels(sample_model(), sample_ladders()[0]).index(6)
    volumes = [f"{mask[:, :, 6].sum() * 0.032:.1f}" for mask in ladder_masks()["tmax"]]
    assert tmax.tiles[level].description == "Slice S 8.0 mm: " + ", ".join(
        f"Tmax > {limit} s {ml} mL" for limit, ml in zip((2, 4, 6, 8, 10), volumes, strict=True)
    )


def test_the_sample_is_nested():
    for masks in ladder_masks().values():
        assert all(not (inner & ~outer).any() for outer, inner in pairwise(masks))


def test_mr_has_no_ladder_of_flow():
    assert [figure.name for figure in ladder_figures(dsc_model())] == ["tmax"]


def test_the_facts_of_the_sample_know_every_limit():
    names = {name for ladder in sample_ladders() for name in ladder.facts}
    assert names <= set(sample_facts())
