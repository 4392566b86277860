"""What changed between two matches of the same trials: the verdicts, and the criteria that did it."""

import numpy as np

from app.eligibility.bulk.matcher import VERDICTS
from app.matching.answer import Json
from app.matching.compiled import Ints
from app.matching.standings import Standings
from app.matching.warnings import Warned

MOST_CHANGES = 1_000
"""Trials of which the changes are told."""


def changes_between(before: Standings, after: Standings, order: Ints) -> tuple[list[Json], tuple[Warned, ...]]:
    """An entry for each trial whose verdict changed, or whose criteria did, in the order of their places given.

    A criterion that only one revision of the trial has stands nowhere in the other: null.
    """
    may_differ = np.zeros(len(order), dtype=np.bool_)
    may_differ[before.differs_from(after)] = True
    said: list[Json] = []
    for place in order[may_differ[order]].tolist():
        was, becomes = before.outcomes(place), after.outcomes(place)
        criteria = [
            {"criterion": key, "from": was.get(key), "to": becomes.get(key)}
            for key in dict.fromkeys((*was, *becomes))
            if was.get(key) != becomes.get(key)
        ]
        if not criteria and before.verdicts[place] == after.verdicts[place]:
            continue
        if len(said) == MOST_CHANGES:
            return said, (_BOUNDED,)
        said.append(
            {
                "trial": before.trial(place).id,
                "from": VERDICTS[before.verdicts[place]],
                "to": VERDICTS[after.verdicts[place]],
                "criteria": criteria,
            }
        )
    return said, ()


_BOUNDED = Warned(
    "changes_bounded",
    f"more than {MOST_CHANGES} trials change: `changes` are those of the {MOST_CHANGES} best prospects",
)
