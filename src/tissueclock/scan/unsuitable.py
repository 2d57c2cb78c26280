"""Why a DICOM file is no image of a perfusion run, in words that a radiographer understands."""

from __future__ import annotations

from types import MappingProxyType

from pydicom.tag import BaseTag

from tissueclock.image.series import Modality
from tissueclock.scan.elements import Elements, tag

_MODALITY, _SOP_CLASS, _IMAGE_TYPE, _BODY_PART = (
    tag(name) for name in ("Modality", "SOPClassUID", "ImageType", "BodyPartExamined")
)
_NUMBER_OF_FRAMES, _SAMPLES = tag("NumberOfFrames"), tag("SamplesPerPixel")
REASON_TAGS: tuple[BaseTag, ...] = (
    _MODALITY, _SOP_CLASS, _IMAGE_TYPE, _BODY_PART, _NUMBER_OF_FRAMES, _SAMPLES,
)  # fmt: skip

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_DIRECTORY = "1.2.840.10008.1.3.10"
_ENHANCED = frozenset(
    {"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2", "1.2.840.10008.5.1.4.1.1.4.1"}
)

_MODALITIES = MappingProxyType(
    {
        "PT": "PET",
        "NM": "nuclear medicine",
        "US": "ultrasound",
        "SEG": "a segmentation",
        "SR": "a written report",
        "DOC": "a document",
        "KO": "a list of key images",
        "PR": "a presentation state",
        "RTSTRUCT": "contours for radiotherapy",
        "RTDOSE": "a radiotherapy dose",
        "RTPLAN": "a radiotherapy plan",
        "XA": "angiography",
        "RF": "fluoroscopy",
        "CR": "a radiograph",
        "DX": "a radiograph",
        "MG": "mammography",
        "REG": "a registration",
        "OT": "a picture of another kind",
    }
)

_OTHER_PARTS = frozenset(
    {
        "ABDOMEN", "ABDOMENPELVIS", "ANKLE", "BLADDER", "BREAST", "CHEST", "CHESTABDOMEN", "CHESTABDPELVIS",
        "ELBOW", "FOOT", "HAND", "HEART", "HIP", "KIDNEY", "KNEE", "LEG", "LIVER", "LSPINE", "LUNG",
        "PANCREAS", "PELVIS", "PROSTATE", "SHOULDER", "SPLEEN", "THORAX", "TSPINE", "UTERUS", "WRIST",
    }
)  # fmt: skip
"""Parts that hold no brain (DICOM PS3.16, annex L). Any other word, or none, is left to the pixels."""


def ends_early(elements: Elements) -> bool:
    """Return whether a file that may be a CT or MR image ends before its pixels."""
    may_be_image = elements.text(_MODALITY) in {"", *(known.value for known in Modality)}
    cut = not elements.has_pixels or len(elements.dataset) == 0
    return may_be_image and cut and not _is_index(elements) and not _is_foreign(elements)


def reason_against(elements: Elements) -> str:
    """Return why the file is no single-frame CT or MR image of a head; empty where it may be one."""
    if _is_index(elements):
        return "it is a DICOMDIR index"
    if _is_foreign(elements):
        return "it is neither DICOM nor NIfTI"
    kind, modality = elements.text(_SOP_CLASS), elements.text(_MODALITY)
    if kind.startswith(_SECONDARY_CAPTURE):
        return "it is a screenshot (secondary capture), not a measurement"
    if modality not in {known.value for known in Modality}:
        named = f"{_MODALITIES[modality]} ({modality})" if modality in _MODALITIES else modality
        return f"it is {named or 'of unknown modality'}, not CT or MR"
    if kind in _ENHANCED or int(elements.number(_NUMBER_OF_FRAMES) or 1) > 1:
        return "it is an enhanced multi-frame object; this version reads single-frame images"
    if (elements.whole(_SAMPLES) or 1) > 1:
        return "it is a colour picture, not a measurement"
    return _reason_in_words(elements)


def _is_index(elements: Elements) -> bool:
    return elements.media_class == _DIRECTORY


def _is_foreign(elements: Elements) -> bool:
    """Whether a file without the DICOM mark only began like DICOM: it names neither its kind nor modality."""
    return elements.dataset.preamble is None and not (elements.text(_SOP_CLASS) or elements.text(_MODALITY))


def _reason_in_words(elements: Elements) -> str:
    """Return what the words of the header say against the image."""
    words = elements.parts(_IMAGE_TYPE)
    if "LOCALIZER" in words:
        return "it is a localizer (a planning image)"
    if "MOSAIC" in words:
        return "it is a Siemens mosaic (all slices in one picture); this version reads single slices"
    part = elements.text(_BODY_PART).upper()
    if part in _OTHER_PARTS:
        return f"it shows another part of the body than the head (BodyPartExamined: {part})"
    return ""
