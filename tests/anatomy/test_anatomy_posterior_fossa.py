"""The posterior fossa on digital heads, in every storage order, and against an atlas on a real head's shape.

The numbers of the roof were read from that atlas on that template. The tests on it therefore ask what slabs,
sizes, nodding and another outline do to it; the digital head is the one that the numbers never saw.
"""

import sys
from dataclasses import replace
from functools import cache
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parent))

from test_anatomy_orientation import brain_of, resting_head

from tissueclock.anatomy.midline import Midline, find_midline
from tissueclock.anatomy.posterior_fossa import PosteriorFossa, find_posterior_fossa
from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.phantom.brain import _CEREBELLUM, _MIDBRAIN
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.shapes import Points

STEP = Step(name="by-hand", sentence="By hand.")
_NOTCH_Z_MM = -17.0
_BASE_Z_MM = -25.0
"""Below this the digital head has brain where a real one has bone: only the cerebellum is compared there."""


def slab(bottom_mm, slices=9, slice_mm=8.0, rotation_deg=(0.0, 0.0, 0.0)):
    """A coarse grid about the head whose middle slices lie `bottom_mm` and up."""
    grid = head_grid(48, 4.9, slices, slice_mm, rotation_deg=rotation_deg)
    affine = grid.affine.copy()
    affine[2, 3] += bottom_mm - (28.0 - (slices - 1) / 2 * slice_mm)
    return Grid(grid.shape, affine)


LOW, LOW_OBLIQUE = slab(-36.0), slab(-36.0, rotation_deg=(10.0, -6.0, 15.0))
HIGH, BASE = slab(16.0, slices=6), slab(-60.0, slices=7)


@cache
def scanned(grid):
    """What an analysis would see of the head on this grid: brain, midline and posterior fossa."""
    image, _ = resting_head(grid)
    brain = brain_of(image, grid)
    midline = find_midline(image, brain.inside, grid)
    return brain, midline, find_posterior_fossa(brain.inside, midline, grid)


def true_fossa(grid):
    """Cerebellum and stem below the tentorial notch as they were painted; all of the two; the height z."""
    x, y, z = grid.positions_mm(np.indices(grid.shape).reshape(3, -1).T).astype(np.float32).T
    points = Points(np.abs(x), y, z)
    cerebellum = _CEREBELLUM.distance(points) < 0
    stem = (np.minimum.reduce([part.distance(points) for part in _MIDBRAIN]) < 0) & (z < -5)
    parts = (cerebellum | (stem & (z < _NOTCH_Z_MM)), cerebellum | stem, z)
    return tuple(part.reshape(grid.shape) for part in parts)


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.mark.parametrize(("grid", "least"), [(LOW, 0.75), (LOW_OBLIQUE, 0.70)], ids=["straight", "oblique"])
def test_cerebellum_and_brainstem_of_a_digital_head(grid, least):
    """Its roof is round, and 7 mm higher at the side than the one we place: an overlap of 1 is no aim."""
    brain, _, fossa = scanned(grid)
    true, either, z = true_fossa(grid)
    assert fossa.known
    assert dice(fossa.mask & brain.brain, true & brain.brain) > least
    above = brain.brain & ~either & (z > _BASE_Z_MM)
    assert (fossa.mask & above).sum() < 0.01 * above.sum()


def test_a_high_slab_holds_no_posterior_fossa():
    fossa = scanned(HIGH)[2]
    assert fossa.known
    assert not fossa.mask.any()


def test_a_slab_without_the_dome_cannot_tell():
    _, _, fossa = scanned(BASE)
    assert not fossa.known
    assert not fossa.mask.any()
    assert "is not known" in fossa.step.sentence


@pytest.mark.parametrize("slices", [0, 1, 2])
def test_too_few_slices_with_anything_inside_cannot_tell(slices):
    inside = np.zeros(LOW.shape, dtype=bool)
    inside[10:30, 10:30, :slices] = True
    midline = Midline(np.array([1.0, 0.0, 0.0]), 0.0, STEP)
    assert not find_posterior_fossa(inside, midline, LOW).known


def test_what_is_unknown_has_no_voxels():
    with pytest.raises(ValueError, match="has no voxels"):
        PosteriorFossa(
            np.ones((2, 2, 2), dtype=bool), False, Step(name="posterior-fossa", sentence="By hand.")
        )


def test_the_sentence_says_that_it_is_an_estimate():
    sentence = scanned(LOW)[2].step.sentence
    assert "estimated" in sentence
    assert "not validated in patients" in sentence


