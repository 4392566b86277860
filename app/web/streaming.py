"""An answer that is made while the request still comes in, in constant memory.

Starlette's own streaming response may take messages of the request for itself, to notice a client that goes away; the
parts here read the request, and so notice it themselves.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MOST_AHEAD = 16 * 2**20
"""Bytes of an answer that wait for a client which sends all of its request before it reads anything. Beyond that, such
a client and the server wait for each other, until the client gives up."""


class StreamedAnswer(Response):
    """Sends parts as they are made, and makes at most `most_ahead` bytes and one part more than the client has taken.

    It begins with the first part: a failure before that is answered as any other, one after it breaks the answer off.
    """

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str],
        *,
        most_ahead: int = MOST_AHEAD,
    ) -> None:
        self.parts = parts
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.most_ahead = most_ahead
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del scope, receive
        ahead = _Ahead(self.most_ahead)
        making = asyncio.create_task(ahead.fill(self.parts))
        try:
            part = await ahead.take()
            if part is None:
                await making
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while part is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                part = await ahead.take()
            await making
            await send({"type": "http.response.body", "body": b""})
        finally:
            making.cancel()
            await asyncio.wait([making])


class _Ahead:
    """Parts that are made and not yet taken."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._parts: deque[bytes] = deque()
        self._bytes = 0
        self._ended = False
        self._changed = asyncio.Condition()

    async def fill(self, parts: AsyncGenerator[bytes, None]) -> None:
        """Make all parts, waiting whenever too much is untaken."""
        try:
            async with aclosing(parts):
                async for part in parts:
                    await self._put(part)
        finally:
            self._ended = True
            async with self._changed:
                self._changed.notify()

    async def _put(self, part: bytes) -> None:
        async with self._changed:
            self._parts.append(part)
            self._bytes += len(part)
            self._changed.notify()
            await self._changed.wait_for(lambda: self._bytes <= self._most_bytes)

    async def take(self) -> bytes | None:
        """The next part; None after the last one, also where making it failed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._parts or self._ended)
            if not self._parts:
                return None
            part = self._parts.popleft()
            self._bytes -= len(part)
            self._changed.notify()
            return part
