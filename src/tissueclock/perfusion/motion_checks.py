"""Checks of the head's motion: what was undone, what cannot be, and what realignment left."""

from __future__ import annotations

from tissueclock.core.quality import SHARE, Gate, QualityFlag
from tissueclock.perfusion.motion import Motion
from tissueclock.perfusion.quality_settings import QualitySettings

_MEASURED = "our choice, from digital heads that moved"
MOTION = Gate(
    id="motion",
    judges="largest displacement of the head against the start of the run",
    harm="Motion is undone; beyond the second limit that was never proven.",
    unit="mm",
    warn="motion_warn_mm",
    fail="motion_fail_mm",
    source=_MEASURED,
)
ACROSS = Gate(
    id="motion-across",
    judges="largest displacement across slices, as a share of their distance",
    harm="Slices mix, and that cannot be undone: tissue near the vault looks like a lesion.",
    unit=SHARE,
    warn="motion_across_warn",
    fail="motion_across_fail",
    source=_MEASURED,
)
RESIDUAL = Gate(
    id="motion-residual",
    judges="what realignment leaves, as the shift of an edge that would differ as much",
    harm="Frames do not fit: the head moved within a frame, or a frame is broken.",
    unit="mm",
    fail="motion_residual_fail_mm",
    source=_MEASURED,
)
GATES = (MOTION, ACROSS, RESIDUAL)


def check_motion(motion: Motion, settings: QualitySettings) -> tuple[QualityFlag, ...]:
    """Return the checks of motion; frames that were replaced have no part in them."""
    return (_largest(motion, settings), _across(motion, settings), _residual(motion, settings))


def _largest(motion: Motion, settings: QualitySettings) -> QualityFlag:
    largest, count = motion.largest_kept_mm, int(motion.realigned.sum())
    moved = f"The head moved by up to {largest:.1f} mm"
    undone = f"{moved}; {count} frame{'' if count == 1 else 's'} were realigned."
    too_far = f"{moved}: further than realignment was proven for."
    return MOTION.judged(
        largest,
        warn=settings.motion_warn_mm,
        fail=settings.motion_fail_mm,
        high=True,
        good=f"The head moved by at most {largest:.1f} mm.",
        bad=too_far if largest > settings.motion_fail_mm else undone,
    )


def _across(motion: Motion, settings: QualitySettings) -> QualityFlag:
    across = motion.largest_through_slices
    moved = f"The head moved across slices by {100 * across:.0f} % of their distance"
    mixed = f"{moved}: slices mix, and that cannot be undone."
    doubt = f"{moved}: tissue near the vault is uncertain."
    return ACROSS.judged(
        across,
        warn=settings.motion_across_warn,
        fail=settings.motion_across_fail,
        high=True,
        good=f"{moved}.",
        bad=mixed if across > settings.motion_across_fail else doubt,
    )


def _residual(motion: Motion, settings: QualitySettings) -> QualityFlag:
    left = motion.left_mm
    return RESIDUAL.judged(
        left,
        fail=settings.motion_residual_fail_mm,
        high=True,
        good=f"What realignment leaves is like a shift of {left:.1f} mm.",
        bad=f"Frames could not be realigned: what is left is like a shift of {left:.1f} mm. "
        "Leave them out with --exclude-frames.",
    )
