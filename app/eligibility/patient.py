"""What a request says of a patient. Everything is optional: what is not said is unknown, never a no.

These models check form; `app.eligibility.reading` checks codes, units, plausibility and contradictions. No error of
theirs holds a value of the patient's.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from app.eligibility.criteria import ReproductiveState
from app.vocabulary.dates import PartialDate, day_range
from app.vocabulary.enumerations import (
    ConditionStatus,
    CriteriaSet,
    Interpretation,
    Severity,
    Sex,
    TherapyResponse,
)
from app.vocabulary.numbers import Number

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Reviewable = Literal["conditions", "therapies", "events"]
LONGEST_LIST = 2_000
"""Entries of one kind a patient can have; a body of one mebibyte holds some more."""


class PatientPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ObservationFact(PatientPart):
    """A result. `value` is a number, or text: `<5`, `>=1:160`, `positive`, `negative`."""

    code: Code
    value: Number | Annotated[str, Field(max_length=40)] | None = None
    unit: Annotated[str, Field(max_length=40)] | None = None
    date: PartialDate | None = None
    lower_limit: Number | None = None
    upper_limit: Number | None = None
    interpretation: Interpretation | None = None
    room_air: StrictBool | None = None
    lifetime: StrictBool | None = Field(
        default=None, description="True: this holds of every result there ever was, so `negative` means never positive."
    )


class ConditionFact(PatientPart):
    code: Code
    present: StrictBool = True
    status: ConditionStatus | None = None
    since: PartialDate | None = None
    until: PartialDate | None = None
    severity: Severity | None = None
    adequately_treated: StrictBool | None = None
    systemic_therapy: StrictBool | None = None
    criteria_set: CriteriaSet | None = None


class DoseFact(PatientPart):
    value: Annotated[Number, Field(gt=0)]
    unit: Annotated[str, Field(max_length=40)]


class TherapyFact(PatientPart):
    """A course of one agent. Without `end`: ongoing, unless `stopped`."""

    agent: Code
    given: StrictBool = True
    start: PartialDate | None = None
    end: PartialDate | None = None
    stopped: StrictBool | None = Field(
        default=None, description="True: the course has ended; without `end`, on a day that is not stated."
    )
    dose: DoseFact | None = None
    response: TherapyResponse | None = None


class EventFact(PatientPart):
    """Something that happened, or with `planned` will. It counts from its end.

    Planned for a day that has passed, it is unknown, unless another entry says that it happened then or later, or not.
    """

    code: Code
    occurred: StrictBool = True
    date: PartialDate | None = None
    start: PartialDate | None = None
    end: PartialDate | None = None
    planned: StrictBool = False

    def overdue(self, as_of: dt.date) -> bool:
        """Whether it was planned for a day that has passed."""
        day = self.date or self.start or self.end
        return self.planned and day is not None and day_range(day)[1] < as_of


class ReproductiveFacts(PatientPart):
    """What is not stated may follow. Whoever is pregnant is of childbearing potential; whoever is not is not pregnant.

    Childbearing potential ends with the conditions, and after the events, that the vocabulary marks so. A positive
    pregnancy test of the last 28 days says of a woman that she is pregnant; where she is said not to be, it is unknown.
    """

    pregnant: StrictBool | None = None
    lactating: StrictBool | None = None
    childbearing_potential: StrictBool | None = None
    contraception: StrictBool | None = None

    def state(self, name: ReproductiveState) -> bool | None:
        """What was said of one state; None where nothing was."""
        return {
            ReproductiveState.PREGNANT: self.pregnant,
            ReproductiveState.LACTATING: self.lactating,
            ReproductiveState.CHILDBEARING_POTENTIAL: self.childbearing_potential,
            ReproductiveState.CONTRACEPTION: self.contraception,
        }[name]


class Patient(PatientPart):
    birth_date: PartialDate | None = None
    age_years: Annotated[int, Field(ge=0, le=130, strict=True)] | None = None
    sex: Sex | None = None
    weight_kg: Annotated[Number, Field(gt=0)] | None = None
    height_cm: Annotated[Number, Field(gt=0)] | None = None
    conditions: Annotated[tuple[ConditionFact, ...], Field(max_length=LONGEST_LIST)] = ()
    observations: Annotated[tuple[ObservationFact, ...], Field(max_length=LONGEST_LIST)] = ()
    therapies: Annotated[tuple[TherapyFact, ...], Field(max_length=LONGEST_LIST)] = ()
    events: Annotated[tuple[EventFact, ...], Field(max_length=LONGEST_LIST)] = ()
    reproductive: ReproductiveFacts = ReproductiveFacts()
    reviewed: tuple[Reviewable, ...] = ()
