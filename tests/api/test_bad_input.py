"""Whatever is asked wrongly is answered with a problem that names the place and the remedy, and repeats no value."""

import base64
import json

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import AMENDED, UKM

SECRET = "Zebra4711"
FORGED = base64.urlsafe_b64encode(json.dumps([1, "x", "-updated_at", [1], SECRET]).encode()).decode().rstrip("=")

WRONG_QUERIES = [
    ("/v1/trials?statsu=recruiting", "statsu", "unknown_parameter", ["status"]),
    ("/v1/trials?status=recruting", "status", "not_allowed", ["recruiting"]),
    (f"/v1/trials?phase=phase_1&phase={SECRET}", "phase", "not_allowed", None),
    ("/v1/trials?age=-1", "age", None, None),
    (f"/v1/trials?age={SECRET}", "age", None, None),
    ("/v1/trials?age=5.5", "age", None, None),
    ("/v1/trials?age=34&age=35", "age", "repeated", None),
    ("/v1/trials?limit=0", "limit", "out_of_range", None),
    ("/v1/trials?limit=101", "limit", "out_of_range", None),
    ("/v1/trials?target=CD91", "target", "unknown_code", None),
    ("/v1/trials?condition=lupus_nephriti", "condition", "unknown_code", ["lupus_nephritis"]),
    (f"/v1/trials?cursor={SECRET}", "cursor", None, None),
    (f"/v1/trials?cursor={FORGED}", "cursor", None, None),
    ("/v1/trials?sort=relevance", "sort", None, None),
    ("/v1/trials?sort=distance", "sort", None, None),
    ("/v1/trials?near=91,0", "near", None, None),
    ("/v1/trials?within_km=5", "within_km", None, None),
    ("/v1/trials?dose_min=nan", "dose_min", None, None),
    ("/v1/trials?dose_min=2&dose_max=1", "dose_min", None, None),
    ("/v1/trials?updated_since=2025-13-01", "updated_since", None, None),
    ("/v1/trials?q=a%00b", "q", "bad_text", None),
    ("/v1/trials?q=%ff", "*", "bad_text", None),
    (f"/v1/trials?q={'a' * 201}", "q", "wrong_length", None),
    ("/v1/trials.csv?limit=5", "limit", "unknown_parameter", None),
    ("/v1/trials.ndjson?target=CD91", "target", "unknown_code", None),
    ("/v1/facets?sort=title", "sort", "unknown_parameter", None),
    (f"/v1/trials/{UKM}?expand=all", "expand", "unknown_parameter", None),
    (f"/v1/trials/{UKM}/sites?limit=1", "limit", "unknown_parameter", None),
    ("/v1/compare", "trial", "missing", None),
    (f"/v1/compare?trial={UKM}", "trial", None, None),
    (f"/v1/compare?trial={UKM}&trial={UKM}", "trial", None, None),
    ("/v1/compare?" + "trial=a&" * 7, "trial", None, None),
    (f"/v1/trials/{AMENDED}/revisions/diff?from=x&to=2", "from", None, None),
    (f"/v1/trials/{AMENDED}/revisions/diff?from=%2B1&to=2", "from", "invalid", None),
    (f"/v1/trials/{AMENDED}/revisions/diff?from=1&to=%202", "to", "invalid", None),
    (f"/v1/trials/{AMENDED}/revisions/diff?from=%EF%BC%91&to=2", "from", "invalid", None),
    (f"/v1/trials/{AMENDED}/revisions/diff?from=1_0&to=2", "from", "invalid", None),
    (f"/v1/trials/{AMENDED}/revisions/diff?from=1.0&to=2", "from", "invalid", None),
    (f"/v1/trials/{AMENDED}/revisions/diff?from=0&to=2", "from", "out_of_range", None),
    ("/v1/vocabulary?kind=agent", "kind", "unknown_parameter", None),
    ("/healthz?x=1", "x", "unknown_parameter", None),
    ("/readyz?x=1", "x", "unknown_parameter", None),
    ("/metrics?x=1", "x", "unknown_parameter", None),
    ("/openapi.json?x=1", "x", "unknown_parameter", None),
    ("/docs?x=1", "x", "unknown_parameter", None),
    ("/problems/internal?x=1", "x", "unknown_parameter", None),
]


@pytest.mark.parametrize(("url", "parameter", "code", "nearest"), WRONG_QUERIES)
def test_a_wrong_query_names_the_parameter_and_the_remedy(
    client: TestClient, url: str, parameter: str, code: str | None, nearest: list[str] | None
):
    response = client.get(url)

    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem["type"]) == (422, "/problems/invalid-request")
    assert problem["error_count"] == len(problem["errors"]) == 1
    error = problem["errors"][0]
    assert (error["parameter"], error["pointer"]) == (parameter, None)
    assert error["detail"]
    assert error["remedy"]
    assert code in {None, error["code"]}
    assert nearest is None or nearest[0] in error["nearest"]
    assert SECRET not in response.text


def test_all_that_is_wrong_is_named_at_once(sqlite_client: TestClient):
    problem = sqlite_client.get("/v1/trials?status=x&phase=y&limit=0").json()

    assert {error["parameter"] for error in problem["errors"]} == {"status", "phase", "limit"}


def test_at_most_fifty_errors_are_listed_and_all_are_counted(sqlite_client: TestClient):
    query = "&".join(f"x{number}=1" for number in range(120))

    problem = sqlite_client.get(f"/v1/trials?{query}").json()

    assert (len(problem["errors"]), problem["error_count"]) == (50, 120)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/trials/", f"/v1/trials/{UKM}/", "/v2/trials", "/v1/trials/a/b"])
def test_an_unknown_path_is_not_found_and_redirects_nowhere(sqlite_client: TestClient, path: str):
    response = sqlite_client.get(path, follow_redirects=False)

    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/trials", "GET, HEAD"),
        ("POST", f"/v1/trials/{UKM}", "GET, HEAD"),
        ("PUT", "/v1/facets", "GET, HEAD"),
        ("OPTIONS", "/v1/trials", "GET, HEAD"),
        ("BREW", "/v1/trials", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(sqlite_client: TestClient, method: str, path: str, allow: str):
    response = sqlite_client.request(method, path)

    assert (response.status_code, response.json()["type"]) == (405, "/problems/method-not-allowed")
    assert response.headers["allow"] == allow


@pytest.mark.parametrize("body", [b'{"a": 1}', b"x" * 100_000, b"\xff\x00"])
def test_a_body_on_a_read_does_no_harm(sqlite_client: TestClient, body: bytes):
    assert sqlite_client.request("GET", f"/v1/trials/{UKM}", content=body).status_code == 200
