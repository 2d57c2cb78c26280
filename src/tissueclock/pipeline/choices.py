"""What a user may overrule in an analysis; every choice is recorded and named in the Methods."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import UsageError
from tissueclock.core.provenance import JsonValue, Step
from tissueclock.image.series import TimeSeries
from tissueclock.lesion.masks import Side
from tissueclock.perfusion.inputs import ChosenInputs, require_inside
from tissueclock.scan.found import MIN_FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A user's choices: voxels of the input curves, frames to leave out (from 1, as reports count), side."""

    inputs: ChosenInputs = field(default_factory=ChosenInputs)
    exclude_frames: tuple[int, ...] = ()
    side: Side | None = None

    @property
    def left_out(self) -> frozenset[int]:
        """The excluded frames, counted from 0."""
        return frozenset(frame - 1 for frame in self.exclude_frames)

    def check(self, series: TimeSeries) -> None:
        """Raise UsageError where a frame or a voxel does not exist, or too few frames are left."""
        for option, voxel in (("--aif", self.inputs.aif), ("--vof", self.inputs.vof)):
            if voxel is not None:
                require_inside(voxel, option, series.grid)
        wrong = sorted(frame for frame in set(self.exclude_frames) if not 1 <= frame <= series.frames)
        if wrong:
            raise UsageError(
                f"--exclude-frames {', '.join(map(str, wrong))}: the run has frames 1 to {series.frames}.",
                remedy="Count frames from 1, as the report does.",
            )
        left = series.frames - len(set(self.exclude_frames))
        if self.exclude_frames and left < MIN_FRAMES:
            raise UsageError(
                f"--exclude-frames leaves {left} of {series.frames} frames; {MIN_FRAMES} are needed.",
                remedy="Leave out fewer frames.",
            )

    def check_no_run(self) -> None:
        """Raise UsageError where something was chosen and there is no perfusion run to choose from."""
        if self != NO_CHOICES:
            raise UsageError(
                "--aif, --vof, --exclude-frames and --side belong to a perfusion run, and there is none.",
                remedy="Leave them out, or name the folder of the run too.",
            )

    def kept(self, series: TimeSeries) -> TimeSeries:
        """Return the run without the excluded frames; raises UsageError as `check` does."""
        self.check(series)
        if not self.exclude_frames:
            return series
        return series.without_frames(self.left_out)

    def steps(self) -> tuple[Step, ...]:
        """Return the choices in words and numbers; the step that reads input curves tells of theirs."""
        sentences: list[str] = []
        parameters: dict[str, JsonValue] = {}
        if self.exclude_frames:
            frames = sorted(set(self.exclude_frames))
            sentences.append(f"Left out by the user: frame {', '.join(map(str, frames))}.")
            parameters["exclude_frames"] = list(frames)
        if self.side is not None:
            sentences.append(f"The side of the lesion was stated by the user: {self.side.value}.")
            parameters["side"] = self.side.value
        if not parameters:
            return ()
        return (Step(name="user-choices", sentence=" ".join(sentences), parameters=parameters),)


def kept_frames(whole: TimeSeries, part: TimeSeries) -> NDArray[np.intp]:
    """Return the numbers (from 0) in `whole` of the frames of `part`, which may lack some."""
    return np.flatnonzero(np.isin(whole.times_s[:, 0], part.times_s[:, 0]))


NO_CHOICES = Choices()
"""Nothing is overruled."""
