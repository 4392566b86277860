"""For one trial: the fewest facts after which no other is needed, and the fewest that could make the patient eligible.

What is settled is decided, or open for people alone, or until these facts are told more precisely. How the sets are
found, and what it costs, stands in `app.matching.learning.sets`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.eligibility.patient import Patient
from app.matching.answer import Json
from app.matching.decisive import Panels, decisive_facts
from app.matching.decisive_fact import say_deciding
from app.matching.learning.sets import AlsoWanted, EnoughFacts, Sets
from app.matching.learning.steps import Exhausted
from app.matching.learning.supposing import StandingTrial
from app.matching.learning.trial import Learning, Learnt
from app.matching.probes.asking import LISTS
from app.matching.probes.inquiry import Inquiry
from app.matching.probes.question import ANYTHING, Deciding, Fact, deciding
from app.vocabulary.enumerations import TrialVerdict

_MOST_BEGINNINGS = 4


@dataclass(frozen=True, slots=True)
class NeededFact:
    """A fact of a set, and what it has to be for the trial to be open, the other facts being as they have to be."""

    fact: Fact
    deciding: Deciding

    def said(self) -> Json:
        return say_deciding(self.fact, self.deciding)


@dataclass(frozen=True, slots=True)
class SmallestSet:
    """`to_settle`: once these are known, whatever they turn out to be, no other fact is needed. `to_open`: if these
    turn out as they say, the patient is eligible. None where no missing facts do it; empty where nothing is needed.

    `exact` is false where finding out took too long: then a set may not be the smallest, and what is None may exist.
    """

    to_settle: tuple[NeededFact, ...] | None
    to_open: tuple[NeededFact, ...] | None
    exact: bool = True

    def said(self) -> Json:
        """`smallest_set` of an answer."""
        settle, opening = self.to_settle, self.to_open
        return {
            "to_settle": None if settle is None else [needed.said() for needed in settle],
            "to_open": None if opening is None else [needed.said() for needed in opening],
            "exact": self.exact,
        }


def smallest_set(trial: StandingTrial, inquiry: Inquiry, panels: Panels) -> SmallestSet:
    """Of one trial as it stands for a patient."""
    match trial.finding.verdict:
        case TrialVerdict.ELIGIBLE:
            return SmallestSet((), ())
        case TrialVerdict.INELIGIBLE:
            return SmallestSet((), None)
        case TrialVerdict.NOT_ASSESSABLE:
            return SmallestSet(None, None)
        case TrialVerdict.UNDETERMINED:
            return _of_undetermined(trial, inquiry, panels)


def _of_undetermined(trial: StandingTrial, inquiry: Inquiry, panels: Panels) -> SmallestSet:
    panel, also = panels.of([trial.rules]), frozenset[Fact]()
    for _ in range(_MOST_BEGINNINGS):
        learning = Learning(trial, inquiry, panel, also)
        sets = Sets(learning)
        try:
            settling, settled = _within_reason(sets.settling)
            break
        except AlsoWanted as wanted:  # facts that come to be missing once others are known: begin again with these
            also |= wanted.facts
    else:
        settling, settled = None, False
    opening, opened = _within_reason(sets.opening)
    if settling is not None and settling.way is None and opening is not None:
        settling = replace(settling, way=opening.way)
    return SmallestSet(_said(settling, learning, panels), _said(opening, learning, panels), settled and opened)


def _within_reason(find: Callable[[], EnoughFacts | None]) -> tuple[EnoughFacts | None, bool]:
    try:
        found = find()
    except Exhausted:
        return None, False
    return found, found is None or found.smallest


def _said(enough: EnoughFacts | None, learning: Learning, panels: Panels) -> tuple[NeededFact, ...] | None:
    if enough is None:
        return None
    facts = [fact for fact in learning.facts if fact in enough.facts]
    return tuple(
        NeededFact(
            fact,
            replace(
                _what_it_has_to_be(fact, enough.way, learning, panels), example=_example(fact, enough.way, learning)
            ),
        )
        for fact in facts
    )


def _example(fact: Fact, way: Learnt | None, learning: Learning) -> Patient | None:
    number = None if way is None else way.get(fact)
    return None if number is None else learning.questions[fact].probes[number].change


def _what_it_has_to_be(fact: Fact, way: Learnt | None, learning: Learning, panels: Panels) -> Deciding:
    """For the trial to be open, while all else is as it is in `way`."""
    if way is None or fact not in way:
        return Deciding(ANYTHING)
    if fact.kind in LISTS:
        return _among_turns(fact, way, learning)
    trial, inquiry = learning.with_known({other: number for other, number in way.items() if other != fact})
    found = decisive_facts([trial], inquiry, panels)
    return next((one.deciding for one in found if one.fact == fact and one.opens), Deciding(ANYTHING))


def _among_turns(fact: Fact, way: Learnt, learning: Learning) -> Deciding:
    """Of what stands in a list, which may be complete with it: by the turns that leave the trial open."""
    number = way[fact]
    if number is None:
        return Deciding(ANYTHING)
    question = learning.questions[fact]
    verdicts = {other: learning.verdict({**way, fact: other}, fact) for other in range(len(question.probes))}
    possible = [other for other, verdict in verdicts.items() if verdict is not None]
    good = [other for other in possible if verdicts[other] is TrialVerdict.ELIGIBLE]
    return deciding(question, number, good, possible)
