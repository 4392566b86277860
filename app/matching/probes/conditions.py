"""Conditions of which something is missing: absent; or there, in every state, with every property that is asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from typing import Any

from app.eligibility.criteria import ConditionIs, Except
from app.eligibility.dates import DayRange, days_of
from app.eligibility.patient import ConditionFact, Patient
from app.matching.probes.days import DAY, Lookback, within
from app.matching.probes.inquiry import AskedLeaf, Inquiry
from app.matching.probes.question import Fact, Probe, Question
from app.vocabulary.enumerations import ConditionStatus, CriteriaSet, Severity

_ABSENT, _ACTIVE = "absent", ConditionStatus.ACTIVE.value
_OVER = (ConditionStatus.RESOLVED, ConditionStatus.REMISSION)
Properties = Mapping[str, object]


def condition_question(fact: Fact, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> Question:
    """What is on record of a condition, completed; or else its absence, or an instance of it."""
    ancestors = inquiry.vocabulary.condition_ancestors(fact.code)
    asked_of = [(node, one.anchor) for one in asked for node in one.nodes if isinstance(node, ConditionIs)]
    lookback = Lookback(inquiry, ((node.window, anchor) for node, anchor in asked_of))
    # An instance counts for what it implies; a vague one may be any exception below it.
    exceptions = {id(node) for one in asked if isinstance(one.leaf, Except) for node in one.leaf.unless}
    counted = [node for node, _ in asked_of if node.code in ancestors or id(node) in exceptions]
    properties = _properties(counted)
    statuses = {status for node in counted for status in node.status}
    known = tuple(entry for entry in inquiry.patient.conditions if entry.code == fact.code)
    for entry in known:
        if not entry.present:
            lookback.heed(entry.since, entry.until)
    if any(entry.present for entry in known):
        probes = _completed(known, properties, lookback)
    else:
        probes = _imagined(fact.code, known, properties, statuses, lookback)
        below = any(
            entry.present and fact.code in inquiry.vocabulary.condition_ancestors(entry.code)
            for entry in inquiry.patient.conditions
        )
        if below:
            probes = chain(_absent_since(fact.code, known, lookback), probes)
    return Question(fact, frozenset({("condition", fact.code)}), tuple(probes))


def _properties(nodes: Iterable[ConditionIs]) -> list[Properties]:
    """Every combination of the properties that are asked for: those that are wanted, and one other."""
    wanted: dict[str, list[object]] = {}
    severities = {severity for node in nodes for severity in node.severity}
    if severities:
        wanted["severity"] = _with_one_other(severities, Severity)
    sets = {node.criteria_set for node in nodes if node.criteria_set is not None}
    if sets:
        wanted["criteria_set"] = _with_one_other(sets, CriteriaSet)
    if any(node.adequately_treated is not None for node in nodes):
        wanted["adequately_treated"] = [True, False]
    if any(node.systemic_therapy is not None for node in nodes):
        wanted["systemic_therapy"] = [True, False]
    return [dict(zip(wanted, values, strict=True)) for values in product(*wanted.values())]


def _with_one_other(wanted: set[Any], all_values: Iterable[Any]) -> list[object]:
    """In the order of the enumeration; of the values that nobody asks for, one stands for all."""
    others = [value for value in all_values if value not in wanted]
    return [value for value in all_values if value in wanted] + others[:1]


def _imagined(
    code: str,
    known: tuple[ConditionFact, ...],
    properties: Sequence[Properties],
    statuses: set[ConditionStatus],
    lookback: Lookback,
) -> Iterator[Probe]:
    yield _probe(_ABSENT, ConditionFact(code=code, present=False))
    for stated in properties:
        active = ConditionFact(code=code, status=ConditionStatus.ACTIVE, **_plain(stated))
        for day in (lookback.early, *lookback.began_too_late()):
            yield _probe(_ACTIVE, *known, active.model_copy(update={"since": day.isoformat()}))
        if ConditionStatus.REMISSION in statuses:
            remission = ConditionFact(code=code, status=ConditionStatus.REMISSION, **_plain(stated))
            yield _probe("remission", *known, remission)
        for day in lookback.ended():
            gone = ConditionFact(
                code=code,
                status=ConditionStatus.RESOLVED,
                since=day.isoformat(),
                until=day.isoformat(),
                **_plain(stated),
            )
            yield _probe("resolved", *known, gone, _not_since(gone))


def _absent_since(code: str, known: tuple[ConditionFact, ...], lookback: Lookback) -> Iterator[Probe]:
    """Where what is on record rules out that it never was there: not since one of the days from which it matters."""
    for day in sorted({lookback.as_of, lookback.early, *lookback.starts}):
        yield _probe(_ABSENT, *known, ConditionFact(code=code, present=False, since=day.isoformat()))


def _completed(
    known: tuple[ConditionFact, ...], properties: Sequence[Properties], lookback: Lookback
) -> Iterator[Probe]:
    """The entries on record with what they leave open filled in alike, and that there was nothing afterwards."""
    ended = lookback.ended()
    for stated, day in product(properties, [None, *_open_days(known, ended)]):
        entries = [_filled(entry, stated, day) if entry.present else entry for entry in known]
        word = _ACTIVE if any(entry.present and entry.status not in _OVER for entry in entries) else "resolved"
        over = [entry for entry in entries if entry.present and entry.until is not None]
        yield _probe(word, *entries)
        if over and len(over) == sum(entry.present for entry in entries):
            yield _probe(word, *entries, _not_since(max(over, key=lambda entry: days_of(entry.until or "").last)))


def _open_days(known: Iterable[ConditionFact], ended: Sequence[Any]) -> list[str]:
    """Days on which an entry that does not say so exactly can have ended."""
    days: dict[str, None] = {}
    for entry in known:
        if entry.present and entry.status in _OVER and (entry.until is None or not days_of(entry.until).exact):
            possible = days_of(entry.until) if entry.until else None
            if possible is None and entry.since is not None:
                possible_from = days_of(entry.since).first
                days |= {day.isoformat(): None for day in ended if day >= possible_from}
            else:
                days |= {day.isoformat(): None for day in within(ended, possible)}
    return list(days)


def _filled(entry: ConditionFact, stated: Properties, day: str | None) -> ConditionFact:
    change: dict[str, object] = {name: value for name, value in stated.items() if getattr(entry, name) is None}
    if day is not None and entry.status in _OVER and (entry.until is None or not days_of(entry.until).exact):
        change["until"] = day
        if entry.since is None or days_of(entry.since).last > days_of(day).first:
            change["since"] = day
    return entry.model_copy(update=change)


def _not_since(entry: ConditionFact) -> ConditionFact:
    """That it was not there again."""
    last: DayRange = days_of(entry.until or "")
    return ConditionFact(code=entry.code, present=False, since=(last.last + DAY).isoformat())


def _probe(word: str, *entries: ConditionFact) -> Probe:
    return Probe(Patient(conditions=entries), word=word)


def _plain(stated: Properties) -> dict[str, Any]:
    return dict(stated)
