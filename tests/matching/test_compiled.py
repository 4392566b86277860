"""The compiled catalogue is that of the present revision, and holds once what trials share."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from threading import Event

import pytest

from app.catalogue.answers import CurrentRecord
from app.catalogue.documents import TrialRecord
from app.catalogue.matchable import MatchableTrial
from app.catalogue.queries import Catalogue
from app.database import DatabaseUnavailable
from app.eligibility.rules import CriterionRule, TrialRules
from app.matching.compiled import ANY_AGE, Compiled, CompiledCatalogue
from app.matching.order import OPEN_FIRST
from app.matching.shelf import Shelf
from app.vocabulary.terms import Vocabulary
from tests.factories import a_criterion, a_trial
from tests.matching.conftest import Store

ADULT = {"kind": "age", "min_years": 18}


def older(years: int) -> dict[str, object]:
    return {"kind": "age", "min_years": years}


@pytest.fixture
def compiler(catalogue: Catalogue, vocabulary: Vocabulary) -> Iterator[CompiledCatalogue]:
    with closing(CompiledCatalogue(catalogue, vocabulary)) as compiler:
        yield compiler


def now(compiler: CompiledCatalogue) -> Compiled:
    return asyncio.run(compiler.current())


def test_trials_stand_in_the_order_of_their_slugs(compiler: CompiledCatalogue, store: Store):
    store(*(a_trial(id=slug, status={"value": "completed"}) for slug in ("c-trial", "a-trial", "b-trial")))
    compiled = now(compiler)
    assert [trial.id for trial in compiled.trials] == ["a-trial", "b-trial", "c-trial"]
    assert compiled.numbers == {"a-trial": 0, "b-trial": 1, "c-trial": 2}
    assert compiled.catalogue_revision == 1
    assert OPEN_FIRST[compiled.openness[0]] == "completed"
    assert compiled.trials[0].head == {
        "id": "a-trial",
        "title": "A plain trial",
        "revision": 1,
        "status": {"value": "completed", "as_of": None, "stale_after": None},
    }


def test_a_catalogue_without_trials_is_compiled_too(compiler: CompiledCatalogue):
    assert len(now(compiler).trials) == 0


def test_candidates_and_explained_trials_say_what_the_records_say(full_catalogue: Catalogue, vocabulary: Vocabulary):
    async def both() -> tuple[Compiled, dict[str, CurrentRecord]]:
        with closing(CompiledCatalogue(full_catalogue, vocabulary)) as compiler:
            compiled = await compiler.current()
        records = await full_catalogue.criteria_source([one.id for one in compiled.trials])
        return compiled, {record.id: record for record in records}

    compiled, records = asyncio.run(both())
    assert len(compiled.trials) == len(records) == 37
    shelf = Shelf(full_catalogue)
    for number, trial in enumerate(compiled.trials):
        source = records[trial.id]
        record = TrialRecord.model_validate_json(source.record)
        assert (trial.id, trial.title) == (record.id, record.title)
        assert compiled.by_catalogue[source.number] == compiled.numbers[trial.id] == number
        assert trial.head["status"] == record.status.model_dump(mode="json")
        assert (OPEN_FIRST[compiled.openness[number]], compiled.sexes[number]) == (record.status.value, record.sex)
        youngest, oldest = record.age.min_years, record.age.max_years
        assert compiled.ages[number].tolist() == [youngest or ANY_AGE[0], oldest or ANY_AGE[1]]
        assert compiled.condition_sets[compiled.condition_set[number]] == record.conditions
        assert trial.keys == tuple(one.key for one in record.criteria)
        stored = shelf.get(trial.id, trial.revision)
        assert stored is shelf.get(trial.id, trial.revision)
        assert list(stored.words.values()) == [
            one.model_dump(mode="json", include={"key", "kind", "statement", "locator"}) for one in record.criteria
        ]
        assert stored.rules == TrialRules(
            record.id,
            tuple(CriterionRule(one.key, one.kind, one.anchor, one.expression, one.scope) for one in record.criteria),
            inclusions_stated=record.inclusions_stated,
            exclusions_stated=record.exclusions_stated,
            conditions=record.conditions,
            arms=tuple(arm.key for arm in record.arms),
            levels=tuple(sorted({dose.level for dose in record.doses if dose.level is not None})),
        )


def test_what_trials_share_is_there_once(compiler: CompiledCatalogue, catalogue: Catalogue, store: Store):
    store(
        a_trial(
            id="a-trial", criteria=[a_criterion("inc-1", expression=ADULT), a_criterion("inc-2", expression=ADULT)]
        ),
        a_trial(id="b-trial", criteria=[a_criterion("inc-1", expression=ADULT, statement="In other words.")]),
        a_trial(id="c-trial", criteria=[a_criterion("inc-1", expression=ADULT, anchor="infusion")]),
        a_trial(id="d-trial", criteria=[a_criterion("inc-1")]),
    )
    compiled = now(compiler)
    a, b, c, d = (trial.roots.tolist() for trial in compiled.trials)
    assert a[0] == a[1] == b[0]
    assert len({a[0], c[0], d[0]}) == 3
    assert compiled.bulk.size == (4, 3, 2)
    shelf = Shelf(catalogue)
    first, second = (shelf.get(trial, 1).rules.criteria for trial in ("a-trial", "b-trial"))
    assert first[0] is second[0]
    assert first[0] is not first[1]


def test_a_full_shelf_is_emptied(catalogue: Catalogue, store: Store, monkeypatch: pytest.MonkeyPatch):
    store(*(a_trial(id=f"{name}-trial") for name in "abc"))
    monkeypatch.setattr("app.matching.shelf._MOST_KEPT", 2)
    shelf = Shelf(catalogue)
    first = [shelf.get(f"{name}-trial", 1) for name in "ab"]
    assert shelf.get("a-trial", 1) is first[0]
    shelf.get("c-trial", 1)
    again = shelf.get("a-trial", 1)
    assert again == first[0]
    assert again is not first[0]


def test_nothing_is_done_where_nothing_changed(compiler: CompiledCatalogue, store: Store):
    store(a_trial(id="a-trial"))
    assert now(compiler) is now(compiler)


def test_a_change_is_compiled_and_what_did_not_change_is_kept(compiler: CompiledCatalogue, store: Store):
    store(a_trial(id="a-trial"), a_trial(id="b-trial", title="Before"))
    before = now(compiler)
    store(a_trial(id="b-trial", title="After"), a_trial(id="c-trial"))
    after = now(compiler)
    assert after.catalogue_revision == before.catalogue_revision + 1
    assert [trial.title for trial in after.trials] == ["A plain trial", "After", "A plain trial"]
    assert after.bulk.leaves is before.bulk.leaves
    assert [trial.title for trial in before.trials] == ["A plain trial", "Before"], "what was handed out stays"


def test_what_was_changed_over_and_over_is_compiled_anew(
    compiler: CompiledCatalogue, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.matching.table._AT_LEAST", 1)
    criteria: list[int] = []
    for years in range(1, 9):
        store(a_trial(id="a-trial", title=f"From {years}", criteria=[a_criterion("inc-1", expression=older(years))]))
        compiled = now(compiler)
        assert [trial.title for trial in compiled.trials] == [f"From {years}"]
        criteria.append(compiled.bulk.size[1])
    assert criteria == [1, 2, 3, 4, 1, 2, 3, 4]


def test_candidates_are_a_sequence(compiler: CompiledCatalogue, store: Store):
    store(*(a_trial(id=f"{name}-trial") for name in "abc"))
    trials = now(compiler).trials
    assert [trial.id for trial in trials[1:]] == ["b-trial", "c-trial"]
    with pytest.raises(IndexError):
        _ = trials[3]


def test_who_asks_at_once_waits_for_one_compilation(
    compiler: CompiledCatalogue, catalogue: Catalogue, store: Store, monkeypatch: pytest.MonkeyPatch
):
    store(a_trial(id="a-trial"))
    read, reads = catalogue.matchable_since, list[int]()

    def noted(revision: int) -> Iterator[MatchableTrial]:
        reads.append(revision)
        return read(revision)

    monkeypatch.setattr(catalogue, "matchable_since", noted)

    async def ask() -> list[Compiled]:
        return list(await asyncio.gather(*(compiler.current() for _ in range(5))))

    found = asyncio.run(ask())
    assert all(one is found[0] for one in found)
    assert reads == [-1]


def test_it_is_compiled_before_anybody_asks(compiler: CompiledCatalogue, store: Store):
    store(a_trial(id="a-trial"))

    async def serve() -> Compiled:
        async with compiler.warming():
            while (compiled := compiler.at_hand) is None:
                await asyncio.sleep(0.001)
            return compiled

    assert asyncio.run(serve()).numbers == {"a-trial": 0}


def test_who_closes_it_does_not_wait_for_a_large_catalogue(
    compiler: CompiledCatalogue, catalogue: Catalogue, store: Store, monkeypatch: pytest.MonkeyPatch
):
    store(a_trial(id="a-trial"))
    [source] = catalogue.matchable_since(-1)
    begun = Event()

    def without_end(_: int) -> Iterator[MatchableTrial]:
        while True:
            begun.set()
            yield source

    monkeypatch.setattr(catalogue, "matchable_since", without_end)

    async def serve() -> None:
        async with compiler.warming():
            await asyncio.to_thread(begun.wait)

    asyncio.run(serve())
    compiler.close()
    assert compiler.at_hand is None


def test_a_database_that_is_away_is_no_reason_not_to_start(
    compiler: CompiledCatalogue, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
):
    def away() -> tuple[int, int]:
        raise DatabaseUnavailable

    monkeypatch.setattr(catalogue, "state_now", away)

    async def serve() -> None:
        async with compiler.warming():
            await asyncio.sleep(0)

    asyncio.run(serve())


def test_writes_that_follow_each_other_too_fast_do_not_hold_up_the_answer(
    compiler: CompiledCatalogue, catalogue: Catalogue, store: Store, monkeypatch: pytest.MonkeyPatch
):
    store(a_trial(id="a-trial"))
    read, written = catalogue.matchable_since, iter(range(100))

    def read_and_write(revision: int) -> list[MatchableTrial]:
        found = list(read(revision))
        store(a_trial(id=f"new-trial-{next(written)}"))
        return found

    monkeypatch.setattr(catalogue, "matchable_since", read_and_write)
    compiled = now(compiler)
    assert compiled.catalogue_revision == 3, "the third attempt stands"
    assert [trial.id for trial in compiled.trials] == ["a-trial", "new-trial-0", "new-trial-1"]


def test_a_database_put_in_place_of_another_is_compiled_anew(
    compiler: CompiledCatalogue, catalogue: Catalogue, store: Store, monkeypatch: pytest.MonkeyPatch
):
    store(a_trial(id="a-trial"), a_trial(id="b-trial"))
    assert len(now(compiler).trials) == 2
    [other] = [one for one in catalogue.matchable_since(-1) if one.id == "b-trial"]
    monkeypatch.setattr(catalogue, "state_now", lambda: (7, 1))
    monkeypatch.setattr(catalogue, "matchable_since", lambda _: [other])
    store(a_trial(id="c-trial"))
    assert [trial.id for trial in now(compiler).trials] == ["b-trial"]
