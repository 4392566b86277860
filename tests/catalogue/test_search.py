"""Full text: the same trials on both databases, whatever signs a user types."""

import json

import pytest

from app.catalogue import chooser, search
from app.catalogue.filters import TrialFilters, TrialQuery
from app.catalogue.text import words
from tests.factories import a_criterion, a_trial, many_trials


@pytest.fixture
def found(catalogue, run):
    """The ids of the trials that a question finds, and `relevance` first where asked."""

    def found(q: str, sort: str = "-updated_at", **asked) -> list[str]:
        page = run(catalogue.list_page(TrialQuery(q=q, sort=sort, limit=100, **asked)))
        ids = [card["id"] for card in json.loads(page.body)["items"]]
        assert page.total >= len(ids)
        return ids

    return found


@pytest.fixture
def few(store):
    store(
        a_trial(
            id="hangzhou",
            title="CAR-T cells in refractory lupus",
            sites=[{"key": "site-1", "city": "Hangzhou", "country": "CN"}],
            identifiers=[{"value": "NCT06691152", "scheme": "nct"}],
        ),
        a_trial(
            id="malaga",
            title="Anti-CD19 natural killers in Sjögren’s disease",
            product={"cell_type": "car_nk", "targets": ["CD19"]},
            sites=[{"key": "site-1", "city": "Málaga"}],
            criteria=[a_criterion(statement="No rituximab, and no belimumab.")],
        ),
        a_trial(
            id="lodz",
            title="Łódź registry",
            summary="5 × 10⁶ cells/kg NEAR the OR; half-life “unknown”",
            product={"cell_type": "other"},
        ),
        a_trial(id="chinese", title="系统性红斑狼疮 study", product={"cell_type": "other"}),
    )


QUESTIONS = [
    ("CAR-T", {"hangzhou"}),
    ("cart", {"hangzhou"}),
    ("car t", {"hangzhou"}),
    ("lupus", {"hangzhou"}),
    ("LUP", {"hangzhou"}),
    ("Hangzhou", {"hangzhou"}),
    ("nct06691152", {"hangzhou"}),
    ("06691152", set()),
    ("rituximab", {"malaga"}),
    ("ritux", {"malaga"}),
    ("ritux belimumab", set()),  # only the last word is a prefix
    ("rituximab belimu", {"malaga"}),
    ("malaga", {"malaga"}),
    ("màlägâ", {"malaga"}),
    ("sjogren", {"malaga"}),
    ("Sjögren's disease", {"malaga"}),
    ("anticd19", {"malaga"}),
    ("lodz", {"lodz"}),
    ("ŁÓDŹ", {"lodz"}),
    ("10⁶ cells", {"lodz"}),
    ("系统", {"chinese"}),
    ("cells NOT lupus", set()),
    ("lupus OR Málaga", set()),
    ('"refractory lupus"', {"hangzhou"}),
    ('lupus" OR "a', set()),
    ("NEAR(the or)", {"lodz"}),
    ("NEAR", {"lodz"}),
    ("lup*", {"hangzhou"}),
    ("title:lupus", set()),
    ("{title} : lupus", set()),
    ("^car", {"hangzhou", "malaga"}),
    ("car + t", {"hangzhou"}),
    ("-lupus", {"hangzhou"}),
    ("lupus & ! hangzhou | (cells) <-> :*", {"hangzhou"}),
    ("lupus:*A", {"hangzhou"}),  # in "autoimmune"
    ("'lupus'", {"hangzhou"}),
    ("lupus\\", {"hangzhou"}),
    ("lupus\x00", {"hangzhou"}),
    ("lupus; DROP TABLE trial", set()),
    ("🧬lupus🧬", {"hangzhou"}),
    ("🧬", {"hangzhou", "malaga", "lodz", "chinese"}),  # no word: nothing is asked for
    ("* \" ' ( ) - :", {"hangzhou", "malaga", "lodz", "chinese"}),
    ("", {"hangzhou", "malaga", "lodz", "chinese"}),
    ("l" * 200, set()),
    ("a " * 100, set()),
]


def test_questions_find(few, found):
    for q, expected in QUESTIONS:
        for sort in ("-updated_at", "relevance"):
            assert set(found(q, sort)) == expected, q


def test_what_matches_in_the_title_comes_first(store, found):
    store(
        a_trial(id="a", title="Nothing", summary="Of a zebra, and of much else that fills the page."),
        a_trial(id="b", title="A zebra", summary="Nothing, but it fills the page."),
        a_trial(id="c", title="Another page", summary="That it fills."),
    )
    assert found("zebra", "relevance") == ["b", "a"]


def test_ranking_stops_at_its_bounds_and_the_total_is_exact(store, catalogue, run, monkeypatch):
    monkeypatch.setattr(search, "BEST", 7)
    monkeypatch.setattr(chooser, "RANKED", 20)
    store(*(a_trial(id=f"trial-{number}", title="Zebra " * (1 + number % 5)) for number in range(30)))
    ids, cursor = [], None
    while True:
        page = run(catalogue.list_page(TrialQuery(q="zebra", sort="relevance", limit=5, cursor=cursor)))
        ids += [card["id"] for card in json.loads(page.body)["items"]]
        assert page.total == 30
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(ids) == len(set(ids)) == 7


def test_what_is_ranked_is_what_the_other_filters_leave(store, found, monkeypatch):
    monkeypatch.setattr(chooser, "RANKED", 2)
    store(
        *(a_trial(id=f"a-{number}", title="Zebra") for number in range(9)),
        a_trial(id="z-1", title="Of a zebra", phase="phase_1"),
        a_trial(id="z-2", title="Zebra", phase="phase_1"),
    )
    assert found("zebra", "relevance", phase=["phase_1"]) == ["z-2", "z-1"]


def test_both_databases_find_what_the_records_say(store, catalogue, run):
    records = list(many_trials(60, criteria=6))
    store(*records)
    for q in ("hangzhou", "kuala lumpur", "lumpur kuala", "Málaga boston", "pari", "paris Seat", "erlangen shang"):
        *whole, last = words(q)
        texts = {record.id: words(f"{[site.city for site in record.sites]} {record.sponsor}") for record in records}
        expected = {
            trial
            for trial, said in texts.items()
            if set(whole) <= set(said) and any(word.startswith(last) for word in said)
        }
        assert set(run(catalogue.candidate_ids(TrialFilters(q=q))).ids) == expected, q
