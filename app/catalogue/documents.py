"""`TrialRecord`: the one schema of the seed's YAML, of the stored record and of the API's answer.

Every key is always present in an answer; unstated is `null`, none is `[]`. A value that a curator inferred stays a
scalar; a curation note points at it.
"""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from app.eligibility.criteria import Expression
from app.vocabulary.dates import PartialDate, day_range
from app.vocabulary.enumerations import (
    Allocation,
    ArmType,
    Basis,
    CellSource,
    CellType,
    ContactRole,
    CriterionKind,
    DateType,
    Escalation,
    IdentifierScheme,
    InterventionModel,
    Masking,
    Milestone,
    NoteKind,
    OutcomeCategory,
    OutcomeType,
    Phase,
    Purpose,
    SourceKind,
    Status,
    StudyType,
    TrialSex,
)
from app.vocabulary.numbers import Number

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=80)]
CriterionKey = Annotated[str, Field(pattern=r"^(inc|exc)-[0-9]+[a-z]?$")]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]

STATUS_IS_GOOD_FOR_YEARS = 2
"""ClinicalTrials.gov calls a status unknown that was not verified for two years (its glossary, "Unknown")."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Identifier(Part):
    value: Text
    scheme: IdentifierScheme
    basis: Basis = Basis.STATED
    reason: Text | None = Field(default=None, description="Why it was inferred.")

    @model_validator(mode="after")
    def _an_inference_has_a_reason(self) -> "Identifier":
        if (self.basis is Basis.INFERRED) != (self.reason is not None):
            raise ValueError("an inferred identifier gives its reason, a stated one gives none")
        if self.scheme is IdentifierScheme.NCT and not re.fullmatch(r"NCT\d{8}", self.value):
            raise ValueError("an NCT number is NCT and eight digits")
        return self


class DatedStatus(Part):
    """A status, the date on which it was true, and the day from which it counts as stale."""

    value: Status
    as_of: PartialDate | None = None
    stale_after: PartialDate | None = Field(default=None, description="Two years after `as_of`, at the earliest.")

    @model_validator(mode="before")
    @classmethod
    def _stale_two_years_after(cls, data: object) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("as_of"), str) or data.get("stale_after"):
            return data
        try:
            first, _ = day_range(data["as_of"])
        except ValueError:
            return data
        leap_day = (first.month, first.day) == (2, 29)
        stale = first.replace(year=first.year + STATUS_IS_GOOD_FOR_YEARS, day=28 if leap_day else first.day)
        return data | {"stale_after": stale.isoformat()}


class Design(Part):
    study_type: StudyType | None = None
    allocation: Allocation | None = None
    model: InterventionModel | None = None
    masking: Masking | None = None
    purpose: Purpose | None = None
    escalation: Escalation | None = None


class Product(Part):
    cell_type: CellType
    cell_source: CellSource | None = None
    targets: tuple[str, ...] = ()
    name: Text | None = None
    manufacturing: Text | None = None


class AgeLimits(Part):
    """Completed years. `stated` is false where the source says nothing of age; an open bound is not unstated."""

    min_years: StrictInt | None = Field(default=None, ge=0, le=130)
    max_years: StrictInt | None = Field(default=None, ge=0, le=130)
    stated: StrictBool

    @model_validator(mode="after")
    def _bounds_fit_together(self) -> "AgeLimits":
        if self.min_years is not None and self.max_years is not None and self.max_years < self.min_years:
            raise ValueError("the upper bound lies below the lower one")
        if not self.stated and (self.min_years is not None or self.max_years is not None):
            raise ValueError("an age that is not stated has no bounds")
        return self


class Enrollment(Part):
    count: StrictInt | None = Field(default=None, ge=0)
    type: DateType | None = None


class TypedDate(Part):
    date: PartialDate
    type: DateType | None = None


class Arm(Part):
    key: Key
    label: Text
    type: ArmType | None = None
    description: Text | None = None


class DoseLevel(Part):
    """One dose of the product. `days` are those of infusion; day 0 is the first one."""

    value: Number = Field(gt=0)
    value_max: Number | None = Field(default=None, gt=0)
    unit: Literal["cells/kg", "cells", "cells/m2"]
    level: StrictInt | None = Field(default=None, ge=1, description="Rank in the escalation, lowest first.")
    days: tuple[StrictInt, ...] | None = None
    arm: Key | None = None

    @model_validator(mode="after")
    def _a_range_rises(self) -> "DoseLevel":
        if self.value_max is not None and self.value_max < self.value:
            raise ValueError("the greatest value lies below the least")
        return self


class Lymphodepletion(Part):
    """One agent before the infusion; `days` are counted from the first infusion on day 0."""

    agent: str
    value: Number | None = Field(default=None, gt=0)
    unit: Literal["mg/m2/d", "mg/kg/d", "mg/m2", "mg/kg", "mg/d", "mg"] | None = None
    days: tuple[StrictInt, ...] | None = None


class Position(Part):
    latitude: Annotated[Number, Field(ge=-90, le=90)]
    longitude: Annotated[Number, Field(ge=-180, le=180)]


class Site(Part):
    key: Key
    name: Text | None = None
    city: Text | None = None
    region: Text | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")] | None = None
    position: Position | None = None
    status: DatedStatus | None = None


class Contact(Part):
    """Of the trial, or with `site` of that site."""

    name: Text | None = None
    role: ContactRole | None = None
    phone: Text | None = None
    email: Text | None = None
    site: Key | None = None


class OutcomeMeasure(Part):
    type: OutcomeType | None = None
    category: OutcomeCategory | None = None
    measure: Text
    definition: Text | None = None
    time_frame: Text | None = None


class Scope(Part):
    """To whom of a trial a criterion applies: people with these conditions, in these arms, or at these dose levels."""

    conditions: tuple[str, ...] = ()
    arms: tuple[Key, ...] = ()
    levels: tuple[StrictInt, ...] = ()


class Criterion(Part):
    """One thing that can be decided on its own. No expression: nobody has put the text into one yet."""

    key: CriterionKey
    kind: CriterionKind
    statement: Text
    locator: Text
    anchor: Milestone = Milestone.SCREENING
    expression: Expression | None = None
    basis: Basis = Basis.STATED
    scope: Scope | None = None


class CurationNote(Part):
    """What a curator inferred, corrected or left out. `field` is a JSON Pointer into the trial."""

    field: Annotated[str, Field(pattern=r"^(/[^/]+)*$")]
    kind: NoteKind
    text: Text
    locator: Text | None = None


class RecordSource(Part):
    name: Text
    kind: SourceKind
    as_of: PartialDate | None = None
    retrieved: PartialDate | None = None
    url: Text | None = None


class TrialRecord(Part):
    id: Slug
    title: Text
    official_title: Text | None = None
    summary: Text | None = None
    true_as_of: PartialDate | None = Field(default=None, description="The date on which the record was true.")
    identifiers: tuple[Identifier, ...] = ()
    status: DatedStatus
    phase: Phase | None = None
    design: Design = Design()
    product: Product
    conditions: tuple[str, ...] = ()
    age: AgeLimits
    sex: TrialSex | None = None
    healthy_volunteers: StrictBool | None = None
    enrollment: Enrollment = Enrollment()
    start_date: TypedDate | None = None
    primary_completion_date: TypedDate | None = None
    completion_date: TypedDate | None = None
    sponsor: Text | None = None
    collaborators: tuple[Text, ...] = ()
    arms: tuple[Arm, ...] = ()
    doses: tuple[DoseLevel, ...] = ()
    lymphodepletion: tuple[Lymphodepletion, ...] = ()
    sites: tuple[Site, ...] = ()
    contacts: tuple[Contact, ...] = ()
    outcomes: tuple[OutcomeMeasure, ...] = ()
    inclusions_stated: StrictBool = Field(description="False where the source's list of inclusion criteria is missing.")
    exclusions_stated: StrictBool = Field(description="False where the source's list of exclusion criteria is missing.")
    criteria: tuple[Criterion, ...] = ()
    curation_notes: tuple[CurationNote, ...] = ()
    sources: tuple[RecordSource, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _parts_fit_together(self) -> "TrialRecord":
        for name in ("arms", "sites", "criteria"):
            keys = [part.key for part in getattr(self, name)]
            if len(keys) != len(set(keys)):
                raise ValueError(f"two {name} have the same key")
        for codes in (self.conditions, self.product.targets):
            if len(codes) != len(set(codes)):
                raise ValueError("a condition or a target is given twice")
        for criterion in self.criteria:
            if not criterion.key.startswith(criterion.kind[:3]):
                raise ValueError(f"the key {criterion.key!r} does not begin as its kind does")
        return self

    @model_validator(mode="after")
    def _named_parts_are_there(self) -> "TrialRecord":
        arms = {arm.key for arm in self.arms}
        sites = {site.key for site in self.sites}
        levels = {dose.level for dose in self.doses}
        for dose in self.doses:
            if dose.arm is not None and dose.arm not in arms:
                raise ValueError(f"a dose names the arm {dose.arm!r}, which the trial does not have")
        for contact in self.contacts:
            if contact.site is not None and contact.site not in sites:
                raise ValueError(f"a contact names the site {contact.site!r}, which the trial does not have")
        for criterion in self.criteria:
            scope = criterion.scope or Scope()
            if not (arms.issuperset(scope.arms) and levels.issuperset(scope.levels)):
                raise ValueError(f"the scope of {criterion.key!r} names an arm or a level that the trial does not have")
        return self
