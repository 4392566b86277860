"""What a match answers, as types for OpenAPI. `app.matching.answer` writes the values; a test holds them to these."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas import Answer
from app.catalogue.documents import DatedStatus
from app.vocabulary.dates import PartialDate
from app.vocabulary.enumerations import (
    CriterionKind,
    Incompleteness,
    Outcome,
    Reason,
    ReferenceLimit,
    TrialVerdict,
)
from app.vocabulary.numbers import Number

Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
CriterionKey = Annotated[str, Field(examples=["inc-4a"])]
Standing = Literal["yes", "no", "unknown", "not_applicable"]


class MatchedTrial(Answer):
    """The trial itself, with the status it had and until when that is to be believed."""

    id: str
    title: str
    revision: int
    status: DatedStatus


class RestsOn(Answer):
    """How many criteria passed or failed, of how many there are."""

    decided: int
    of: int


class Counts(Answer):
    """Criteria by how they stand; the counts sum to the number of criteria."""

    passes: int
    fails: int
    unknown: int
    not_applicable: int
    to_confirm: int = Field(description="Only an unanswered judgement or undertaking leaves them open.")


class Blocking(Answer):
    criterion: CriterionKey
    lapses_on: Day | None = Field(description="The first day on which time alone has ended the failure.")
    permanent: bool | None = Field(description="Neither time nor a new result can mend it.")


class Missing(Answer):
    """A fact that would help to decide, and the criteria that wait for it."""

    fact: str
    kind: str
    reason: Reason
    criteria: tuple[CriterionKey, ...]


class DerivedBy(Answer):
    """How a fact was computed."""

    formula: str
    source: str
    inputs: tuple[str, ...]


class UsedFact(Answer):
    """A fact of the patient's that was used: as sent, and in the unit of comparison."""

    fact: str
    value: str
    unit: str | None
    date: PartialDate | str | None
    converted: str | None
    derivation: DerivedBy | None


class MarginOf(Answer):
    """How far a value lies from its threshold; negative where it falls short."""

    value: Number
    unit: str | None
    text: str


class PartFinding(Answer):
    """One node of a criterion's expression, with all of its parts: nothing is short-circuited."""

    kind: str
    text: str
    note: str | None
    verdict: Standing
    applicable: bool | None
    reasons: tuple[Reason, ...]
    evidence: tuple[UsedFact, ...]
    margin: MarginOf | None
    parts: tuple["PartFinding", ...]


class CriterionResult(Answer):
    """One criterion: its words, how the patient stands, and the working."""

    key: CriterionKey
    kind: CriterionKind
    statement: str
    locator: str
    outcome: Outcome
    to_confirm: bool
    answered: bool = Field(description="A person's answer decided it.")
    reasons: tuple[Reason, ...]
    evidence: tuple[UsedFact, ...]
    margin: MarginOf | None
    lapses_on: Day | None
    expires_on: Day | None = Field(description="Of a pass, the first day on which it may no longer hold.")
    permanent: bool | None
    parts: tuple[PartFinding, ...]


class ConditionFit(Answer):
    """Whether the patient has one of the trial's conditions."""

    condition: str
    verdict: Standing


class GroupFit(Answer):
    """How the patient fits one arm or dose level, where the criteria tell them apart."""

    arm: str | None
    level: int | None
    verdict: TrialVerdict
    blocking: tuple[CriterionKey, ...]


class MatchResult(Answer):
    """How one trial stands for the patient."""

    trial: MatchedTrial
    verdict: TrialVerdict
    rests_on: RestsOn
    incomplete: tuple[Incompleteness, ...]
    eligible_from: Day | None = Field(description="The first day from the as-of date on which no criterion fails.")
    eligible_until: Day | None = Field(description="The last day before something fails.")
    evidence_until: Day | None = Field(description="The last day before a result that was used is too old.")
    counts: Counts
    blocking: tuple[Blocking, ...]
    missing: tuple[Missing, ...]
    to_confirm: tuple[CriterionKey, ...] = Field(
        description="Criteria that a person has to confirm, and those that rest on results old enough to be repeated."
    )
    old_results: tuple[str, ...] = Field(description="Observations whose result is old; the criterion states no age.")
    fits: tuple[ConditionFit, ...]
    groups: tuple[GroupFit, ...]
    criteria: tuple[CriterionResult, ...] | None = Field(description='With `"include": ["criteria"]`, all of them.')


