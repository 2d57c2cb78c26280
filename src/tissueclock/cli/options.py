"""The options of every command. Nothing heavy is imported here: `--help` stays light."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from math import ceil, isfinite
from pathlib import Path

_MOST_FRAMES = 10_000
_MOST_INTERVAL_S = 10.0
"""A bolus passes in so many seconds: more is milliseconds by mistake."""
_MOST_DEGREES = 45.0
_MOST_SHIFT_MM = 200.0
"""Beyond it the slices would no longer be axial."""


def add_json(parser: ArgumentParser) -> None:
    """Add `--json`, which every command has."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")


def configure_demo(parser: ArgumentParser) -> None:
    """Options of `demo`."""
    parser.add_argument(
        "--out", type=Path, default=Path("tissueclock-demo"), metavar="DIR", help="output folder"
    )
    add_json(parser)


def configure_analyze(parser: ArgumentParser) -> None:
    """Options of `analyze`."""
    parser.add_argument(
        "inputs", nargs="+", type=Path, metavar="INPUT", help="DICOM folder, zip or 4-D NIfTI"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="output folder")
    parser.add_argument("--preset", metavar="NAME", help="settings; default: ct-default or dsc-default")
    parser.add_argument("--facts", type=Path, metavar="FILE", help="clinical facts: TOML, JSON or CSV")
    _add_trials(parser)
    _add_choices(parser)
    parser.add_argument("--anonymous", action="store_true", help="leave name, ID and times off the report")
    add_json(parser)


def configure_inspect(parser: ArgumentParser) -> None:
    """Options of `inspect`."""
    parser.add_argument(
        "inputs", nargs="+", type=Path, metavar="INPUT", help="folders, zips or NIfTI files of one patient"
    )
    add_json(parser)


def _add_choices(parser: ArgumentParser) -> None:
    """Options that overrule what the program finds; each is recorded."""
    parser.add_argument(
        "--aif", type=_voxel, metavar="X,Y,Z", help="voxel of the arterial input, counted from 0"
    )
    parser.add_argument(
        "--vof", type=_voxel, metavar="X,Y,Z", help="voxel of the venous output, counted from 0"
    )
    parser.add_argument(
        "--exclude-frames", type=_frames, default=(), metavar="3,17-19", help="frames to leave out, from 1"
    )
    parser.add_argument("--side", choices=("left", "right"), help="the patient's side of the lesion")


def _voxel(text: str) -> tuple[int, int, int]:
    numbers = text.split(",")
    if len(numbers) != 3 or not all(number.strip().isdecimal() for number in numbers):
        raise ArgumentTypeError("a voxel is three whole numbers from 0: X,Y,Z")
    x, y, z = (int(number) for number in numbers)
    return x, y, z


def _frames(text: str) -> tuple[int, ...]:
    frames: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        last = last or first
        if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last) < _MOST_FRAMES):
            raise ArgumentTypeError("frames are numbers from 1, or ranges of them: 3,17-19")
        frames.extend(range(int(first), int(last) + 1))
    return tuple(frames)


def configure_phantom(parser: ArgumentParser) -> None:
    """Options of `phantom`."""
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    patient = kinds.add_parser("patient", help="a head with a stroke, and its truth")
    _configure_patient(patient)
    kudo = kinds.add_parser("kudo", help="the grid of Kudo 2013: CBF, CBV, MTT and delay in tiles, as NIfTI")
    kudo.add_argument("--tile", type=int, default=8, metavar="VOXELS", help="width of a tile")
    for kind in (patient, kudo):
        kind.add_argument("--out", type=Path, required=True, metavar="DIR", help="output folder")
        kind.add_argument("--modality", choices=("CT", "MR"), default="CT", help="CT perfusion or DSC-MRI")
        kind.add_argument("--noise", type=float, metavar="HU", help="CT: SD of the noise")
        kind.add_argument(
            "--snr", type=float, metavar="RATIO", help="MR: signal-to-noise ratio of the baseline"
        )
        kind.add_argument(
            "--bolus-width", type=float, metavar="S", help="full width of the bolus at half maximum"
        )
        kind.add_argument("--interval", type=float, metavar="S", help="seconds between frames")
        kind.add_argument("--frames", type=int, metavar="N", help="number of frames")
        kind.add_argument("--seed", type=_seed, default=1, metavar="N", help="seed of the noise, 0 or more")
        add_json(kind)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError("a seed is a whole number, 0 or more")
    return int(text)


