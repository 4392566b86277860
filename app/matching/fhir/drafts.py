"""What a reader makes of a resource: facts for the patient, or the reason why there are none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from app.eligibility.patient import ConditionFact, EventFact, ObservationFact, TherapyFact
from app.matching.fhir.elements import Json
from app.matching.fhir.lexicon import Match
from app.matching.fhir.surroundings import Surroundings

MODIFIED = "it has a modifier, which may turn its meaning"

Fact = ConditionFact | ObservationFact | TherapyFact | EventFact
FactT = TypeVar("FactT", ConditionFact, ObservationFact, TherapyFact, EventFact)


@dataclass(frozen=True, slots=True)
class Left:
    """Not read, and why."""

    reason: str
    system_code: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A fact, what its code rests on, and what was converted or left of the resource."""

    fact: Fact
    match: Match
    remarks: tuple[str, ...] = field(default=())


Draft = Left | Read
Reader = Callable[[Json, Surroundings], Sequence[Draft]]


def draft(model: type[FactT], match: Match, remarks: Sequence[str | None] = (), **fields: object) -> Draft:
    """A fact of some fields; left where they do not make one."""
    try:
        fact = model.model_validate(fields)
    except ValidationError:
        return Left("what it says has a form that is not read", match.system_code)
    return Read(fact, match, tuple(dict.fromkeys(remark for remark in remarks if remark)))
