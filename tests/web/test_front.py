"""Request ids, headers, metrics and logs; and what remains when an endpoint fails."""

import logging
import re

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.web.front import BrokenOff
from app.web.logs import configure_logging
from tests.web.conftest import SECRET, make_app


def exposition(client: TestClient) -> str:
    text: str = client.app.state.metrics.exposition().decode()  # type: ignore[attr-defined]
    return text


def test_a_valid_request_id_comes_back(client: TestClient):
    assert client.get("/asked", headers={"X-Request-ID": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"


@pytest.mark.parametrize("given", ["", "a b", "a" * 65, "<script>", "é"])
def test_any_other_request_id_is_replaced(client: TestClient, given: str):
    response = client.get("/asked", headers=[(b"x-request-id", given.encode("latin-1"))])

    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["x-request-id"])


def test_two_requests_have_two_ids(client: TestClient):
    assert client.get("/asked").headers["x-request-id"] != client.get("/asked").headers["x-request-id"]


@pytest.mark.parametrize("path", ["/asked", "/nothing", "/raises/value"])
def test_every_answer_has_the_safe_headers(client: TestClient, path: str):
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("what", "status", "name"),
    [("missing", 404, "not-found"), ("away", 503, "unavailable"), ("value", 500, "internal")],
)
def test_an_error_of_the_domain_becomes_its_problem(client: TestClient, what: str, status: int, name: str):
    response = client.get(f"/raises/{what}")

    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{name}")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert ("retry-after" in response.headers) == (status == 503)


def test_the_text_of_an_unforeseen_error_is_nowhere(
    client: TestClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    configure_logging(Settings(log_level="debug"))

    response = client.get("/raises/value", headers={"X-Request-ID": "find-me"})

    logged = caplog.text + "".join(capsys.readouterr())
    assert SECRET not in response.text + logged + exposition(client)
    assert "ValueError" in logged
    assert "conftest.py" in logged
    assert "find-me" in logged


def test_an_answer_that_breaks_off_cuts_the_connection_without_the_text(
    client: TestClient, caplog: pytest.LogCaptureFixture
):
    with pytest.raises(BrokenOff) as caught:
        client.get("/breaks")

    assert caught.value.__suppress_context__
    assert SECRET not in caplog.text


def test_metrics_count_by_template_method_and_status():
    with TestClient(make_app()) as client:
        client.get(f"/things/{SECRET}")
        client.get(f"/things/{SECRET}")
        client.head(f"/things/{SECRET}")
        client.get(f"/asked?word={SECRET}")
        client.get(f"/asked?age={SECRET}")
        client.get(f"/{SECRET}")
        client.request(SECRET, "/asked")
        text = exposition(client)

    def count(route: str, method: str, status: int) -> str:
        labels = f'method="{method}",route="{route}",status="{status}"'
        counts: list[str] = re.findall(rf"http_request_duration_seconds_count\{{{re.escape(labels)}\}} (\S+)", text)
        return counts[0]

    assert count("/things/{name}", "GET", 200) == "2.0"
    assert count("/things/{name}", "HEAD", 200) == "1.0"
    assert count("/asked", "GET", 200) == "1.0"
    assert count("/asked", "GET", 422) == "1.0"
    assert count("unmatched", "GET", 404) == "1.0"
    assert count("/asked", "other", 405) == "1.0"
    assert SECRET not in text


def test_no_log_holds_a_query_or_a_path(
    client: TestClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    configure_logging(Settings(log_level="debug", log_json=True))
    caplog.set_level(logging.DEBUG)

    client.get(f"/asked?word={SECRET}")
    client.get(f"/things/{SECRET}")
    client.post("/sent", json={"sex": SECRET})

    logged = caplog.text + "".join(capsys.readouterr())
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert "/things/{name}" in logged
    assert SECRET not in ours
    assert SECRET not in "".join(
        line for line in logged.splitlines() if "httpx" not in line and "HTTP Request" not in line
    )
