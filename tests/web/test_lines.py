"""Lines are the same however the bytes are cut, and what is too long is never kept."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from hypothesis import given
from hypothesis import strategies as st

from app.web.lines import MOST_AT_ONCE, Line, read_lines


def batches(chunks: Iterable[bytes], max_bytes: int = 100) -> list[list[Line]]:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def read() -> list[list[Line]]:
        return [some async for some in read_lines(stream(), max_bytes)]

    return asyncio.run(read())


def lines(*chunks: bytes, max_bytes: int = 100) -> list[Line]:
    return [line for some in batches(chunks, max_bytes) for line in some]


def test_a_last_line_needs_no_end():
    assert lines(b"one\ntwo") == lines(b"one\ntwo\n") == [Line(1, b"one"), Line(2, b"two")]


def test_blank_lines_are_counted_and_left_out():
    assert lines(b"\n  \r\none\r\n\n", b"\ntwo") == [Line(3, b"one\r"), Line(6, b"two")]
    assert lines() == lines(b"", b"") == lines(b"\n\n") == []


def test_a_line_is_as_long_as_is_allowed_or_it_is_not_kept():
    assert lines(b"12345\n123456\n1", max_bytes=5) == [Line(1, b"12345"), Line(2, None), Line(3, b"1")]
    assert lines(b"123", b"456", b"789", max_bytes=5) == [Line(1, None)]
    assert lines(b"123", b"456\n78", b"9", max_bytes=5) == [Line(1, None), Line(2, b"789")]


def test_lines_that_are_there_are_handed_on_before_more_is_read():
    assert [len(some) for some in batches([b"1\n2\n3", b"\n4\n", b"", b"5"])] == [2, 2, 1]
    assert [len(some) for some in batches([b"1\n" * (2 * MOST_AT_ONCE + 1)])] == [MOST_AT_ONCE, MOST_AT_ONCE, 1]


@given(st.lists(st.sampled_from([b"a", b"bb", b"\n", b" ", b"c\n\nd", b"eeeeeee"]), max_size=30), st.data())
def test_how_the_bytes_are_cut_means_nothing(pieces: list[bytes], data: st.DataObject):
    text = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    chunks = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    expected = [
        Line(number, part if len(part) <= 6 else None)
        for number, part in enumerate(text.split(b"\n"), start=1)
        if part.strip() or len(part) > 6
    ]
    assert lines(*chunks, max_bytes=6) == expected
