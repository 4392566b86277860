"""What people have decided already: their answers, held against the trials as they are now."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from app.matching.request import Answer
from app.matching.shelf import Explainable
from app.matching.warnings import Warned
from app.vocabulary.enumerations import Outcome
from app.vocabulary.faults import Fault, Refused

Answers = Mapping[str, Mapping[str, Outcome]]
"""By the slug of the trial, and by criterion."""
Find = Callable[[str], Explainable | None]
"""A trial of the match by a name of it, at the revision at which it is matched."""


def answers_that_count(answers: Sequence[Answer], find: Find) -> tuple[Answers, list[Warned]]:
    """The answers to the present revisions of the candidates, and a warning for each that is left aside.

    Refused: a criterion that the trial does not have, one that data alone decide, two answers to one criterion.
    """
    counted: dict[str, dict[str, Outcome]] = {}
    warned: list[Warned] = []
    faults: list[Fault] = []
    for index, answer in enumerate(answers):
        place = f"/answers/{index}"
        trial = find(answer.trial)
        if trial is None:
            text = "the answer's trial is not among the candidates; the answer was left aside"
            warned.append(Warned("answer_without_trial", text, f"{place}/trial"))
        elif (fault := _fault(answer, trial, place)) is not None:
            faults.append(fault)
        elif answer.revision != trial.revision:
            text = f"the trial is at revision {trial.revision} now: the answer was left aside, ask again"
            warned.append(Warned("stale_answer", text, f"{place}/revision"))
        elif answer.criterion in counted.setdefault(trial.rules.id, {}):
            faults.append(Fault("repeated", "this criterion is answered twice", "keep one answer", place))
        else:
            counted[trial.rules.id][answer.criterion] = Outcome(answer.answer)
    if faults:
        raise Refused(faults)
    return counted, warned


def answers_to(answers: Sequence[Answer], find: Find) -> list[Answer]:
    """The answers to trials of the match, at just the revision at which they are matched."""
    found = ((answer, find(answer.trial)) for answer in answers)
    return [answer for answer, trial in found if trial is not None and trial.revision == answer.revision]


def _fault(answer: Answer, trial: Explainable, place: str) -> Fault | None:
    rule = next((rule for rule in trial.rules.criteria if rule.key == answer.criterion), None)
    if rule is None:
        if answer.revision != trial.revision:
            return None
        near = tuple(get_close_matches(answer.criterion, [rule.key for rule in trial.rules.criteria]))
        remedy = "use a key of the trial's criteria"
        return Fault("unknown_code", "the trial has no such criterion", remedy, f"{place}/criterion", nearest=near)
    if not rule.asks_people:
        remedy = "give the patient's data instead"
        return Fault("decided_by_data", "data alone decide this criterion", remedy, f"{place}/criterion")
    return None
