"""One patient of whom more could be learnt: what is known, and what would be with another fact."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from app.eligibility.contradictions import Numbered, contradictions
from app.eligibility.criteria import Except, Leaf, Therapy
from app.eligibility.dates import Calendar, days_of
from app.eligibility.facts import Instance, PatientFacts
from app.eligibility.implied import Implications
from app.eligibility.looks import Look
from app.eligibility.patient import Patient
from app.eligibility.reading import (
    Statements,
    by_agent,
    by_code,
    consequences,
    read_patient,
    read_statements,
    results_by_code,
)
from app.eligibility.report import Report
from app.eligibility.situation import Reader, Situation
from app.eligibility.therapies import TherapyTest
from app.matching.overlay import overlay
from app.vocabulary.enumerations import Milestone
from app.vocabulary.faults import Refused
from app.vocabulary.terms import Vocabulary

T = TypeVar("T")
_OF_THE_PERSON = frozenset({"sex", "reproductive"})


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
        if change.birth_date is not None:
            return self._with_birth(change)
        mine, report = self.facts, Report(self.vocabulary, self.as_of)
        report.born = mine.birth.first if mine.birth is not None else None
        # What people are, and are not, a list entry does not change.
        about = overlay(self._about, change) if change.model_fields_set & _OF_THE_PERSON else self._about
        try:
            new = read_statements(change, report)
            whole = _together(self._all_conditions if change.conditions else self._implying, new, change)
            follows = consequences(about, whole, report)
        except Refused:
            return None
        measured = self._implications.observations | {fact.code for fact in change.observations}
        events = by_code([event for _, event in new.events])
        return replace(
            mine,
            sex=follows.sex,
            reproductive=follows.reproductive,
            derivations=follows.derivations,
            disputed=follows.disputed,
            signs=follows.signs,
            reviewed=mine.reviewed.union(change.reviewed),
            observations=_laid(mine.observations, results_by_code((*whole.results, *follows.results)), measured),
            conditions=by_code([item for _, item in whole.conditions]) if change.conditions else mine.conditions,
            therapies=_laid(
                mine.therapies,
                by_agent([course for _, course in new.therapies]),
                {fact.agent for fact in change.therapies},
            ),
            events=_laid(mine.events, events, {fact.code for fact in change.events}),
        )

    def supposing(self, change: Patient) -> Situation | None:
        """That, on the day of evaluation."""
        facts = self.suppose(change)
        return None if facts is None else Situation.now(facts, self.calendar, shown=False)

    def contradicts(self, conditions: Sequence[Numbered[Instance]]) -> bool:
        """Whether more statements about conditions, of codes that are not on record, contradict what is known."""
        known = self._all_conditions
        together = [*known.conditions, *conditions]
        found = contradictions(self._about, together, (), known.events, self.vocabulary, self.as_of, known.results)
        return next(found, None) is not None

    @cached_property
    def instances_alone(self) -> Situation:
        """As things stand where what is not on record as a condition is not there."""
        facts = replace(self.facts, reviewed=self.facts.reviewed | {"conditions"})
        return Situation.now(facts, self.calendar, shown=False)

    @cached_property
    def absences_alone(self) -> Situation:
        """As things stand without the conditions that are there: only that others are not, as far as that is stated."""
        absent = {code: [one for one in items if not one.present] for code, items in self.facts.conditions.items()}
        facts = replace(self.facts, conditions={code: tuple(items) for code, items in absent.items() if items})
        return Situation.now(facts, self.calendar, shown=False)

    @cached_property
    def others(self) -> dict[int, tuple[int, bool]]:
        """What `app.matching.learning.beside` has found of leaves, by their identities."""
        return {}

    def _with_birth(self, change: Patient) -> PatientFacts | None:
        """A birth may contradict every date."""
        try:
            return read_patient(overlay(self.patient, change), self.vocabulary, self.as_of)
        except Refused:
            return None

    @cached_property
    def _about(self) -> Patient:
        """The patient without any list."""
        empty = dict.fromkeys(("observations", "conditions", "therapies", "events"), ())
        return self.patient.model_copy(update={**empty, "weight_kg": None, "height_cm": None})

    @cached_property
    def _implying(self) -> Statements:
        """What is on record from which more follows."""
        told, implying = self.patient, self._implications
        some = {
            "observations": tuple(one for one in told.observations if one.code in implying.observations),
            "conditions": tuple(one for one in told.conditions if one.code in implying.conditions),
            "events": tuple(one for one in told.events if one.code in implying.events),
        }
        return read_statements(self._about.model_copy(update=some), Report(self.vocabulary, self.as_of))

    @cached_property
    def _all_conditions(self) -> Statements:
        """That, with all conditions, which may contradict another one."""
        conditions = self._about.model_copy(update={"conditions": self.patient.conditions})
        read = read_statements(conditions, Report(self.vocabulary, self.as_of))
        return self._implying._replace(conditions=read.conditions)

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


def _together(known: Statements, new: Statements, change: Patient) -> Statements:
    """What is known with what is new, entries of the same code replaced."""
    measured = {fact.code for fact in change.observations}
    stated = {fact.code for fact in change.conditions}
    happened = {fact.code for fact in change.events}
    return Statements(
        [*(one for one in known.results if one.code not in measured), *new.results],
        [*(one for one in known.conditions if one[1].code not in stated), *new.conditions],
        new.therapies,
        [*(one for one in known.events if one[1].code not in happened), *new.events],
    )


def _laid(known: Mapping[str, T], more: Mapping[str, T], codes: AbstractSet[str]) -> dict[str, T]:
    """What is known, with everything of some codes replaced."""
    kept = {code: facts for code, facts in known.items() if code not in codes}
    return kept | {code: more[code] for code in codes if code in more}
