"""What flows where: the perfusion of normal, threatened and lost tissue.

Normal values are the usual ones for adults (grey 60 mL/100 g/min and 4 mL/100 g, white 25 and 2); those of
the lesion are our choice: with the default bolus and sampling they keep the rule method's Tmax 0.7 s or
more away from 4, 6, 8 and 10 s, and its flow away from 30 % of the contralateral mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Flow:
    """The perfusion of one tissue: `cbf` in mL/100 g/min, `cbv` in mL/100 g."""

    cbf: float
    cbv: float

    @property
    def mtt_s(self) -> float:
        """The mean transit time, by the central volume theorem."""
        return 60 * self.cbv / self.cbf


@dataclass(frozen=True)
class Zone:
    """A part of the brain with one physiology: grey and white matter, and the delay that they share."""

    name: str
    grey: Flow
    white: Flow
    delay_s: float


NORMAL = Zone("normal", Flow(60.0, 4.0), Flow(25.0, 2.0), 0.5)
PENUMBRA = Zone("penumbra", Flow(33.0, 4.0), Flow(15.0, 1.8), 6.6)
CORE = Zone("core", Flow(6.0, 1.2), Flow(2.5, 0.5), 9.0)
SHARP_ZONES = (NORMAL, PENUMBRA, CORE)

GRADED_LEVELS = 512
GRADED_REACH = 3.0
"""Graded lesions end at this multiple of the hypoperfused radius, where they have faded out."""
_CORE_MTT_S = 12.0


def graded_zones(core_share: float) -> tuple[Zone, ...]:
    """Return the physiology of a graded lesion at GRADED_LEVELS equal steps of the distance from its centre.

    Distance is in units of the hypoperfused radius and ends at GRADED_REACH; `core_share` is the core's
    radius in that unit (0: flow falls to half only). The steps are small (0.06 s of delay at most), and the
    truth is computed from them, so it is exact.
    """
    distances = (np.arange(GRADED_LEVELS) + 0.5) / GRADED_LEVELS * GRADED_REACH
    return tuple(_graded_zone(float(distance), core_share) for distance in distances)


def _graded_zone(distance: float, core_share: float) -> Zone:
    """Delay is 3 s at the hypoperfused radius, flow 22 % of normal at the core's radius."""
    delay_s = NORMAL.delay_s + 9.5 * np.exp(np.log(2.5 / 9.5) * distance**2)
    if core_share > 0:
        loss = 0.9 * np.exp(np.log(0.78 / 0.9) * (distance / core_share) ** 4)
    else:
        loss = 0.5 * np.exp(-(distance**2))
    return Zone("graded", _reduced(NORMAL.grey, loss), _reduced(NORMAL.white, loss), float(delay_s))


def _reduced(normal: Flow, loss: float) -> Flow:
    """Lower the flow by `loss`; the transit time grows along, to 12 s where 90 % is lost."""
    cbf = normal.cbf * (1 - loss)
    mtt_s = normal.mtt_s + (_CORE_MTT_S - normal.mtt_s) * loss / 0.9
    return Flow(float(cbf), float(cbf * mtt_s / 60))


def rarefied(zone: Zone, loss: float) -> Zone:
    """Return the zone with leukoaraiosis: white matter loses `loss` of its flow, half as much volume.

    So the transit time grows; contrast comes up to a second later.
    """
    white = Flow(zone.white.cbf * (1 - loss), zone.white.cbv * (1 - loss / 2))
    return Zone(f"{zone.name}, leukoaraiosis", zone.grey, white, zone.delay_s + loss)


def narrowed(zone: Zone, delay_s: float) -> Zone:
    """Return the zone behind a narrow carotid: late, with wide vessels and almost all of its flow."""
    grey, white = (Flow(0.92 * flow.cbf, 1.15 * flow.cbv) for flow in (zone.grey, zone.white))
    return Zone(f"{zone.name}, narrow carotid", grey, white, zone.delay_s + delay_s)


def gliosis(zone: Zone) -> Zone:
    """Return the scar of an old infarct: a third of normal flow, half its volume, no delay of its own."""
    grey, white = (Flow(0.33 * flow.cbf, 0.5 * flow.cbv) for flow in (NORMAL.grey, NORMAL.white))
    return replace(zone, name="scar", grey=grey, white=white, delay_s=NORMAL.delay_s)