def _configure_patient(parser: ArgumentParser) -> None:
    places = ("mca", "mca-anterior", "mca-posterior", "aca", "pca")
    parser.add_argument(
        "--format", choices=("dicom", "nifti"), default="dicom", help="how the scan is written"
    )
    parser.add_argument(
        "--side", choices=("left", "right", "none"), default="left", help="the patient's side"
    )
    parser.add_argument("--place", choices=places, default="mca", help="territory")
    parser.add_argument("--core-ml", type=float, metavar="ML", help="true core (default 22)")
    parser.add_argument("--hypoperfused-ml", type=float, metavar="ML", help="true lesion, core included (98)")
    parser.add_argument("--graded", action="store_true", help="flow and delay fall off without a border")
    parser.add_argument(
        "--motion", type=float, default=0.0, metavar="MM", help="the head jumps by this midway"
    )
    parser.add_argument("--drift", type=float, default=0.0, metavar="MM", help="the head slides off by this")
    parser.add_argument(
        "--nod", type=float, default=0.0, metavar="DEG", help="the head nods and turns by this"
    )
    _configure_sampling(parser)
    _configure_grid(parser)
    _configure_mr(parser)


def _configure_sampling(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--times", type=_times, metavar="LIST", help="times of the frames in s: numbers, or start:stop:step"
    )
    parser.add_argument(
        "--drop-frames", type=_frames, default=(), metavar="LIST", help="frames (from 1) that are lost"
    )
    parser.add_argument(
        "--slice-times",
        choices=("shuttle", "interleaved"),
        help="slices have times of their own: two slabs by turns, or an EPI",
    )
    parser.add_argument(
        "--unsettled-frames", type=int, default=0, metavar="N", help="MR: so many first frames are too bright"
    )


def _configure_grid(parser: ArgumentParser) -> None:
    parser.add_argument("--matrix", type=int, default=144, metavar="N", help="voxels across (144)")
    parser.add_argument("--slices", type=int, default=12, metavar="N", help="number of slices (12)")
    parser.add_argument(
        "--slice-spacing", type=float, metavar="MM", help="between slices; default: they share 96 mm"
    )
    parser.add_argument(
        "--oblique",
        type=_angles,
        default=(0.0, 0.0, 0.0),
        metavar="X,Y,Z",
        help="the scan is turned, degrees",
    )


def _configure_mr(parser: ArgumentParser) -> None:
    """Options of diffusion and FLAIR beside the perfusion run."""
    vendors = ("standard", "siemens", "ge", "philips")
    still = (0.0, 0.0, 0.0)
    parser.add_argument("--diffusion", action="store_true", help="MR: also b0, b1000, ADC and FLAIR")
    parser.add_argument(
        "--vendor", choices=vendors, default="standard", help="whose field states the b-value"
    )
    parser.add_argument("--b-value", type=float, default=1000.0, metavar="B", help="high b-value (1000)")
    parser.add_argument("--directions", type=int, default=0, metavar="N", help="3, or 0 for the trace image")
    parser.add_argument(
        "--displaced", type=_millimetres, default=still, metavar="X,Y,Z", help="the head has moved, mm"
    )
    parser.add_argument("--turned", type=_angles, default=still, metavar="X,Y,Z", help="and turned, degrees")
    parser.add_argument("--flair-ratio", type=float, default=1.05, metavar="R", help="FLAIR of acute tissue")
    parser.add_argument("--reperfused-ml", type=float, default=0.0, metavar="ML", help="core without delay")
    parser.add_argument(
        "--shine-through-ml", type=float, default=0.0, metavar="ML", help="bright tissue that is no core"
    )
    parser.add_argument("--old-infarct-ml", type=float, default=0.0, metavar="ML", help="an old infarct")
    parser.add_argument(
        "--leukoaraiosis", type=float, default=0.0, metavar="SHARE", help="flow that white matter has lost"
    )
    parser.add_argument("--artefact", action="store_true", help="air distorts diffusion at the skull base")


