"""Pages need nothing from elsewhere."""

import re

import pytest

from app.web.pages import ASSETS, DOCS_PAGE, HOME_PAGE, PROBLEM_PAGES, PROBLEMS_PAGE
from app.web.problems import BY_STATUS, KINDS

NAMES = {
    "malformed-json": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "too-large": 413,
    "unsupported-media-type": 415,
    "invalid-request": 422,
    "rate-limited": 429,
    "internal": 500,
    "unavailable": 503,
}


def test_the_problems_are_those_of_the_contract():
    assert {kind.name: kind.status for kind in KINDS.values()} == NAMES
    assert len(BY_STATUS) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_problem_has_a_page_that_says_what_to_do(name: str):
    page = PROBLEM_PAGES[name].decode()

    assert f"/problems/{name}" in page
    assert "What to do" in page
    assert f"/problems/{name}" in PROBLEMS_PAGE.decode()


@pytest.mark.parametrize(
    "text", [DOCS_PAGE, HOME_PAGE, PROBLEMS_PAGE, *PROBLEM_PAGES.values(), *(body for body, _ in ASSETS.values())]
)
def test_nothing_comes_from_elsewhere(text: bytes):
    assert not re.search(rb"https?://|//cdn|@import|url\(|<style|onclick|innerHTML", text)
