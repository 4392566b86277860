"""What a match is asked: the patient, the trials, the day, and what people have decided already."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.catalogue.filters import CandidateFilters
from app.eligibility.patient import Patient
from app.vocabulary.dates import day_range
from app.vocabulary.enumerations import Milestone


def _whole_day(text: str) -> str:
    if len(text) != len("2026-11-21"):
        raise ValueError("give a whole date, YYYY-MM-DD")
    day_range(text)
    return text


Day = Annotated[str, AfterValidator(_whole_day), Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-21"])]
RevisionNumber = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
Code = Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]


class RequestPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(RequestPart):
    """What a person decided of one criterion at one revision of its trial: the patient passes, fails, or is exempt.

    It counts for judgements, undertakings and unstructured text, never against the data.
    """

    trial: Code
    criterion: Code
    revision: RevisionNumber
    answer: Literal["passes", "fails", "not_applicable"]


class Days(RequestPart):
    """The day a patient is looked at, and planned milestones."""

    as_of: Day | None = Field(default=None, description="The day everything is evaluated on; today unless given.")
    milestones: Annotated[dict[Milestone, Day], Field(max_length=len(Milestone))] = Field(
        default_factory=dict, description="Planned dates; a milestone without one falls on the as-of date."
    )

    def day(self, today: date) -> date:
        """The as-of date."""
        return date.fromisoformat(self.as_of) if self.as_of else today

    def milestone_days(self) -> dict[Milestone, date]:
        """The planned dates as days."""
        return {milestone: date.fromisoformat(day) for milestone, day in self.milestones.items()}


class Circumstances(Days):
    """The days, and what people have decided already."""

    answers: Annotated[tuple[Answer, ...], Field(max_length=1000)] = ()


class CompareWith(RequestPart):
    """What else a match is to be compared with: another day, other revisions of trials, or both."""

    as_of: Day | None = Field(default=None, description="Another day; given milestones move with it.")
    revisions: Annotated[dict[Code, RevisionNumber], Field(max_length=100, examples=[{"a-trial": 1}])] = Field(
        default_factory=dict, description="By trial, the revision to compare with; the others stay as they are."
    )

    @model_validator(mode="after")
    def _something_differs(self) -> "CompareWith":
        if self.as_of is None and not self.revisions:
            raise ValueError("give another as_of, or revisions, or both")
        return self

    @property
    def day(self) -> date | None:
        """The other day."""
        return date.fromisoformat(self.as_of) if self.as_of else None


class TrialMatchRequest(Circumstances):
    """One patient against one trial."""

    patient: Patient | None = None
    patient_bundle: dict[str, object] | None = Field(default=None, description="A FHIR R4 Bundle of one patient.")
    what_if: Patient | None = Field(
        default=None,
        description="A partial patient laid over the first: entries replace all of the same code or agent.",
    )
    compare_with: CompareWith | None = Field(
        default=None,
        description="`changes` then tell this match from the other one, which has the what-if too where there is one.",
    )
    include: tuple[Literal["criteria"], ...] = ()

    @model_validator(mode="after")
    def _one_patient(self) -> "TrialMatchRequest":
        if (self.patient is None) == (self.patient_bundle is None):
            raise ValueError("give either patient or patient_bundle")
        return self


class MatchRequest(TrialMatchRequest):
    """One patient against every trial of the catalogue that the filters leave."""

    trials: CandidateFilters = Field(default_factory=CandidateFilters, description="The filters of GET /v1/trials.")
    limit: Annotated[int, Field(ge=1, le=100, strict=True)] = 20
    offset: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = 0
