"""Where the times of images come from, which frames are kept, and what is said or refused."""

import numpy as np
import pydicom
import pytest
from scan_lab import FRAMES, SHAPE, edit, make_series, same, write

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.scan.clocks import TIME_SOURCES
from tissueclock.scan.study import open_scan

STEP_S = 2.5


def refused(folder):
    with pytest.raises(InputError) as caught:
        open_scan([folder])
    assert caught.value.remedy
    return str(caught.value)


def frame_of(dataset):
    return int(dataset.AcquisitionNumber) - 1


def stop_clocks(dataset):
    dataset.AcquisitionTime = dataset.ContentTime = "120000"


def by_date_and_time(dataset):
    dataset.AcquisitionDateTime = f"2026010112{frame_of(dataset) * 150 // 60 % 60:02d}00.000000+0100"
    seconds = frame_of(dataset) * STEP_S
    dataset.AcquisitionDateTime = f"2026010112{int(seconds // 60):02d}{seconds % 60:09.6f}+0100"


def by_content_time(dataset):
    seconds = frame_of(dataset) * STEP_S
    dataset.ContentTime = f"12{int(seconds // 60):02d}{seconds % 60:06.3f}"


def by_colons(dataset):
    """The ACR-NEMA way of writing a time, which old exports still have."""
    seconds = frame_of(dataset) * STEP_S
    dataset.AcquisitionTime = f"12:{int(seconds // 60):02d}:{seconds % 60:04.1f}"


def by_trigger(dataset):
    dataset.TriggerTime = frame_of(dataset) * STEP_S * 1000


def by_mid_scan(dataset):
    dataset.add_new(0x00190010, "LO", "GEMS_ACQU_01")
    dataset.add_new(0x00191024, "DS", f"{frame_of(dataset) * STEP_S:.6f}")


def by_delta_start(dataset):
    dataset.add_new(0x00430010, "LO", "GEMS_PARM_01")
    dataset.add_new(0x0043101E, "DS", f"{frame_of(dataset) * STEP_S * 1000:.1f}")


def by_resolution(dataset):
    dataset.TemporalPositionIdentifier = frame_of(dataset) + 1
    dataset.TemporalResolution = STEP_S * 1000


def by_repetition(dataset):
    dataset.TemporalPositionIdentifier = frame_of(dataset) + 1
    dataset.RepetitionTime = STEP_S * 1000


WAYS = {
    "AcquisitionDateTime": by_date_and_time,
    "AcquisitionTime": by_colons,
    "TriggerTime": by_trigger,
    "GE mid-scan time (0019,1024)": by_mid_scan,
    "GE delta start time (0043,101E)": by_delta_start,
    "ContentTime": by_content_time,
    "TemporalPositionIdentifier x TemporalResolution": by_resolution,
    "TemporalPositionIdentifier x RepetitionTime": by_repetition,
}


def test_every_time_source_is_tried_here():
    assert list(WAYS) == [source.name for source in TIME_SOURCES]


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize("name", WAYS)
def test_each_time_source_gives_the_true_times(tmp_path, name):
    series = make_series(modality=Modality.MR, echo_time_s=0.03)

    def change(dataset):
        stop_clocks(dataset)
        WAYS[name](dataset)

    edit(write(series, tmp_path), change)
    scan = open_scan([tmp_path])
    same(scan.series, series)
    assert scan.time_source == name
    assert scan.notes[0].startswith(f"Times come from {name} (")


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_the_better_source_wins(tmp_path):
    """All sources at once, each with times of its own except the first one."""
    series = make_series()
    names = list(WAYS)
    paths = write(series, tmp_path)

    def change(dataset):
        for name in names:
            WAYS[name](dataset)

    edit(paths, change)
    assert open_scan([tmp_path]).time_source == names[0]
    edit(paths, lambda dataset: setattr(dataset, "AcquisitionDateTime", "20260101120000"))
    assert open_scan([tmp_path]).time_source == names[1]


def no_time(dataset):
    stop_clocks(dataset)


def tr_of_a_3d_sequence(dataset):
    stop_clocks(dataset)
    dataset.TemporalPositionIdentifier = frame_of(dataset) + 1
    dataset.RepetitionTime = 20


def ge_block_of_somebody_else(dataset):
    stop_clocks(dataset)
    by_mid_scan(dataset)
    dataset[0x00190010].value = "OTHER"


def instance_number_only(dataset):
    stop_clocks(dataset)
    dataset.TemporalPositionIdentifier = frame_of(dataset) + 1


@pytest.mark.parametrize(
    "change", [no_time, tr_of_a_3d_sequence, ge_block_of_somebody_else, instance_number_only]
)
def test_a_run_whose_times_cannot_be_trusted_is_refused(tmp_path, change):
    edit(write(make_series(), tmp_path), change)
    sentence = refused(tmp_path)
    assert "no header field gives each image a time of its own" in sentence
    assert "AcquisitionDateTime, AcquisitionTime, TriggerTime" in sentence


@pytest.mark.parametrize("clock", ["2460", "25:00:00", "120000x", "1200", ""])
def test_a_clock_that_is_none_does_not_count(tmp_path, clock):
    def change(dataset):
        dataset.add_new(0x00080032, "LO", clock)
        by_trigger(dataset)

    edit(write(make_series(), tmp_path), change)
    assert open_scan([tmp_path]).time_source == "TriggerTime"


