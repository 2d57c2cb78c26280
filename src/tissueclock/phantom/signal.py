"""From contrast to stored integers: CT numbers, T2*-weighted signal, noise and motion."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.phantom.acquisition import Acquisition, Motion
from tissueclock.phantom.tissues import Tissue

# Before contrast: CT numbers in HU, and T2*-weighted signal in arbitrary units (usual values, our choice).
_BASELINES = MappingProxyType(
    {
        Tissue.AIR: (-1000.0, 1.0),
        Tissue.SCALP: (20.0, 60.0),
        Tissue.FAT: (-80.0, 45.0),
        Tissue.BONE: (1150.0, 8.0),
        Tissue.DIPLOE: (620.0, 14.0),
        Tissue.CSF: (7.0, 160.0),
        Tissue.DURA: (48.0, 40.0),
        Tissue.GREY: (37.0, 100.0),
        Tissue.WHITE: (29.0, 85.0),
        Tissue.SINUS: (47.0, 90.0),
    }
)
_BLOOD = (45.0, 95.0)
_CLOT = (62.0, 55.0)

# R2* in 1/s for one HU-equivalent of contrast. Tissue: normal grey matter loses some 40 % of its signal at
# TE 30 ms. Blood's is far smaller, as in life, so that arteries do not go black; flow on MR is relative.
TISSUE_R2_PER_HU = 1.7
BLOOD_R2_PER_HU = 0.3

_CT_INTERCEPT_HU = -1024.0
_MR_SLOPE = 0.1


@dataclass(frozen=True)
class Scanner:
    """Turns contrast (HU of blood) into signal for one modality, and signal into stored integers."""

    acquisition: Acquisition

    @property
    def is_ct(self) -> bool:
        """Whether this is CT; otherwise it is DSC-MR."""
        return self.acquisition.modality is Modality.CT

    def baseline(self, tissue: Tissue) -> float:
        """Return a tissue's signal before contrast."""
        return _BASELINES[tissue][0 if self.is_ct else 1]

    @property
    def blood(self) -> float:
        """The signal of arterial blood before contrast."""
        return _BLOOD[0 if self.is_ct else 1]

    @property
    def clot(self) -> float:
        """The signal of a clot."""
        return _CLOT[0 if self.is_ct else 1]

    @property
    def contrast_unit(self) -> str:
        """The unit of what is measured in blood."""
        return "HU" if self.is_ct else "1/s"

    def measured_in_blood(self, contrast: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the enhancement (HU), or the change of R2* (1/s), that contrast causes in pure blood."""
        return contrast * (1.0 if self.is_ct else BLOOD_R2_PER_HU)

    def signal(
        self, baseline: float, contrast: NDArray[np.float64], in_blood: bool = False
    ) -> NDArray[np.float64]:
        """Return the signal over time of a compartment with this baseline and contrast."""
        if self.is_ct:
            return baseline + contrast
        relaxation = contrast * (BLOOD_R2_PER_HU if in_blood else TISSUE_R2_PER_HU)
        return baseline * np.exp(-self.acquisition.echo_time_s * relaxation)

    def stored(self, clean: NDArray[np.float32], frame: int) -> NDArray[np.int16]:
        """Add one frame's noise, which depends on the seed and the frame's number only, and quantise."""
        noisy = self._noisy(clean, np.random.default_rng((self.acquisition.seed, frame)))
        noisy -= np.float32(self.intercept)
        noisy /= np.float32(self.slope)
        return np.clip(np.rint(noisy, out=noisy), 0, np.iinfo(np.int16).max).astype(np.int16)

    def _noisy(self, clean: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
        if self.is_ct:
            noise = self._noise(clean.shape, random)
            noise *= np.float32(self.acquisition.noise_sd_hu)
            noise += clean
            return noise
        sd = np.float32(self.baseline(Tissue.GREY) / self.acquisition.snr)
        real = clean + sd * self._noise(clean.shape, random)
        imaginary = sd * self._noise(clean.shape, random)
        magnitude: NDArray[np.float32] = np.hypot(real, imaginary)
        return magnitude

    def _noise(self, shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float32]:
        """Return noise of unit SD, blurred within slices (the last axis counts them) by the grain."""
        noise = random.standard_normal(shape, dtype=np.float32)
        grain = self.acquisition.noise_grain
        if not grain:
            return noise
        blurred: NDArray[np.float32] = ndimage.gaussian_filter(noise, (grain, grain, 0.0), mode="wrap")
        blurred /= np.float32(_kept_share(grain))
        return blurred

    @property
    def slope(self) -> float:
        """Signal per stored unit."""
        return self.acquisition.quantum_hu if self.is_ct else _MR_SLOPE

    @property
    def intercept(self) -> float:
        """Signal of a stored 0."""
        return _CT_INTERCEPT_HU if self.is_ct else 0.0


def _kept_share(grain: float) -> float:
    """Return by which share a Gaussian over two axes lowers the SD of independent noise."""
    point = np.zeros(2 * int(4 * grain + 1) + 1)
    point[point.size // 2] = 1.0
    return float(np.sum(ndimage.gaussian_filter1d(point, grain) ** 2))


def scan(scanner: Scanner, grid: Grid, index: NDArray[np.intp], signals: NDArray[np.float32]) -> TimeSeries:
    """Return the run whose voxels `index` (flat) have the noise-free `signals` (kept frames x voxels).

    All other voxels are air. Motion, noise and quantisation are those of the scanner's acquisition; the
    first kept frame is at 0 s.
    """
    acquisition, air = scanner.acquisition, scanner.baseline(Tissue.AIR)
    times = acquisition.kept_times_s
    stored = np.empty((times.size, *grid.shape), dtype=np.int16)
    for number, frame in enumerate(acquisition.kept_frames):
        clean = np.full(grid.size, air, dtype=np.float32)
        clean[index] = signals[number]
        placed = _moved(clean.reshape(grid.shape), grid, acquisition.motion, frame)
        placed = placed * np.float32(acquisition.unsettled_gain(frame)) if not scanner.is_ct else placed
        stored[number] = scanner.stored(placed, frame)
    return TimeSeries(
        stored=stored,
        slope=np.array(scanner.slope),
        intercept=np.array(scanner.intercept),
        times_s=(times - times[0])[:, None] + acquisition.offsets_s(grid.shape[2]),
        grid=grid,
        modality=acquisition.modality,
        echo_time_s=None if scanner.is_ct else acquisition.echo_time_s,
    )


def _moved(volume: NDArray[np.float32], grid: Grid, motion: Motion | None, frame: int) -> NDArray[np.float32]:
    """Return the volume with the head moved as in `frame`, linearly interpolated."""
    if motion is None or motion.is_still(frame):
        return volume
    turn = Rotation.from_euler("xyz", motion.turns_deg[frame], degrees=True).as_matrix()
    to_voxels, to_world = np.linalg.inv(grid.affine[:3, :3]), grid.affine[:3, :3]
    middle = (np.array(grid.shape) - 1) / 2
    # A voxel shows what lay, before the motion, at the inverse turn and shift of its place.
    matrix = to_voxels @ turn.T @ to_world
    offset = middle - matrix @ (middle + to_voxels @ np.array(motion.shift_mm[frame]))
    result: NDArray[np.float32] = ndimage.affine_transform(volume, matrix, offset, order=1, mode="nearest")
    return result
