"""The page on validation, written from the results of a run and from nothing else (Markdown)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tissueclock.bench.markdown import number, table
from tissueclock.bench.validation.coverage import STATED
from tissueclock.bench.validation.published import PATIENT_RESULTS, PHANTOM_RESULTS, Published
from tissueclock.bench.validation.verdicts import ANSWERS

_PATIENT_GROUPS = (
    (
        "plain",
        "The plain patient: left MCA, core 22 mL in 98 mL, CT with 3 HU of noise, every 1.5 s for a minute",
    ),
    ("size", "Other volumes"),
    ("place", "Other places"),
    ("graded", "Lesions without a border"),
    ("noise", "Noise, CT and DSC"),
    ("residue", "Residue functions (the plain patient has the exponential)"),
    ("bolus", "Width of the bolus, and cardiac output"),
    ("sampling", "Sampling"),
    ("truncation", "Runs that end early"),
    ("motion", "Motion"),
    ("illness", "Other illness, with the plain stroke and without a stroke"),
    ("held out", "Held out: grained noise, another residue, weak heart and uneven times at once"),
)
_KUDO_GROUPS = (
    ("kudo noise", "Noise and residue function; `-kudo` are the published phantom's three shapes together"),
    ("kudo bolus", "Width of the bolus and cardiac output (exponential)"),
    ("kudo sampling", "Sampling (exponential)"),
    ("kudo truncation", "Runs that end early (exponential)"),
)
_DRAWN = (
    ("cohort", "a stroke of random side, place, size and kind, scanned in random ways"),
    ("negative", "no stroke: a third plain, a third with leukoaraiosis, a third with a narrow carotid"),
)

_LARGEST = 6
_BOTH_CAROTIDS = (
    "With both carotids 5 s late only the arteries of the basilar show the true input: a program that reads "
    "its input in a carotid sees no delay at all, and ought to doubt."
)


def page_of(results: Mapping[str, Any], pictures: str) -> str:
    """Return the page; `pictures` is the folder of the pictures, seen from the page."""
    parts = (
        _opening(results),
        _targets(results),
        _largest(results),
        _patients(results),
        _drawn(results),
        _flips(results),
        _intervals(results),
        _kudo(results),
        _worst(results, pictures),
        _others(results),
        _limits(),
    )
    return "\n\n".join("\n\n".join(part) for part in parts) + "\n"


def picture_name(place: int) -> str:
    """Return the file name of the picture of a worst case, counted from 0."""
    return f"worst-{place + 1}.png"


def _opening(results: Mapping[str, Any]) -> Iterator[str]:
    seeds = "; ".join(f"{name} {value}" for name, value in results["seeds"].items())
    yield "<!-- Written by `tissueclock bench --suite accuracy --out DIR --page FILE`: do not edit. -->"
    yield "# Validation"
    yield "Research use only. Not a medical device; not for diagnosis or treatment decisions."
    yield (
        "**Digital patients only. There is no in-vivo validation.** Nothing here says how well tissue of "
        "a real person is measured, nor how well a measurement foretells an infarct. It says what the "
        "program does to noise, borders, sampling, motion and other illness where the answer is known. "
        "Diffusion and FLAIR: [validation of diffusion](validation-diffusion.md)."
    )
    yield (
        f"Run: `{results['command']}` ({results['level']} level, {results['cases']} cases), version "
        f"{results['version']}, code {results['code']}. Seeds: {seeds}. Default presets throughout. "
        "Patients have 144 x 144 x 12 voxels of 1.6 x 1.6 x 8 mm. The whole table is in "
        "[`validation/`](../../validation/README.md), with the command that makes all of it anew."
    )
    yield (
        "Truth is what the rule method reads on noise-free curves with the true input (the published "
        "limits belong to it), weighted by tissue fractions; the phantom computes it with code of its "
        "own. A program that counts whole voxels reads Tmax > 6 s some 6 % larger, because cortical "
        "voxels also hold fluid: both countings are given. Errors are measured less true."
    )


def _targets(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## Targets"
    yield "Set before the suite was run. A miss is a miss; nothing may be tuned on these seeds."
    words = {True: "yes", False: "**no**", None: "-"}
    rows = (
        (item["what"], item["wanted"], _with_unit(item), words[item["met"]], str(item["cases"]))
        for item in results["targets"]
    )
    yield table(("target", "wanted", "found", "met", "cases"), rows)


def _with_unit(item: Mapping[str, Any]) -> str:
    if item["found"] is None:
        return "not measured"
    return f"{item['found']:.4g} {item['unit']}".strip()


def _largest(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## The largest errors"
    yield "Rows by the size of their bias, mL; a withheld row gives no verdict, whatever its error."
    patients = [row for row in results["rows"] if row["kind"] == "patient"]
    rows = []
    for name, title in (("core", "core"), ("tmax6", "Tmax > 6 s")):
        measured = [row for row in patients if row[name] is not None]
        biases = {row["name"]: abs(row[name]["bias_ml"]) for row in measured}
        for row in sorted(measured, key=lambda row: biases[row["name"]], reverse=True)[:_LARGEST]:
            bias = number(row[name]["bias_ml"], sign=True)
            withheld = f"{row['withheld']} of {row['cases']}"
            rows.append((title, row["name"], number(row[f"true_{name}_ml"]), bias, withheld))
    yield table(("volume", "row", "true", "bias", "withheld"), rows)


def _patients(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## Digital patients, row by row"
    yield (
        "One thing differs from the plain patient in each row. Core and Tmax > 6 s: bias, RMSE and worst "
        "error in mL. Dice: median overlap with the rule's true mask, whole voxels. Flips: of the eight "
        "questions below, over all cases of the row."
    )
    heads = (
        "row",
        "n",
        "true core",
        "core: bias; RMSE; worst",
        "true Tmax > 6 s",
        "Tmax > 6 s: same",
        "bias by voxels",
    )
    more = ("Dice core, Tmax", "Tmax map RMSE, r", "side right", "withheld", "flips")
    for group, title in _PATIENT_GROUPS:
        rows = [row for row in results["rows"] if row["group"] == group]
        if rows:
            yield f"### {title}"
            if group == "illness":
                yield _BOTH_CAROTIDS
            yield table((*heads, *more), map(_patient_row, rows))


def _patient_row(row: Mapping[str, Any]) -> Sequence[str]:
    refused = f" ({row['refused']} refused)" if row["refused"] else ""
    tmax = row["maps"].get("tmax against rule", {})
    return (
        row["name"],
        f"{row['cases']}{refused}",
        number(row["true_core_ml"]),
        _errors(row["core"]),
        number(row["true_tmax6_ml"]),
        _errors(row["tmax6"]),
        number(None if row["tmax6_by_voxels"] is None else row["tmax6_by_voxels"]["bias_ml"], sign=True),
        f"{number(row['dice_core'], 2)}, {number(row['dice_tmax6'], 2)}",
        f"{number(tmax.get('rmse'), 2)} s, {number(tmax.get('r'), 2)}",
        f"{row['sides_right']}/{row['cases'] - row['refused']}",
        str(row["withheld"]),
        str(sum(item["flips"] for item in row["flips"].values())),
    )


def _drawn(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## Drawn patients"
    words = "; ".join(f"{name}: {what}" for name, what in _DRAWN)
    yield f"Every patient is another one; the ranges are our choice and no epidemiology. {words}."
    heads = ("group", "n", "what", "median", "90th percentile", "bias", "RMSE", "worst", "r")
    rows = []
    groups = {group["name"]: group for group in results["groups"]}
    for name, _ in _DRAWN:
        for key, title in (
            ("core", "core"),
            ("tmax6", "Tmax > 6 s"),
            ("tmax6_by_voxels", "the same, voxels"),
        ):
            errors = groups.get(name, {}).get(key)
            if errors:
                rows.append((name, str(errors["cases"]), f"{title}, mL", *_spread(errors)))
    yield table(heads, rows)


def _spread(errors: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("median_ml", "p90_ml", "bias_ml", "rmse_ml", "worst_ml")
    numbers = (number(errors[name], sign=name in ("bias_ml", "worst_ml")) for name in names)
    return (*numbers, number(errors["r"], 3))


def _flips(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## Verdicts that flip"
    yield (
        "A verdict flips where the true and the measured volumes give opposite answers. The rules of "
        "DEFUSE 3 and EXTEND are the three criteria on volumes in the trials' own files (core, ratio, "
        "mismatch). Open: the truth has an answer, and a quality gate withheld the measurement. Far: the "
        "true volumes lie more than 5 mL and 0.2 of ratio from every limit asked. Borderline: a 90 % "
        "interval of the measurement holds a limit."
    )
    groups = [group for group in results["groups"] if group["kind"] == "patient"]
    rows = []
    for question in ANSWERS:
        counts = [group["flips"][question] for group in groups]
        total = {
            key: sum(count[key] for count in counts)
            for key in ("cases", "flips", "open", "far", "far_flips", "borderline", "marked")
        }
        shares = (f"{total['flips']} of {total['cases']}", f"{total['far_flips']} of {total['far']}")
        marked = f"{total['marked']} of {total['flips']}"
        rows.append((question, *shares, marked, str(total["borderline"]), str(total["open"])))
    heads = ("question", "flips, all patients", "flips, far from the limit")
    yield table((*heads, "flips that were marked borderline", "borderline in all", "open"), rows)


def _intervals(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## Intervals"
    yield (
        "How often the 90 % interval holds what the rule method reads on noise-free curves, in the cohort "
        "and in its strata. Half width: the median, over 4 mL or 20 % of the true volume, whichever is more. "
        "How the intervals are made, and on which patients they were set: [intervals](intervals.md)."
    )
    rows = [
        (
            row["stratum"],
            str(row["cases"]),
            *(f"{row[name]['inside']} of {row[name]['cases']}{_share(row[name])}" for name in STATED),
            *(number(row[name]["width"], 2) for name in STATED if name != "mismatch_ratio"),
        )
        for row in results["coverage"]
    ]
    widths = tuple(f"half width, {title}" for name, title in STATED.items() if name != "mismatch_ratio")
    yield table(("stratum", "n", *STATED.values(), *widths), rows)


def _share(covered: Mapping[str, Any]) -> str:
    return f" ({100 * covered['inside'] / covered['cases']:.0f} %)" if covered["cases"] else ""


def _kudo(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## The Kudo phantom"
    yield (
        "Kudo 2013's grid (MTT 24/k s, CBV 1 to 5 mL/100 g, delay 0 to 3 s) in voxels of 1.6 x 1.6 x 5 "
        "mm, measured by the default preset with its denoising; the input curves are read where they are "
        "known to be. r is over the means of tiles, as Kudo's; bias and RMSE are over voxels, which hold "
        "the noise. On DSC flow and volume are relative: they are scaled to the true mean first and have "
        "no bias. Motion needs a head: see above."
    )
    heads = ("row", "n", "r CBF", "r CBV", "r MTT", "RMSE CBF, CBV, MTT", "CBF against the rule: bias, RMSE")
    more = (
        "Tmax less delay: bias, RMSE",
        "Tmax against the rule: RMSE, r",
        "slope",
        "% per s",
        "class",
    )
    for group, title in _KUDO_GROUPS:
        rows = [row for row in results["rows"] if row["group"] == group]
        if rows:
            yield f"### {title}"
            yield table((*heads, *more), map(_kudo_row, rows))
    yield (
        "Slope: of Tmax over the delay (1 is right). % per s: by how much flow changes with each second "
        "of delay. Class: balanced accuracy of 'flow under 30 % of normal' against the same class of the "
        "rule's truth. That flow reads too low, and Tmax later than the delay, is the rule method's known "
        "bias (the limits of trials were set on it), not an error against the rule."
    )


def _kudo_row(row: Mapping[str, Any]) -> Sequence[str]:
    maps = row["maps"]
    own = {name: maps.get(f"{name} against {name}", {}) for name in ("cbf", "cbv", "mtt")}
    rule_cbf, rule_tmax = maps.get("cbf against rule cbf", {}), maps.get("tmax against rule tmax", {})
    delay = maps.get("tmax against delay", {})
    refused = f" ({row['refused']} refused)" if row["refused"] else ""
    accuracy = row["core_class_accuracy"]
    return (
        row["name"],
        f"{row['cases']}{refused}",
        *(number(own[name].get("r"), 3) for name in own),
        ", ".join(number(own[name].get("rmse"), 2) for name in own),
        f"{number(rule_cbf.get('bias'), 2, sign=True)}, {number(rule_cbf.get('rmse'), 2)}",
        f"{number(delay.get('bias'), 2, sign=True)}, {number(delay.get('rmse'), 2)} s",
        f"{number(rule_tmax.get('rmse'), 2)} s, {number(rule_tmax.get('r'), 2)}",
        number(row["tmax_slope"], 3),
        number(row["cbf_percent_per_s"], 2, sign=True),
        "-" if accuracy is None else f"{100 * accuracy:.1f} %",
    )


def _worst(results: Mapping[str, Any], pictures: str) -> Iterator[str]:
    yield "## The worst cases"
    yield (
        "Radiological: the patient's right is on the left; from the feet up. Green: found and true. Blue: "
        "true by the rule, missed. Orange: found, not true."
    )
    for place, item in enumerate(results["worst"]):
        truth, title = item["truth"], item["why"][:1].upper() + item["why"][1:]
        gates = f" The verdict was withheld ({', '.join(item['gates'])})." if item["gates"] else ""
        text = (
            f"**{title}: `{item['id']}`.** Core {number(item['core_ml'])} mL, true "
            f"{number(truth['core_ml'])}; Tmax > 6 s {number(item['tmax6_ml'])} mL, true "
            f"{number(truth['tmax6_ml'])} (whole voxels {number(truth['tmax6_voxels_ml'])}); Dice of "
            f"Tmax > 6 s {number(item['dice_tmax6'], 2)}.{gates}"
        )
        yield f"{text}\n\n![{item['why']}: slices of {item['id']}]({pictures}/{picture_name(place)})"


def _others(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## What other programs reported"
    yield "None of these numbers is ours, and no other program was run for this page."
    ours = next((row for row in results["rows"] if row["name"] == "kudo-ct-3-hu-kudo"), None)
    if ours is not None:
        r = [number(ours["maps"][f"{name} against {name}"]["r"], 3) for name in ("cbf", "cbv", "mtt")]
        yield (
            f"On the Kudo phantom, CT at 3 HU, ours: r of CBF {r[0]}, CBV {r[1]}, MTT {r[2]}. Kudo and "
            "Sasaki do not state their noise, so that this is one score on one design, not one and the "
            "same file."
        )
    yield "### On digital phantoms"
    yield _published(PHANTOM_RESULTS)
    yield "### In patients"
    yield _published(PATIENT_RESULTS)


def _published(items: Sequence[Published]) -> str:
    heads = ("whose", "result", "against", "source", "comparable?")
    return table(heads, ((i.whose, i.result, i.against, i.source, i.comparable) for i in items))


def _limits() -> Iterator[str]:
    yield "## What this cannot show"
    yield (
        "- The head, the bolus and the residues are drawn and chosen by us: a program can be right on "
        "them and wrong in a person.\n"
        "- Noise is Gaussian (CT) or Rician (DSC), even over the field; reconstruction, beam hardening, "
        "metal and susceptibility are not simulated. The head has no skull base.\n"
        "- Motion is rigid and interpolated linearly; frames are not smeared by it.\n"
        "- The truth is the rule method's, which the program also follows: agreement with it shows that "
        "noise, borders and inputs are handled, not that 30 % and 6 s are the right limits. The "
        "comparison with the physics (flow, volume, delay) is in the table of the Kudo phantom and in "
        "`validation/results.csv`.\n"
        "- A mean over these rows is no accuracy in any population: the rows were chosen to find faults."
    )


def _errors(errors: Mapping[str, Any] | None) -> str:
    if errors is None:
        return "-"
    return f"{number(errors['bias_ml'], sign=True)}; {number(errors['rmse_ml'])}; " + number(
        errors["worst_ml"], sign=True
    )
