"""Cursors: they come back as they went out, and nothing else gets through."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.cursors import Place, read_cursor, write_cursor
from app.catalogue.filters import Sort, TrialFilters, TrialQuery
from app.vocabulary.faults import Refused

FILTERS = TrialFilters(age=18)
FORMS = {
    Sort.UPDATED: st.tuples(st.integers(0, 2**62)),
    Sort.TITLE: st.tuples(st.text(st.characters(categories=["L", "N"]), max_size=200)),
    Sort.RELEVANCE: st.tuples(st.floats(allow_nan=False, allow_infinity=False)),
    Sort.DISTANCE: st.tuples(st.integers(0, 2), st.floats(0, 4)),
}


@given(st.data(), st.sampled_from(Sort), st.from_regex(r"[a-z][a-z0-9-]{0,79}", fullmatch=True))
def test_a_cursor_comes_back_as_it_went_out(data, sort, slug):
    place = Place(data.draw(FORMS[sort]), slug)
    cursor = write_cursor(FILTERS, sort, place)
    assert read_cursor(cursor, FILTERS, sort) == place
    assert TrialQuery(cursor=cursor).cursor == cursor  # short enough for a query
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?#%")


def forged(payload: object) -> str:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


DIGEST = FILTERS.digest


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "====", "not base64!", "ünïcode", "\x00", "a" * 2000, "\ud800",
        forged(""), forged("{}"), forged("null"), forged("[" * 1400), forged("[1,2"), forged("1" * 1400),
        forged([1]), forged([1, DIGEST, "-updated_at", [5]]),
        forged([2, DIGEST, "-updated_at", [5], "a"]),
        forged([True, DIGEST, "-updated_at", [5], "a"]),
        forged(["1", DIGEST, "-updated_at", [5], "a"]),
        forged([1, "", "-updated_at", [5], "a"]),
        forged([1, [DIGEST], "-updated_at", [5], "a"]),
        forged([1, DIGEST, "title", [5], "a"]),
        forged([1, DIGEST, None, [5], "a"]),
        forged([1, DIGEST, "-updated_at", ["5"], "a"]),
        forged([1, DIGEST, "-updated_at", [5.0], "a"]),
        forged([1, DIGEST, "-updated_at", [True], "a"]),
        forged([1, DIGEST, "-updated_at", [], "a"]),
        forged([1, DIGEST, "-updated_at", [5, 5], "a"]),
        forged([1, DIGEST, "-updated_at", {"0": 5}, "a"]),
        forged([1, DIGEST, "-updated_at", "5", "a"]),
        forged([1, DIGEST, "-updated_at", [5], 7]),
        forged([1, DIGEST, "-updated_at", [5], None]),
        forged(f'[1,"{DIGEST}","-updated_at",[5],"a"]'.replace("5]", "NaN]")),
        forged([1, DIGEST, "-updated_at", [5], "a", "b"]),
    ],
)  # fmt: skip
def test_what_is_no_cursor_of_ours_is_refused(cursor):
    with pytest.raises(Refused) as refused:
        read_cursor(cursor, FILTERS, Sort.UPDATED)
    [fault] = refused.value.faults
    assert (fault.parameter, fault.code) == ("cursor", "cursor")
    assert "next_cursor" in fault.remedy


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_in_a_cursor_are_finite(value):
    with pytest.raises(Refused):
        read_cursor(forged(f'[1,"{DIGEST}","relevance",[{value}],"a"]'), FILTERS, Sort.RELEVANCE)


def test_a_cursor_of_other_filters_is_refused():
    cursor = write_cursor(FILTERS, Sort.UPDATED, Place((5,), "a"))
    for filters, sort in ((TrialFilters(age=19), Sort.UPDATED), (FILTERS, Sort.TITLE)):
        with pytest.raises(Refused):
            read_cursor(cursor, filters, sort)