def _millimetres(text: str) -> tuple[float, float, float]:
    numbers = _numbers(text)
    if len(numbers) != 3 or not all(abs(number) <= _MOST_SHIFT_MM for number in numbers):
        raise ArgumentTypeError(f"'{text}' is not three shifts of up to {_MOST_SHIFT_MM:g} mm")
    return (numbers[0], numbers[1], numbers[2])


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no list of numbers with commas between") from None


def _times(text: str) -> tuple[float, ...]:
    """Read numbers and ranges: `0:40:1,40:90:3`; a range leaves its stop out."""
    times: list[float] = []
    for word in text.split(","):
        if ":" not in word:
            times += _numbers(word)
            continue
        parts = _numbers(word.replace(":", ","))
        if len(parts) != 3 or not all(map(isfinite, parts)) or parts[2] <= 0 or parts[1] <= parts[0]:
            raise ArgumentTypeError(f"'{word}' is no range: write start:stop:step in seconds")
        times += [parts[0] + number * parts[2] for number in range(_steps(*parts))]
    return tuple(times)


def _steps(start: float, stop: float, step: float) -> int:
    count = ceil((stop - start) / step - 1e-9)
    if count > _MOST_FRAMES:
        raise ArgumentTypeError(f"a range of {count} times is too long: use up to {_MOST_FRAMES}")
    return count


def _angles(text: str) -> tuple[float, float, float]:
    numbers = _numbers(text)
    if len(numbers) != 3 or not all(abs(number) <= _MOST_DEGREES for number in numbers):
        raise ArgumentTypeError(f"'{text}' is not three angles of up to {_MOST_DEGREES:g} degrees")
    return (numbers[0], numbers[1], numbers[2])


def configure_assess(parser: ArgumentParser) -> None:
    """Options of `assess`."""
    parser.add_argument("--facts", type=Path, required=True, metavar="FILE", help="facts: TOML, JSON or CSV")
    _add_trials(parser)
    parser.add_argument(
        "--scope",
        choices=("imaging", "computable", "full"),
        default="full",
        help="imaging rules only; what the given facts can decide; or everything (default)",
    )
    parser.add_argument("--table", action="store_true", help="trials against families of criteria, one table")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write a page and a document there; of a cohort pictures too"
    )
    parser.add_argument("--fhir", type=Path, metavar="FILE", help="write the facts as FHIR R5 Observations")
    parser.add_argument(
        "--ie", type=Path, metavar="CSV", help="write what one trial's patient fails: SDTM IE"
    )
    parser.add_argument("--ti", type=Path, metavar="CSV", help="write one trial's criteria: SDTM TI")
    parser.add_argument("--study", metavar="CODE", help="STUDYID of --ie and --ti")
    parser.add_argument(
        "--subject",
        metavar="CODE",
        help="code of the subject in --ie, with a digit; never a name or a date (S-001)",
    )
    _add_cohort(parser)
    add_json(parser)


def _add_cohort(parser: ArgumentParser) -> None:
    """Options for a CSV of many cases."""
    many = parser.add_argument_group("a CSV with a row a case")
    many.add_argument("--case", metavar="ID", help="judge the case with this id, with every reason")
    many.add_argument("--decisions", type=Path, metavar="FILE", help="CSV to write: id, each trial's answer")
    many.add_argument(
        "--skip-bad-rows", action="store_true", help="leave out rows that cannot be read, and say which"
    )


def configure_compare(parser: ArgumentParser) -> None:
    """Options of `compare`."""
    parser.add_argument(
        "ours", type=Path, metavar="OURS", help="CSV of volumes, folder of results, or one analysis"
    )
    parser.add_argument(
        "theirs",
        type=Path,
        metavar="THEIRS",
        help="CSV of volumes, folder of results, or scalar maps (NIfTI)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write compare.html, compare.json, pictures")
    parser.add_argument("--cases", action="store_true", help="name the cases that one source only has")
    parser.add_argument(
        "--cbf",
        choices=("relative", "absolute"),
        help="what their CBF map holds; default: relative if its name says so (rcbf)",
    )
    add_json(parser)


