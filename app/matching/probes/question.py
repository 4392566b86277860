"""A fact that could be learnt, the ways in which it can turn out, and how the ways that matter are told in a phrase."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import NamedTuple

from app.eligibility.looks import Look
from app.eligibility.patient import Patient
from app.eligibility.quantities import with_unit
from app.matching.probes.scales import Bound, Scale
from app.vocabulary.enumerations import Comparator

ANYTHING = "whatever it is"
_TOLD_DIGITS = 6
_SIGNS = {Comparator.LT: "<", Comparator.LE: "≤", Comparator.EQ: "=", Comparator.GE: "≥", Comparator.GT: ">"}


class Fact(NamedTuple):
    """A fact as the `missing` lists name it, or with kind `reviewed` that a list is complete."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One way in which a fact can turn out.

    `change` is a partial patient, as a what-if takes it, with all entries of the codes concerned. `place` is the
    stretch of each scale of the question in which it lies; `word` names it where no scale does; `aside` is all else
    that sets it apart.
    """

    change: Patient
    place: tuple[int, ...] = ()
    word: str | None = None
    aside: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A fact with the ways in which it can turn out, the plainest first. `looks`: what of a patient they change."""

    fact: Fact
    looks: frozenset[Look]
    probes: tuple[Probe, ...]
    scales: tuple[Scale, ...] = ()
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """What a fact must turn out to be: `direction` a comparator with a threshold, or a word without; both None: any.

    `example`: one way that does it, in full, as a what-if takes it.
    """

    text: str
    unit: str | None = None
    threshold: Decimal | None = None
    direction: str | None = None
    relative_to: str | None = None
    example: Patient | None = field(default=None, compare=False)


def deciding(question: Question, best: int, good: Sequence[int], possible: Sequence[int]) -> Deciding:
    """How the probe `best` is told from those that are not `good`: by the first scale on which one of them lies apart.

    All are numbers of the question's probes, `good` those that do what the best one does, of those that are `possible`.
    """
    return replace(_told_apart(question, best, good, possible), example=question.probes[best].change)


def _told_apart(question: Question, best: int, good: Sequence[int], possible: Sequence[int]) -> Deciding:
    probe = question.probes[best]
    others = [question.probes[number] for number in good]
    for axis, scale in enumerate(question.scales):
        first, last = _run(probe, others, axis, scale)
        lower, upper = scale.bounds(first, last)
        if lower is None and upper is None:
            continue
        if scale.words:
            return Deciding(scale.words[probe.place[axis]], question.unit, None, scale.words[probe.place[axis]])
        return _bounded(scale, lower, upper)
    if probe.word is None or 1 < len(possible) == len(good):
        return Deciding(ANYTHING, question.unit)
    return Deciding(probe.word.replace("_", " "), question.unit, None, probe.word)


def _run(probe: Probe, good: Sequence[Probe], axis: int, scale: Scale) -> tuple[int, int]:
    """The stretches around a probe's own that are good as well, with all else the same."""
    alike = {other.place[axis] for other in good if _same_but(axis, other, probe)}
    first = last = probe.place[axis]
    while first - 1 in alike:
        first -= 1
    while last + 1 in alike:
        last += 1
    return first, min(last, len(scale.cuts))


def _same_but(axis: int, one: Probe, other: Probe) -> bool:
    places = zip(one.place, other.place, strict=True)
    return one.aside == other.aside and all(here == there for at, (here, there) in enumerate(places) if at != axis)


def _bounded(scale: Scale, lower: Bound | None, upper: Bound | None) -> Deciding:
    """One bound as threshold and direction: the lower one where there are two. The text has both."""
    bounds = [(sign, admitting(sign, number)) for sign, number in _present(lower, upper)]
    comparator, value = bounds[0]
    text = " and ".join(f"{_SIGNS[sign]} {_written(number, scale)}" for sign, number in bounds)
    relative_to = scale.relative_to.value if scale.relative_to else None
    return Deciding(text, scale.unit, value, comparator.value, relative_to)


def admitting(comparator: Comparator, number: Fraction) -> Decimal:
    """A bound as it is told: exact where that is short, else rounded to the side on which it holds."""
    rounding = {Comparator.GE: ROUND_CEILING, Comparator.GT: ROUND_CEILING, Comparator.EQ: ROUND_HALF_EVEN}
    context = Context(prec=_TOLD_DIGITS, rounding=rounding.get(comparator, ROUND_FLOOR))
    return context.divide(Decimal(number.numerator), Decimal(number.denominator))


def _present(*bounds: Bound | None) -> Iterator[Bound]:
    return (bound for bound in bounds if bound is not None)


def _written(number: Decimal, scale: Scale) -> str:
    if scale.relative_to is not None:
        return f"{number:f} × {scale.relative_to.value.upper()}"
    return with_unit(f"{number:f}", scale.unit)
