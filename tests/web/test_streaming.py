"""Answers that are made while the request comes in: never far ahead of the client, and broken off when they fail."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from app.web.streaming import StreamedAnswer

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Source:
    """Parts of ten bytes, counted as they are made."""

    def __init__(self, count: int, fails: bool = False) -> None:
        self.count = count
        self.fails = fails
        self.made = 0
        self.closed = False

    async def parts(self) -> AsyncGenerator[bytes, None]:
        try:
            for _ in range(self.count):
                await asyncio.sleep(0)
                self.made += 1
                yield b"0123456789"
            if self.fails:
                raise ValueError("broken")
        finally:
            self.closed = True


async def nothing() -> dict[str, Any]:
    raise AssertionError("the parts alone read the request")


async def answered(source: Source, send: Send, most_ahead: int = 20) -> None:
    answer = StreamedAnswer(source.parts(), "text/plain", {"Cache-Control": "no-store"}, most_ahead=most_ahead)
    await answer({"type": "http"}, nothing, send)  # type: ignore[arg-type]


def messages(source: Source, most_ahead: int = 20) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(answered(source, send, most_ahead))
    return sent


def test_parts_are_sent_in_order_between_a_start_and_an_end():
    start, *parts, end = messages(Source(5))
    assert start["type"] == "http.response.start"
    assert start["status"] == 200
    assert (b"cache-control", b"no-store") in start["headers"]
    assert all(name != b"content-length" for name, _ in start["headers"])
    assert [part["body"] for part in parts] == [b"0123456789"] * 5
    assert all(part["more_body"] for part in parts)
    assert end == {"type": "http.response.body", "body": b""}


def test_nothing_is_an_answer_too():
    assert [message["type"] for message in messages(Source(0))] == ["http.response.start", "http.response.body"]


def test_no_more_is_made_than_the_client_takes_and_what_may_wait():
    source = Source(100)
    ahead: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        for _ in range(50):  # the source would have made everything by now
            await asyncio.sleep(0)
        taken = len(ahead)
        ahead.append(source.made - taken)

    asyncio.run(answered(source, send, most_ahead=20))
    assert source.made == 100
    assert max(ahead) <= 5  # two that may wait, one more, and those on their way


def test_a_failure_before_the_first_part_sends_nothing():
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(answered(Source(0, fails=True), send))
    assert sent == []


def test_a_failure_later_leaves_the_answer_without_an_end():
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(answered(Source(3, fails=True), send))
    assert [message.get("more_body") for message in sent] == [None, True, True, True]


def test_a_client_that_is_gone_ends_the_making():
    source = Source(1_000)

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 # it is the very one
        asyncio.run(answered(source, send))
    assert source.closed
    assert source.made < 10
