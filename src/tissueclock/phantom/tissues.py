"""The tissues of the digital head, in the order of their fractions."""

from __future__ import annotations

from enum import IntEnum


class Tissue(IntEnum):
    """What a point of the head is made of. Arteries follow after the last, one label each."""

    AIR = 0
    SCALP = 1
    FAT = 2
    BONE = 3
    DIPLOE = 4
    CSF = 5
    DURA = 6
    GREY = 7
    WHITE = 8
    SINUS = 9


FIRST_ARTERY = len(Tissue)
"""The label of the first artery."""
