"""Results that are missing: below, at, between and above the thresholds, of the criteria, for each limit and word."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from itertools import islice, product

from app.eligibility.criteria import Finding, Observation, Which
from app.eligibility.dates import days_of
from app.eligibility.patient import ObservationFact, Patient
from app.eligibility.periods import Reach
from app.eligibility.quantities import threshold_in_term_unit
from app.eligibility.situation import Situation
from app.matching.probes.inquiry import AskedLeaf, Inquiry
from app.matching.probes.question import Fact, Probe, Question
from app.matching.probes.scales import Cut, Scale, cuts_of, decimals_near, far_apart, flips
from app.vocabulary.enumerations import ReferenceLimit
from app.vocabulary.faults import Fault
from app.vocabulary.terms import ObservationKind, ObservationTerm

_AT_THE_LIMIT = Fraction(1)
_ABOVE_NORMAL = Cut(_AT_THE_LIMIT, above=False)
_BELOW_NORMAL = Cut(_AT_THE_LIMIT, above=True)
_NAMED_BY: dict[Finding, tuple[ReferenceLimit, ...]] = {
    Finding.HIGH: (ReferenceLimit.UPPER,),
    Finding.LOW: (ReferenceLimit.LOWER,),
    Finding.NORMAL: (ReferenceLimit.UPPER, ReferenceLimit.LOWER),
    Finding.ABNORMAL: (ReferenceLimit.UPPER, ReferenceLimit.LOWER),
    Finding.POSITIVE: (ReferenceLimit.UPPER,),
    Finding.NEGATIVE: (ReferenceLimit.UPPER,),
}
_NAMED_CUT = {ReferenceLimit.UPPER: _ABOVE_NORMAL, ReferenceLimit.LOWER: _BELOW_NORMAL}
_SIGNS = frozenset({Finding.POSITIVE, Finding.NEGATIVE})


def result_question(fact: Fact, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> Question:
    """A new result of a code, dated today; where a milestone lies in the past, also one of that day."""
    term = inquiry.vocabulary.observations[fact.code]
    nodes = [one.leaf for one in asked if isinstance(one.leaf, Observation) and one.leaf.code == fact.code]
    scales = _scales(term, nodes, inquiry, asked)
    make = _Maker(inquiry, term, nodes, asked)
    in_words = _told_in_words(term, nodes)
    if in_words:
        drafts: list[tuple[tuple[int, ...], ObservationFact]] = [
            ((), ObservationFact(code=term.code, value=word)) for word in ("negative", "positive")
        ]
    else:
        drafts = list(_numbers(term, scales))
    probes = [
        Probe(Patient(observations=entries), place, str(result.value) if in_words else None, aside)
        for place, result in drafts
        for entries, aside in make.entries(result)
    ]
    return Question(fact, frozenset({("observation", fact.code)}), tuple(probes), () if in_words else scales, term.unit)


def _told_in_words(term: ObservationTerm, nodes: Sequence[Observation]) -> bool:
    """Whether positive or negative is all that is asked, or all that there is."""
    if term.kind is ObservationKind.FINDING and term.unit is None:
        return True
    in_words = term.kind in (ObservationKind.FINDING, ObservationKind.TITRE)
    return in_words and bool(nodes) and all(node.finding in _SIGNS for node in nodes)


def _scales(
    term: ObservationTerm, nodes: Sequence[Observation], inquiry: Inquiry, asked: Sequence[AskedLeaf]
) -> tuple[Scale, Scale, Scale]:
    """The value, and the value as a multiple of the upper and of the lower limit."""
    values: list[Cut] = []
    multiples: dict[ReferenceLimit, list[Cut]] = {limit: [] for limit in ReferenceLimit}
    for node in nodes:
        if node.threshold is None:
            continue
        value = threshold_in_term_unit(node.threshold, term)
        if isinstance(value, Fault):
            continue
        limit = node.threshold.relative_to
        (values if limit is None else multiples[limit]).extend(cuts_of(node.threshold.comparator, value))
    values += _cuts_of_what_is_computed(term, inquiry, asked)
    named = {limit for node in nodes if node.finding is not None for limit in _NAMED_BY[node.finding]}
    return (
        Scale.of(values, term.unit),
        _multiples(ReferenceLimit.UPPER, multiples, named, _words_above(nodes)),
        _multiples(ReferenceLimit.LOWER, multiples, named, ("low", "normal")),
    )


def _multiples(
    limit: ReferenceLimit, cuts: dict[ReferenceLimit, list[Cut]], named: set[ReferenceLimit], words: tuple[str, str]
) -> Scale:
    if limit not in named:
        return Scale.of(cuts[limit], relative_to=limit)
    scale = Scale.of([*cuts[limit], _NAMED_CUT[limit]], relative_to=limit)
    return scale if cuts[limit] else replace(scale, words=words)


def _words_above(nodes: Sequence[Observation]) -> tuple[str, str]:
    signs = any(node.finding in _SIGNS for node in nodes)
    return ("negative", "positive") if signs else ("normal", "high")


def _numbers(
    term: ObservationTerm, scales: tuple[Scale, Scale, Scale]
) -> Iterator[tuple[tuple[int, ...], ObservationFact]]:
    """A result for every stretch of the value with every stretch of its multiples."""
    low, high = (Fraction(term.plausible.low), Fraction(term.plausible.high)) if term.plausible else (None, None)
    values, upper, lower = scales
    for place in product(*(scale.stretches for scale in scales)):
        value = values.sample(place[0], low, high, whole=term.whole_number)
        if value is None:
            continue
        if not value and (upper.cuts or lower.cuts):
            value = Decimal("0.001")  # of nothing there are no multiples
        for upper_limit, lower_limit in _limits(value, (upper, place[1]), (lower, place[2])):
            yield (
                place,
                ObservationFact(
                    code=term.code, value=value, unit=term.unit, upper_limit=upper_limit, lower_limit=lower_limit
                ),
            )


def _limits(
    value: Decimal, upper: tuple[Scale, int], lower: tuple[Scale, int]
) -> Iterator[tuple[Decimal | None, Decimal | None]]:
    """The first pair of limits that do not cross, of which the value is as many times as two stretches say."""
    pairs = product(_limits_of(value, *upper), _limits_of(value, *lower))
    yield from islice((pair for pair in pairs if not _crossed(*pair)), 1)


def _crossed(upper: Decimal | None, lower: Decimal | None) -> bool:
    return upper is not None and lower is not None and lower > upper


def _limits_of(value: Decimal, multiples: Scale, stretch: int) -> Iterator[Decimal | None]:
    """Limits of which the value is as many times as a stretch says; none is needed where nothing asks for it."""
    if not multiples.cuts:
        yield None
        return
    for times in multiples.samples(stretch, Fraction(1, 1000)):
        for limit in decimals_near(Fraction(value) / Fraction(times)):
            if limit and multiples.holds(stretch, Fraction(value) / Fraction(limit)):
                yield limit


def _cuts_of_what_is_computed(term: ObservationTerm, inquiry: Inquiry, asked: Sequence[AskedLeaf]) -> Iterator[Cut]:
    """Where a clearance, an index or a dose per weight that rests on this result turns a criterion."""
    if term.plausible is None:
        return
    low, high = Fraction(term.plausible.low), Fraction(term.plausible.high)

    @cache
    def with_value(value: Decimal) -> Situation | None:
        result = ObservationFact(code=term.code, value=value, unit=term.unit, date=inquiry.as_of.isoformat())
        return inquiry.supposing(Patient(observations=(result,)))

    for one in asked:
        if not (isinstance(one.leaf, Observation) and one.leaf.code == term.code):
            least = max(low, high / 10**6)
            turns = list(flips(partial(_answer, one, with_value), least, high))
            # Where more is missing, nothing turns yet: then a few values far apart stand for all.
            yield from turns or far_apart(least, high)


def _answer(one: AskedLeaf, with_value: Callable[[Decimal], Situation | None], value: Decimal) -> object:
    situation = with_value(value)
    return None if situation is None else one.reader(situation).verdict


class _Maker:
    """Puts a result among those that are there."""

    def __init__(
        self, inquiry: Inquiry, term: ObservationTerm, nodes: Sequence[Observation], asked: Sequence[AskedLeaf]
    ) -> None:
        self._known = tuple(entry for entry in inquiry.patient.observations if entry.code == term.code)
        self._lifetime = True if any(node.which is Which.ANY for node in nodes) else None
        airs = {node.room_air for node in nodes if node.room_air is not None}
        self._airs: list[bool | None] = [*sorted(airs, reverse=True)] or [None]
        anchors = {
            inquiry.day_of(Reach.of(one.leaf.window, one.anchor).milestone)
            for one in asked
            if isinstance(one.leaf, Observation)
        }
        self._days = [inquiry.as_of, *sorted(day for day in anchors if day < inquiry.as_of)]

    def entries(self, result: ObservationFact) -> Iterator[tuple[tuple[ObservationFact, ...], tuple[object, ...]]]:
        """The result with those that are of other days, for each day and way of breathing that is asked for.

        Where any result counts, it is said of all results there ever were: only so does one that is not met decide.
        """
        for day, air in product(self._days, self._airs):
            new = result.model_copy(update={"date": day.isoformat(), "room_air": air, "lifetime": self._lifetime})
            kept = tuple(entry for entry in self._known if not _may_be_of(day, entry))
            yield (*kept, new), (day, air)


def _may_be_of(day: date, entry: ObservationFact) -> bool:
    if entry.date is None:
        return False
    days = days_of(entry.date)
    return days.first <= day <= days.last
