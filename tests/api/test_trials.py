"""The catalogue over HTTP, on both databases."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from app.api import schemas
from tests.api.conftest import AMENDED, UKM


def test_a_trial_is_found_by_its_slug(client: TestClient):
    response = client.get(f"/v1/trials/{UKM}")

    assert (response.status_code, response.json()["id"]) == (200, UKM)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-location"] == f"/v1/trials/{UKM}"


@pytest.mark.parametrize("number", ["NCT06710717", "nct06710717", "Nct06710717"])
def test_a_trial_is_found_by_a_registry_number_in_any_case(client: TestClient, number: str):
    response = client.get(f"/v1/trials/{number}")

    assert response.json()["id"] == UKM
    assert response.headers["content-location"] == f"/v1/trials/{UKM}"


@pytest.mark.parametrize("name", ["no-such-trial", "NCT99999999", "%27%20OR%201=1", "..", "a" * 500, "%00", "é"])
def test_a_trial_that_is_not_there_is_a_problem(client: TestClient, name: str):
    response = client.get(f"/v1/trials/{name}")

    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")


def test_a_second_read_with_the_tag_is_not_modified(client: TestClient):
    tag = client.get(f"/v1/trials/{UKM}").headers["etag"]

    response = client.get(f"/v1/trials/{UKM}", headers={"If-None-Match": tag})

    assert tag.startswith('W/"')
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == tag
    assert response.headers["content-location"] == f"/v1/trials/{UKM}"


@pytest.mark.parametrize("part", ["sites", "contacts", "arms", "doses", "outcomes", "criteria"])
def test_a_part_is_what_the_whole_holds(client: TestClient, part: str):
    whole = client.get(f"/v1/trials/{UKM}").json()

    answer = client.get(f"/v1/trials/{UKM}/{part}").json()

    assert answer == {"items": whole[part], "total": len(whole[part])}


def test_pages_follow_one_another_to_the_end(client: TestClient):
    seen: list[str] = []
    url = "/v1/trials?limit=7&cell_type=car_t&cell_type=car_nk"
    while url:
        response = client.get(url)
        page = response.json()
        seen += [item["id"] for item in page["items"]]
        link = response.headers.get("link", "")
        assert bool(link) == bool(page["next_cursor"])
        url = link.removeprefix("<").partition(">")[0]
        if url:
            query = parse_qs(urlsplit(url).query)
            assert link.endswith('>; rel="next"')
            assert query["cell_type"] == ["car_t", "car_nk"]
            assert query["cursor"] == [page["next_cursor"]]

    assert len(seen) == len(set(seen)) == page["total"]


def test_a_link_keeps_what_had_to_be_encoded(client: TestClient):
    link = client.get("/v1/trials", params={"q": "car-t +&é", "limit": "1"}).headers["link"]

    assert link.isascii()
    assert parse_qs(urlsplit(link[1:].partition(">")[0]).query)["q"] == ["car-t +&é"]


@pytest.mark.parametrize(
    "query",
    ["", "?limit=1", "?q=lupus&sort=relevance", "?near=30.25,120.17&sort=distance", "?near=30.25,120.17&within_km=50"],
)
def test_a_page_is_of_the_declared_form(client: TestClient, query: str):
    schemas.TrialPage.model_validate_json(client.get(f"/v1/trials{query}").content)


def test_every_answer_is_of_the_declared_form(client: TestClient):
    ids = [item["id"] for item in client.get("/v1/trials?limit=100").json()["items"]]
    for slug in ids:
        schemas.Trial.model_validate_json(client.get(f"/v1/trials/{slug}").content)
    schemas.Facets.model_validate_json(client.get("/v1/facets").content)
    several = "&".join(f"trial={slug}" for slug in ids[:6])
    schemas.Comparison.model_validate_json(client.get(f"/v1/compare?{several}").content)
    schemas.RevisionList.model_validate_json(client.get(f"/v1/trials/{AMENDED}/revisions").content)
    schemas.Difference.model_validate_json(client.get(f"/v1/trials/{AMENDED}/revisions/diff?from=1&to=2").content)
    for part, model in {"sites": schemas.SiteList, "criteria": schemas.CriterionList}.items():
        model.model_validate_json(client.get(f"/v1/trials/{UKM}/{part}").content)


@pytest.mark.parametrize(
    "model", [schemas.Trial, schemas.TrialCard, schemas.Facets, schemas.Comparison, schemas.Difference]
)
def test_every_key_is_always_present(client: TestClient, model: type[schemas.Answer]):
    documents = {
        schemas.Trial: client.get(f"/v1/trials/{AMENDED}").json(),
        schemas.TrialCard: client.get("/v1/trials").json()["items"][0],
        schemas.Facets: client.get("/v1/facets").json(),
        schemas.Comparison: client.get(f"/v1/compare?trial={AMENDED}&trial={UKM}").json(),
        schemas.Difference: client.get(f"/v1/trials/{AMENDED}/revisions/diff?from=1&to=2").json(),
    }
    required = set(model.model_json_schema(mode="serialization")["required"])

    assert required <= documents[model].keys()


def test_an_amendment_shows_as_revisions_and_their_difference(client: TestClient):
    revisions = client.get(f"/v1/trials/{AMENDED}/revisions").json()
    first = client.get(f"/v1/trials/{AMENDED}/revisions/1").json()
    difference = client.get(f"/v1/trials/{AMENDED}/revisions/diff?from=1&to=2").json()

    assert [revision["revision"] for revision in revisions["items"]] == [1, 2]
    assert (first["title"], first["revision"]) == ("Before", 1)
    assert {"field": "/title", "from": "Before", "to": "After"} in difference["fields"]
    assert [criterion["key"] for criterion in difference["criteria"]["removed"]] == ["exc-1"]
    assert [criterion["key"] for criterion in difference["criteria"]["changed"]] == ["inc-1"]


@pytest.mark.parametrize("path", ["3", "0", "x", "99999999999999999999", "diff?from=1&to=3"])
def test_a_revision_that_is_not_there_is_a_problem(client: TestClient, path: str):
    response = client.get(f"/v1/trials/{AMENDED}/revisions/{path}")

    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")


def test_of_trials_to_compare_those_that_are_not_there_are_told_by_their_places(client: TestClient):
    response = client.get(f"/v1/compare?trial={UKM}&trial=no-such-trial&trial=NCT99999999")

    problem = response.json()
    assert (response.status_code, problem["type"]) == (404, "/problems/not-found")
    assert [(error["parameter"], error["code"], error["detail"]) for error in problem["errors"]] == [
        ("trial", "unknown_trial", "trial 2 of the 3 is not in the catalogue"),
        ("trial", "unknown_trial", "trial 3 of the 3 is not in the catalogue"),
    ]
    assert "no-such-trial" not in response.text


def test_both_ends_of_a_difference_are_needed(client: TestClient):
    problem = client.get(f"/v1/trials/{AMENDED}/revisions/diff?from=1").json()

    assert [(error["parameter"], error["code"]) for error in problem["errors"]] == [("to", "missing")]


def test_an_address_with_an_age_is_kept_by_no_shared_cache(client: TestClient):
    assert client.get("/v1/trials?age=34").headers["cache-control"].startswith("private")
    assert client.get("/v1/facets?sex=female").headers["cache-control"].startswith("private")
    assert client.get("/v1/trials?phase=phase_1").headers["cache-control"].startswith("public")


def test_exports_hold_what_the_list_holds(client: TestClient):
    total = client.get("/v1/trials?cell_type=car_t").json()["total"]

    table = client.get("/v1/trials.csv?cell_type=car_t")
    lines = client.get("/v1/trials.ndjson?cell_type=car_t")

    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == 'attachment; filename="trials.csv"'
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert lines.headers["content-disposition"] == 'attachment; filename="trials.ndjson"'
    assert len(table.text.splitlines()) == total + 1
    assert len(lines.text.splitlines()) == total
    first = json.loads(lines.text.splitlines()[0])
    assert client.get(f"/v1/trials/{first['id']}").json() == first


def test_an_export_under_a_filter_that_leaves_nothing_is_empty(client: TestClient):
    assert client.get("/v1/trials.ndjson?q=zzzzzz").content == b""


@pytest.mark.parametrize(("encoding", "magic"), [("gzip", b"\x1f\x8b"), ("zstd", b"\x28\xb5\x2f\xfd")])
def test_answers_are_compressed_for_those_who_ask(client: TestClient, encoding: str, magic: bytes):
    plain = client.get(f"/v1/trials/{UKM}", headers={"Accept-Encoding": "identity"})
    with client.stream("GET", f"/v1/trials/{UKM}", headers={"Accept-Encoding": encoding}) as small:
        sent = b"".join(small.iter_raw())

    assert sent.startswith(magic)
    assert len(sent) < len(plain.content) / 2
    assert small.headers["content-encoding"] == encoding
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding, Origin"
    assert plain.headers["etag"] == small.headers["etag"]


@pytest.mark.parametrize("path", ["/v1/trials.csv", "/v1/trials.ndjson"])
def test_exports_are_compressed_as_they_stream(client: TestClient, path: str):
    assert client.get(path, headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "path", ["/v1/trials", f"/v1/trials/{UKM}", "/v1/facets", "/v1/trials.csv", "/v1/trials.ndjson"]
)
def test_head_has_the_headers_of_get(client: TestClient, path: str):
    head, got = client.head(path), client.get(path)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "etag", "cache-control"):
        assert head.headers.get(name) == got.headers.get(name)
