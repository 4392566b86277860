"""Lists page by page: cards, orders, cursors that hold while rows change, and what they cost."""

import json
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from app.catalogue.filters import TrialQuery
from app.vocabulary.faults import Refused
from tests.conftest import NOW
from tests.factories import a_trial, many_trials


def items(page: Any) -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = json.loads(page.body)["items"]
    return cards


@pytest.fixture
def pages(catalogue, run):
    """All pages of a query, or the first few."""

    def pages(most: int = 1000, **asked: Any) -> list[list[str]]:
        found: list[list[str]] = []
        cursor = asked.pop("cursor", None)
        while len(found) < most:
            page = run(catalogue.list_page(TrialQuery(**asked, cursor=cursor)))
            found.append([item["id"] for item in items(page)])
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    return pages


def test_a_page_is_made_of_the_stored_cards(catalogue, run, store, database):
    store(a_trial(id="one", title='With "quotes" and\nlines'), a_trial(id="two", title="Ünïcode 杭州"))
    page = run(catalogue.list_page(TrialQuery()))
    body = json.loads(page.body)
    assert list(body) == ["items", "next_cursor", "total"]
    assert [card["title"] for card in body["items"]] == ['With "quotes" and\nlines', "Ünïcode 杭州"]
    assert list(body["items"][0])[:4] == ["id", "title", "identifiers", "status"]
    assert (body["next_cursor"], body["total"], page.total) == (None, 2, 2)
    assert page.etag.startswith('W/"')


def test_an_empty_catalogue_has_an_empty_page(catalogue, run):
    page = run(catalogue.list_page(TrialQuery(status=["recruiting"], near="1,1", sort="distance")))
    assert json.loads(page.body) == {"items": [], "next_cursor": None, "total": 0}


def test_the_newest_come_first_then_those_of_the_lowest_id(store, pages):
    store(a_trial(id="b"), a_trial(id="a"))
    store(a_trial(id="c"), at=NOW + timedelta(days=1))
    store(a_trial(id="d"), at=NOW - timedelta(days=1))
    assert pages() == [["c", "a", "b", "d"]]


def test_titles_are_ordered_as_people_read_them(store, pages):
    titles = {"a": "zebra", "b": "Éland", "c": "(A) gnu", "d": "eland", "e": "Eland II", "f": "éland" + " x" * 200}
    store(*(a_trial(id=key, title=title) for key, title in titles.items()))
    assert pages(sort="title") == [["c", "b", "d", "e", "f", "a"]]


def test_pages_hold_every_trial_once_in_the_same_order(store, pages):
    for day in range(3):
        store(*(a_trial(**_here(number)) for number in range(day * 10, day * 10 + 10)), at=NOW + timedelta(days=day))
    for sort in ("-updated_at", "title", "relevance", "distance"):
        asked = {"sort": sort, "near": "30,120", "q": "cell"}
        [whole] = pages(limit=100, **asked)
        assert len(whole) == 30
        for limit in (1, 7, 30):
            assert [*chain(*pages(limit=limit, **asked))] == whole


def _here(number: int) -> dict[str, Any]:
    return {
        "id": f"trial-{number}",
        "title": f"Cells {'and cells ' * (number % 3)}for {number % 4}",
        "sites": [_site(30 + number % 5, 120, "recruiting" if number % 2 else None)] if number % 6 else [],
    }


def _site(latitude: float, longitude: float, status: str | None = None, key: str = "site-1") -> dict[str, Any]:
    position = {"latitude": latitude, "longitude": longitude}
    return {"key": key, "position": position, "status": status and {"value": status}}


@pytest.mark.parametrize("sort", ["-updated_at", "title", "distance", "relevance"])
def test_a_cursor_stays_right_while_rows_come_and_change(store, catalogue, run, pages, sort):
    store(*(a_trial(**_here(number)) for number in range(30)))
    asked = {"sort": sort, "near": "30,120", "q": "cell"}
    [before] = pages(limit=100, **asked)
    first = run(catalogue.list_page(TrialQuery(limit=10, **asked)))
    seen = [item["id"] for item in items(first)]
    # One that was seen is updated, one that was not is renamed out of sight, and new ones come in.
    later = NOW + timedelta(days=1)
    store(a_trial(**_here(int(seen[4].split("-")[1])), status={"value": "completed"}), at=later)
    gone = before[20]
    store(a_trial(id=gone, title="Renamed", sites=[]), at=later)
    store(*(a_trial(**_here(number) | {"title": "Aardvarks without"}) for number in range(100, 110)), at=later)
    rest = [*chain(*pages(limit=7, **asked, cursor=first.next_cursor))]
    assert [trial for trial in rest if trial in before and trial != gone] == [
        trial for trial in before[10:] if trial != gone
    ]
    assert len(rest) == len(set(rest))


