"""What the filters mean, written a second time: plainly, over whole records, from the words of the contract.

Nothing here is shared with the code that is tested, but for the records and the conditions' parents.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from math import asin, cos, radians, sin, sqrt
from typing import Any

from app.catalogue.documents import Position, TrialRecord
from app.vocabulary.terms import Vocabulary


@dataclass(frozen=True)
class Kept:
    """A trial as it was stored."""

    record: TrialRecord
    updated_at: datetime


def leaves(asked: dict[str, Any], trial: Kept, vocabulary: Vocabulary) -> bool:
    """Whether the trial fits all filters; those that shape another one are read with it."""
    return all(_FITS[name](asked[name], trial, asked, vocabulary) for name in asked if name in _FITS)


def haversine(one: tuple[float, float], other: Position) -> float:
    """Kilometres between two places in degrees, by the formula of the textbooks."""
    north, east = radians(one[0]), radians(one[1])
    other_north, other_east = radians(float(other.latitude)), radians(float(other.longitude))
    h = sin((other_north - north) / 2) ** 2
    h += cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * 6371.0088 * asin(min(1, sqrt(h)))


def _age(age, trial, asked, vocabulary):
    if not trial.record.age.stated:
        return asked.get("unstated") != "exclude"
    least, most = trial.record.age.min_years, trial.record.age.max_years
    return (least is None or least <= age) and (most is None or age < most + 1)


def _sex(sexes, trial, asked, vocabulary):
    if trial.record.sex is None:
        return asked.get("unstated") != "exclude"
    return trial.record.sex == "all" or trial.record.sex in [sex for sex in sexes if sex != "all"]


def _target(targets, trial, asked, vocabulary):
    has = set(trial.record.product.targets)
    match asked.get("target_match", "any"):
        case "any":
            return not has.isdisjoint(targets)
        case "all":
            return has >= set(targets)
        case "exactly":
            return has == set(targets)


def _condition(codes, trial, asked, vocabulary):
    def is_or_lies_below(code: str, above: str) -> bool:
        return code == above or any(is_or_lies_below(parent, above) for parent in vocabulary.conditions[code].parents)

    return any(is_or_lies_below(code, above) for code in trial.record.conditions for above in codes)


def _within(kilometres, trial, asked, vocabulary):
    north, east = map(float, asked["near"].split(","))
    return any(site.position and haversine((north, east), site.position) <= kilometres for site in trial.record.sites)


def _dose(_, trial, asked, vocabulary):
    low, high = asked.get("dose_min", 0), asked.get("dose_max", float("inf"))
    return any(
        dose.unit == "cells/kg" and low <= dose.value and (dose.value_max or dose.value) <= high
        for dose in trial.record.doses
    )


def _updated_since(since, trial, asked, vocabulary):
    moment = datetime.fromisoformat(since)
    return trial.updated_at >= (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _q(question, trial, asked, vocabulary):
    *whole, last = _words(question)
    text = _words(f"{trial.record.title} {trial.record.summary}")
    return all(word in text for word in whole) and any(word.startswith(last) for word in text)


def _words(text: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in letters).split()


def _same_name(names, name):
    return name is not None and any(_words(asked) == _words(name) for asked in names)


def _one_of(take):
    return lambda values, trial, asked, vocabulary: take(trial.record) in values


_FITS = {
    "cell_type": _one_of(lambda record: record.product.cell_type),
    "cell_source": _one_of(lambda record: record.product.cell_source),
    "target": _target,
    "condition": _condition,
    "status": _one_of(lambda record: record.status.value),
    "phase": _one_of(lambda record: record.phase),
    "age": _age,
    "sex": _sex,
    "country": lambda values, trial, *_: any(site.country in values for site in trial.record.sites),
    "city": lambda values, trial, *_: any(_same_name(values, site.city) for site in trial.record.sites),
    "sponsor": lambda values, trial, *_: _same_name(values, trial.record.sponsor),
    "site_status": lambda values, trial, *_: any(
        site.status is not None and site.status.value in values for site in trial.record.sites
    ),
    "within_km": _within,
    "dose_min": _dose,
    "dose_max": _dose,
    "updated_since": _updated_since,
    "q": _q,
}
