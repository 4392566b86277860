"""From a missing fact to the question about it."""

from collections.abc import Callable, Iterable, Sequence

from app.eligibility.findings import MissingFact
from app.eligibility.looks import Look
from app.matching.probes.conditions import condition_question
from app.matching.probes.events import event_question
from app.matching.probes.inquiry import AskedLeaf, Inquiry
from app.matching.probes.person import age_question, reproductive_question, reviewed_question, sex_question
from app.matching.probes.question import Fact, Question
from app.matching.probes.results import result_question
from app.matching.probes.therapies import agents_of, therapy_question
from app.vocabulary.terms import Vocabulary

_KINDS: dict[str, Callable[[Fact, Inquiry, Sequence[AskedLeaf]], Question]] = {
    "observation": result_question,
    "condition": condition_question,
    "therapy": therapy_question,
    "event": event_question,
    "age": age_question,
    "sex": sex_question,
    "reproductive": reproductive_question,
    "reviewed": reviewed_question,
}
_OF_CHILDBEARING = frozenset({("reproductive", "pregnant"), ("reproductive", "childbearing_potential")})
LISTS = {"condition": "conditions", "therapy": "therapies", "event": "events"}
"""For each kind of fact that stands in a list, the list."""


def learnable(missing: Iterable[MissingFact], inquiry: Inquiry) -> tuple[Fact, ...]:
    """The facts that are missing, each once, and that the lists are complete in which some of them would stand."""
    facts = dict.fromkeys(Fact(one.kind, one.fact) for one in missing if one.kind in _KINDS)
    lists = dict.fromkeys(LISTS[fact.kind] for fact in facts if fact.kind in LISTS)
    return (*facts, *(Fact("reviewed", name) for name in lists if name not in inquiry.facts.reviewed))


def question_of(fact: Fact, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> Question:
    """The ways in which a fact can turn out, as far as the leaves that look at it tell them apart."""
    return _KINDS[fact.kind](fact, inquiry, asked)


def looks_of(fact: Fact, vocabulary: Vocabulary) -> frozenset[Look]:
    """What of a patient a fact changes."""
    if fact.kind == "therapy":
        return frozenset(("therapy", agent) for agent in agents_of(fact.code, vocabulary))
    return frozenset({(fact.kind, fact.code)})


def clashing_looks(fact: Fact, vocabulary: Vocabulary) -> frozenset[Look]:
    """Where a record might contradict a condition or an event, besides where it speaks of what a leaf looks at."""
    if fact.kind == "condition":
        codes = vocabulary.condition_descendants(fact.code) | vocabulary.condition_ancestors(fact.code)
        ends = any(vocabulary.conditions[code].ends_childbearing_potential for code in codes)
        tests = (vocabulary.conditions[code].implies_finding for code in codes)
        found = frozenset(("condition", code) for code in codes)
        found |= {("observation", test.observation) for test in tests if test is not None}
    elif fact.kind == "event":
        ends = vocabulary.events[fact.code].ends_childbearing_potential is not None
        found = frozenset()
    elif fact.kind == "observation":
        found_by = (
            code
            for code, term in vocabulary.conditions.items()
            if term.implies_finding is not None and term.implies_finding.observation == fact.code
        )
        return frozenset(("condition", above) for code in found_by for above in vocabulary.condition_ancestors(code))
    else:
        return frozenset()
    return found | _OF_CHILDBEARING if ends else found