def test_the_posterior_fossa_is_the_same_in_every_storage_order():
    brain, midline, fossa = scanned(LOW_OBLIQUE)
    for order, flips in product(permutations(range(3)), product((False, True), repeat=3)):
        index = tuple(slice(None, None, -1 if flip else 1) for flip in flips)
        affine = LOW_OBLIQUE.affine[:, [*order, 3]].copy()
        shape = tuple(LOW_OBLIQUE.shape[axis] for axis in order)
        for axis in np.flatnonzero(flips):
            affine[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
            affine[:3, axis] *= -1
        again = find_posterior_fossa(
            np.ascontiguousarray(brain.inside.transpose(order)[index]), midline, Grid(shape, affine)
        )
        assert (again.mask != fossa.mask.transpose(order)[index]).sum() <= 2, (order, flips)


@pytest.mark.parametrize(("turns_deg", "shift_mm"), [((0, 0, 20), (8, -5, 40)), ((0, 12, 0), (0, 0, 0))])
def test_it_moves_with_the_head(turns_deg, shift_mm):
    """Head, voxels and midline are turned and tilted together; nodding is apart, below."""
    brain, midline, fossa = scanned(LOW)
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler("xyz", turns_deg, degrees=True).as_matrix()
    move[:3, 3] = shift_mm
    normal = move[:3, :3] @ midline.normal
    moved = replace(midline, normal=normal, offset_mm=midline.offset_mm + float(normal @ move[:3, 3]))
    again = find_posterior_fossa(brain.inside, moved, Grid(LOW.shape, move @ LOW.affine))
    assert dice(again.mask, fossa.mask) > 0.99


@pytest.mark.parametrize("size", [0.8, 1.2])
def test_a_smaller_or_larger_head_has_it_in_the_same_voxels(size):
    brain, midline, fossa = scanned(LOW)
    scale = np.diag([size, size, size, 1.0])
    scaled = replace(midline, offset_mm=midline.offset_mm * size)
    again = find_posterior_fossa(brain.inside, scaled, Grid(LOW.shape, scale @ LOW.affine))
    assert (again.mask != fossa.mask).sum() <= 2


# --- an atlas on a real head's shape -----------------------------------------------------------------------

_TO_MNI_MM = (-1.0, -17.0, 19.0)
"""The atlas is padded to 192 x 224 x 192 about its centre; its outline then fits the template's best."""
_CEREBELLAR_LABELS = (25, 30)  # basilar, superior and inferior cerebellar: first and last
_VENTRICLES_FROM = 31
HELD_OUT = ((-48, 56, 8), (-34, 44, 6), (-26, 78, 10), (-22, 26, 4), (-16, 64, 8))
"""Bottom, top and slice distance in mm, chosen before the first look at what they give."""


@pytest.fixture(scope="module")
def template(shared):
    """The outline of the CT template, the atlas' fossa and the rest of its brain on it, and the affine."""
    image = nib.load(shared / "data" / "ct_template_mni" / "scct_stripped.nii")
    data = shared / "data" / "jhu_arterial_atlas" / "data" / "template" / "ArterialAtlas_padding.nii.gz"
    atlas = nib.load(data)
    to_mni = atlas.affine.copy()
    to_mni[:3, 3] += _TO_MNI_MM
    to_atlas = np.linalg.inv(to_mni) @ image.affine
    labels = ndimage.affine_transform(
        np.rint(atlas.get_fdata()), to_atlas[:3, :3], to_atlas[:3, 3], image.shape, order=0
    )
    fossa = (labels >= _CEREBELLAR_LABELS[0]) & (labels <= _CEREBELLAR_LABELS[1])
    rest = (labels > 0) & (labels < _VENTRICLES_FROM) & ~fossa
    return image.get_fdata() > 0, fossa, rest, image.affine


def judged(outline, fossa, rest, affine):
    """Dice of the found fossa within the atlas' brain, and the share of the rest that it took."""
    midline = Midline(np.array([1.0, 0.0, 0.0]), 0.0, STEP)
    found = find_posterior_fossa(outline, midline, Grid(outline.shape, affine))
    assert found.known
    return dice(found.mask & (fossa | rest), fossa), (found.mask & rest).sum() / rest.sum()


def cut(template, bottom_mm, top_mm, step_mm):
    """A slab of the template."""
    *masks, affine = template
    first, last = (round((z - affine[2, 3]) / affine[2, 2]) for z in (bottom_mm, top_mm))
    step = round(step_mm / affine[2, 2])
    slab_affine = affine.copy()
    slab_affine[:3, 3] += affine[:3, 2] * first
    slab_affine[:3, 2] *= step
    return *(mask[:, :, first:last:step] for mask in masks), slab_affine


@pytest.mark.shared
@pytest.mark.parametrize("extent", HELD_OUT)
def test_slabs_of_the_template_agree_with_the_atlas(template, extent):
    overlap, taken = judged(*cut(template, *extent))
    assert overlap > 0.80
    assert taken < 0.01


@pytest.mark.shared
def test_a_high_slab_of_the_template_holds_none(template):
    outline, fossa, _, affine = cut(template, 14, 74, 8)
    midline = Midline(np.array([1.0, 0.0, 0.0]), 0.0, STEP)
    assert not fossa.any()
    assert not find_posterior_fossa(outline, midline, Grid(outline.shape, affine)).mask.any()


@pytest.mark.shared
def test_the_tighter_outline_of_the_atlas_gives_the_same(template):
    _, fossa, rest, affine = template
    overlap, taken = judged(ndimage.binary_closing(fossa | rest, iterations=4), fossa, rest, affine)
    assert overlap > 0.90
    assert taken < 0.01


@pytest.mark.shared
@pytest.mark.parametrize(
    ("nod_deg", "least", "most"), [(-10, 0.85, 0.03), (-5, 0.90, 0.03), (5, 0.90, 0.03), (10, 0.85, 0.04)]
)
def test_a_nodding_head_costs_this_much(template, nod_deg, least, most):
    """Nothing in the outline shows a nod well; ten degrees move the occiput by 14 mm."""
    outline, fossa, rest, affine = template
    nod = np.eye(4)
    nod[:3, :3] = Rotation.from_euler("x", nod_deg, degrees=True).as_matrix()
    overlap, taken = judged(outline, fossa, rest, nod @ affine)
    assert overlap > least
    assert taken < most
