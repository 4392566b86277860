"""Workers never answer from an old snapshot, whichever of them wrote."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text

from app.catalogue import chooser
from app.catalogue.columns import Column, Pairs
from app.catalogue.editions import Behind, Edition, Editions
from app.catalogue.filters import TrialFilters, TrialQuery
from app.catalogue.loading import reload
from app.catalogue.queries import Catalogue
from app.catalogue.snapshot import Snapshot, empty_snapshot
from app.database import Database
from app.settings import Settings
from tests.catalogue.gaps import gappy_trials
from tests.factories import a_trial, many_trials


@pytest.fixture
def elsewhere(database_url, vocabulary):
    """What another worker writes."""
    database = Database(Settings(database_url=database_url))
    catalogue = Catalogue(database, vocabulary)

    class Elsewhere:
        def __init__(self):
            self.database = database
            self.catalogue = catalogue

    yield Elsewhere()
    catalogue.close()
    database.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(1) as pool:
        yield pool


def ids(run, catalogue, **asked):
    return [card["id"] for card in json.loads(run(catalogue.list_page(TrialQuery(**asked))).body)["items"]]


def test_another_worker_answers_with_new_rows_at_once(run, catalogue, elsewhere, store):
    with asyncio.Runner() as runner:
        serving = elsewhere.database.serving()
        runner.run(serving.__aenter__())
        for asked in ({}, {"q": "zebra"}, {"q": "zebra", "sort": "relevance"}, {"status": ["recruiting"]}):
            for step in range(3):
                name = f"trial-{len(asked)}-{asked.get('sort', 'x')}-{'q' if 'q' in asked else 'n'}-{step}"
                expected = {*ids(run, catalogue, limit=100, **asked), name}
                runner.run(elsewhere.catalogue.list_page(TrialQuery(**asked)))
                store(a_trial(id=name, title="Zebra"))
                assert set(ids(runner.run, elsewhere.catalogue, limit=100, **asked)) == expected
                facets = json.loads(runner.run(elsewhere.catalogue.facets(TrialFilters(**_filters(asked)))))
                assert facets["total"] == len(expected)
                found = runner.run(elsewhere.catalogue.candidate_ids(TrialFilters(**_filters(asked))))
                assert set(found.ids) == expected
                assert found.catalogue_revision == facets["catalogue_revision"]
        runner.run(serving.__aexit__(None, None, None))


def _filters(asked):
    return {name: value for name, value in asked.items() if name != "sort"}


def test_a_trial_that_changes_leaves_no_trace_of_what_it_was(run, catalogue, store):
    store(a_trial(id="one", status={"value": "recruiting"}, title="Zebra", sites=[{"key": "site-1", "city": "Paris"}]))
    was = {"status": ["recruiting"], "city": ["Paris"], "q": "zebra"}
    assert ids(run, catalogue, **was) == ["one"]
    store(a_trial(id="one", status={"value": "completed"}, title="Gnu", sites=[{"key": "site-1", "city": "Rome"}]))
    for name, value in was.items():
        assert ids(run, catalogue, **{name: value}) == []
    assert ids(run, catalogue, status=["completed"], city=["Rome"], q="gnu") == ["one"]


def test_a_snapshot_renewed_step_by_step_equals_one_loaded_at_once(database, vocabulary, store):
    records = [trial.record for trial in gappy_trials(40)]
    stepwise = empty_snapshot()
    for start in range(0, 40, 8):
        store(*records[start : start + 8])
        # Some of those before are changed to what later ones say.
        store(*(records[-at].model_copy(update={"id": records[at].id}) for at in range(start % 5 + 1)))
        stepwise = reload(database, vocabulary, stepwise)
    assert _spelt_out(stepwise) == _spelt_out(reload(database, vocabulary, empty_snapshot()))
    assert reload(database, vocabulary, stepwise) is stepwise


def _spelt_out(snapshot: Snapshot) -> dict[str, object]:
    """A snapshot with values in place of codes."""
    lexicon = snapshot.lexicons | {"city_plain": snapshot.cities.plain, "sponsor_plain": snapshot.sponsors.plain}
    lexicon |= {"condition_implied": lexicon["condition"], "sex_admitted": lexicon["sex"]}
    said: dict[str, object] = {}
    for name in Snapshot.__slots__:
        value = getattr(snapshot, name)
        if isinstance(value, Column):
            said[name] = [lexicon[name].values_by_code[code] if code >= 0 else None for code in value.codes]
        elif isinstance(value, Pairs):
            said[name] = sorted(
                (row, lexicon[name].values_by_code[code])
                for row, code in zip(value.rows.tolist(), value.codes, strict=True)
            )
        elif isinstance(value, np.ndarray):
            said[name] = value.tolist()
    doses, sites = snapshot.doses, snapshot.sites
    said["doses"] = sorted(zip(doses.rows.tolist(), doses.low.tolist(), doses.high.tolist(), strict=True))
    keys = [lexicon["site"].values_by_code[code] for code in sites.keys]
    said["sites"] = sorted(
        zip(sites.rows.tolist(), keys, sites.recruiting.tolist(), sites.points.tolist(), strict=True)
    )
    return said


def test_trials_that_are_gone_are_gone(database, vocabulary, store):
    store(a_trial(id="one"), a_trial(id="two"))
    before = reload(database, vocabulary, empty_snapshot())
    with database.writing() as session:
        for statement in (
            "DELETE FROM source WHERE trial_number = 0",
            "UPDATE catalogue_state SET redacting = :yes",
            "DELETE FROM revision WHERE trial_number = 0",
            "UPDATE catalogue_state SET redacting = :no, revision = revision + 1",
            "DELETE FROM trial WHERE number = 0",
        ):
            session.execute(text(statement), {"yes": True, "no": False})
    after = reload(database, vocabulary, before)
    assert (before.there.tolist(), after.there.tolist()) == ([True, True], [False, True])


def test_a_catalogue_put_in_place_of_another_is_read_anew(database, vocabulary, store):
    store(a_trial(id="one"))
    ahead = reload(database, vocabulary, empty_snapshot())
    assert reload(database, vocabulary, replace(ahead, revision=99)).revision == ahead.revision


def test_one_renewal_serves_all_who_wait(run, catalogue, store, monkeypatch):
    store(*many_trials(3, criteria=1))
    renewals = []

    def counted(*args):
        renewals.append(args)
        return reload(*args)

    monkeypatch.setattr("app.catalogue.editions.reload", counted)

    async def at_once():
        return await asyncio.gather(*(catalogue.list_page(TrialQuery(limit=1 + at % 3)) for at in range(20)))

    assert {page.total for page in run(at_once())} == {3}
    assert len(renewals) == 1


def test_where_writes_never_cease_the_newest_answer_stands(database, vocabulary, pool):
    class Restless(Editions):
        async def _renewed(self, behind: Edition) -> Edition:
            return behind

    asked = []

    async def ask(edition: Edition) -> str:
        asked.append(edition)
        edition.check(-2)
        return "answered"

    assert asyncio.run(Restless(database, vocabulary, pool).answer(ask)) == "answered"
    assert len(asked) > 1
    with pytest.raises(Behind):
        Edition(empty_snapshot()).check(-2)


def test_a_large_catalogue_is_scanned_off_the_event_loop_with_the_same_answers(run, catalogue, store, monkeypatch):
    store(*many_trials(20, criteria=1))
    asked = TrialQuery(q="cells", status=("recruiting",), sort="relevance", near="30,120", limit=100)
    inline = run(catalogue.list_page(asked)), run(catalogue.facets(TrialFilters(q="cells")))
    monkeypatch.setattr(chooser, "INLINE", 0)
    monkeypatch.setattr(chooser, "CHOSEN_INLINE", 0)
    store(a_trial(id="another", title="Cells", status={"value": "completed"}))
    assert run(catalogue.list_page(asked)) == inline[0]
    counts = [json.loads(run(catalogue.facets(TrialFilters(q="cells")))) for _ in range(2)]
    assert counts[0] == counts[1]
    assert counts[0]["total"] == json.loads(inline[1])["total"] + 1
