"""Whose scan it is stands on the report and its pages, unless anonymous, and nowhere else."""

from __future__ import annotations

import base64
import datetime
import gzip
import re
import struct

import pytest
from digital_scans import COARSE, Recipe, analyze, as_dicom, files_of, run, small_series, without_timing

from tissueclock.phantom.acquisition import Acquisition
from tissueclock.scan import write_dicom
from tissueclock.scan.identity import Identity

ONE = Identity(patient_name="Secret^Name", patient_id="ID-4711-X", accession="ACC-0815")
OTHER = Identity(patient_name="Other^Person", patient_id="PID-99", accession="B-52")
ON_THE_REPORT = ("Secret^Name", "ID-4711-X", "ACC-0815", "1987-06-05 04:32")
SECRETS = ("Secret", "ID-4711", "ACC-0815", "1987-06-05", "19870605", "04:32", "043210")
PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Analyses of one scan: as two people, with a name (in text) and anonymous (in JSON)."""
    folder = tmp_path_factory.mktemp("people")
    run_of_60_s = Acquisition(frames=30, frame_interval_s=2.0)
    series = small_series(Recipe(acquisition=run_of_60_s, grid=COARSE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write_dicom, "_START", datetime.datetime(1987, 6, 5, 4, 32, 10))
        scans = {name: as_dicom(series, folder / name, who) for name, who in (("one", ONE), ("other", OTHER))}
    return {
        "named": run("analyze", scans["one"], "--out", folder / "named", out=folder / "named"),
        "anonymous": analyze(scans["one"], "--anonymous", out=folder / "anonymous"),
        "other": analyze(scans["other"], "--anonymous", out=folder / "other-anonymous"),
    }


def chunks(png):
    """Return the kinds of the chunks of a PNG."""
    at, kinds = 8, set()
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kinds.add(png[at + 4 : at + 8])
        at += 12 + length
    return kinds


def readable(files):
    """Return all that can be read in files: packed ones unpacked, without the pixels of pictures."""
    for name, content in files.items():
        yield name, name.encode()
        if name.endswith(".gz"):
            yield name, gzip.decompress(content)
        elif not name.endswith(".png"):
            yield name, re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", content)


def found(files):
    return {(name, secret) for name, text in readable(files) for secret in SECRETS if secret.encode() in text}


def test_an_anonymous_analysis_names_nobody_in_any_file(runs):
    files = files_of(runs["anonymous"].out)
    assert len(files) > 10
    assert found(files) == set()


def test_a_named_report_has_the_whole_label_and_no_other_file_any_of_it(runs):
    files = files_of(runs["named"].out)
    page = files["report.html"].decode()
    assert all(text in page for text in ON_THE_REPORT)
    assert {name for name, _ in found(files)} == {"report.html"}


@pytest.mark.parametrize("name", ["named", "anonymous"])
def test_pictures_hold_pixels_and_nothing_else(runs, name):
    files = files_of(runs[name].out)
    embedded = re.findall(rb"data:image/png;base64,([A-Za-z0-9+/=]+)", files["report.html"])
    pictures = [files[page] for page in files if page.endswith(".png")] + list(
        map(base64.b64decode, embedded)
    )
    assert len(pictures) > 10
    assert set().union(*map(chunks, pictures)) <= PIXEL_CHUNKS


def test_anonymous_folders_of_two_people_with_one_scan_are_the_same(runs):
    """Also proves that no name is drawn on a picture."""
    one, other = files_of(runs["anonymous"].out), files_of(runs["other"].out)
    assert one.keys() == other.keys()
    assert without_timing(one.pop("result.json")) == without_timing(other.pop("result.json"))
    pages = [
        re.sub(r"Time taken: .*? s\.</p>", "", files.pop("report.html").decode()) for files in (one, other)
    ]
    assert pages[0] == pages[1]
    assert one == other
    named = files_of(runs["named"].out)
    assert named["pages/summary.png"] != one["pages/summary.png"]


@pytest.mark.parametrize("name", ["named", "anonymous"])
def test_no_stream_names_anybody(runs, name):
    assert runs[name].code == 0
    for secret in SECRETS:
        assert secret not in runs[name].stdout
        assert secret not in runs[name].stderr


def test_the_paths_of_input_and_machine_are_in_no_file(runs):
    folder = str(runs["named"].out.parent)
    assert all(folder.encode() not in text for _, text in readable(files_of(runs["named"].out)))
