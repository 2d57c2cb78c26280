"""How patients flowed: which numbers of a sentence are the groups, and which are everybody."""

from __future__ import annotations

import pytest
from check_lab import ids, in_text

from tissueclock.evidence.check.text.read import read_text

FLOWS = {
    "203 patients were randomly assigned, 101 to thrombectomy and 102 to medical care.": (203, (101, 102)),
    "A total of 206 patients were enrolled; 107 were assigned to the EVT group and 99 to the other group.": (
        206,
        (107, 99),
    ),
    "It ended after 182 patients had undergone randomization (92 to one group and 90 to the other group).": (
        182,
        (92, 90),
    ),
    "In May 1091 participants were assessed and 412 randomly assigned: 204 (50%) to A and 208 (50%) to B.": (
        412,
        (204, 208),
    ),
    "412 adults were randomly allocated to thrombectomy (n=204) or best medical care (n=208).": (
        412,
        (204, 208),
    ),
    "We randomized 412 patients (204 intervention, 208 control).": (412, (204, 208)),
    "A total of 121 patients (EVT, n = 64; control, n = 57) were randomized.": (121, (64, 57)),
    "Among 500 patients (233 [46.6%] assigned to treatment and 267 [53.4%] to usual care) there were few.": (
        500,
        (233, 267),
    ),
    "240 patients were randomized, 120 patients in each group.": (240, (120, 120)),
}


@pytest.mark.parametrize("text", FLOWS)
def test_groups_and_everybody(text):
    (flow,) = read_text(text).flows
    assert (flow.total, flow.arms) == FLOWS[text]
    assert ids(in_text(text)) == []


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [(text, arms[0], arms[0] + 9) for text, (_, arms) in FLOWS.items() if len(set(arms)) == 2],
)
def test_a_wrong_group_does_not_add_up(text, right, wrong):
    changed = text.replace(str(right), str(wrong), 1)
    assert "arms-add-up" in ids(in_text(changed))


def test_some_who_are_in_no_group_for_a_reason():
    text = "Of 203 patients randomized, 1 withdrew consent; 100 were assigned to EVT and 102 to medical care."
    assert ids(in_text(text)) == []
    silent = "Of 203 patients randomized, 100 were assigned to EVT and 102 to medical care."
    assert ids(in_text(silent)) == ["arms-add-up"]


def test_a_subgroup_in_the_same_sentence_is_no_group_of_the_trial():
    text = "1000 patients were randomized; 31 in the EVT group and 13 in the control group had a bleed."
    assert ids(in_text(text)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The trial was stopped early (203 of planned 200 enrolled).", ["stopped-early"]),
        ("The trial was stopped early after 203 of a planned 200 patients.", ["stopped-early"]),
        ("The trial was terminated early after 182 of a planned 476 patients.", []),
        ("The trial was stopped early for efficacy.", []),
        ("203 of a planned 200 patients were enrolled.", []),
    ],
)
def test_stopping_early(text, found):
    assert ids(in_text(text)) == found


def test_a_summary_in_key_words():
    text = "- Sample Size\n- 203\n- Patients per Arm: EVT: 100, Medical Care: 102\n"
    assert ids(in_text(text)) == ["arms-add-up"]
    assert ids(in_text(text.replace("203", "202"))) == []


def test_sizes_of_groups_are_denominators_elsewhere():
    head = "203 patients were randomized, 101 to thrombectomy and 102 to medical care. "
    fine = head + "Good outcome occurred in 31 patients (30.7%) vs 13 (12.7%) (RR, 2.41 [95% CI, 1.34-4.33])."
    assert ids(in_text(fine)) == []
    wrong = fine.replace("31 patients (30.7%)", "31 patients (37.0%)")
    assert "denominator" in ids(in_text(wrong))


def test_a_number_elsewhere_in_the_text_may_be_the_denominator():
    head = "203 patients were randomized, 101 to EVT and 102 to medical care. Reperfusion was seen in 84. "
    assert ids(in_text(head + "Of these, 20 (23.8%) bled.")) == []
    assert ids(in_text(head + "Of these, 20 (29.8%) bled.")) == ["denominator"]
