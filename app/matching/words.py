"""The criteria of trials in their own words: what a match answer says of a criterion before anybody is matched."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from pydantic_core import from_json

from app.catalogue.queries import Catalogue
from app.matching.answer import Json
from app.matching.candidates import Candidate

_MOST_KEPT = 500
_NAMES = ("key", "kind", "statement", "locator")

Words = Mapping[str, Json]
"""By the key of a criterion."""


class CriterionWords:
    """Reads them from the stored revisions, which never change, and keeps those of the trials last read."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kept: OrderedDict[tuple[str, int], Words] = OrderedDict()

    async def of(self, trials: Sequence[Candidate]) -> dict[str, Words]:
        """By trial. Raises `DatabaseUnavailable`."""
        found = {trial.id: words for trial in trials if (words := self._kept.get((trial.id, trial.revision)))}
        absent = [trial for trial in trials if trial.id not in found]
        for trial, words in zip(absent, await asyncio.gather(*map(self._read, absent)), strict=True):
            found[trial.id] = self._kept[trial.id, trial.revision] = words
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    async def _read(self, trial: Candidate) -> Words:
        document = await self._catalogue.get_revision(trial.id, trial.revision)
        criteria = from_json(document.body)["criteria"]
        return {criterion["key"]: {name: criterion[name] for name in _NAMES} for criterion in criteria}
