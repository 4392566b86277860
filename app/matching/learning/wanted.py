"""What is still wanted once some facts are known: a fact is known itself, or by the review of the list it is in."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from app.eligibility.evaluate import Plan
from app.eligibility.findings import Finding, MissingFact
from app.eligibility.looks import AGE, SEX, WEIGHT, Look, known_looks
from app.matching.probes.asking import LISTS, looks_of
from app.matching.probes.inquiry import Inquiry
from app.matching.probes.question import Fact
from app.vocabulary.enumerations import Reason

Facts = frozenset[Fact]
_IN_LISTS: frozenset[Look] = frozenset(("reviewed", name) for name in LISTS.values())


class Wanted:
    """Of one patient. `looks`: of each fact that could be learnt, what of the patient it changes."""

    def __init__(self, inquiry: Inquiry, looks: Mapping[Fact, frozenset[Look]]) -> None:
        self._inquiry = inquiry
        self._looks = looks

    def with_lists(self, facts: Facts) -> Facts:
        """The facts with all that may come to stand in a list that is among them: a review of it finds these too.

        It does not complete what stands there already.
        """
        lists = _lists_of(facts)
        return facts | {
            fact for fact in self._looks if LISTS.get(fact.kind) in lists and not self._on_record(fact.code)
        }

    def by(self, finding: Finding) -> Facts:
        """The facts that are missing; of what no list has, that the list is complete, too.

        Not a disease that results show and a complete list lacks: all is known then, and has to be brought together.
        """
        missing = [one for one in finding.missing if not self._is_disputed(one)]
        lists = (LISTS[one.kind] for one in missing if one.kind in LISTS and one.reason is Reason.MISSING)
        return frozenset(Fact(one.kind, one.fact) for one in missing).union(Fact("reviewed", name) for name in lists)

    def _is_disputed(self, one: MissingFact) -> bool:
        disputed = one.kind == "condition" and one.reason is Reason.CONFLICTING
        return disputed and Fact(one.kind, one.fact) not in self._looks

    def beyond(self, known: Collection[Fact], wanted: Facts) -> Facts:
        """The facts of `wanted` that are neither known nor found by a review of a list that is known."""
        lists, complete = _lists_of(known), self._inquiry.facts.reviewed

        def is_found(fact: Fact) -> bool:
            if fact.kind == "reviewed":
                return fact.code in complete
            return LISTS.get(fact.kind) in lists and not self._on_record(fact.code)

        return frozenset(fact for fact in wanted.difference(known) if not is_found(fact))

    def may_go_beyond(self, known: Collection[Fact], leaf: Plan, found: Finding) -> bool:
        """Whether a leaf, found as it was, looks at anything that may be missing once some facts are known.

        Of conditions and events, what is on record and is not missing now will not be. Results are never what a leaf
        about these wants, though they may dispute it.
        """
        looks = leaf.looks_at.difference(*(self._told_by(fact) for fact in known))
        if _IN_LISTS.isdisjoint(leaf.looks_at):
            return bool(looks - self._person)
        missing = (looks_of(Fact(one.kind, one.fact), self._inquiry.vocabulary) for one in found.missing)
        told = {look for look in known_looks(self._inquiry.facts) if look[0] != "therapy"}
        looks -= told.difference(*missing)
        lists = _lists_of(known)
        return any(
            self._on_record(code) if LISTS.get(kind) in lists else kind != "observation" or (kind, code) == WEIGHT
            for kind, code in looks
        )

    def _told_by(self, fact: Fact) -> Iterable[Look]:
        """What a fact tells all of; of a class that is found by the review of a list, not of agents on record."""
        return (look for look in self._looks[fact] if look[1] == fact.code or not self._on_record(look[1]))

    @cached_property
    def _person(self) -> frozenset[Look]:
        """Age and sex, where nothing is left to be known of them."""
        facts = self._inquiry.facts
        known = {AGE} if facts.birth is not None and facts.birth.exact else set[Look]()
        return frozenset(known if facts.sex is None else {*known, SEX})

    def _on_record(self, code: str) -> bool:
        return code in self._codes_on_record

    @cached_property
    def _codes_on_record(self) -> frozenset[str]:
        patient = self._inquiry.patient
        return frozenset(
            {entry.code for entry in patient.conditions if entry.present}
            | {entry.code for entry in patient.events if entry.occurred and not entry.planned}
            | {entry.agent for entry in patient.therapies if entry.given}
        )


def _lists_of(facts: Iterable[Fact]) -> frozenset[str]:
    return frozenset(fact.code for fact in facts if fact.kind == "reviewed")
