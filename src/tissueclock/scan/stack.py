"""One image a slice to a volume: DICOM of any series that is no run over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import digest
from tissueclock.image.volume import Volume
from tissueclock.scan.arrange import stacked
from tissueclock.scan.dicom import grid_of
from tissueclock.scan.headers import ImageHeader
from tissueclock.scan.pixels import read_pixels


def read_stack(headers: Sequence[ImageHeader], quantity: str, unit: str) -> tuple[Volume, str]:
    """Read a plain stack of images: its volume, scaled as its headers say (float32), and a digest.

    Raises InputError, with what to do, where the images do not make one stack or cannot be decoded.
    """
    try:
        images = stacked(headers)
    except InputError as error:
        raise InputError(
            f"{quantity}: {error.found}",
            where=error.where,
            remedy="Send the complete series again from the archive, or leave it out.",
        ) from error
    grid = grid_of([[image] for image in images])
    array = np.empty(grid.shape, dtype=np.float32)
    digests = []
    for number, image in enumerate(images):
        pixels = read_pixels(image)
        array[:, :, number] = pixels.T * np.float32(image.slope) + np.float32(image.intercept)
        digests.append(digest(np.ascontiguousarray(pixels).data, image.position.tobytes()))
    return Volume(array, grid, quantity, unit), digest(*(item.encode() for item in digests))
