"""A run that quality control refuses to judge: everything is written, nothing is decided."""

from __future__ import annotations

import pytest
from digital_scans import analyze, image

from tissueclock.core.errors import ExitCode

GATES = {"wide": "bolus-width", "truncated": "coverage", "moved": "motion-across"}


@pytest.mark.parametrize(("name", "gate"), GATES.items())
def test_a_failed_gate_withholds_the_facts_and_keeps_their_values(case, name, gate):
    document = case(name).run.document
    facts = document["facts"]
    assert case(name).run.code == ExitCode.WITHHELD
    assert document["quality"]["verdict"] == "fail"
    assert {flag["id"] for flag in document["quality"]["flags"] if flag["level"] == "fail"} >= {gate}
    for touched in ("core_ml", "tmax6_ml", "hypoperfused_ml", "mismatch_ml", "mismatch_ratio", "lesion_side"):
        assert facts[touched]["value"] is not None
        assert facts[touched]["withheld"] is True
        assert gate in facts[touched]["withheld_by"]
    for untouched in ("perfusion_modality", "slab_coverage_cm", "brain_ml"):
        assert "withheld" not in facts[untouched]


@pytest.mark.parametrize(("name", "gate"), GATES.items())
def test_a_failed_gate_leaves_profiles_and_trials_open(case, name, gate):
    document = case(name).run.document
    assert document["profiles"]["defuse-2"] == "undetermined"
    assert gate in document["profile_details"]["defuse-2"]["withheld_by"]
    assert document["trials"]["defuse-3"]["decision"] == "undetermined"
    assert gate in document["trials"]["defuse-3"]["withheld_by"]


def test_withheld_values_are_written_and_marked(case):
    out = case("wide").run.out
    assert image(out, "masks/hypoperfused").get_fdata().any()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "verdict withheld" in page
    assert '<s data-fact="core_ml"' in page


def test_one_moved_frame_is_interpolated_and_said_so(case):
    twitch, still = case("twitch").run, case("left").run
    assert twitch.code == ExitCode.DONE
    (flag,) = (flag for flag in twitch.document["quality"]["flags"] if flag["id"] == "repaired-frame")
    assert flag["level"] == "warn"
    assert "Frame 31" in flag["text"]
    for name in ("core_ml", "tmax6_ml"):
        assert twitch.value(name) == pytest.approx(still.value(name), rel=0.1, abs=2.0)


def test_a_head_that_moves_within_its_slices_is_realigned_and_said_so(case):
    turned, still = case("turned").run, case("left").run
    assert turned.code == ExitCode.DONE
    (flag,) = (flag for flag in turned.document["quality"]["flags"] if flag["id"] == "motion")
    assert flag["level"] == "warn"
    assert "22 frames were realigned" in flag["text"]
    assert turned.value("lesion_side") == still.value("lesion_side")
    for name in ("core_ml", "tmax6_ml"):
        assert turned.value(name) == pytest.approx(still.value(name), rel=0.1, abs=4.0)


def test_typed_facts_are_judged_beside_what_is_withheld(case, tmp_path):
    """What another program measured replaces a withheld volume; an age needs no imaging."""
    facts = tmp_path / "facts.toml"
    facts.write_text("core_ml = 20\nhypoperfused_ml = 80\ntmax10_ml = 30\nage = 95\n", encoding="utf-8")
    judged = analyze(case("wide").scan, "--facts", facts, out=tmp_path / "out")
    assert judged.code == ExitCode.WITHHELD
    assert (judged.value("core_ml"), judged.value("mismatch_ml")) == (20, 60)
    assert judged.document["facts"]["tmax6_ml"]["withheld"] is True
    assert judged.document["profiles"]["defuse-2"] == "target-mismatch"
    assert judged.document["trials"]["defuse-3"]["decision"] == "ineligible"


def test_the_flags_of_a_good_run_are_all_there_and_none_fails(case):
    flags = {flag["id"]: flag["level"] for flag in case("left").run.document["quality"]["flags"]}
    checks = {"baseline", "coverage", "arterial-peak", "bolus-width", "venous-output", "sampling", "motion"}
    assert checks | {"normal-tissue", "slab-edge", "midline", "posterior-fossa"} <= set(flags)
    assert "fail" not in flags.values()