def images_of(paths, frame, *slices):
    return [paths[frame * SHAPE[2] + z] for z in slices]


@pytest.mark.parametrize("lost", [(0,), (2,), (0, 1)])
def test_an_interrupted_run_loses_its_last_frame(tmp_path, lost):
    series = make_series(slice_delay_s=0.4)
    for path in images_of(write(series, tmp_path), FRAMES - 1, *lost):
        path.unlink()
    scan = open_scan([tmp_path])
    assert scan.series.frames == FRAMES - 1
    assert np.array_equal(scan.series.stored, series.stored[:-1])
    assert np.allclose(scan.series.times_s, series.times_s[:-1], atol=1e-5)
    words = f"its last frame, there in {SHAPE[2] - len(lost)} of 3 slices, was left out"
    assert any(words in note for note in scan.notes)


@pytest.mark.parametrize("frame", [0, 1, 5, FRAMES - 2])
def test_an_image_lost_in_the_middle_is_refused(tmp_path, frame):
    images_of(write(make_series(), tmp_path), frame, 1)[0].unlink()
    assert "the slice at -14.0 mm has 11 images, the others have 12. Send" in refused(tmp_path)


def test_two_frames_lost_at_the_end_of_one_slice_are_refused(tmp_path):
    paths = write(make_series(), tmp_path)
    for frame in (FRAMES - 1, FRAMES - 2):
        images_of(paths, frame, 0)[0].unlink()
    assert "has 10 images, the others have 12" in refused(tmp_path)


def test_a_frame_lost_everywhere_is_a_gap_that_is_said(tmp_path):
    series = make_series()
    for path in images_of(write(series, tmp_path), 6, 0, 1, 2):
        path.unlink()
    scan = open_scan([tmp_path])
    assert scan.series.frames == FRAMES - 1
    assert (
        "Frames are usually 2.50 s apart, but 5.00 s pass between frames 6 and 7" in scan.summary()["notes"]
    )
    assert scan.summary()["longest_gap_s"] == 5.0


def test_an_even_run_has_no_note_on_gaps(tmp_path):
    write(make_series(slice_delay_s=0.4), tmp_path)
    assert len(open_scan([tmp_path]).notes) == 1


def test_rounded_clocks_are_said(tmp_path):
    def change(dataset):
        dataset.AcquisitionTime = dataset.ContentTime = dataset.AcquisitionTime[:6]

    edit(write(make_series(), tmp_path), change)
    assert any("whole seconds" in note for note in open_scan([tmp_path]).notes)


def test_a_copied_file_is_refused_by_both_names(tmp_path):
    paths = write(make_series(), tmp_path)
    (tmp_path / "copy.dcm").write_bytes(paths[4].read_bytes())
    assert refused(tmp_path).startswith("copy.dcm: 1 image is there twice: this one is also IM00005.dcm.")


def test_a_folder_that_holds_the_run_twice_is_refused(tmp_path):
    write(make_series(), tmp_path / "a")
    write(make_series(), tmp_path / "b")
    assert "36 images are there twice" in refused(tmp_path)


def test_a_second_image_of_a_time_is_refused_by_both_names(tmp_path):
    paths = write(make_series(), tmp_path)
    dataset = pydicom.dcmread(paths[4])
    dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID[:60]}.9"
    dataset.save_as(tmp_path / "again.dcm")
    sentence = refused(tmp_path)
    assert "the slice at -14.0 mm holds two images of the same time" in sentence
    assert "again.dcm" in sentence
    assert "IM00005.dcm" in sentence


def test_two_echoes_are_refused(tmp_path):
    paths = write(make_series(modality=Modality.MR, echo_time_s=0.03), tmp_path)
    edit(paths[::2], lambda dataset: setattr(dataset, "EchoTime", 55))
    assert "2 echo times (30, 55 ms)" in refused(tmp_path)


@pytest.mark.parametrize("echo_time", [0.03, 1500])
def test_an_echo_time_in_another_unit_is_refused(tmp_path, echo_time):
    paths = write(make_series(modality=Modality.MR, echo_time_s=0.03), tmp_path)
    edit(paths, lambda dataset: setattr(dataset, "EchoTime", echo_time))
    assert f"EchoTime is {echo_time:g} ms" in refused(tmp_path)


@pytest.mark.parametrize("value", [0, None, ""])
def test_mr_without_an_echo_time_is_refused(tmp_path, value):
    paths = write(make_series(modality=Modality.MR, echo_time_s=0.03), tmp_path)
    edit(paths, lambda dataset: setattr(dataset, "EchoTime", value))
    assert "echo time is not stated" in refused(tmp_path)


def test_two_fields_of_view_in_one_series_are_refused(tmp_path):
    paths = write(make_series(), tmp_path)

    def shift(dataset):
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x + 20, y, z]

    edit(paths[5:9], shift)
    assert "is shifted sideways" in refused(tmp_path)


def test_the_digest_knows_pixels_and_places_but_no_names(tmp_path):
    series = make_series()
    write(series, tmp_path / "a")
    changed = series.stored.copy()
    changed[4, 2, 2, 1] += 1
    other = TimeSeries(
        stored=changed,
        slope=series.slope,
        intercept=series.intercept,
        times_s=series.times_s,
        grid=series.grid,
        modality=series.modality,
    )
    write(other, tmp_path / "b")
    assert open_scan([tmp_path / "a"]).digest != open_scan([tmp_path / "b"]).digest
