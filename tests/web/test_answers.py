"""Conditional requests as RFC 9110 has them."""

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize("asked", ['W/"1"', '"1"', "*", '"x", W/"1"', 'W/"x","1"'])
def test_a_known_tag_is_answered_with_304(client: TestClient, asked: str):
    response = client.get("/things/a", headers={"If-None-Match": asked})

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == 'W/"1"'
    assert response.headers["vary"] == "Accept-Encoding, Origin"
    assert response.headers["cache-control"] == "public, max-age=60, must-revalidate"
    assert "content-length" not in response.headers
    assert "content-type" not in response.headers


@pytest.mark.parametrize("asked", ['W/"2"', "1", '"11"', "", "W/"])
def test_any_other_tag_is_answered_in_full(client: TestClient, asked: str):
    response = client.get("/things/a", headers={"If-None-Match": asked})

    assert (response.status_code, response.text) == (200, "a")


def test_several_headers_are_one_list(client: TestClient):
    response = client.get("/things/a", headers=[("If-None-Match", '"x"'), ("If-None-Match", 'W/"1"')])

    assert response.status_code == 304


def test_head_is_conditional_too(client: TestClient):
    assert client.head("/things/a", headers={"If-None-Match": "*"}).status_code == 304
