"""Which bodies are JSON enough, and what is said of those that are not."""

from decimal import Decimal
from time import perf_counter

import pytest

from app.web.json_body import parse_json
from app.web.problems import Rejected


def refused(body: bytes) -> Rejected:
    with pytest.raises(Rejected) as caught:
        parse_json(body, max_nesting=32)
    return caught.value


def test_numbers_with_a_fraction_stay_exact():
    assert parse_json(b'{"a": 0.10, "b": 7, "c": 1e2}', max_nesting=32) == {"a": Decimal("0.10"), "b": 7, "c": 100}


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "\\u2265 85 g/L"}',
        b'{"text": "\\ud83d\\ude00"}',
        b'{"text": "\\\\u0000"}',
        b'\xef\xbb\xbf{"text": 1}',
        b"[" * 32 + b"]" * 32,
        b'"' + b"[" * 100 + b'"',
        b"123456789012345678901234567890",
    ],
    ids=[
        "escape",
        "surrogate pair",
        "escaped backslash",
        "byte order mark",
        "32 deep",
        "brackets in text",
        "30 digits",
    ],
)
def test_unusual_json_is_read(body: bytes):
    parse_json(body, max_nesting=32)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"a": {"b": 1, "b": 2}}', "/a/b", "duplicate_key"),
        (b'{"a": [1, NaN]}', "/a/1", "bad_number"),
        (b'{"a": -Infinity}', "/a", "bad_number"),
        (b'{"a": 1e999999999}', "/a", "bad_number"),
        (b'{"a": 0e-999999999}', "/a", "bad_number"),
        (b'{"a": ' + b"9" * 31 + b"}", "/a", "bad_number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "/a", "bad_number"),
        (b'{"a": 0.' + b"3" * 50 + b"}", "/a", "bad_number"),
        (b'{"a": "x\\u0000y"}', "/a", "bad_text"),
        (b'{"a": "\\ud83d"}', "/a", "bad_text"),
        (b'{"a\\u0000": 1}', "/*", "bad_text"),
        (b"[" * 33 + b"]" * 33, "/0" * 32, "too_deep"),
        (b"[" * 5_000 + b"]" * 5_000, "", "too_deep"),
        (b'{"Anna Zebra": 1, "Anna Zebra": 2}', "/*", "duplicate_key"),
    ],
)
def test_what_readers_disagree_about_is_refused_with_its_place(body: bytes, pointer: str, code: str):
    problem = refused(body)

    assert problem.kind.name == "malformed-json"
    assert [(fault.pointer, fault.code) for fault in problem.faults] == [(pointer, code)]
    assert problem.faults[0].remedy


@pytest.mark.parametrize("body", [b"", b"{", b'{"a" 1}', b"Zebra4711", b"{'a': 1}", b'"a\x00b"', b"[1,]", b"\xff\xfe"])
def test_what_is_no_json_is_refused_with_a_place_and_without_its_text(body: bytes):
    problem = refused(body)

    assert problem.kind.name == "malformed-json"
    assert "line 1, column" in problem.detail or "byte 0" in problem.detail
    assert "Zebra" not in problem.detail


def test_the_line_and_the_column_are_those_of_the_fault():
    assert refused(b'{\n  "a": 1,\n  b: 2\n}').detail == "The body is no JSON: line 3, column 3."


@pytest.mark.parametrize("flaw", [b"NaN", b"1e400", b"9" * 31, b'{"a": 1, "a": 2}'])
@pytest.mark.parametrize("rest", [b" x", b"]]", b"", b', "', b", " + b"[" * 100_000])
def test_a_flaw_before_the_place_where_the_json_breaks_hides_nothing(flaw: bytes, rest: bytes):
    assert refused(b"[" + flaw + rest).kind.name == "malformed-json"


def test_every_fault_of_a_body_is_named():
    problem = refused(b'{"a": NaN, "b": [{"c": 1, "c": 2}], "d": "\\u0000"}')

    assert [fault.pointer for fault in problem.faults] == ["/a", "/b/0/c", "/d"]


def test_a_body_full_of_faults_takes_no_long_time():
    started = perf_counter()

    problem = refused(b"[" + b",".join([b"NaN"] * 250_000) + b"]")

    assert len(problem.faults) == 1000
    assert perf_counter() - started < 5
