"""What is said of a code that is none of its kind: the nearest ones, or of which kind it is. Never the code itself."""

from collections.abc import Iterator

from app.vocabulary.faults import Fault
from app.vocabulary.terms import TermKind, Vocabulary

_MOST_NEAREST = 3
_ONE = {
    TermKind.OBSERVATION: "an observation",
    TermKind.CONDITION: "a condition",
    TermKind.AGENT: "an agent",
    TermKind.AGENT_CLASS: "a class of agents",
    TermKind.EVENT: "an event",
}
"""What facts of a patient, and criteria, have codes of."""


def unknown_code(vocabulary: Vocabulary, kind: TermKind, code: str, pointer: str | None = None) -> Fault:
    """The fault of a code that is not among the terms of a kind."""
    other = next(_others(vocabulary, kind, code), None)
    if other is None:
        nearest = vocabulary.nearest(kind, code)
        remedy = f"use a code of the vocabulary, such as {nearest[0]}" if nearest else "use a code of the vocabulary"
        return Fault("unknown_code", "the code is not in the vocabulary", remedy, pointer, nearest=nearest)
    of_kind, found = other
    detail = f"this names {_ONE[of_kind]}, where {_ONE[kind]} is wanted"
    if (kind, of_kind) == (TermKind.AGENT, TermKind.AGENT_CLASS):
        members = [agent for agent in vocabulary.agents if found in vocabulary.classes_of(agent)][:_MOST_NEAREST]
        remedy = f"name an agent of the class, such as {members[0]}" if members else "name an agent"
        return Fault("unknown_code", detail, remedy, pointer, nearest=tuple(members))
    remedy = f"name {_ONE[kind]} here, and {_ONE[of_kind]} where such are listed"
    return Fault("unknown_code", detail, remedy, pointer, nearest=vocabulary.nearest(kind, code))


def _others(vocabulary: Vocabulary, kind: TermKind, code: str) -> Iterator[tuple[TermKind, str]]:
    """The other kinds of which it is a code or a name, or the plural of one, with the code; none if of its own kind."""
    if kind not in _ONE or vocabulary.named(kind, code) is not None:
        return
    for other in _ONE:
        found = vocabulary.named(other, code) or vocabulary.named(other, code.removesuffix("s"))
        if found is not None:
            yield other, found
