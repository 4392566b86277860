"""What the catalogue answers, as types for OpenAPI. The bytes themselves are rendered where a trial is stored.

`Trial` is the stored record's own schema with what is derived; nothing is said twice. A test holds answers to these.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.documents import (
    AgeLimits,
    Arm,
    Contact,
    Criterion,
    DatedStatus,
    DoseLevel,
    Enrollment,
    Identifier,
    OutcomeMeasure,
    Product,
    Site,
    TrialRecord,
)
from app.vocabulary.dates import PartialDate
from app.vocabulary.enumerations import Comparator, Phase, ReferenceLimit, TrialSex
from app.vocabulary.numbers import Number

Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", description="A moment in UTC.")]
Unstated = Annotated[
    tuple[Literal["age", "sex"], ...],
    Field(description="What the source says nothing of, so that a filter on it could not remove the trial."),
]


class Answer(BaseModel):
    """Every key is always present; unstated is null, none is []."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CriteriaSummary(Answer):
    total: int
    structured: int = Field(description="Criteria with an expression that can be evaluated.")
    inclusions_stated: bool = Field(description="False where the source's inclusion criteria are missing.")
    exclusions_stated: bool = Field(description="False where the source's exclusion criteria are missing.")


class Trial(TrialRecord):
    """A whole trial as its latest revision has it, or as it stood at an earlier one."""

    inclusions_stated: bool = Field(default=True, exclude=True)
    exclusions_stated: bool = Field(default=True, exclude=True)
    revision: int = Field(ge=1)
    recorded_at: Instant
    updated_at: Instant
    countries: tuple[str, ...]
    unstated: Unstated
    criteria_summary: CriteriaSummary


class DoseRange(Answer):
    """The least and the greatest dose of one unit, and how many levels there are."""

    min: Number
    max: Number
    unit: Literal["cells/kg", "cells", "cells/m2"]
    levels: int


class Nearest(Answer):
    """The nearest site to `near`; recruiting sites come first."""

    distance_km: Number
    site: str = Field(description="Key of the site.")


class TrialCard(Answer):
    """A trial in a list."""

    id: str
    title: str
    identifiers: tuple[Identifier, ...]
    status: DatedStatus
    phase: Phase | None
    product: Product
    conditions: tuple[str, ...]
    age: AgeLimits
    sex: TrialSex | None
    enrollment: Enrollment
    sponsor: str | None
    countries: tuple[str, ...]
    dose_range: DoseRange | None
    sites_recruiting: int
    criteria_summary: CriteriaSummary
    unstated: Unstated
    revision: int
    updated_at: Instant
    nearest: Nearest | None = Field(
        default=None, description="Only where `near` is asked for; null where no site has a known place."
    )


class TrialPage(Answer):
    items: tuple[TrialCard, ...]
    next_cursor: str | None = Field(description="`cursor` of the next page; null on the last one.")
    total: int = Field(description="How many trials the filters leave, on all pages.")


class SiteList(Answer):
    items: tuple[Site, ...]
    total: int


class ContactList(Answer):
    items: tuple[Contact, ...]
    total: int


class ArmList(Answer):
    items: tuple[Arm, ...]
    total: int


class DoseList(Answer):
    items: tuple[DoseLevel, ...]
    total: int


class OutcomeList(Answer):
    items: tuple[OutcomeMeasure, ...]
    total: int


class CriterionList(Answer):
    items: tuple[Criterion, ...]
    total: int


class Revision(Answer):
    revision: int
    true_as_of: PartialDate | None
    recorded_at: Instant


class RevisionList(Answer):
    items: tuple[Revision, ...]
    total: int


class FieldChange(Answer):
    """One field before and after. `field` is a JSON Pointer into the trial, or into the part that changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    field: str
    before: object = Field(alias="from", description="Any JSON value.")
    after: object = Field(alias="to", description="Any JSON value.")


class PartChange(Answer):
    """A part with a key that is in both revisions, and differs."""

    key: str
    fields: tuple[FieldChange, ...]


class ArmChanges(Answer):
    added: tuple[Arm, ...]
    removed: tuple[Arm, ...]
    changed: tuple[PartChange, ...]


class SiteChanges(Answer):
    added: tuple[Site, ...]
    removed: tuple[Site, ...]
    changed: tuple[PartChange, ...]


class CriterionChanges(Answer):
    added: tuple[Criterion, ...]
    removed: tuple[Criterion, ...]
    changed: tuple[PartChange, ...]


class Difference(Answer):
    """What changed from one revision of a trial to another."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    trial: str
    before: int = Field(alias="from")
    after: int = Field(alias="to")
    fields: tuple[FieldChange, ...]
    arms: ArmChanges
    sites: SiteChanges
    criteria: CriterionChanges


class FacetValue(Answer):
    value: str
    count: int


class Facet(Answer):
    values: tuple[FacetValue, ...] = Field(description="Without those that no trial has.")
    unstated: int = Field(description="Trials that state none.")


class Facets(Answer):
    """Counts per value under the filters; each facet ignores its own filter."""

    catalogue_revision: int
    total: int
    facets: dict[str, Facet]


class ComparedTrial(Answer):
    id: str
    title: str
    revision: int


class Requirement(Answer):
    """What one criterion asks of one fact. `comparator` and `value` are null where it asks for no number.

    An exclusion is turned around: one that keeps out an LVEF below 45 % asks for 45 % or more.
    """

    criterion: str | None = Field(description="Null where the trial's own limits of age or sex ask it.")
    comparator: Comparator | None
    value: Number | None = Field(description="In the unit of the row; null where it cannot be converted.")
    relative_to: ReferenceLimit | None
    text: str
    conditional: bool = Field(description="Not asked of everybody: one of several ways, or for some people only.")


class ComparisonCell(Answer):
    trial: str
    requirements: tuple[Requirement, ...]


class ComparisonRow(Answer):
    fact: str
    unit: str | None
    differs: bool
    strictest: tuple[str, ...]
    loosest: tuple[str, ...]
    cells: tuple[ComparisonCell, ...]


class Comparison(Answer):
    """Two to six trials, the thresholds of each fact side by side."""

    trials: tuple[ComparedTrial, ...]
    rows: tuple[ComparisonRow, ...]
