"""What statements imply of others: a hysterectomy, that a woman cannot become pregnant; HIV infection, a positive test.

Only what was not stated is filled in. Statements that deny what others imply are refused (`contradictions`), but for a
test: one that says otherwise stands beside what is implied, and the two conflict. A recent positive pregnancy test says
that she is pregnant, and disputes that she is not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from app.eligibility.criteria import Finding, ReproductiveState
from app.eligibility.dates import DayRange, months_before
from app.eligibility.facts import Happening, Instance, Result
from app.eligibility.findings import Derivation
from app.eligibility.patient import Patient, ReproductiveFacts
from app.eligibility.periods import dates_as_sent
from app.eligibility.thresholds import ResultTest
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import ConditionStatus, Sex
from app.vocabulary.terms import ChildbearingEnd, Sign, Vocabulary

_PREGNANCY_TEST = "pregnancy_test"
_OVER = frozenset({ConditionStatus.RESOLVED, ConditionStatus.REMISSION})
OF_WOMEN = (ReproductiveState.PREGNANT, ReproductiveState.LACTATING)
"""What is true of women only, so that whoever says it says the sex."""


class ChildbearingEnded(NamedTuple):
    """A statement by which childbearing potential surely has ended: its place, its words, and who says so."""

    pointer: str
    statement: str
    source: str


@dataclass(frozen=True, slots=True)
class Implied:
    """The person with what is implied filled in, and results that are implied.

    `derivations`: for `sex` and each reproductive state that was filled in, from what it follows. `disputed`: results
    that speak against a reproductive state as stated, so that it is not known. `signs`: by condition, results that
    speak for it.
    """

    sex: Sex | None
    reproductive: ReproductiveFacts
    results: tuple[Result, ...] = ()
    derivations: Mapping[str, Derivation] = field(default_factory=dict)
    disputed: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    signs: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)


def childbearing_ends(
    conditions: Iterable[tuple[int, Instance]],
    events: Iterable[tuple[int, Happening]],
    vocabulary: Vocabulary,
    as_of: date,
) -> Iterator[ChildbearingEnded]:
    """Every statement by which childbearing potential has ended by that day. A recent menopause is not yet one."""
    for index, instance in conditions:
        if not instance.present or instance.status in _OVER or (instance.until and instance.until.first < as_of):
            continue
        for code in vocabulary.condition_ancestors(instance.code):
            end = vocabulary.conditions[code].ends_childbearing_potential
            if end is not None and _long_enough_ago(end, instance.since, as_of):
                source = vocabulary.sources[end.source].citation
                yield ChildbearingEnded(f"/conditions/{index}", _in_words(instance), source)
    for index, event in events:
        if not event.occurred or event.planned:
            continue
        end = vocabulary.events[event.code].ends_childbearing_potential
        if end is not None and _long_enough_ago(end, event.end or event.start, as_of):
            yield ChildbearingEnded(f"/events/{index}", _in_words(event), vocabulary.sources[end.source].citation)


@dataclass(frozen=True, slots=True)
class Implications:
    """The codes by which other statements follow (conditions, events), and of the observations that do."""

    conditions: frozenset[str]
    events: frozenset[str]
    observations: frozenset[str]

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "Implications":
        implying = [
            term
            for term in vocabulary.conditions.values()
            if term.implies_finding is not None or term.ends_childbearing_potential is not None
        ]
        found = {term.implies_finding.observation for term in implying if term.implies_finding is not None}
        signs = [sign for term in vocabulary.conditions.values() for sign in term.shown_by]
        found |= {test for sign in signs for test in (sign.observation, sign.cleared_by) if test is not None}
        return cls(
            frozenset[str]().union(
                *(vocabulary.condition_descendants(term.code) for term in implying),
                *(vocabulary.condition_ancestors(term.code) for term in implying),
            ),
            frozenset(term.code for term in vocabulary.events.values() if term.ends_childbearing_potential is not None),
            frozenset(found | {_PREGNANCY_TEST}),
        )


def _in_words(said: Instance | Happening) -> str:
    dates = said.date if isinstance(said, Happening) else dates_as_sent(said.since_text, said.until_text)
    return f"{said.code}, {dates}" if dates else said.code


def _long_enough_ago(end: ChildbearingEnd, days: DayRange | None, as_of: date) -> bool:
    if end.after_months == 0:
        return True
    return days is not None and days.last <= months_before(as_of, end.after_months)


def implied(
    patient: Patient,
    conditions: Sequence[tuple[int, Instance]],
    events: Sequence[tuple[int, Happening]],
    results: Sequence[Result],
    vocabulary: Vocabulary,
    as_of: date,
) -> Implied:
    """Everything that follows from statements which do not contradict each other."""
    told, derivations = patient.reproductive, dict[str, Derivation]()
    sex = patient.sex
    if sex is None and (said := next((state for state in OF_WOMEN if told.state(state)), None)):
        sex = Sex.FEMALE
        derivations["sex"] = _follows(said.value)
    pregnant, childbearing = told.pregnant, told.childbearing_potential
    ended = next(childbearing_ends(conditions, events, vocabulary, as_of), None) if childbearing is None else None
    tests = () if sex is Sex.MALE else _recent_tests(results, vocabulary, as_of)
    may_be = sex is Sex.FEMALE and pregnant is None and childbearing is not False and ended is None
    if may_be and _show_pregnancy(tests, vocabulary, as_of):
        pregnant = True
        derivations["pregnant"] = _follows(f"{_PREGNANCY_TEST} positive, {tests[0].date}")
    if childbearing is None:
        if pregnant:
            childbearing = True
            derivations["childbearing_potential"] = _follows("pregnant")
        elif ended is not None:
            childbearing = False
            derivations["childbearing_potential"] = _follows(ended.statement, ended.source)
    if pregnant is None and childbearing is False:
        pregnant = False
        derivations["pregnant"] = _follows("not of childbearing potential")
    against = tuple(test for test in tests if finds(test, Finding.POSITIVE, vocabulary))
    denied = (("pregnant", pregnant), ("childbearing_potential", childbearing))
    filled = {
        name: value
        for name, value in (("pregnant", pregnant), ("childbearing_potential", childbearing))
        if getattr(told, name) is not value
    }
    return Implied(
        sex,
        told.model_copy(update=filled) if filled else told,
        tuple(_implied_results(told, conditions, results, vocabulary)),
        derivations,
        {state: against for state, value in denied if against and value is False},
        dict(_signs(results, vocabulary)),
    )


def _signs(results: Sequence[Result], vocabulary: Vocabulary) -> Iterator[tuple[str, tuple[Result, ...]]]:
    """The conditions for which a result speaks that may be the latest of its test, and that no other test clears."""
    measured = {result.code for result in results}
    for code, signs in vocabulary.signs.items():
        found = [
            result
            for sign in signs
            if sign.observation in measured
            for result in may_be_latest(result for result in results if result.code == sign.observation)
            if _speaks_for(result, sign, vocabulary) and not _is_cleared(result, sign, results, vocabulary)
        ]
        if found:
            yield code, tuple(found)


def _speaks_for(result: Result, sign: Sign, vocabulary: Vocabulary) -> bool:
    """Whether it is found so; or some was measured, and nothing says whether that is above the laboratory's limit."""
    if any(finds(result, Finding(finding), vocabulary) for finding in sign.findings):
        return True
    return result.is_some and not finds(result, Finding.NEGATIVE, vocabulary)


