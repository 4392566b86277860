"""What conditions, therapies and events have in common: instances on record, silence about others, exceptions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple, Protocol, TypeVar

from app.eligibility.findings import Evidence, Finding, MissingFact
from app.eligibility.periods import (
    NO_DAYS,
    SURELY,
    SURELY_NOT,
    UNKNOWN,
    Between,
    both,
    either,
    either_all,
    every,
    mirror,
    spread,
    verdict_of,
)
from app.eligibility.situation import Reader, Situation, VerdictReader
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Reason

Item = TypeVar("Item")
Why = Reason | tuple[MissingFact, ...]
"""Why a test is undecided: a reason that concerns the instance itself, or other facts that would decide."""


class Tested(NamedTuple):
    """How one instance meets one test.

    `reasons`: why that is not decided. `days`: as of `Finding.changes_on`. `fixed`: nothing can change it any more.
    `note`: what is only partly known of its dates. `missing`: other facts that would decide.
    """

    between: Between
    reasons: tuple[Reason, ...] = ()
    days: frozenset[date] = NO_DAYS
    fixed: bool = False
    note: str = ""
    missing: tuple[MissingFact, ...] = ()


class Silence(NamedTuple):
    """What follows for everything that is not on record: nothing is there, or unknown, and then what is missing."""

    between: Between
    missing: tuple[MissingFact, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class InstanceTest(Protocol[Item]):
    """A leaf about instances, its codes looked up."""

    @property
    def kind(self) -> str:
        """The kind of the leaf, which is also that of the facts it asks for."""

    @property
    def usual_silences(self) -> tuple[Silence, ...]:
        """Those that most patients have: a list that is complete, and one that is not."""

    def candidates(self, situation: Situation) -> Sequence[Item]:
        """The instances on record that it is about, by code."""

    def parts(self, item: Item, situation: Situation) -> Iterable[Between]:
        """All that an instance must meet: the stated properties, at the stated time. Time is the slowest to tell."""

    def test(self, item: Item, situation: Situation) -> Tested:
        """Whether it meets all of `parts`, with what explains it."""

    def exempting_parts(self, item: Item, situation: Situation) -> Iterable[Between]:
        """The same of an exception: code, properties and a stated window; state and timing are those of the whole."""

    def exempts(self, item: Item, situation: Situation) -> Tested:
        """Whether it meets all of `exempting_parts`, with what explains it."""

    def silence(self, situation: Situation) -> Silence:
        """What follows where nothing is on record."""

    def evidence(self, item: Item) -> Evidence:
        """The instance as an explanation shows it."""


class Unmentioned:
    """The findings of a leaf of which a patient's record says nothing: the same for all, so they are made once."""

    def __init__(self, kind: str, text: str, usual: Iterable[Silence]) -> None:
        self._kind, self._text = kind, text
        self._made = [(silence, self._make(silence)) for silence in usual]

    def finding(self, silence: Silence) -> Finding:
        for known, finding in self._made:
            if silence is known:
                return finding
        return self._make(silence)

    def _make(self, silence: Silence) -> Finding:
        return explained(self._kind, self._text, silence.between, (), silence)


class Named(NamedTuple):
    """One instance, as it was tested and as it is shown."""

    tested: Tested
    evidence: Evidence


def stated(value: object, wanted: Iterable[object]) -> Between:
    """Whether a property is one of those that are wanted; unknown where it is not stated."""
    if value is None:
        return UNKNOWN
    return SURELY if value in tuple(wanted) else SURELY_NOT


def all_met(tests: Iterable[tuple[Between, Why]]) -> tuple[Between, tuple[Reason, ...], tuple[MissingFact, ...]]:
    """AND over tests; where that is undecided, with the reasons of those that are, or the facts that they lack."""
    between = SURELY
    reasons: list[Reason] = []
    missing: list[MissingFact] = []
    for test, why in tests:
        if test == SURELY:
            continue
        between = both(between, test)
        if verdict_of(test) is Verdict.UNKNOWN:
            if isinstance(why, tuple):
                missing += [fact for fact in why if fact not in missing]
            elif why not in reasons:
                reasons.append(why)
    if verdict_of(between) is not Verdict.UNKNOWN:
        return between, (), ()
    return between, tuple(reasons), tuple(missing)


def held(codes: tuple[str, ...], code_set: frozenset[str], record: Mapping[str, object]) -> list[str]:
    """Which of the codes are on record, in their order; the shorter of the two lists is walked first."""
    if len(codes) <= len(record):
        return [code for code in codes if code in record]
    found = [code for code in record if code in code_set]
    return found if len(found) < 2 else [code for code in codes if code in record]


