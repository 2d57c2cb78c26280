"""The patterns of numbers and of the words around them, as journals print them."""

from __future__ import annotations

import re

from tissueclock.evidence.check.measure import Measure, measure_of, measure_words

COUNT = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
PLAIN = rf"(?:{COUNT}(?:\.\d+)?|\.\d+)"
SIGNED = rf"[-+]?{PLAIN}"
PERCENT_SIGN = r"(?:%|percent\b|per\s+cent\b)"
POINTS = r"(?:percentage[\s-]+points?|%-?points?|percent\s+points?|pp\b)"
UNIT = rf"(?P<unit>\s*(?:{POINTS}|{PERCENT_SIGN}))?"
OTHER_UNIT = r"(?:points?|m[lL]|minutes?|min|hours?|h|days?|d|years?|mm\s?Hg|kg|cm|mm|mg/d[lL]|units?)\b"
PEOPLE = (
    r"(?:patients?|participants?|subjects?|persons?|people|individuals?|adults?|women|men|children|infants?|"
    r"eyes|cases?|survivors?)"
)
VERSUS = r"(?:vs\.?|versus|v\.?|compared\s+(?:with|to)|as\s+compared\s+with|against|than)"

_RANGE_UNIT = rf"\s*(?:{POINTS}|{PERCENT_SIGN})?\s*"
RANGE = (
    rf"(?P<low>{SIGNED}){_RANGE_UNIT}(?:-|to|,|;|and|through)\s*(?P<high>{SIGNED})(?![\d]|\.\d)"
    rf"(?P<high_unit>\s*(?:{POINTS}|{PERCENT_SIGN}))?"
)
CI_NAME = (
    r"(?:CIs?|C\.I\.|CrIs?|BCI|HDI|HPDI?|UI|(?i:confidence[\s-]+(?:intervals?|limits?)|"
    r"credib(?:le|ility)[\s-]+intervals?|uncertainty[\s-]+intervals?|highest[\s-]density[\s-]interval))"
)
CI_KIND = (
    r"(?P<kind>(?:(?:two-sided|2-sided|exact|bootstrap(?:ped)?|Wald|Newcombe|Wilson|Clopper-Pearson|"
    r"profile(?:[\s-]+likelihood)?|credible|Bayesian|adjusted|unadjusted|asymptotic|score)\s+)*)"
)
CI = re.compile(
    rf"(?<![A-Za-z0-9.])(?:(?P<level>\d{{2}}(?:\.\d+)?)"
    rf"\s*{PERCENT_SIGN}\s*[-,]?\s*)?{CI_KIND}(?P<name>{CI_NAME})(?![A-Za-z])"
    rf"\s*(?:[\[({{]\s*(?:CIs?|CrI)\s*[\])}}])?\s*(?:95\s*%)?"
    rf"(?:\s|[:,=(\[]|of\b|from\b|was\b|were\b|is\b|ranged\s+from\b|ranging\s+from\b)*{RANGE}"
)
BEFORE_CI = re.compile(
    rf"(?<![\w.])(?P<estimate>{SIGNED})(?:{UNIT}|\s*{OTHER_UNIT})\s*(?:[,;:(\[\s]|\bwith\b|\ban?\b|"
    rf"\band\b|\bthe\b|\bits\b)*$"
)
FARTHER_BEFORE_CI = re.compile(
    rf"(?<![\w.])(?P<estimate>{SIGNED}){UNIT}(?P<between>\s+[A-Za-z][^\d;()]{{1,60}}?)[,(\[\s]*$"
)
P = re.compile(
    r"(?<![A-Za-z0-9])(?P<before>interaction\s+|one-sided\s+|1-sided\s+|nominal\s+|noninferiority\s+)?"
    r"[Pp](?P<value>(?:\s*-\s*|\s+)values?)?"
    r"(?:[\s_-]*(?:for\s+(?:the\s+)?)?(?P<role>interaction|trend|heterogeneity|non-?inferiority|superiority|"
    r"int\b|difference|comparison))?"
    r"(?P<relation>\s*(?:[<>]\s*=?|=\s*[<>]?)\s*|\s*:\s*|\s+(?:of|was|is)\s+|\s+(?=0?\.\d))"
    rf"(?P<number>[-+]?{PLAIN})(?:\s*x\s*10\s*\^?\s*(?P<power>-\s*\d+)|[eE](?P<power2>-\d+))?"
    r"(?:\s+for\s+(?:the\s+)?(?P<after>interaction|trend|heterogeneity|non-?inferiority|superiority))?"
)
HETEROGENEITY = re.compile(
    rf"(?<![A-Za-z])I\s*-?\s*(?:\^?2|\u00b2|squared)(?:\s*(?:statistic|value))?\s*(?:[=:,<>]|of|was|"
    rf"is)*\s*(?P<i2>{PLAIN})\s*%"
)
STUDIES = re.compile(r"(?<![A-Za-z0-9])(?:k\s*=\s*(?P<k>\d+)|(?P<n>\d+)\s+(?:studies|trials|RCTs|cohorts)\b)")
SPREAD = re.compile(
    rf"(?<![\w.])(?P<median>{SIGNED})\s*(?:[A-Za-z%]+\s*){{0,2}}[(\[,;]\s*(?:IQR|inter-?quartile\s+range)\s*"
    rf"(?:[\[(]\s*IQR\s*[\])])?[\s,:=]*{RANGE}"
)


