"""What a criterion can say: a small, closed tree of expressions that is data (JSON, validated, printable).

An expression describes a state of the patient. An inclusion asks that it holds, an exclusion that it does not; the
expression itself is free of that polarity. Every node names its `kind`; an unknown kind or field is refused by name.
Codes are those of `seed/vocabulary`; `app.eligibility.codes` checks them.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from app.vocabulary.enumerations import (
    Comparator,
    ConditionStatus,
    CriteriaSet,
    Milestone,
    ReferenceLimit,
    Severity,
    Sex,
    TherapyResponse,
)
from app.vocabulary.numbers import Number


class Node(BaseModel):
    """Common to all parts of an expression: frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class TimeUnit(StrEnum):
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    HALF_LIVES = "half_lives"


class Span(Node):
    """A length of time. Months and years are those of the calendar; half-lives are those of the agent concerned."""

    value: Number = Field(gt=0)
    unit: TimeUnit


class Window(Node):
    """The days from `within` before a milestone through the milestone, both ends included.

    Without `within`: any time up to the milestone. Without `before`: the anchor of the criterion.
    """

    within: Span | None = None
    before: Milestone | None = None


class Threshold(Node):
    """`comparator value unit`, or with `relative_to` that many times the laboratory's own limit (then without unit)."""

    comparator: Comparator
    value: Number
    unit: str | None = None
    relative_to: ReferenceLimit | None = None

    @model_validator(mode="after")
    def _a_multiple_has_no_unit(self) -> "Threshold":
        if self.relative_to and self.unit:
            raise ValueError("a multiple of a reference limit takes no unit")
        return self


class Finding(StrEnum):
    """A result read as a word: by its value, its interpretation, or its quantity against the reference limits."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    ABNORMAL = "abnormal"


class Which(StrEnum):
    """Which results count: the latest one; any, where one that does not meet the test proves nothing of the others; or
    any on record, where what is on record in the window is taken for all that there was.
    """

    LATEST = "latest"
    ANY = "any"
    ANY_ON_RECORD = "any_on_record"


class AllOf(Node):
    kind: Literal["all_of"]
    of: tuple["Expression", ...] = Field(min_length=1)


class AnyOf(Node):
    kind: Literal["any_of"]
    of: tuple["Expression", ...] = Field(min_length=1)


class AtLeast(Node):
    """At least `n` of the branches hold."""

    kind: Literal["at_least"]
    n: StrictInt = Field(ge=1)
    of: tuple["Expression", ...] = Field(min_length=1)


class Not(Node):
    kind: Literal["not"]
    of: "Expression"


class OnlyIf(Node):
    """`then`, for those of whom `condition` holds; not applicable to the others."""

    kind: Literal["only_if"]
    condition: "Expression"
    then: "Expression"


class Age(Node):
    """Age in completed years, both ends included: `max_years` 65 holds until the 66th birthday."""

    kind: Literal["age"]
    min_years: StrictInt | None = Field(default=None, ge=0, le=130)
    max_years: StrictInt | None = Field(default=None, ge=0, le=130)


class SexIs(Node):
    kind: Literal["sex"]
    sex: Sex


class Observation(Node):
    """A result of `code` that meets one test: a threshold, or a finding.

    `window` also says how old a result may be: one that is older is stale. `room_air` counts only results measured
    without oxygen.
    """

    kind: Literal["observation"]
    code: str
    threshold: Threshold | None = None
    finding: Finding | None = None
    which: Which = Which.LATEST
    window: Window | None = None
    room_air: StrictBool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> "Observation":
        if (self.threshold is None) == (self.finding is None):
            raise ValueError("an observation has either a threshold or a finding")
        return self


class ConditionState(StrEnum):
    """`active`: present on the day of the anchor, or within the window. `ever`: now or in the history."""

    ACTIVE = "active"
    EVER = "ever"


class ConditionIs(Node):
    """An instance of `code` or of anything below it, that is not in `other_than`, with all the stated properties."""

    kind: Literal["condition"]
    code: str
    other_than: tuple[str, ...] = ()
    state: ConditionState = ConditionState.ACTIVE
    status: tuple[ConditionStatus, ...] = ()
    severity: tuple[Severity, ...] = ()
    criteria_set: CriteriaSet | None = None
    adequately_treated: StrictBool | None = None
    systemic_therapy: StrictBool | None = None
    window: Window | None = None


class Dose(Node):
    """A dose rate; with `prednisone_equivalent`, concurrent glucocorticoids are converted and summed first."""

    comparator: Comparator
    value: Number
    unit: str
    prednisone_equivalent: StrictBool = False


class Duration(Node):
    """How long one agent was given: the sum of its own courses, from the first day of each through its last."""

    comparator: Comparator
    value: Number = Field(gt=0)
    unit: TimeUnit


class Therapy(Node):
    """A therapy with one of `agents`, or an agent of one of `classes`, with all the stated properties.

    `min_distinct` asks for that many different agents, each with all of them. `response` asks for one of the listed
    responses. `ongoing` asks for a therapy that is still given on the day of the anchor. Without `window`: ever.
    """

    kind: Literal["therapy"]
    agents: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    except_agents: tuple[str, ...] = ()
    min_distinct: StrictInt = Field(default=1, ge=1)
    dose: Dose | None = None
    duration: Duration | None = None
    response: tuple[TherapyResponse, ...] = ()
    ongoing: StrictBool | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _something_is_named(self) -> "Therapy":
        if not self.agents and not self.classes:
            raise ValueError("a therapy names at least one agent or class")
        return self


class EventTiming(StrEnum):
    PAST = "past"
    PLANNED = "planned"
    PAST_OR_PLANNED = "past_or_planned"


class Event(Node):
    """One of `codes` happened (within the window, if any; an event counts from its end), or is planned."""

    kind: Literal["event"]
    codes: tuple[str, ...] = Field(min_length=1)
    timing: EventTiming = EventTiming.PAST
    window: Window | None = None


class ReproductiveState(StrEnum):
    PREGNANT = "pregnant"
    LACTATING = "lactating"
    CHILDBEARING_POTENTIAL = "childbearing_potential"
    CONTRACEPTION = "contraception"


class Reproductive(Node):
    kind: Literal["reproductive"]
    state: ReproductiveState


class Judgement(Node):
    """What only the investigator can say. No data decide it; a person's answer does."""

    kind: Literal["judgement"]
    text: str


class Undertaking(Node):
    """What only the patient can promise: consent, contraception, attendance."""

    kind: Literal["undertaking"]
    text: str


class Except(Node):
    """An instance of `of` that meets none of `unless`. Exceptions remove instances, not the criterion."""

    kind: Literal["except"]
    of: Annotated[ConditionIs | Therapy | Event, Field(discriminator="kind")]
    unless: tuple[Annotated[ConditionIs | Therapy | Event, Field(discriminator="kind")], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _exceptions_are_of_one_kind(self) -> "Except":
        if any(exception.kind != self.of.kind for exception in self.unless):
            raise ValueError("an exception is of the same kind as what it is taken from")
        return self


Leaf = Age | SexIs | Observation | ConditionIs | Therapy | Event | Reproductive | Judgement | Undertaking
Composite = AllOf | AnyOf | AtLeast | Not | OnlyIf
Expression = Annotated[Composite | Except | Leaf, Field(discriminator="kind")]

for _composite in (AllOf, AnyOf, AtLeast, Not, OnlyIf):
    _composite.model_rebuild()
