"""What a client may ask of the catalogue: the filters, their order and paging. `selection` says what each one means."""

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.catalogue.text import words
from app.vocabulary.enumerations import CellSource, CellType, Phase, Status, TrialSex
from app.vocabulary.faults import Fault
from app.vocabulary.terms import TermKind, Vocabulary

MOST_VALUES = 50
_DIGITS = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?", re.ASCII)
_POINT = re.compile(r"(-?\d{1,2}(?:\.\d{1,15})?),(-?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)


class TargetMatch(StrEnum):
    """`any`: one of the targets asked for. `all`: every one of them. `exactly`: those and no other."""

    ANY = "any"
    ALL = "all"
    EXACTLY = "exactly"


class Unstated(StrEnum):
    """What an age or sex filter does with a trial whose source states none: `include` keeps it, `exclude` drops it."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


class Sort(StrEnum):
    UPDATED = "-updated_at"
    TITLE = "title"
    RELEVANCE = "relevance"
    DISTANCE = "distance"


def digits(value: object) -> object:
    """A whole number as a query string spells it; `5.0`, `+5` and `true` are none."""
    if isinstance(value, bool) or (isinstance(value, str) and not _DIGITS.fullmatch(value)):
        raise ValueError("give a whole number in digits")
    return value


def _decimal(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and not _DECIMAL.fullmatch(value)):
        raise ValueError("give a number, such as 25, 0.5 or 1e6")
    return value


def _instant(value: object) -> object:
    """A date means its first moment, and a time without an offset is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("give a date or a date-time, such as 2025-09-14 or 2025-09-14T08:00:00Z") from None
    if not isinstance(value, datetime):
        raise ValueError("give a date or a date-time as text")
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError("the year lies outside 1 to 9999") from None


def _point(value: str) -> str:
    form = _POINT.fullmatch(value)
    if form is None or abs(float(form[1])) > 90 or abs(float(form[2])) > 180:
        raise ValueError("give latitude,longitude in degrees, such as 30.25,120.17")
    return value


def _set(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Order and repetition mean nothing: equal questions are equal."""
    return tuple(sorted(set(values)))


Few = Field(max_length=MOST_VALUES)
Code = Annotated[str, Field(min_length=1, max_length=80)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Country = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]
Years = Annotated[int, BeforeValidator(digits), Field(ge=0, le=130)]
Kilometres = Annotated[float, BeforeValidator(_decimal), Field(gt=0, le=20_100, allow_inf_nan=False)]
Cells = Annotated[float, BeforeValidator(_decimal), Field(ge=0, allow_inf_nan=False)]
PageSize = Annotated[int, BeforeValidator(digits), Field(ge=1, le=100)]


class TrialFilters(BaseModel):
    """The filters of `GET /v1/trials`, facets, exports and matches. Several values of one filter mean *any of*."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell_type: Annotated[tuple[CellType, ...], Few, AfterValidator(_set)] = ()
    cell_source: Annotated[tuple[CellSource, ...], Few, AfterValidator(_set)] = ()
    target: Annotated[tuple[Code, ...], Few, AfterValidator(_set)] = Field(
        default=(), description="Antigens, such as CD19; see the vocabulary's targets."
    )
    target_match: TargetMatch = Field(
        default=TargetMatch.ANY, description="Whether a trial must aim at any of the targets, all, or exactly these."
    )
    condition: Annotated[tuple[Code, ...], Few, AfterValidator(_set)] = Field(
        default=(), description="Condition codes of the vocabulary; each finds what is below it too."
    )
    status: Annotated[tuple[Status, ...], Few, AfterValidator(_set)] = ()
    phase: Annotated[tuple[Phase, ...], Few, AfterValidator(_set)] = ()
    age: Years | None = Field(default=None, description="Completed years; finds trials that admit this age.")
    sex: Annotated[tuple[TrialSex, ...], Few, AfterValidator(_set)] = Field(
        default=(), description="Finds trials that admit this sex: `female` finds those for all, too."
    )
    unstated: Unstated = Field(
        default=Unstated.INCLUDE,
        description="Whether the age and sex filters keep a trial whose source states none.",
    )
    country: Annotated[tuple[Country, ...], Few, AfterValidator(_set)] = Field(
        default=(), description="ISO 3166-1 alpha-2, of a site."
    )
    city: Annotated[tuple[Name, ...], Few, AfterValidator(_set)] = Field(
        default=(), description="Of a site, in full; case, accents and punctuation do not matter."
    )
    sponsor: Annotated[tuple[Name, ...], Few, AfterValidator(_set)] = Field(
        default=(), description="The name in full; case, accents and punctuation do not matter."
    )
    site_status: Annotated[tuple[Status, ...], Few, AfterValidator(_set)] = Field(
        default=(), description="The stated recruitment status of a site."
    )
    near: Annotated[str, Field(max_length=40), AfterValidator(_point)] | None = Field(
        default=None,
        description="latitude,longitude in degrees. Items gain `nearest`; without `within_km` nothing is removed.",
        examples=["30.25,120.17"],
    )
    within_km: Kilometres | None = Field(default=None, description="Some site lies within this distance of `near`.")
    dose_min: Cells | None = Field(
        default=None, description="Some dose level in cells/kg lies wholly between dose_min and dose_max, inclusive."
    )
    dose_max: Cells | None = Field(default=None, description="See dose_min.")
    updated_since: Annotated[datetime, BeforeValidator(_instant)] | None = Field(
        default=None, description="A date-time, or a date (its first moment, UTC).", examples=["2025-09-14"]
    )
    q: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="Full text: every word must match, the last one as a prefix."
    )

    @property
    def point(self) -> tuple[float, float] | None:
        """`near` as latitude and longitude in degrees."""
        if self.near is None:
            return None
        latitude, longitude = self.near.split(",")
        return float(latitude), float(longitude)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of `q`; a text without any asks for nothing."""
        return tuple(words(self.q)) if self.q else ()

    @cached_property
    def digest(self) -> str:
        """Names the question: equal for equal filters, whatever their order and spelling."""
        given = _DEFAULTS.keys() & self.model_fields_set
        asked = {name: value for name in given if (value := getattr(self, name)) != _DEFAULTS[name]}
        asked |= {"q": self.words} if self.q is not None else {}
        asked |= {"near": self.point} if self.near is not None else {}
        return blake2b(_CANONICAL.encode(asked).encode(), digest_size=12).hexdigest()


FILTER_NAMES = tuple(TrialFilters.model_fields)
_DEFAULTS = {name: field.default for name, field in TrialFilters.model_fields.items()}
_CANONICAL = json.JSONEncoder(default=str, sort_keys=True)


class CandidateFilters(TrialFilters):
    """The same filters in a JSON body, where a number is a number and never text."""

    age: Annotated[int, Field(ge=0, le=130, strict=True)] | None = None
    within_km: Annotated[float, Field(gt=0, le=20_100, strict=True, allow_inf_nan=False)] | None = None
    dose_min: Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)] | None = None
    dose_max: Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)] | None = None


class TrialQuery(TrialFilters):
    """The whole query of `GET /v1/trials`: the filters, the order and the page."""

    sort: Sort = Field(default=Sort.UPDATED, description="`relevance` needs q, `distance` needs near.")
    limit: PageSize = 20
    cursor: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        default=None, description="`next_cursor` of the page before, with the same filters and sort."
    )


def check_filters(filters: TrialFilters, vocabulary: Vocabulary, sort: Sort = Sort.UPDATED) -> list[Fault]:
    """What a schema cannot see: codes that the vocabulary does not have, and filters that do not go together."""
    faults = [
        _unknown(vocabulary, kind, code, parameter)
        for parameter, kind, codes in (
            ("target", TermKind.TARGET, filters.target),
            ("condition", TermKind.CONDITION, filters.condition),
            ("country", TermKind.COUNTRY, filters.country),
        )
        for code in codes
        if code not in vocabulary.terms(kind)
    ]
    if filters.within_km is not None and filters.near is None:
        faults.append(_apart("within_km", "a distance needs a place to measure from", "add near=latitude,longitude"))
    if filters.dose_min is not None and filters.dose_max is not None and filters.dose_min > filters.dose_max:
        faults.append(_apart("dose_min", "dose_min is above dose_max", "swap the two"))
    if sort is Sort.RELEVANCE and filters.q is None:
        faults.append(_apart("sort", "relevance needs something to be relevant to", "add q, or choose another order"))
    if sort is Sort.DISTANCE and filters.near is None:
        faults.append(_apart("sort", "distance needs a place to measure from", "add near=latitude,longitude"))
    return faults


def _unknown(vocabulary: Vocabulary, kind: TermKind, code: str, parameter: str) -> Fault:
    return Fault(
        code="unknown_code",
        detail=f"the vocabulary has no such {kind.value}",
        remedy=f"use a {kind.value} code of GET /v1/vocabulary",
        parameter=parameter,
        nearest=vocabulary.nearest(kind, code),
    )


def _apart(parameter: str, detail: str, remedy: str) -> Fault:
    return Fault(code="incompatible", detail=detail, remedy=remedy, parameter=parameter)