def configure_protocol(parser: ArgumentParser) -> None:
    """Options of `protocol`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every trial, profile and guideline, one a line")
    show = actions.add_parser("show", help="one trial or guideline, with its sources")
    show.add_argument("id", metavar="ID", help="id, for example defuse-3 or aha-asa-2019")
    card = actions.add_parser("card", help="one trial on one page: what it asked, what it can say")
    card.add_argument("id", metavar="ID", help="trial id, for example defuse-3")
    card.add_argument("--out", type=Path, metavar="FILE", help="write the page as HTML, for A4")
    lint = actions.add_parser("lint", help="what is wrong with such files")
    lint.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="TOML files; default: everything registered"
    )
    example = actions.add_parser("example", help="an invented local rule, as TOML to copy and edit")
    _configure_import(actions.add_parser("import", help="a draft of a trial from its registration"))
    _configure_confirm(actions.add_parser("confirm", help="confirm a draft that a person has settled"))
    _configure_export(actions.add_parser("export", help="a trial for another system"))
    for action in (listing, show, card, lint, example):
        add_json(action)


def _configure_import(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="registration: JSON record or text export")
    parser.add_argument("--id", metavar="ID", help="id of the trial; default: its acronym or number")
    parser.add_argument(
        "--as-of", type=_day, metavar="DAY", help="day of the last update, if it is not stated"
    )
    parser.add_argument("--out", type=Path, metavar="DRAFT", help="the draft; default: standard output")
    add_json(parser)


def _configure_confirm(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="DRAFT", help="draft of a trial")
    parser.add_argument("--by", required=True, metavar="NAME", help="who confirms it")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the confirmed file")
    add_json(parser)


def _configure_export(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="trial id, for example defuse-3")
    parser.add_argument("--format", choices=("fhir",), default="fhir", help="FHIR R5 (default)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    add_json(parser)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no day such as 2025-09-12") from None


def configure_bench(parser: ArgumentParser) -> None:
    """Options of `bench`."""
    parser.add_argument(
        "--suite",
        choices=("accuracy", "diffusion", "kudo", "speed", "eligibility"),
        default="accuracy",
        help="perfusion of digital patients (default), their diffusion and FLAIR, every deconvolution "
        "method on the grid of Kudo 2013, time and memory of a whole 512 x 512 study, or how "
        "many cases a second trials decide",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_true", help="accuracy: a dozen cases, under 2 minutes; diffusion: five"
    )
    size.add_argument("--full", action="store_true", help="accuracy: every case, hours")
    parser.add_argument("--workers", type=int, metavar="N", help="accuracy, diffusion: processes (1)")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="accuracy, diffusion: keep every case here; a run that ended early goes on",
    )
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="accuracy, diffusion: write its page on validation"
    )
    parser.add_argument("--repeats", type=int, metavar="N", help="speed: runs (3)")
    parser.add_argument("--cases", type=int, metavar="N", help="eligibility: invented cases (10000)")
    parser.add_argument(
        "--write-cohort",
        type=Path,
        metavar="FILE",
        help="eligibility: write an invented cohort as CSV for 'assess' instead of measuring",
    )
    add_json(parser)
    others = parser.add_subparsers(dest="data", metavar="DATA")
    isles = others.add_parser("isles", help="ISLES 2018, whose data you hold: our core against the lesion")
    isles.add_argument("path", type=Path, metavar="PATH", help="the folder with case_1, case_2 ...")
    # The 1 s is from another program's loader of these data (OpenPerfusion, io_isles2018.py); the organisers'
    # own words could not be read, hence the option, and a note where a file's header states another time.
    isles.add_argument(
        "--interval", type=_interval, default=1.0, metavar="S", help="seconds between frames (1)"
    )
    add_json(isles)


def _interval(text: str) -> float:
    (number, *rest) = _numbers(text)
    if rest or not isfinite(number) or not 0 < number <= _MOST_INTERVAL_S:
        raise ArgumentTypeError(
            f"'{text}' is no number of seconds between frames, up to {_MOST_INTERVAL_S:g}"
        )
    return number


def _add_trials(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--trial",
        action="append",
        default=None,
        metavar="ID",
        help="judge this trial, or the rule in this .toml file (repeat); default: all trials",
    )
    parser.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="how trials read what their source leaves open: aspects_from=ct|dwi (default: the trial's file)",
    )
