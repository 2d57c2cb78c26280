"""What the report says about itself, and the literature's errors that stand beside our intervals."""

from __future__ import annotations

VALIDATED_ON = "Digital patients and phantoms only; there is no in-vivo validation yet."
"""Shown on every report and written into every result, until there is more."""

INTERVALS_ARE = (
    "Intervals (90 %) are the repeatability of this algorithm on a digital scan like this one, not its "
    "distance from the later infarct."
)

CT_CORE_ERROR = (
    "For comparison: in 103 patients, CT-perfusion cores (at CBF < 38 %, the best threshold found there) "
    "differed from diffusion lesions, imaged a median of 36 minutes later, by 14.3 mL on average "
    "(standard deviation 13.7 mL; Cereda 2016, J Cereb Blood Flow Metab, PMC5076783)."
)
"""The literature's error of a CT core, as the abstract of the paper gives it."""

SVD_FLOW = "Flow on CT is SVD-CBF, which underestimates flow; it is read relative to the reference only."
RELATIVE_FLOW = "Flow from DSC-MR is relative: it has no absolute unit."

LADDER_READING = (
    "Every step holds the next; the lighter, the worse. Each limit has a dark contour, the limit of the rule "
    "a solid white one."
)