def instance_reader(test: InstanceTest[Item], text: str) -> Reader:
    """Reads a leaf: yes where one instance meets the test, no where none does and there can be no other."""

    unmentioned = Unmentioned(test.kind, text, test.usual_silences)

    def read(situation: Situation) -> Finding:
        items = test.candidates(situation)
        silence = test.silence(situation)
        if not items:
            return unmentioned.finding(silence)
        named = [Named(test.test(item, situation), test.evidence(item)) for item in items]
        return summed_up(test.kind, text, named, silence)

    return read


def verdict_reader(test: InstanceTest[Item], unless: Sequence[InstanceTest[Item]] = ()) -> VerdictReader:
    """Reads the verdict of what `instance_reader` reads; with exceptions, of what `except_reader` does."""

    def read(situation: Situation) -> Verdict:
        between = test.silence(situation).between
        for item in test.candidates(situation):
            spared = (mirror(every(exception.exempting_parts(item, situation))) for exception in unless)
            between = either_all(between, chain(test.parts(item, situation), spared))
            if between == SURELY:
                break
        return verdict_of(between)

    return read


def except_reader(of: InstanceTest[Item], unless: Sequence[InstanceTest[Item]], text: str) -> Reader:
    """Reads an exception: the same over the instances that meet none of `unless`, each shown as a part."""

    def read(situation: Situation) -> Finding:
        items = []
        for item in of.candidates(situation):
            exempt = [exception.exempts(item, situation) for exception in unless]
            items.append(Named(_left_over(of.test(item, situation), exempt), of.evidence(item)))
        silence = of.silence(situation)
        whole = summed_up(of.kind, text, items, silence)
        others = Finding("not_on_record", verdict_of(silence.between), text="any other", missing=silence.missing)
        return whole._replace(kind="except", parts=(*(_shown(item) for item in items), others))

    return read


def _left_over(counted: Tested, exempt: Sequence[Tested]) -> Tested:
    between = counted.between
    for exception in exempt:
        between = both(between, mirror(exception.between))
    tests = (counted, *exempt)
    undecided = verdict_of(between) is Verdict.UNKNOWN
    return Tested(
        between,
        tuple(dict.fromkeys(reason for tested in tests for reason in tested.reasons)) if undecided else (),
        NO_DAYS.union(*(tested.days for tested in tests)),
        all(tested.fixed for tested in tests),
        joined(tested.note for tested in tests),
        tuple(fact for tested in tests for fact in tested.missing) if undecided else (),
    )


def _shown(item: Named) -> Finding:
    between = item.tested.between
    return Finding(
        "instance",
        verdict_of(between),
        text=item.evidence.fact,
        reasons=tuple(dict.fromkeys((*item.tested.reasons, *(fact.reason for fact in item.tested.missing)))),
        evidence=(item.evidence,),
        between=spread(between),
    )


def summed_up(kind: str, text: str, items: Sequence[Named], silence: Silence) -> Finding:
    """The finding of a leaf: OR over its instances, and over those that nobody has mentioned."""
    between = silence.between
    for tested, _ in items:
        between = either(between, tested.between)
    return explained(kind, text, between, items, silence)


def explained(kind: str, text: str, between: Between, items: Sequence[Named], silence: Silence) -> Finding:
    """A leaf's verdict, with all that explains it."""
    verdict = verdict_of(between)
    if not items:
        unheard = tuple(dict.fromkeys(fact.reason for fact in silence.missing))
        return Finding(kind, verdict, text=text, reasons=unheard, missing=silence.missing, evidence=silence.evidence)
    missing: tuple[MissingFact, ...] = ()
    if verdict is Verdict.UNKNOWN:
        missing = tuple(dict.fromkeys((*(fact for item in items for fact in _waiting(item, kind)), *silence.missing)))
    reasons = tuple(dict.fromkeys([fact.reason for fact in missing]))
    if verdict is Verdict.YES:
        used = tuple([shown for tested, shown in items if tested.between != SURELY_NOT])
    else:
        used = (*[shown for _, shown in items], *silence.evidence)
    return Finding(
        kind,
        verdict,
        text=text,
        reasons=reasons,
        missing=missing,
        evidence=used,
        changes_on=NO_DAYS.union(*[tested.days for tested, _ in items]),
        between=spread(between),
        fixed=verdict is Verdict.YES and any(tested.fixed and tested.between == SURELY for tested, _ in items),
        note=joined([tested.note for tested, _ in items]),
    )


def _waiting(item: Named, kind: str) -> Iterable[MissingFact]:
    tested, shown = item
    if verdict_of(tested.between) is not Verdict.UNKNOWN:
        return ()
    return (*(MissingFact(shown.fact, kind, reason) for reason in tested.reasons), *tested.missing)


def joined(notes: Iterable[str]) -> str:
    """Several notes as one, each once."""
    return "; ".join(dict.fromkeys([note for note in notes if note]))
