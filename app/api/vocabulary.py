"""The vocabulary as clients read it: one body for as long as the process lives."""

import re
from enum import StrEnum
from inspect import getmembers, isclass

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from app.api.declared import reads
from app.api.schemas import Answer
from app.eligibility.quantities import understood_units
from app.vocabulary import enumerations
from app.vocabulary.terms import (
    AgentClassTerm,
    AgentTerm,
    CodeSystem,
    ConditionTerm,
    CountryTerm,
    EventTerm,
    ObservationTerm,
    Source,
    TargetTerm,
    Vocabulary,
)
from app.web.answers import answer
from app.web.routing import strict_router

router = strict_router("Vocabulary")


class MeasuredTerm(ObservationTerm):
    """What is measured, with units that a result can be given in."""

    units: tuple[str, ...] = Field(
        description="Units that are understood, the term's own first and then the commonest; there are more."
    )


class VocabularyAnswer(Answer):
    """Every code that patients, criteria and filters are made of. A code never changes meaning."""

    observations: tuple[MeasuredTerm, ...] = Field(description="What is measured, each with its units.")
    conditions: tuple[ConditionTerm, ...] = Field(description="A condition implies its parents.")
    agents: tuple[AgentTerm, ...] = Field(description="What is given, with classes and half-lives.")
    agent_classes: tuple[AgentClassTerm, ...]
    events: tuple[EventTerm, ...]
    targets: tuple[TargetTerm, ...] = Field(description="Antigens.")
    countries: tuple[CountryTerm, ...] = Field(description="ISO 3166-1 alpha-2.")
    enumerations: dict[str, tuple[str, ...]] = Field(description="The values of each enumeration; more may come.")
    sources: tuple[Source, ...] = Field(description="Where the facts come from; terms name them by key.")
    code_systems: tuple[CodeSystem, ...] = Field(description="The systems of `codings`, with their notices.")


def vocabulary_body(vocabulary: Vocabulary) -> bytes:
    """The whole answer."""
    everything = VocabularyAnswer(
        observations=tuple(
            MeasuredTerm(**term.model_dump(), units=understood_units(term)) for term in vocabulary.observations.values()
        ),
        conditions=tuple(vocabulary.conditions.values()),
        agents=tuple(vocabulary.agents.values()),
        agent_classes=tuple(vocabulary.agent_classes.values()),
        events=tuple(vocabulary.events.values()),
        targets=tuple(vocabulary.targets.values()),
        countries=tuple(vocabulary.countries.values()),
        enumerations=_enumerations(),
        sources=tuple(vocabulary.sources.values()),
        code_systems=tuple(vocabulary.code_systems.values()),
    )
    return everything.model_dump_json().encode()


def _enumerations() -> dict[str, tuple[str, ...]]:
    """`cell_type` and its values, and so on: all that the contract has."""
    found: dict[str, tuple[str, ...]] = {}
    for name, member in getmembers(enumerations, isclass):
        if issubclass(member, StrEnum) and member is not StrEnum:
            found[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()] = tuple(member)
    return found


@router.get(
    "/v1/vocabulary",
    summary="All codes",
    responses=reads(VocabularyAnswer, "vocabulary", description="All terms of every kind."),
)
async def get_vocabulary(request: Request) -> Response:
    """Observations with units, conditions with parents, agents with classes, events, targets, and the enumerations."""
    return answer(request, request.app.state.vocabulary_body)
