"""Leaves about the person: age, sex, reproductive status; and what only people can decide."""

from datetime import date
from decimal import Decimal

from app.eligibility.criteria import Age, Judgement, Reproductive, ReproductiveState, SexIs, Undertaking
from app.eligibility.dates import DayRange, age_on, birthday
from app.eligibility.findings import Evidence, Finding, Margin, MissingFact
from app.eligibility.periods import BY_DATE, SURELY, SURELY_NOT, Between, both, spread, verdict_of
from app.eligibility.quantities import format_number
from app.eligibility.situation import Reader, Situation
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone, Reason, Sex

_AGE = (MissingFact("age", "age", Reason.MISSING),)
_AGE_IN_PART = (MissingFact("age", "age", Reason.IMPRECISE),)
_SEX = (MissingFact("sex", "sex", Reason.MISSING),)
_NEVER_OF_MEN = frozenset(
    {ReproductiveState.PREGNANT, ReproductiveState.LACTATING, ReproductiveState.CHILDBEARING_POTENTIAL}
)


def age_reader(node: Age, milestone: Milestone, text: str) -> Reader:
    """Age in completed years on the day of the milestone; both bounds are included."""
    birthdays = [node.min_years] if node.min_years is not None else []
    if node.max_years is not None:
        birthdays.append(node.max_years + 1)

    def read(situation: Situation) -> Finding:
        birth = situation.facts.birth
        if birth is None:
            return Finding("age", Verdict.UNKNOWN, text=text, reasons=(Reason.MISSING,), missing=_AGE)
        day = situation.anchor(milestone)
        youngest, oldest = age_on(day, birth)
        old_enough = _at_least(youngest, oldest, node.min_years)
        not_too_old: Between = SURELY
        if node.max_years is not None:
            too_old = _at_least(youngest, oldest, node.max_years + 1)
            not_too_old = SURELY_NOT if too_old == SURELY else SURELY if too_old == SURELY_NOT else BY_DATE
        between = both(old_enough, not_too_old)
        verdict = verdict_of(between)
        undecided = verdict is Verdict.UNKNOWN
        return Finding(
            "age",
            verdict,
            text=text,
            reasons=(Reason.IMPRECISE,) if undecided else (),
            missing=_AGE_IN_PART if undecided else (),
            evidence=(_shown(situation, youngest, oldest),),
            margin=_margin(node, youngest) if youngest == oldest else None,
            changes_on=situation.later_days(milestone, _days(birth, birthdays, day)),
            between=spread(between),
            fixed=not_too_old == SURELY_NOT or (verdict is Verdict.YES and node.max_years is None),
            note="" if birth.exact else "the birthday is known only in part: the cautious day of it counts",
        )

    return read


def _at_least(youngest: int, oldest: int, years: int | None) -> Between:
    if years is None or youngest >= years:
        return SURELY
    return SURELY_NOT if oldest < years else BY_DATE


def _days(birth: DayRange, years: list[int], after: date) -> list[date]:
    found = [birthday(born, age) for age in years for born in {birth.first, birth.last}]
    return [day for day in found if day > after]


def _shown(situation: Situation, youngest: int, oldest: int) -> Evidence:
    years = f"{youngest}" if youngest == oldest else f"{youngest} to {oldest}"
    return Evidence("age", years, "years", date=situation.facts.birth_text and f"born {situation.facts.birth_text}")


def _margin(node: Age, age: int) -> Margin | None:
    """The distance to the nearer bound, or to the one that is missed."""
    room = []
    if node.min_years is not None:
        room.append((age - node.min_years, "short"))
    if node.max_years is not None:
        room.append((node.max_years - age, "over"))
    if not room:
        return None
    distance, beyond = min(room)
    apart = format_number(Decimal(abs(distance)))
    place = "at the limit" if distance == 0 else f"{apart} {beyond if distance < 0 else 'to spare'}"
    return Margin(Decimal(distance), "years", f"{age} years, {place}")


def sex_reader(node: SexIs, text: str) -> Reader:
    def read(situation: Situation) -> Finding:
        sex = situation.facts.sex
        if sex is None:
            return Finding("sex", Verdict.UNKNOWN, text=text, reasons=(Reason.MISSING,), missing=_SEX)
        verdict = Verdict.YES if sex is node.sex else Verdict.NO
        return Finding("sex", verdict, text=text, evidence=(_told(situation, "sex", sex.value),), fixed=True)

    return read


def _told(situation: Situation, fact: str, value: str) -> Evidence:
    return Evidence(fact, value, derivation=situation.facts.derivations.get(fact))


def reproductive_reader(node: Reproductive, text: str) -> Reader:
    """As stated, unless a result disputes it, or as it follows.

    A man is neither pregnant nor lactating, nor of childbearing potential.
    """
    missing = (MissingFact(node.state.value, "reproductive", Reason.MISSING),)
    conflicting = (MissingFact(node.state.value, "reproductive", Reason.CONFLICTING),)

    def read(situation: Situation) -> Finding:
        facts = situation.facts
        told = facts.reproductive.state(node.state)
        if told is not None:
            verdict = Verdict.YES if told else Verdict.NO
            evidence = _told(situation, node.state.value, "yes" if told else "no")
            if against := facts.disputed.get(node.state.value):
                return Finding(
                    "reproductive",
                    Verdict.UNKNOWN,
                    text=text,
                    reasons=(Reason.CONFLICTING,),
                    missing=conflicting,
                    evidence=(evidence, *(result.evidence() for result in against)),
                )
            return Finding("reproductive", verdict, text=text, evidence=(evidence,))
        if facts.sex is Sex.MALE and node.state in _NEVER_OF_MEN:
            return Finding(
                "reproductive", Verdict.NO, text=text, evidence=(Evidence("sex", facts.sex.value),), fixed=True
            )
        return Finding("reproductive", Verdict.UNKNOWN, text=text, reasons=(Reason.MISSING,), missing=missing)

    return read


def asked_of_people(node: Judgement | Undertaking) -> Reader:
    """No data decide it: unknown, whoever the patient is."""
    reason = Reason.JUDGEMENT if isinstance(node, Judgement) else Reason.UNDERTAKING
    finding = Finding(node.kind, Verdict.UNKNOWN, text=node.text, reasons=(reason,))
    return lambda _situation: finding