def _is_cleared(shown: Result, sign: Sign, results: Iterable[Result], vocabulary: Vocabulary) -> bool:
    """Whether the other test is surely negative; of the same workup, or later."""
    tests = may_be_latest(result for result in results if result.code == sign.cleared_by)
    return bool(tests) and all(
        finds(test, Finding.NEGATIVE, vocabulary) and _follows_up(test, shown, vocabulary) for test in tests
    )


def _follows_up(test: Result, shown: Result, vocabulary: Vocabulary) -> bool:
    """Whether a test is surely not from long before a result; where neither has a date, they are of one day."""
    if test.days is None or shown.days is None:
        return test.days is shown.days
    return (shown.days.last - test.days.first).days <= vocabulary.observations[test.code].confirm_after_days


def _recent_tests(results: Iterable[Result], vocabulary: Vocabulary, as_of: date) -> tuple[Result, ...]:
    """The pregnancy tests that may be the latest, and may be so recent that they speak of today."""
    tests = may_be_latest(result for result in results if result.code == _PREGNANCY_TEST)
    return tuple(test for test in tests if test.days is None or _is_recent(test.days.last, vocabulary, as_of))


def _show_pregnancy(tests: Sequence[Result], vocabulary: Vocabulary, as_of: date) -> bool:
    """Whether all of them are surely recent, and positive."""
    return bool(tests) and all(
        test.days is not None
        and _is_recent(test.days.first, vocabulary, as_of)
        and finds(test, Finding.POSITIVE, vocabulary)
        for test in tests
    )