class FunnelStep(Answer):
    """How many trials remain; a step removes a trial only for what is known."""

    step: Literal["status", "age_and_sex", "condition", "no_failure", "eligible"]
    remaining: int


class NeededFact(Answer):
    """A missing fact, and what it must turn out to be: a comparator with a threshold, or a word where there is none."""

    fact: str = Field(description="A code; of kind `reviewed`, the list that would have to be complete as it stands.")
    kind: str = Field(
        examples=["observation", "condition", "therapy", "event", "age", "sex", "reproductive", "reviewed"]
    )
    unit: str | None = Field(description="That of the threshold: the observation's own, or years (`a`).")
    threshold: Number | None = Field(description="Of several bounds the lower one; `text` has all.")
    direction: str | None = Field(
        description="`lt`, `le`, `ge` or `gt` with a threshold; else a word such as `negative`, `absent`, `not_given`, "
        "`complete`. Null: whatever it turns out to be.",
    )
    relative_to: ReferenceLimit | None = Field(description="The threshold is a multiple of the laboratory's own limit.")
    text: str = Field(examples=["egfr ≥ 30 mL/min/1.73 m²: opens 3"])
    what_if: dict[str, Any] | None = Field(
        description="A partial patient: one way that does it, in full, with the days, doses, limits and the like that "
        "it takes, ready to be sent as `what_if`. Null where nothing does."
    )


class DecisiveFact(NeededFact):
    """A missing fact that alone would settle undetermined trials, the most decisive first.

    `settles` counts the trials that some value of it makes eligible or ineligible. `opens` counts those that are
    eligible where it is as threshold and direction say, which is what opens the most; where it can open none, they say
    what settles the most.
    """

    settles: int
    opens: int
    trials: tuple[str, ...] = Field(description="Those that it settles; those that it opens come first.")


class SmallestSet(Answer):
    """The fewest missing facts that bring one trial to an end; null where none do, empty where none are needed."""

    to_settle: tuple[NeededFact, ...] | None = Field(
        description="Once these are known, whatever they turn out to be, no other fact is needed: it is decided, "
        "or what is open is for people to decide, or for these facts told more precisely. Each says what it has to be "
        "for the trial to be open."
    )
    to_open: tuple[NeededFact, ...] | None = Field(
        description="If these turn out as their `what_if` say, all together, the patient is eligible."
    )
    exact: bool = Field(
        description="False where it took too long to know: "
        "then a set may not be the smallest, and one that is null may exist."
    )


class CriterionChange(Answer):
    """How a criterion stood and stands; null where its revision of the trial does not have it."""

    model_config = Answer.model_config | {"populate_by_name": True}

    criterion: CriterionKey
    before: Outcome | None = Field(alias="from")
    after: Outcome | None = Field(alias="to")


class Change(Answer):
    """A trial whose verdict, or one of whose criteria, is another with the what-if, on the other day or revision."""

    model_config = Answer.model_config | {"populate_by_name": True}

    trial: str
    before: TrialVerdict = Field(alias="from")
    after: TrialVerdict = Field(alias="to")
    criteria: tuple[CriterionChange, ...]


class MatchWarning(Answer):
    """What was left out of account, without any value of the patient's."""

    code: str
    text: str
    pointer: str | None


class Envelope(Answer):
    """What every match says of itself. It informs a coordinator; it decides for nobody."""

    as_of: Day
    catalogue_revision: int
    evaluator: str
    notice: str
    decisive_facts: tuple[DecisiveFact, ...]
    changes: tuple[Change, ...]
    warnings: tuple[MatchWarning, ...]


class MatchAnswer(Envelope):
    """One patient against the trials, best prospects first."""

    total: int
    limit: int
    offset: int
    results: tuple[MatchResult, ...]
    funnel: tuple[FunnelStep, ...]


class TrialMatchAnswer(Envelope):
    """One patient against one trial, criteria included."""

    result: MatchResult
    smallest_set: SmallestSet