def test_a_page_goes_on_after_a_trial_that_no_longer_fits(store, catalogue, run, pages):
    store(*(a_trial(id=f"trial-{number}", status={"value": "recruiting"}) for number in range(9)))
    asked = {"status": ["recruiting"], "limit": 4}
    first = run(catalogue.list_page(TrialQuery(**asked)))
    store(a_trial(id="trial-3", status={"value": "completed"}))
    assert pages(cursor=first.next_cursor, **asked) == [["trial-4", "trial-5", "trial-6", "trial-7"], ["trial-8"]]


def test_near_tells_the_nearest_site_recruiting_ones_first(store, catalogue, run):
    store(
        a_trial(id="both", sites=[_site(30, 120, "completed"), _site(33, 120, "recruiting", key="site-2")]),
        a_trial(id="closed", sites=[_site(31, 120, "completed"), _site(30.5, 120, key="site-2")]),
        a_trial(id="nowhere", sites=[{"key": "site-1", "city": "Hangzhou"}]),
        a_trial(id="open", sites=[_site(32, 120, "recruiting")]),
    )
    found = items(run(catalogue.list_page(TrialQuery(near="30,120", sort="distance"))))
    assert [(card["id"], card["nearest"]) for card in found] == [
        ("open", {"distance_km": 222.4, "site": "site-1"}),
        ("both", {"distance_km": 333.6, "site": "site-2"}),
        ("closed", {"distance_km": 55.6, "site": "site-2"}),
        ("nowhere", None),
    ]
    close = items(run(catalogue.list_page(TrialQuery(near="30,120", within_km=150, sort="distance"))))
    assert [(card["id"], card["nearest"]["site"]) for card in close] == [("both", "site-1"), ("closed", "site-2")]
    assert "nearest" not in items(run(catalogue.list_page(TrialQuery())))[0]


def test_a_cursor_of_another_question_is_refused(store, catalogue, run):
    store(*many_trials(5, criteria=1))
    cursor = run(catalogue.list_page(TrialQuery(limit=2, sort="distance", near="1,1"))).next_cursor
    others = {"sort": "title", "near": "1,1"}, {"sort": "distance", "near": "1,2"}, {"near": "1,1", "age": 4}
    for other in others:
        with pytest.raises(Refused) as refused:
            run(catalogue.list_page(TrialQuery(**other, cursor=cursor)))
        assert [fault.parameter for fault in refused.value.faults] == ["cursor"]


def test_the_cost_of_a_page_does_not_grow_with_the_catalogue(store, catalogue, run, database, monkeypatch):
    reads = []
    read = database.read

    def counted(*args, **named):
        reads.append(named)
        return read(*args, **named)

    monkeypatch.setattr(database, "read", counted)

    def cost(**asked: Any) -> int:
        run(catalogue.list_page(TrialQuery(**asked)))
        reads.clear()
        run(catalogue.list_page(TrialQuery(**asked)))
        return len(reads)

    store(*many_trials(9, criteria=1))
    few = cost(limit=100), cost(limit=100, status=["recruiting"]), cost(limit=100, q="cells", sort="relevance")
    store(*many_trials(80, criteria=1))
    assert (
        cost(limit=100),
        cost(limit=100, status=["recruiting"]),
        cost(limit=100, q="cells", sort="relevance"),
    ) == few
    assert few == (1, 1, 1)


def test_faults_in_a_query_are_named(catalogue, run):
    with pytest.raises(Refused) as refused:
        run(catalogue.list_page(TrialQuery(target=["CD91"], condition=["lupus"], within_km=4, sort="relevance")))
    assert {fault.parameter: fault.nearest[:1] for fault in refused.value.faults} == {
        "target": ("CD19",),
        "condition": ("sle",),
        "within_km": (),
        "sort": (),
    }
