"""The order of a match's results, best prospects first, and the funnel that leads to them."""

import numpy as np

from app.eligibility.bulk.matcher import VERDICTS
from app.eligibility.dates import age_on
from app.eligibility.facts import PatientFacts
from app.matching.compiled import Ints, Mask, Selection
from app.matching.order import TAKING_PEOPLE
from app.matching.standings import Standings
from app.vocabulary.enumerations import TrialSex, TrialVerdict

_OTHER_SEX = {TrialSex.FEMALE: "male", TrialSex.MALE: "female"}


def best_first(standings: Standings) -> Ints:
    """The places of the selection in order: the verdict, whether the trial is open, how many criteria fail and are
    unknown; then the slug.
    """
    openness = standings.selection.compiled.openness[standings.selection.numbers]
    ranks = standings.verdicts.astype(np.int64) << 28 | openness << 24 | standings.fails << 12 | standings.unknown
    return np.argsort(ranks, kind="stable")


def funnel(standings: Standings, facts: PatientFacts) -> list[dict[str, object]]:
    """How many trials remain after each step; a step removes a trial only for what is known."""
    compiled, numbers = standings.selection.compiled, standings.selection.numbers
    steps: dict[str, Mask] = {
        "status": (compiled.openness < len(TAKING_PEOPLE))[numbers],
        "age_and_sex": _may_take(standings.selection, facts),
        "condition": standings.may_have_a_condition,
        "no_failure": standings.verdicts != VERDICTS.index(TrialVerdict.INELIGIBLE),
        "eligible": standings.verdicts == VERDICTS.index(TrialVerdict.ELIGIBLE),
    }
    remaining = np.ones(len(numbers), dtype=np.bool_)
    counted: list[dict[str, object]] = []
    for step, stays in steps.items():
        remaining &= stays
        counted.append({"step": step, "remaining": int(np.count_nonzero(remaining))})
    return counted


def _may_take(selection: Selection, facts: PatientFacts) -> Mask:
    numbers = selection.numbers
    stays = np.ones(len(numbers), dtype=np.bool_)
    if facts.sex is not None:
        for only, refused in _OTHER_SEX.items():
            if facts.sex.value == refused:
                stays &= selection.compiled.sexes[numbers] != only
    if facts.birth is not None:
        youngest, oldest = age_on(facts.as_of, facts.birth)
        limits = selection.compiled.ages[numbers]
        stays &= (oldest >= limits[:, 0]) & (youngest <= limits[:, 1])
    return stays
