"""Lines out of a stream of bytes, in constant memory however long the stream is, and however long a line."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass

MOST_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its number, from 1. `body` is None where it is longer than the reader keeps."""

    number: int
    body: bytes | None


async def read_lines(chunks: AsyncIterable[bytes], max_bytes: int) -> AsyncIterator[list[Line]]:
    """The lines that are there together, at most 64 at once, as soon as they are there. Blank ones are only counted."""
    splitter = _Splitter(max_bytes)
    async for chunk in chunks:
        for some in _in_batches(splitter.feed(chunk)):
            yield some
    for some in _in_batches(splitter.end()):
        yield some


def _in_batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        if line.body is None or line.body.strip():
            batch.append(line)
        if len(batch) == MOST_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


class _Splitter:
    """Cuts chunks at line feeds, and keeps what is left of the last one; of a line that is too long, nothing."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._number = 0
        self._begun: list[bytes] = []
        self._length = 0

    def feed(self, chunk: bytes) -> Iterator[Line]:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._add(chunk[start:end])
            yield self._line()
            start = end + 1
        self._add(chunk[start:])

    def end(self) -> Iterator[Line]:
        if self._length:
            yield self._line()

    def _add(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > self._max_bytes:
            self._begun.clear()
        else:
            self._begun.append(piece)

    def _line(self) -> Line:
        self._number += 1
        body = b"".join(self._begun) if self._length <= self._max_bytes else None
        self._begun.clear()
        self._length = 0
        return Line(self._number, body)
