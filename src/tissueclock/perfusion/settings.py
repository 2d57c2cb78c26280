"""Settings of the perfusion layer, one preset table: `[perfusion]` with `[perfusion.deconvolution]`."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.core.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PerfusionSettings:
    """How curves become maps. Values are our choice unless a source is named."""

    baseline_rise: float = setting("arrival: the first rise above this share of the peak", low=0.02, high=0.3)
    unsettled_excess: float = setting(
        "MR: first frames brighter than the next by more than this share are left out", low=0.002, high=0.2
    )
    resample_s: float = setting("curves are resampled to this interval in seconds", low=0.1, high=1.0)
    cubic_up_to_s: float = setting(
        "gaps up to this are bridged by cubics, longer ones linearly", low=0, high=10
    )
    aif_selector: str = setting("the registered selector of the arterial input")
    vessel_times_median: float = setting("vessels: curves with this times the median area", low=1.5, high=10)
    vof_scaling_max: float = setting("upper limit of the venous scaling of the input", low=1, high=10)
    working_mm: float = setting(
        "tissue is averaged to voxels of about this width, vessels left out (a scan may be coarser)",
        low=0.3,
        high=4,
    )
    working_slice_mm: float = setting("and of about this distance between slices", low=0.3, high=12)
    smoothing: str = setting(
        "denoising before deconvolution", choices=("adaptive", "bilateral", "gaussian", "none")
    )
    smoothing_fwhm_mm: float = setting("full width at half maximum of the neighbourhood", low=0, high=20)
    similarity: float = setting(
        "adaptive, bilateral: curves further apart than this many noise SD do not mix", low=0.5, high=20
    )
    structure_tolerance: float = setting(
        "adaptive: voxels whose mean signal differs by much more do not mix (HU; on MR percent)",
        low=0.5,
        high=100,
    )
    tmax_from_s: float = setting("earliest Tmax looked for", low=-10, high=0)
    tmax_to_s: float = setting("latest Tmax looked for", low=10, high=40)
    kh_over_rho: float = setting("haematocrit factor over density, (1-0.45)/(1-0.25)/1.04", low=0.5, high=1.1)
