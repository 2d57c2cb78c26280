"""The demonstration: a digital patient, as DICOM, through the whole street, held against its truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from tissueclock.core.files import write_atomically
from tissueclock.facts.files import read_case
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient
from tissueclock.pipeline.folder import writing
from tissueclock.pipeline.objects import require_own, write_patient
from tissueclock.pipeline.run import Finished, Request, run_analysis
from tissueclock.pipeline.watch import Progress
from tissueclock.protocol.registry import protocols

_COMPARED = ("core_ml", "tmax6_ml")


@dataclass(frozen=True, kw_only=True, eq=False)
class Demonstration:
    """The finished analysis, and measured against true volumes."""

    finished: Finished
    truth: Mapping[str, Any]
    comparison: Mapping[str, Mapping[str, Any]]


def run_demo(out: Path, progress: Progress) -> Demonstration:
    """Make the demonstration patient in `out/scan`, analyse it into `out`, and compare with the truth."""
    require_own(out)
    progress("making a digital patient", None)
    patient = digital_patient(DEMO_STROKE, Acquisition())
    truth = write_patient(patient, out, dicom=True)
    facts = out / "facts.toml"
    clinic = resources.files("tissueclock.pipeline").joinpath("demo-facts.toml").read_bytes()
    with writing(out):
        write_atomically(facts, clinic)
    request = Request(
        inputs=(out / "scan",),
        out=out,
        preset=None,
        typed=read_case(facts),
        trials=tuple(protocols().values()),
        anonymous=False,
    )
    finished = run_analysis(request, progress)
    return Demonstration(finished=finished, truth=truth, comparison=_compare(finished, truth))


def _compare(finished: Finished, truth: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return true and measured volumes and sides; the truth is the rule method's, by tissue fractions."""
    facts, rule = finished.document["facts"], truth["rule"]
    volumes = {
        name: {"true": rule["tissue_weighted"][name], "measured": facts[name]["value"]} for name in _COMPARED
    }
    side = {"true": truth["side"], "measured": facts["lesion_side"]["value"]}
    return {**volumes, "lesion_side": side}
