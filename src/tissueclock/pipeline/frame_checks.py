"""Checks of the frames that a run is measured without."""

from __future__ import annotations

from tissueclock.core.quality import SHARE, Gate, Level, QualityFlag
from tissueclock.perfusion.quality_settings import QualitySettings

LEFT_OUT = Gate(
    id="frames-left-out",
    judges="share of the run's frames that were left out by the user or interpolated",
    harm="What is measured rests on few frames.",
    unit=SHARE,
    warn="left_out_warn",
    fail="left_out_fail",
)
REPAIRED = Gate(
    id="repaired-frame",
    judges="a frame that was interpolated",
    harm="It was unreadable, not finite, or moved; what it showed is lost.",
    limits_are="always flagged, and only then",
    source="our choice; a missing 2-s frame costs under 10 % (Oei, interleaved CTP)",
)
GATES = (LEFT_OUT, REPAIRED)


def check_frames(
    frames: int, excluded: int, repairs: tuple[str, ...], settings: QualitySettings
) -> tuple[QualityFlag, ...]:
    """Judge `excluded` and repaired frames of a run of `frames`; a sentence tells of each repair."""
    without = excluded + len(repairs)
    told = f"{without} of {frames} frames {'was' if without == 1 else 'were'} left out or interpolated"
    share = LEFT_OUT.judged(
        without / frames,
        warn=settings.left_out_warn,
        fail=settings.left_out_fail,
        high=True,
        good=f"{told}.",
        bad=f"{told}: what is measured rests on few.",
    )
    return (share, *(REPAIRED.flag(Level.WARN, None, None, text) for text in repairs))