def _as_pattern(words: str) -> str:
    return r"[\s-]+".join(map(re.escape, re.split(r"[ -]", words)))


_LONG = "|".join(
    _as_pattern(words)
    for words in measure_words()
    if len(words) > 4
    and words not in ("unknown", "proportion", "percent", "percentage", "rate", "pooled proportion")
)
_SHORT_NAMES = (
    r"(?:a|ac|c|g|u|adj\.?\s*|adjusted\s+|common\s+|gen|Gen)?(?:ORs?|RRs?|HRs?)|a?RD|"
    r"aIRR|IRR|ARR|ARD|SMD|WMD|MD|sHR|SHR|NNTB?|NNH"
)
MEASURE = re.compile(
    rf"(?<![A-Za-z-])(?P<measure>(?P<prefix>(?:(?i:adjusted|unadjusted|crude|multivariable|"
    rf"multivariate|pooled|summary|overall|univariable|estimated)[\s-]+)*)"
    rf"(?:(?P<long>(?i:{_LONG}))s?|(?P<short>{_SHORT_NAMES})))(?![A-Za-z])"
)
LABEL = r"(?:\s*[\[(]\s*(?:[A-Za-z]{1,6}|95\s*%\s*CI)\s*[\])])*"
AFTER_MEASURE = re.compile(
    rf"{LABEL}(?:\s|[,=:~]|\bof\b|\bwas\b|\bis\b|\bwere\b|\babout\b|"
    rf"\bapproximately\b)*(?P<estimate>{SIGNED})(?![\d]|\.\d)"
    rf"{UNIT}(?P<range>\s*[,;]?\s*[(\[]\s*{RANGE}\s*[)\];,])?"
)
WITHOUT_NAME = re.compile(
    rf"(?<![\w.-])(?P<estimate>(?:{COUNT})?\.\d+)\s*[(\[]\s*(?P<low>{COUNT}?\.\d+)\s*(?:-|to|,)\s*"
    rf"(?P<high>{COUNT}?\.\d+)\s*[)\];,]"
)
"""An estimate with limits that are not called an interval, all of them with decimals."""


def mention_of(match: re.Match[str]) -> tuple[Measure, bool]:
    """Return the measure that a mention names, and whether it is called adjusted."""
    words = re.sub(r"[\s-]+", " ", match["long"] or match["short"])
    prefix = match["prefix"].lower()
    if match["short"]:
        return _of_short(words, prefix)
    plain = words.lower()
    for name in (plain, plain.replace(" ", "-"), plain.replace("between group", "between-group")):
        if name in measure_words():
            return measure_of(name)[0], _is_adjusted(prefix)
    return measure_of(plain)[0], _is_adjusted(prefix)


def _of_short(words: str, prefix: str) -> tuple[Measure, bool]:
    if words in ("ARR", "ARD"):
        return Measure.RD, False
    adjusted = _is_adjusted(prefix) or bool(re.match(r"a(?!dj)|adj", words))
    core = re.sub(r"^(?:adjusted|adj\.?|u|ac|a(?=[A-Z])|c(?=[A-Z]))\s*", "", words).removesuffix("s")
    if words.startswith(("ac", "c")) or words.lower().startswith("common"):
        return Measure.COMMON_OR, adjusted
    if words.lower().startswith(("g", "gen")):
        return Measure.GENERALISED_OR, False
    return measure_of(core.lower().removesuffix("b") if core.startswith("NN") else core)[0], adjusted


def _is_adjusted(prefix: str) -> bool:
    return bool(re.search(r"(?<!un)adjusted|multivaria", prefix))


def digits(text: str) -> str:
    """Return a printed number without the commas between its thousands."""
    return text.replace(",", "").replace(" ", "").lstrip("+")
