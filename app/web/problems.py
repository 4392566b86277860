"""Problems (RFC 9457): what each name means, and the one table that says which failure becomes which.

A problem names the place, the fault and the remedy. It never echoes a value.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.catalogue.errors import NotInCatalogue
from app.database import DatabaseUnavailable
from app.vocabulary.faults import Fault, Refused

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One `type` of problem: its name, status and title, what it means, and what a client does about it."""

    name: str
    status: int
    title: str
    meaning: str
    remedy: str
    retry_after: int | None = None

    @property
    def type(self) -> str:
        """The `type` of RFC 9457: a reference to the page that explains it."""
        return f"/problems/{self.name}"


MALFORMED_JSON = ProblemKind(
    "malformed-json",
    400,
    "The body is not the JSON that is wanted",
    "The body could not be read as JSON in UTF-8, or it holds what JSON readers disagree about: a key twice in one "
    "object, NaN or Infinity, a number of absurd size, the character NUL, half a surrogate pair, or nesting that is "
    "too deep.",
    "Correct the place that `errors` names. Where the text is no JSON at all, the detail gives line and column.",
)
UNAUTHORIZED = ProblemKind(
    "unauthorized",
    401,
    "A key is needed",
    "The call changes data, and the request carries no API key that is known.",
    "Send an API key. Reads need none.",
)
FORBIDDEN = ProblemKind(
    "forbidden",
    403,
    "The key does not allow this",
    "The API key is known, but its scope does not cover the call.",
    "Use a key with the scope that the operation names.",
)
NOT_FOUND = ProblemKind(
    "not-found",
    404,
    "There is nothing here",
    "No resource has this address: the path is unknown, or no trial, revision or page has that name.",
    "Look the address up in /docs, or the trial in GET /v1/trials. A trailing slash makes another address.",
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed",
    405,
    "The method is not allowed here",
    "The resource exists and does not know this method.",
    "Use one of the methods in the header Allow.",
)
TOO_LARGE = ProblemKind(
    "too-large",
    413,
    "The body is too large",
    "The body is longer than this service reads.",
    "Send less at once; many patients go through the cohort call, a line each.",
)
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    "The media type is not understood",
    "The header Content-Type or Content-Encoding names a form of body that is not read here.",
    "Send uncompressed JSON in UTF-8, with Content-Type: application/json.",
)
INVALID_REQUEST = ProblemKind(
    "invalid-request",
    422,
    "The request cannot be used as it is",
    "The request is well formed, and says something that is unknown, impossible or contradictory. Each entry of "
    "`errors` names the place, by JSON Pointer into the body or by query parameter, what is wrong, and what to do.",
    "Correct every place that `errors` names. `nearest` lists known names that look like an unknown one.",
)
RATE_LIMITED = ProblemKind(
    "rate-limited",
    429,
    "Too many requests",
    "More requests came than this service answers at once.",
    "Wait as long as the header Retry-After says, and try again.",
)
INTERNAL = ProblemKind(
    "internal",
    500,
    "Something went wrong on our side",
    "The fault is ours. It has been noted without any content of the request.",
    "Try again later. To report it, give the request id of the header X-Request-ID.",
)
UNAVAILABLE = ProblemKind(
    "unavailable",
    503,
    "The service cannot answer now",
    "The database cannot be reached, took too long, or is not ready.",
    "Try again after the seconds in the header Retry-After.",
    5,
)

KINDS: Mapping[str, ProblemKind] = {
    kind.name: kind
    for kind in (
        MALFORMED_JSON,
        UNAUTHORIZED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        INVALID_REQUEST,
        RATE_LIMITED,
        INTERNAL,
        UNAVAILABLE,
    )
}
BY_STATUS: Mapping[int, ProblemKind] = {kind.status: kind for kind in KINDS.values()}

DOMAIN_ERRORS: Mapping[type[Exception], ProblemKind] = {
    Refused: INVALID_REQUEST,
    NotInCatalogue: NOT_FOUND,
    DatabaseUnavailable: UNAVAILABLE,
}
"""Which problem an error of the domain becomes. The domain knows no HTTP; this is the one place that translates."""


class Rejected(Exception):
    """A request that HTTP itself refuses: its body cannot be read, is too long, or has the wrong type."""

    def __init__(self, kind: ProblemKind, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.detail = detail
        self.faults = tuple(faults)


class ProblemError(BaseModel):
    """One thing that is wrong, and where: `pointer` into the body or `parameter` of the query; the other is null."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    pointer: str | None = Field(default=None, description="JSON Pointer (RFC 6901) into the body; `*` hides a name.")
    parameter: str | None = Field(default=None, description="Name of the query parameter.")
    code: str = Field(description="A stable word for programs.", examples=["unknown_field"])
    detail: str = Field(description="What is wrong, without the value.")
    remedy: str = Field(description="What to do.")
    nearest: tuple[str, ...] = Field(default=(), description="Known names that look like the unknown one.")


class Problem(BaseModel):
    """A problem as RFC 9457 has it, with every single fault that was found."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    type: str = Field(description="Reference to a page that explains this kind of problem.")
    title: str
    status: int
    detail: str
    errors: tuple[ProblemError, ...] = Field(default=(), description="The first fifty of what is wrong.")
    error_count: int = Field(default=0, description="How many things are wrong in all.")


class ProblemResponse(Response):
    """A problem on its way to the client, never to be kept by a cache."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        kind: ProblemKind,
        detail: str | None = None,
        faults: Sequence[Fault] = (),
        *,
        max_errors: int = 50,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        content = as_problem(kind, detail, faults, max_errors=max_errors)
        super().__init__(
            json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(),
            status_code=kind.status,
            headers={"Cache-Control": "no-store", **_retry(kind), **(headers or {})},
        )


def as_problem(
    kind: ProblemKind, detail: str | None = None, faults: Sequence[Fault] = (), *, max_errors: int = 50
) -> dict[str, object]:
    """A problem as JSON, for an answer of its own or for a line of one."""
    return {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.meaning,
        "errors": [_as_error(fault) for fault in faults[:max_errors]],
        "error_count": len(faults),
    }


def _retry(kind: ProblemKind) -> dict[str, str]:
    return {"Retry-After": str(kind.retry_after)} if kind.retry_after else {}


def _as_error(fault: Fault) -> dict[str, object]:
    return {
        "pointer": fault.pointer,
        "parameter": fault.parameter,
        "code": fault.code,
        "detail": fault.detail,
        "remedy": fault.remedy,
        "nearest": list(fault.nearest),
    }


def summary(faults: Sequence[Fault]) -> str:
    """One sentence over all faults, for `detail`: the fault itself where there is only one."""
    if len(faults) == 1:
        return f"{faults[0].detail[:1].upper()}{faults[0].detail[1:]}."
    return f"{len(faults)} things are wrong with the request."
