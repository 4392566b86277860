"""What if: a partial patient laid over another one."""

from collections.abc import Iterable
from typing import TypeVar

from app.eligibility.patient import ConditionFact, EventFact, ObservationFact, Patient, TherapyFact

Entry = TypeVar("Entry", ConditionFact, EventFact, ObservationFact, TherapyFact)


def overlay(patient: Patient, change: Patient) -> Patient:
    """`patient` with what `change` says: its entries replace all of the same code or agent, its scalars replace.

    A birth date replaces an age, and an age a birth date; reviewed lists add up.
    """
    scalars = {
        name: getattr(change, name)
        for name in ("birth_date", "age_years", "sex", "weight_kg", "height_cm")
        if name in change.model_fields_set
    }
    if scalars.get("birth_date") is not None:
        scalars.setdefault("age_years", None)
    if scalars.get("age_years") is not None:
        scalars.setdefault("birth_date", None)
    lists = {
        "conditions": _replaced(patient.conditions, change.conditions),
        "observations": _replaced(patient.observations, change.observations),
        "therapies": _replaced(patient.therapies, change.therapies),
        "events": _replaced(patient.events, change.events),
        "reviewed": tuple(dict.fromkeys((*patient.reviewed, *change.reviewed))),
        "reproductive": patient.reproductive.model_copy(
            update={name: getattr(change.reproductive, name) for name in change.reproductive.model_fields_set}
        ),
    }
    return patient.model_copy(update=scalars | lists)


def _replaced(entries: Iterable[Entry], changes: tuple[Entry, ...]) -> tuple[Entry, ...]:
    replaced = {_about(change) for change in changes}
    return tuple([entry for entry in entries if _about(entry) not in replaced]) + changes


def _about(entry: ConditionFact | EventFact | ObservationFact | TherapyFact) -> str:
    return entry.agent if isinstance(entry, TherapyFact) else entry.code
