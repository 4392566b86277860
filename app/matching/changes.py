"""What changed between two matches of the same trials: the verdicts, and the criteria that did it."""

from collections.abc import Sequence

from app.matching.answer import Json
from app.matching.ranking import Matched


def changes_between(before: Sequence[Matched], after: Sequence[Matched]) -> list[Json]:
    """An entry for each trial whose verdict changed, or whose criteria did; both lists are in the same order.

    A criterion that only one revision of the trial has stands nowhere in the other: null.
    """
    said: list[Json] = []
    for old, new in zip(before, after, strict=True):
        was = {part.key: part.outcome for part in old.finding.criteria}
        becomes = {part.key: part.outcome for part in new.finding.criteria}
        criteria = [
            {"criterion": key, "from": was.get(key), "to": becomes.get(key)}
            for key in dict.fromkeys((*was, *becomes))
            if was.get(key) != becomes.get(key)
        ]
        if criteria or old.finding.verdict != new.finding.verdict:
            said.append(
                {
                    "trial": new.candidate.id,
                    "from": old.finding.verdict,
                    "to": new.finding.verdict,
                    "criteria": criteria,
                }
            )
    return said