def _is_recent(day: date, vocabulary: Vocabulary, as_of: date) -> bool:
    return (as_of - day).days <= vocabulary.observations[_PREGNANCY_TEST].confirm_after_days


def may_be_latest(results: Iterable[Result]) -> tuple[Result, ...]:
    """Those of the results of one observation of which each may be the latest: undated ones may, too."""
    found = tuple(results)
    newest = max((result.days.first for result in found if result.days is not None), default=date.min)
    return tuple(result for result in found if result.days is None or result.days.last >= newest)


def finds(result: Result, finding: Finding, vocabulary: Vocabulary) -> bool:
    """Whether a result surely is found so."""
    test = ResultTest(vocabulary.observations[result.code], finding=finding)
    return test.met_by(result)[0] is Verdict.YES


def _follows(statement: str, source: str = "") -> Derivation:
    return Derivation("follows from another statement", source, (statement,))


def _implied_results(
    told: ReproductiveFacts,
    conditions: Iterable[tuple[int, Instance]],
    results: Sequence[Result],
    vocabulary: Vocabulary,
) -> Iterator[Result]:
    if told.pregnant and _PREGNANCY_TEST in vocabulary.observations:
        yield from _result(_PREGNANCY_TEST, Finding.POSITIVE, results, None, _follows("pregnant"))
    for _, instance in conditions:
        if not instance.present:
            continue
        for code in vocabulary.condition_ancestors(instance.code):
            means = vocabulary.conditions[code].implies_finding
            if means is None:
                continue
            derivation = _follows(_in_words(instance), vocabulary.sources[means.source].citation)
            yield from _result(means.observation, Finding(means.finding), results, instance.since, derivation)


def _result(
    code: str, finding: Finding, results: Iterable[Result], since: DayRange | None, derivation: Derivation
) -> Iterator[Result]:
    """What the test would find, unless it did.

    It stands beside the latest result, so that the two conflict where they differ; where every result is older than
    what implies it, it is the latest.
    """
    measured = sorted((result for result in results if result.code == code), key=_recency)
    if not measured:
        yield Result(code, finding=finding, value=finding.value, derivation=derivation)
        return
    latest = measured[-1]
    if finding in (latest.finding, latest.interpretation):
        return
    days, text = latest.days, latest.date
    if since is not None and all(result.days and result.days.last < since.first for result in measured):
        days, text = since, None
    yield Result(code, finding=finding, value=finding.value, days=days, date=text, derivation=derivation)


def _recency(result: Result) -> tuple[date, date]:
    return (result.days.last, result.days.first) if result.days else (date.min, date.min)
