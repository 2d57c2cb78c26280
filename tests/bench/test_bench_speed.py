"""The speed suite on a study of a few slices: every stage is timed; how long is for people to read."""

from tissueclock.bench.speed import Study, speed
from tissueclock.pipeline.watch import STAGES, silent


def test_a_study_is_made_and_analysed_in_a_process_of_its_own():
    (timing,) = speed(Study(matrix=96, slices=6, frames=40), 1, silent)
    document = timing.to_json()
    assert set(document["seconds"]) == {*STAGES, "total"} - {"diffusion"}  # a stage of diffusion alone
    assert all(value >= 0 for value in document["seconds"].values())
    assert 50 < document["peak_mb"] < 2500
    assert timing.line().startswith("96 x 96 x 6 x 40\tread ")
