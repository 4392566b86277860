"""A small catalogue full of gaps: every fact that may be unstated is unstated somewhere."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from app.catalogue.documents import TrialRecord
from app.vocabulary.enumerations import CellSource, CellType, Phase, Status, TrialSex
from tests.catalogue.naive import Kept
from tests.factories import a_trial

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When the first trials are stored; the rest follow in steps of a day."""
BATCHES = 4

_TITLES = ("Quokka", "Zebra", "Zébra and quokka", "A quokkaesque", "Žebra-fish")
_CITIES = ("Hangzhou", "hangzhou", "Málaga", "Malaga", "São Paulo", "Erlangen", None)
_SPONSORS = ("Médecins Réunis", "MEDECINS REUNIS", "Medecins, Reunis", "Renji Hospital", "Renji", None)
_PLACES = ((30.27, 120.16), (30.3, 120.2), (49.6, 11.0), (-33.9, 18.4), (0.0, 179.9), (0.0, -179.9), (89.9, 0.0), None)
_CONDITIONS = ("sle", "lupus_nephritis", "lupus_crisis", "autoimmune_disease", "systemic_sclerosis", "dermatomyositis")
_DOSES = (5e5, 1e6, 2.5e6, 1e7)


def gappy_trials(count: int = 120, seed: int = 7) -> list[Kept]:
    """The same ones for the same seed."""
    chance = Random(seed)  # noqa: S311 # nothing here is secret
    return [Kept(_varied(number, chance), FIRST + timedelta(days=number * BATCHES // count)) for number in range(count)]


def _varied(number: int, chance: Random) -> TrialRecord:
    return a_trial(
        id=f"{chance.choice('abc')}-trial-{number}",
        title=f"{chance.choice(_TITLES)} study",
        summary=chance.choice(("Of wombats.", "Of wom bats.", "Nothing.")),
        status={"value": chance.choice(list(Status))},
        phase=chance.choice([*Phase, None]),
        product={
            "cell_type": chance.choice(list(CellType)),
            "cell_source": chance.choice([*CellSource, None]),
            "targets": chance.sample(("CD19", "BCMA", "CD20"), chance.randint(0, 3)),
        },
        conditions=chance.sample(_CONDITIONS, chance.randint(0, 2)),
        age=_age(chance),
        sex=chance.choice([*TrialSex, None]),
        sponsor=chance.choice(_SPONSORS),
        doses=list(_doses(chance)),
        sites=[_site(place, chance) for place in range(chance.randint(0, 3))],
    )


def _age(chance: Random) -> dict[str, Any]:
    if chance.random() < 0.25:
        return {"stated": False}
    return {"min_years": chance.choice((None, 5, 18)), "max_years": chance.choice((None, 40, 65)), "stated": True}


def _doses(chance: Random) -> Iterator[dict[str, Any]]:
    for _ in range(chance.randint(0, 3)):
        value = chance.choice(_DOSES)
        most = value * 4 if chance.random() < 0.3 else None
        yield {"value": value, "value_max": most, "unit": chance.choice(("cells/kg", "cells/kg", "cells"))}


def _site(place: int, chance: Random) -> dict[str, Any]:
    position, status = chance.choice(_PLACES), chance.choice([*Status, Status.RECRUITING, None])
    return {
        "key": f"site-{place}",
        "city": chance.choice(_CITIES),
        "country": chance.choice(("CN", "DE", "ES", None)),
        "position": position and {"latitude": position[0], "longitude": position[1]},
        "status": status and {"value": status},
    }
