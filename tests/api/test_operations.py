"""Health, readiness, metrics, pages; what other origins may do; and that nothing of a patient gets out."""

import logging
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from app.database import Database
from app.main import create_app
from app.registry.seed import seed
from app.settings import ROOT, Settings
from app.web.problems import KINDS
from tests.api.conftest import UKM

SECRETS = ("zebra4711", "4711zebra")


def test_health_asks_nothing_of_the_database(tmp_path):
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path / 'none' / 'at' / 'all.db'}"))) as client:
        response = client.get("/healthz")
        readiness = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["cache-control"] == "no-store"
    assert (readiness.status_code, readiness.json()["type"]) == (503, "/problems/unavailable")
    assert readiness.headers["retry-after"] == "5"


def test_readiness_waits_for_the_seed(database_url: str, now: datetime):
    settings = Settings(database_url=database_url)
    with TestClient(create_app(settings)) as client:
        before = client.get("/readyz")
        database = Database(settings)
        seed(database, ROOT / "seed", now)
        database.close()
        after = client.get("/readyz")

    assert (before.status_code, before.json()["type"]) == (503, "/problems/unavailable")
    assert (after.status_code, after.json()["status"]) == (200, "ready")
    assert after.json()["catalogue_revision"] > 0


def test_a_database_that_went_away_is_a_problem(tmp_path):
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path / 'gone.db'}"))) as client:
        response = client.get("/v1/trials/any")

    assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
    assert "gone.db" not in response.text


def test_metrics_are_readable_by_prometheus(client: TestClient):
    client.get(f"/v1/trials/{UKM}")

    response = client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=")
    assert (
        'http_request_duration_seconds_count{method="GET",route="/v1/trials/{trial_id}",status="200"}' in response.text
    )
    assert UKM not in response.text


def test_nothing_of_a_patient_gets_out(
    client: TestClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG, logger="cartalog")
    urls = [
        url
        for secret in SECRETS
        for url in (
            f"/v1/trials?age={secret}",
            f"/v1/trials?sex={secret}&age=47",
            f"/v1/trials?city={secret}",
            f"/v1/facets?{secret}=1",
            f"/v1/trials/{secret}",
            f"/{secret}",
            f"/v1/trials.csv?q={secret}",
        )
    ]
    texts = [client.get(url).text for url in urls]
    told = "".join(texts) + client.get("/metrics").text + "".join(capsys.readouterr())
    logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))

    for secret in SECRETS:
        assert secret not in told.replace(f'"parameter":"{secret}"', "")  # a name that looks like one is shown
        assert secret not in logged


@pytest.mark.parametrize("path", ["/", "/docs", "/problems", *(f"/problems/{name}" for name in KINDS)])
def test_a_page_may_load_from_here_alone(sqlite_client: TestClient, path: str):
    response = sqlite_client.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["docs.js", "docs.css"])
def test_what_pages_ask_for_is_there(sqlite_client: TestClient, name: str):
    assert sqlite_client.get(f"/docs/{name}").status_code == 200


@pytest.mark.parametrize("path", ["/docs/none.js", "/docs/..%2fpages.py", "/problems/none"])
def test_other_files_are_not(sqlite_client: TestClient, path: str):
    assert sqlite_client.get(path).status_code == 404


def test_a_dashboard_elsewhere_may_read(sqlite_client: TestClient):
    response = sqlite_client.get("/v1/trials", headers={"Origin": "https://dashboard.example"})

    assert response.headers["access-control-allow-origin"] == "*"
    assert "ETag" in response.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in response.headers


def test_a_dashboard_elsewhere_may_read_problems_too(sqlite_client: TestClient):
    response = sqlite_client.get("/v1/trials?x=1", headers={"Origin": "https://dashboard.example"})

    assert (response.status_code, response.headers["access-control-allow-origin"]) == (422, "*")


def test_a_browser_may_ask_before_it_sends_json(sqlite_client: TestClient):
    headers = {
        "Origin": "https://dashboard.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    response = sqlite_client.options("/v1/match", headers=headers)

    assert response.status_code == 200
    assert "POST" in response.headers["access-control-allow-methods"]


def test_caches_keep_answers_to_other_origins_apart(sqlite_client: TestClient):
    without = sqlite_client.get("/v1/trials")
    within = sqlite_client.get("/v1/trials", headers={"Origin": "https://dashboard.example"})

    assert without.headers["vary"] == within.headers["vary"] == "Accept-Encoding, Origin"


def test_only_the_named_origins_may_read_where_some_are_named(filled_sqlite: str):
    settings = Settings(database_url=filled_sqlite, cors_origins=("https://ours.example",))
    with TestClient(create_app(settings)) as client:
        ours = client.get("/healthz", headers={"Origin": "https://ours.example"})
        theirs = client.get("/healthz", headers={"Origin": "https://theirs.example"})

    assert ours.headers["access-control-allow-origin"] == "https://ours.example"
    assert "access-control-allow-origin" not in theirs.headers


def test_several_workers_are_added_up(filled_sqlite: str, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with TestClient(create_app(Settings(database_url=filled_sqlite))) as client:
        assert client.get("/metrics").status_code == 200
