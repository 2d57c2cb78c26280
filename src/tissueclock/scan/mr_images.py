"""The diffusion images, the scanner's ADC map and the FLAIR of a study, read from what was found in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import digest
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted, is_same_b
from tissueclock.scan.found import Found, Kind
from tissueclock.scan.found_nifti import FoundNifti
from tissueclock.scan.headers import ImageHeader
from tissueclock.scan.mr_words import MrWords
from tissueclock.scan.nifti import read_frames, read_map
from tissueclock.scan.stack import read_stack

_HIGH_B = 200.0
"""What is weighted more than this is a high b-value here (our choice; which one serves is a setting)."""
_WANTED_B = 1000.0
_MAP_ELSEWHERE = "an ADC map on another grid than the diffusion images was left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where images come from: a digest, the number of files, and what tells patients and days apart.

    `patient` is a digest of who it is, `taken` date and clock as digits; both, and `frame_of_reference`, are
    empty where nothing states them.
    """

    digest: str
    files: int
    frame_of_reference: str = ""
    patient: str = ""
    taken: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class DiffusionScan:
    """The weighted images and the scanner's ADC map, None without one; `notes` say what was chosen.

    `origin` is that of the weighted series, or of the map where there is none; `parts` are the origins of
    what was taken from other series, by its name.
    """

    images: tuple[Weighted, ...]
    adc: Volume | None
    origin: Origin
    parts: tuple[tuple[str, Origin], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class FlairScan:
    """A FLAIR volume."""

    volume: Volume
    origin: Origin
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Series:
    """The weighted images of one DICOM series: headers and words of every stack in it."""

    found: Found
    stacks: dict[tuple[float | None, str], list[int]]
    """Numbers of the images by b-value and direction."""

    @classmethod
    def of(cls, found: Found) -> _Series:
        """Part a series into stacks by b-value and direction."""
        stacks: dict[tuple[float | None, str], list[int]] = {}
        for number, word in enumerate(found.words):
            key = (word.b, "trace" if word.is_trace else word.direction)
            stacks.setdefault(key if (word.b or 0.0) > 0 else (word.b, ""), []).append(number)
        return cls(found, stacks)

    @property
    def has_trace(self) -> bool:
        """Whether it holds an image of all directions at a high b-value."""
        return any((b or 0.0) >= _HIGH_B and direction == "trace" for b, direction in self.stacks)

    @property
    def high_b(self) -> tuple[float, ...]:
        """Its high b-values."""
        return tuple(sorted({b for b, _ in self.stacks if b is not None and b >= _HIGH_B}))

    @property
    def away(self) -> float:
        """How far its nearest high b-value is from the wanted one; infinite without any."""
        return min((abs(b - _WANTED_B) for b in self.high_b), default=np.inf)

    def read(self) -> Iterator[tuple[Weighted, str]]:
        """Yield every stack as an image, with its digest."""
        for (b, direction), numbers in sorted(self.stacks.items(), key=lambda item: item[0][0] or 0.0):
            quantity = "DWI" if b is None else f"b = {b:g}"
            for part in _copies([self.found.headers[number] for number in numbers]):
                volume, found = read_stack(part, quantity, "signal")
                one = any(self.found.words[number].is_trace is False for number in numbers)
                trace, one = direction == "trace", one and (b or 0.0) >= _HIGH_B
                yield Weighted(volume=volume, b=b, is_trace=trace, is_direction=one), found


def _copies(headers: Sequence[ImageHeader]) -> list[list[ImageHeader]]:
    """Part images whose header tells no direction: the first of every slice, the second, and so on."""
    by_place: dict[float, list[ImageHeader]] = {}
    for header in headers:
        by_place.setdefault(round(header.slice_position_mm, 1), []).append(header)
    most = max(len(images) for images in by_place.values())
    if any(len(images) != most for images in by_place.values()):
        return [list(headers)]  # reading them says what is wrong
    return [[images[number] for images in by_place.values()] for number in range(most)]


def diffusion_of(found: Sequence[Found]) -> DiffusionScan | None:
    """Read the diffusion images of a DICOM study; None where it has none.

    The series with a trace image and the b-value nearest 1000 is taken; b0 from another series of the same
    grid where it has none. Raises InputError where several would do, or images do not fit together.
    """
    series = [_Series.of(item) for item in found if item.kind is Kind.DIFFUSION]
    maps = [item for item in found if item.kind is Kind.ADC]
    if not series and not maps:
        return None
    chosen = _chosen(series)
    images = [] if chosen is None else list(chosen.read())
    notes: list[str] = []
    parts = [("diffusion", chosen.found)] if chosen else []
    if chosen is not None and not any(_is_low(image) for image, _ in images):
        low, found_low = _low_elsewhere(images, [item for item in series if item is not chosen], notes)
        images += low
        parts += [("b0", found_low)] if found_low else []
    adc = _map_on(images[0][0].volume if images else None, maps, notes)
    parts += [("ADC map", adc[0])] if adc else []
    digests = [found for _, found in images] + ([adc[2]] if adc else [])
    return DiffusionScan(
        images=tuple(_traced([image for image, _ in images])),
        adc=adc[1] if adc else None,
        origin=_origin([part for _, part in parts], digests),
        parts=tuple((name, _origin([part], digests)) for name, part in parts[1:]),
        notes=tuple(notes),
    )


def _is_low(image: Weighted) -> bool:
    return image.b is not None and image.b < _HIGH_B


def _traced(images: list[Weighted]) -> list[Weighted]:
    """Mark a high b-value's only image as its trace: scanners send one where they combined directions.

    Not where its header says that it is of one direction, and not where images of nearly the same b-value lie
    beside it: scanners state 995, 1000 and 1005 for directions of one shell.
    """
    return [replace(image, is_trace=True) if _is_alone(image, images) else image for image in images]


def _is_alone(image: Weighted, images: list[Weighted]) -> bool:
    if _is_low(image) or image.is_direction:
        return False
    return sum(is_same_b(other.b, image.b) for other in images) == 1


def _chosen(series: list[_Series]) -> _Series | None:
    """Return the series whose images serve best; raises InputError where several do alike."""
    if not series:
        return None
    weighted = [item for item in series if item.high_b] or series
    nearest = min(item.away for item in weighted)
    best = [item for item in weighted if item.away == nearest]
    best = [item for item in best if item.has_trace] or best
    if len(best) > 1:
        raise InputError(
            f"there are {len(best)} diffusion series with the same b-values in the input.",
            remedy="Name the folder of one, and those of the other scans of the study.",
        )
    return best[0]


def _low_elsewhere(
    images: list[tuple[Weighted, str]], others: list[_Series], notes: list[str]
) -> tuple[list[tuple[Weighted, str]], Found | None]:
    """Return b0 from another series on the same grid, and that series; nothing where there is none."""
    grid = images[0][0].volume.grid
    for series in others:
        low = [(image, found) for image, found in series.read() if _is_low(image)]
        same = [pair for pair in low if pair[0].volume.grid.is_same(grid)]
        if same:
            notes.append("b0 was taken from another series of the same grid")
            return same, series.found
        if low:
            notes.append("b0 on another grid than the diffusion images was left out")
    return [], None


def _map_on(
    volume: Volume | None, maps: Sequence[Found], notes: list[str]
) -> tuple[Found, Volume, str] | None:
    """Return the ADC map on the grid of the weighted images, with its digest; none where several lie there.

    They may be of several b-values or moments, and nothing tells which belongs to these images.
    """
    there: list[tuple[Found, Volume, str]] = []
    for item in maps:
        read, found = read_stack(item.headers, "ADC map", "as exported")
        if volume is None or read.grid.is_same(volume.grid):
            there.append((item, read, found))
        else:
            notes.append(_MAP_ELSEWHERE)
    if len(there) > 1:
        notes.append(f"there are {len(there)} ADC maps on the grid of the diffusion images; none was taken")
    return there[0] if len(there) == 1 else None


def flair_of(found: Sequence[Found]) -> FlairScan | None:
    """Read the FLAIR of a DICOM study, the first that is nearest to axial; None where there is none."""
    stacks = [item for item in found if item.kind is Kind.FLAIR]
    if not stacks:
        return None
    chosen = max(stacks, key=lambda item: round(_axial(item.headers[0]), 2))
    volume, read = read_stack(chosen.headers, "FLAIR", "signal")
    notes = (f"of {len(stacks)} FLAIR series, the first that is nearest to axial was taken",)
    return FlairScan(volume=volume, origin=_origin([chosen], [read]), notes=notes if len(stacks) > 1 else ())


def _axial(header: ImageHeader) -> float:
    """Return how near the slices' normal is to feet-to-head: 1 is axial."""
    return float(abs(np.cross(header.row_direction, header.column_direction)[2]))


def _origin(parts: Sequence[Found], digests: Sequence[str]) -> Origin:
    words: MrWords = parts[0].words[0]
    return Origin(
        digest=digest(*(item.encode() for item in sorted(digests))),
        files=sum(len(part.headers) for part in parts),
        frame_of_reference=words.frame_of_reference,
        patient=words.patient,
        taken=words.taken,
    )


def diffusion_of_nifti(found: Sequence[FoundNifti]) -> DiffusionScan | None:
    """Read the diffusion images among NIfTI files; None where there are none.

    As of DICOM series, the file with the b-value nearest 1000 is taken, with the files that hold b0 only, and
    a map on another grid is left out where ADC can be computed without it. Raises InputError where several
    files would do, or files do not lie on one grid.
    """
    series, notes = _chosen_files([item for item in found if item.kind is Kind.DIFFUSION])
    maps = [item for item in found if item.kind is Kind.ADC]
    if not series and not maps:
        return None
    if len(maps) > 1:
        raise InputError(f"there are {len(maps)} ADC maps.", remedy="Name the files of one scan.")
    images = [image for item in series for image in _images_of(item)]
    adc = Volume(*read_map(maps[0].source), "ADC map", "as exported") if maps else None
    if adc is not None and _both(images) and not adc.grid.is_same(images[0].volume.grid):
        adc, maps, notes = None, [], (*notes, _MAP_ELSEWHERE)
    first = images[0].volume if images else adc
    for volume in [image.volume for image in images] + ([adc] if adc else []):
        if first is not None and not volume.grid.is_same(first.grid):
            raise InputError(
                "the diffusion images lie on different grids.",
                where=", ".join(item.source.label for item in (*series, *maps)),
                remedy="Name the files of one scan, unresampled.",
            )
    read = digest(*(item.source.read() for item in (*series, *maps)))
    origin = Origin(digest=read, files=len(series) + len(maps))
    return DiffusionScan(images=tuple(_traced(images)), adc=adc, origin=origin, notes=notes)


def _both(images: Sequence[Weighted]) -> bool:
    """Return whether there are images with and without diffusion weighting."""
    return {_is_low(image) for image in images if image.b is not None} == {True, False}


def _chosen_files(series: list[FoundNifti]) -> tuple[list[FoundNifti], tuple[str, ...]]:
    """Return the file whose images serve best with those of b0, and notes on what was left out.

    Without any stated high b-value every file is returned: a map may lie beside an image that states none.
    """
    high = {item: max(item.b_values or (0.0,)) for item in series}
    weighted = [item for item in series if high[item] >= _HIGH_B]
    if not weighted:
        return series, ()
    nearest = min(_away(item) for item in weighted)
    best = [item for item in weighted if _away(item) == nearest]
    if len(best) > 1:
        raise InputError(
            f"there are {len(best)} diffusion files with the same b-values.",
            where=", ".join(item.source.label for item in best),
            remedy="Name one of them, and the other files of the scan with it.",
        )
    low = [item for item in series if item.b_values is not None and high[item] < _HIGH_B]
    kept = [item for item in series if item in (*best, *low)]
    left_out = [item.source.label for item in series if item not in kept]
    return kept, tuple(f"{label} was left out: another diffusion file serves better" for label in left_out)


def _away(found: FoundNifti) -> float:
    """Return how far the nearest high b-value of a file is from the wanted one."""
    return min(abs(b - _WANTED_B) for b in found.b_values or () if b >= _HIGH_B)


def _images_of(found: FoundNifti) -> Iterator[Weighted]:
    if found.frames == 1:
        volume = Volume(*read_map(found.source), "DWI", "signal")
        yield Weighted(volume=volume, b=None if found.b_values is None else found.b_values[0])
        return
    read = read_frames(found.source)
    for number, frame in enumerate(read.stored):
        values = frame.astype(np.float32) * np.float32(read.slope) + np.float32(read.intercept)
        b = None if found.b_values is None else found.b_values[number]
        yield Weighted(volume=Volume(values, read.grid, "DWI", "signal"), b=b)


def flair_of_nifti(found: Sequence[FoundNifti]) -> FlairScan | None:
    """Read the FLAIR among NIfTI files; None where there is none, InputError where there are several."""
    files = [item.source for item in found if item.kind is Kind.FLAIR]
    if not files:
        return None
    if len(files) > 1:
        raise InputError(f"there are {len(files)} FLAIR files.", remedy="Name one of them.")
    volume = Volume(*read_map(files[0]), "FLAIR", "signal")
    return FlairScan(volume=volume, origin=Origin(digest=digest(files[0].read()), files=1))
