"""What other programs reported of themselves or of each other: each with its source and what may be compared.

Numbers are those of the project's facts, section 8; each was found in the source named, none is recalled
unless it says so. They are no measurements of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A published result: whose, what, against what, where, and how far it may be compared with ours."""

    whose: str
    result: str
    against: str
    source: str
    comparable: str


_SAME_PHANTOM = "Same design of phantom and the same score; noise and bolus of theirs are not published."
_PATIENTS = "Not comparable: patients, and another program or an infarct as the reference, no known truth."

PHANTOM_RESULTS = (
    Published(
        "13 commercial and academic algorithms, CT",
        "CBF r > 0.9 in 7 of 13, CBV in 12, MTT in 4",
        "true values of the tiles",
        "Kudo 2013, doi 10.1148/radiol.12112618",
        _SAME_PHANTOM,
    ),
    Published(
        "Bayesian estimation and delay-insensitive SVD",
        "r: CBF 0.91 to 0.92, CBV 0.97 to 0.99, MTT 0.91 to 0.96",
        "true values of the tiles",
        "Sasaki 2013, doi 10.1007/s00234-013-1237-7",
        _SAME_PHANTOM,
    ),
    Published(
        "bcSVD, sSVD and a fit",
        "all overestimate low and underestimate high perfusion",
        "a hybrid digital phantom",
        "Riordan 2011, doi 10.1118/1.3592639",
        "In kind only: our rule method does the same, by design of the method.",
    ),
    Published(
        "block-circulant SVD and a Bayesian method",
        "SVD's Tmax moves with MTT and its MTT is too short; the Bayesian MTT moves with the delay",
        "digital phantoms",
        "FiTT, doi 10.23937/2572-3235.1510077",
        "In kind only.",
    ),
)

PATIENT_RESULTS = (
    Published(
        "RAPID's family",
        "core 0.3 ± 19.8 mL off, absolute difference 14.3 mL",
        "diffusion",
        "Cereda 2016, PMC5076783",
        _PATIENTS,
    ),
    Published(
        "published thresholds on CT perfusion",
        "mean within 1 mL (n = 60), deviation grows with the volume",
        "diffusion",
        "doi 10.1186/s40809-016-0018-1",
        _PATIENTS,
    ),
    Published(
        "JLK-CTP", "CCC of the core 0.958 (n = 327)", "RAPID", "doi 10.3389/fnins.2024.1398889", _PATIENTS
    ),
    Published(
        "JLK-PWI",
        "CCC 0.87 core, 0.88 hypoperfused; kappa 0.80 to 0.90 DAWN, 0.76 DEFUSE 3 (n = 299)",
        "RAPID",
        "doi 10.3389/fnins.2025.1660870",
        _PATIENTS,
    ),
    Published(
        "F-STROKE, MIStar, Syngo.via",
        "ICC 0.97 core, 0.84 penumbra (limits -27 to 24 and -86 to 102 mL); kappa 0.71 to 0.88 MIStar, "
        "0.20 to 0.41 Syngo.via",
        "RAPID",
        "Lu 2022, doi 10.1016/j.ejrad.2022.110500",
        _PATIENTS,
    ),
    Published(
        "Minerva",
        "r 0.94 core (limits -21 to 25 mL), 0.87 penumbra (-55 to 33); kappa 0.72 to 0.78",
        "RAPID",
        "doi 10.3233/XST-210898",
        _PATIENTS,
    ),
    Published(
        "Viz, e-Mismatch",
        "rank correlation 0.84 and 0.83 core, 0.89 and 0.75 Tmax",
        "RAPID",
        "a published comparison of Viz, RAPID and e-Mismatch",
        _PATIENTS,
    ),
    Published(
        "two packages on MR (n = 81)",
        "absolute difference 20.5 mL Tmax, 10.8 mL ADC, 27.6 mL mismatch; 7.4 % flip at a core of 70 mL",
        "each other",
        "Deutschmann 2020, doi 10.1007/s00330-020-07150-8",
        "Not comparable: agreement of two programs, not accuracy. The flips are the same question as ours.",
    ),
    Published(
        "CMN and Syngo, no stroke on diffusion",
        "core of 0 mL in 57 of 58 (98 %) for CMN; median false core from 21.3 mL for three settings of Syngo",
        "diffusion without a lesion",
        "doi 10.3389/fnimg.2025.1613078",
        "The same question as our patients without a stroke; ours are digital, theirs had symptoms.",
    ),
    Published(
        "CMN and others, complete recanalisation (n = 65)",
        "median error 0.0 mL for CMN; deviations grow with the core for every package",
        "final infarct on CT",
        "doi 10.1186/s12880-025-02002-7",
        _PATIENTS,
    ),
    Published(
        "a threshold on CT perfusion, ISLES 2018",
        "Dice 0.30, volume error 15.3 mL; the winner 0.51 and 10.1 mL",
        "diffusion",
        "ISLES 2018, doi 10.1161/STROKEAHA.120.030696",
        _PATIENTS,
    ),
)
