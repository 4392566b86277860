"""Few trials are sorted, many are picked from all in their order: nobody can tell."""

import json
from typing import Any

import pytest

from app.catalogue import orders
from app.catalogue.filters import TrialQuery
from app.catalogue.queries import Catalogue
from tests.catalogue.gaps import gappy_trials

ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"sort": "title"},
    {"near": "30,120"},
    {"near": "30,120", "sort": "distance"},
    {"near": "30,120", "sort": "distance", "within_km": 500},
    {"status": ["recruiting"], "sort": "title"},
)


@pytest.mark.parametrize("few", [0, 1_000])
def test_trials_come_in_their_order_however_they_are_sorted(database, vocabulary, run, store, monkeypatch, few):
    monkeypatch.setattr(orders, "FEW", few)
    store(*(trial.record for trial in gappy_trials(60)))
    for asked in ASKED:
        catalogue = Catalogue(database, vocabulary)
        whole = TrialQuery(**asked, limit=100)
        cards = json.loads(run(catalogue.list_page(whole)).body)["items"]
        listing = run(catalogue._chooser.listing(catalogue._editions._present, whole, whole.sort))
        keys = [listing.key(row) for row in listing.rows.tolist()]
        assert len(cards) == len(keys) > 0
        assert keys == sorted(keys)
        catalogue.close()
