"""Facets without HTTP: ours, and `GROUP BY` on the file that is tuned for it; no cache answers either."""

import asyncio
import json
import sqlite3
import time
from statistics import median

from app.catalogue.filters import TrialFilters
from app.catalogue.queries import Catalogue
from app.database import Database
from app.settings import Settings
from app.vocabulary.files import load_vocabulary
from tests.benchmarks import datasette
from tests.benchmarks.catalogues import Catalogues
from tests.benchmarks.questions import FILTERS

_ROUNDS = 5
Costs = list[tuple[float, float]]


def group_by(files: Catalogues) -> str:
    """What both cost, over all trials and under one to three filters: medians of processor time."""
    settings = Settings(database_url=f"sqlite:///{files.ours}")
    database = Database(settings)
    catalogue = Catalogue(database, load_vocabulary(settings.seed_folder / "vocabulary"))
    sql = sqlite3.connect(files.datasette)

    async def cost(filters: TrialFilters, asked: dict[str, str]) -> tuple[float, float]:
        query = datasette.facets_sql(tuple(asked))
        started = time.process_time()
        counted = await catalogue.facets(filters)
        between = time.process_time()
        rows = sql.execute(query, asked).fetchall()
        ended = time.process_time()
        assert sum(count for name, _, count in rows if name == "status") == json.loads(counted)["total"]
        return between - started, ended - between

    async def compare() -> tuple[Costs, Costs]:
        await catalogue.facets(TrialFilters())  # loads the snapshot
        # All trials are newer than these days, which only keep a cache from answering.
        days = [TrialFilters.model_validate({"updated_since": f"2000-01-{day:02}"}) for day in range(1, _ROUNDS + 1)]
        filtered = [
            (TrialFilters.model_validate({name: [one] for name, one in asked.items()}), asked) for asked in FILTERS
        ]
        return [await cost(filters, {}) for filters in days], [await cost(*each) for each in filtered]

    everything, filtered = asyncio.run(compare())
    catalogue.close()
    database.close()
    sql.close()
    return f"facets without HTTP: of all trials {_told(everything)}; filtered {_told(filtered)}"


def _told(costs: Costs) -> str:
    ours, by_sql = (median(each) for each in zip(*costs, strict=True))
    return f"{ours * 1e3:.2f} ms, by GROUP BY {by_sql / ours:.3g} times that"
