"""All facts of a bundle together, made to agree: what the evaluator would refuse is taken out, and said to be.

A request whose facts contradict each other is refused, since its author can correct it. A bundle is what a record
happens to hold: of statements that contradict each other, none is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.eligibility.patient import (
    LONGEST_LIST,
    ConditionFact,
    EventFact,
    ObservationFact,
    Patient,
    TherapyFact,
)
from app.eligibility.reading import read_patient
from app.matching.fhir.dosage import UNREAD_DOSE
from app.matching.fhir.drafts import Draft, Fact, Left, Read
from app.matching.fhir.person import Person
from app.vocabulary.faults import Fault, Refused
from app.vocabulary.terms import Vocabulary

TOO_MANY = f"there are more than {LONGEST_LIST} of its kind, and it is not among the latest"
CONTRADICTED = "another entry contradicts it, and neither is used"

_LISTS: tuple[tuple[type, str], ...] = (
    (ObservationFact, "observations"),
    (ConditionFact, "conditions"),
    (TherapyFact, "therapies"),
    (EventFact, "events"),
)


def list_of(fact: Fact) -> str:
    """The list of the patient that a fact belongs to."""
    return next(name for kind, name in _LISTS if isinstance(fact, kind))


@dataclass(frozen=True, slots=True)
class Settled:
    """A patient that the evaluator takes on that day, and the drafts as they stand then, in the order given."""

    patient: Patient
    person: Person
    drafts: tuple[Draft, ...]


def settle(person: Person, drafts: Sequence[Draft], vocabulary: Vocabulary, as_of: date) -> Settled:
    """Take out, again and again, what the evaluator refuses, until it refuses nothing."""
    settling = _Settling(person, list(drafts), vocabulary, as_of)
    settling.shorten()
    while (faults := settling.faults()) is not None:
        for fault in faults:
            settling.mend(fault)
    return Settled(settling.patient(), settling.person, tuple(settling.drafts))


class _Settling:
    def __init__(self, person: Person, drafts: list[Draft], vocabulary: Vocabulary, as_of: date) -> None:
        self.person = person
        self.drafts = drafts
        self.vocabulary = vocabulary
        self.as_of = as_of
        self.places: dict[str, list[int]] = {}

    def patient(self) -> Patient:
        """The facts that are left, by list; `places` says which draft stands where."""
        self.places = {name: [] for _, name in _LISTS}
        facts: dict[str, list[Fact]] = {name: [] for _, name in _LISTS}
        for number, made in enumerate(self.drafts):
            if isinstance(made, Read):
                name = list_of(made.fact)
                self.places[name].append(number)
                facts[name].append(made.fact)
        return Patient.model_validate({"birth_date": self.person.birth_date, "sex": self.person.sex, **facts})

    def faults(self) -> tuple[Fault, ...] | None:
        try:
            read_patient(self.patient(), self.vocabulary, self.as_of)
        except Refused as refusal:
            return refusal.faults
        return None

    def shorten(self) -> None:
        """Of a list that is too long, keep the latest; what has no date goes first."""
        for kind, _ in _LISTS:
            listed = sorted(
                (
                    (_day(made.fact), number, made)
                    for number, made in enumerate(self.drafts)
                    if isinstance(made, Read) and isinstance(made.fact, kind)
                ),
                key=lambda one: one[:2],
            )
            for _, number, made in listed[:-LONGEST_LIST]:
                self._leave(number, made, TOO_MANY)

    def mend(self, fault: Fault) -> None:
        """Take out what a fault points at: a dose or a birth date alone, else the whole fact."""
        _, name, *rest = (fault.pointer or "").split("/")
        if name not in self.places:
            remark = f"the birth date is left: {fault.detail}"
            self.person = replace(self.person, birth_date=None, remarks=(*self.person.remarks, remark))
            return
        number = self.places[name][int(rest[0])]
        made = self.drafts[number]
        if not isinstance(made, Read):
            return  # taken out already, for an earlier fault of the same pass
        if rest[1:2] == ["dose"] and isinstance(made.fact, TherapyFact):
            fact = made.fact.model_copy(update={"dose": None})
            self.drafts[number] = replace(made, fact=fact, remarks=(*made.remarks, UNREAD_DOSE))
        elif len(rest) > 1:
            self._leave(number, made, fault.detail)
        else:
            self._leave(number, made, CONTRADICTED)
            for other in self.places[name]:
                denial = self.drafts[other]
                if isinstance(denial, Read) and _denies(denial.fact, made.fact, self.vocabulary):
                    self._leave(other, denial, CONTRADICTED)

    def _leave(self, number: int, made: Read, reason: str) -> None:
        self.drafts[number] = Left(reason, made.match.system_code)


def _denies(denial: Fact, fact: Fact, vocabulary: Vocabulary) -> bool:
    """Whether one statement says that what the other states is not there."""
    match denial, fact:
        case ConditionFact(present=False), ConditionFact():
            return denial.code in vocabulary.condition_ancestors(fact.code)
        case TherapyFact(given=False), TherapyFact():
            return denial.agent == fact.agent
        case EventFact(occurred=False), EventFact():
            return denial.code == fact.code
    return False


def _day(fact: Fact) -> str:
    """The latest date of a fact, as text that sorts like a date; empty where it has none."""
    dates = (getattr(fact, name, None) for name in ("date", "until", "end", "since", "start"))
    return next((date for date in dates if date), "")
