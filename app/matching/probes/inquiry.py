"""One patient of whom more could be learnt: what is known, and what would be with another fact."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from app.eligibility.criteria import Except, Leaf, Therapy
from app.eligibility.dates import Calendar, days_of
from app.eligibility.facts import PatientFacts
from app.eligibility.implied import Implications
from app.eligibility.looks import Look
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.situation import Reader, Situation
from app.eligibility.therapies import TherapyTest
from app.matching.overlay import overlay
from app.vocabulary.enumerations import Milestone
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class AskedLeaf:
    """A leaf of some criterion."""

    leaf: Leaf | Except
    anchor: Milestone
    reader: Reader
    looks_at: frozenset[Look]
    vocabulary: Vocabulary

    @cached_property
    def nodes(self) -> tuple[Leaf, ...]:
        """The leaf; or what is counted, and its exceptions."""
        return (self.leaf.of, *self.leaf.unless) if isinstance(self.leaf, Except) else (self.leaf,)

    @cached_property
    def therapies(self) -> tuple[TherapyTest, ...]:
        """Those of them that are about therapies, their agents looked up."""
        return tuple(
            TherapyTest.of(node, self.anchor, self.vocabulary) for node in self.nodes if isinstance(node, Therapy)
        )


@dataclass(frozen=True)
class Inquiry:
    """A patient as sent and as read, on a day."""

    patient: Patient
    facts: PatientFacts
    calendar: Calendar
    vocabulary: Vocabulary

    @property
    def as_of(self) -> date:
        return self.calendar.as_of

    @cached_property
    def now(self) -> Situation:
        """As things stand."""
        return Situation.now(self.facts, self.calendar)

    def day_of(self, milestone: Milestone) -> date:
        return self.calendar.day_of(milestone)

    def suppose(self, change: Patient) -> PatientFacts | None:
        """The facts with a what-if laid over them; None where it contradicts what is known.

        The same as reading the whole patient with the change, but only what may contradict it is read again.
        """
        try:
            facts = read_patient(overlay(self._concerned(change), change), self.vocabulary, self.as_of)
        except Refused:
            return None
        if change.birth_date is not None:
            return facts
        mine = self.facts
        return replace(
            mine,
            sex=facts.sex,
            reproductive=facts.reproductive,
            derivations=facts.derivations,
            reviewed=facts.reviewed,
            observations=_laid(
                mine.observations,
                facts.observations,
                self._implications.observations | {fact.code for fact in change.observations},
            ),
            conditions=facts.conditions if change.conditions else mine.conditions,
            therapies=_laid(mine.therapies, facts.therapies, {fact.agent for fact in change.therapies}),
            events=_laid(mine.events, facts.events, {fact.code for fact in change.events}),
        )

    def supposing(self, change: Patient) -> Situation | None:
        """That, on the day of evaluation."""
        facts = self.suppose(change)
        return None if facts is None else Situation.now(facts, self.calendar, shown=False)

    def _concerned(self, change: Patient) -> Patient:
        """What a change may contradict, and that from which more follows with it.

        A birth may contradict every date, a condition another one, sex a pregnancy.
        """
        if change.birth_date is not None:
            return self.patient
        told, implying = self.patient, self._implications
        conditions = [one for one in told.conditions if change.conditions or one.code in implying.conditions]
        return told.model_copy(
            update={
                "observations": tuple(one for one in told.observations if one.code in implying.observations),
                "conditions": tuple(conditions),
                "therapies": (),
                "events": tuple(one for one in told.events if one.code in implying.events),
            }
        )

    @cached_property
    def _implications(self) -> Implications:
        return Implications.of(self.vocabulary)


def first_day(patient: Patient, otherwise: date) -> date:
    """The earliest day of which something is stated; of a partial date the last that it can mean."""
    texts = [
        *(entry.date for entry in patient.observations),
        *(text for condition in patient.conditions for text in (condition.since, condition.until)),
        *(text for therapy in patient.therapies for text in (therapy.start, therapy.end)),
        *(text for event in patient.events for text in (event.date, event.start, event.end)),
    ]
    return min((days_of(text).last for text in texts if text is not None), default=otherwise)


def _laid(known: Mapping[str, T], more: Mapping[str, T], codes: AbstractSet[str]) -> dict[str, T]:
    """What is known, with everything of some codes replaced."""
    kept = {code: facts for code, facts in known.items() if code not in codes}
    return kept | {code: more[code] for code in codes if code in more}
