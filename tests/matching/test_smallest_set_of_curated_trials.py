"""The smallest sets of the trials that are curated: early in a workup, and beside trying every set."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.rules import TrialRules
from app.matching.decisive import Panels
from app.matching.smallest_set import smallest_set
from app.vocabulary.enumerations import TrialVerdict
from app.vocabulary.terms import Vocabulary
from tests.matching.learning.asking_again import inquiry_of, standing
from tests.matching.learning.every_set import every_set_tried, sizes_found
from tests.registry.outcomes import rules_of

Json = dict[str, Any]
DNT, UKM, UNIVERSAL = (
    "car-dnt-cd19-shanghai-renji",
    "car-t-cd19-autologous-kuala-lumpur-ukm",
    "car-t-cd19-universal-hangzhou-zjuch",
)
OF_LISTS = {"conditions", "therapies", "events"}
RITUXIMAB = {"agent": "rituximab", "start": "2026-05", "end": "2026-07"}
PATIENTS: dict[str, Json] = {
    "nobody": {},
    "sclerosis": {"birth_date": "1980-03-02", "sex": "female", "conditions": [{"code": "systemic_sclerosis"}]},
    "lupus, reviewed": {"birth_date": "1990-03-02", "conditions": [{"code": "sle"}], "reviewed": ["conditions"]},
    "lupus and rituximab": {
        "birth_date": "1990-03-02",
        "sex": "female",
        "weight_kg": 61,
        "conditions": [{"code": "sle"}],
        "therapies": [RITUXIMAB, {"agent": "prednisone", "start": "2026-01", "dose": {"value": 10, "unit": "mg/d"}}],
    },
}
CURATED = {slug: rules_of(slug) for slug in (DNT, UKM, UNIVERSAL, "car-nk-cd19-hangzhou-zju2")}


@pytest.mark.parametrize("slug", [DNT, UKM, UNIVERSAL])
@pytest.mark.parametrize("patient", ["nobody", "lupus, reviewed"])
def test_early_in_a_workup_the_smallest_sets_are_known(vocabulary: Vocabulary, slug: str, patient: str):
    rules = replace(CURATED[slug], exclusions_stated=True)
    inquiry = inquiry_of(vocabulary, PATIENTS[patient])
    [only] = standing(inquiry, rules)
    smallest = smallest_set(only, inquiry, Panels(vocabulary))
    codes = {one.fact.code for one in smallest.to_settle or ()}

    assert smallest.exact
    assert smallest.to_open
    assert OF_LISTS - set(PATIENTS[patient].get("reviewed", [])) >= codes & OF_LISTS > set()


@settings(max_examples=60)
@given(data=st.data())
def test_no_smaller_set_settles_or_opens_a_few_criteria_of_a_curated_trial(vocabulary: Vocabulary, data: st.DataObject):
    criteria = CURATED[data.draw(st.sampled_from(sorted(CURATED)))].criteria
    few = data.draw(st.lists(st.sampled_from(criteria), min_size=1, max_size=3, unique_by=lambda one: one.key))
    inquiry = inquiry_of(vocabulary, PATIENTS[data.draw(st.sampled_from(sorted(PATIENTS)))])
    [only] = standing(inquiry, TrialRules("a-trial", tuple(few)))
    if only.finding.verdict is not TrialVerdict.UNDETERMINED:
        return
    panels = Panels(vocabulary)
    smallest = smallest_set(only, inquiry, panels)

    assert not smallest.exact or every_set_tried(only, inquiry, panels) in (None, sizes_found(smallest))
