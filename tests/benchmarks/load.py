"""A load generator that costs little itself: a few kept connections, each with one request in flight.

Requests go out on all connections before the first answer is read, so that a server always has the next one waiting.
"""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from time import perf_counter
from typing import NamedTuple

_CONNECTIONS = 4
_TIMEOUT_S = 120
_LENGTH = b"content-length: "
_LAST_CHUNK = b"\r\n0\r\n\r\n"


class Done(NamedTuple):
    """How many requests were answered, in how many seconds, with how many bytes of body each on average."""

    requests: int
    seconds: float
    size: float


class Load:
    """Asks one server the same questions in turn. A run goes on where the last one stopped: caches stay cold."""

    def __init__(self, port: int, paths: Sequence[str], body: bytes | None = None) -> None:
        self._port = port
        self._asked = cycle([_request(path, body) for path in paths])

    def run(self, seconds: float) -> Done:
        """Ask for so long, at least once on each connection. RuntimeError where an answer is not 200."""
        with ExitStack() as stack:
            sockets = [stack.enter_context(_connected(self._port)) for _ in range(_CONNECTIONS)]
            requests = size = 0
            started = perf_counter()
            while perf_counter() - started < seconds or not requests:
                for each, request in zip(sockets, islice(self._asked, _CONNECTIONS), strict=True):
                    each.sendall(request)
                size += sum(map(_body_size, sockets))
                requests += _CONNECTIONS
            return Done(requests, perf_counter() - started, size / requests)


def get(port: int, path: str) -> bytes:
    """One whole answer, head and body, on a connection of its own."""
    with _connected(port) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("ascii"))
        return b"".join(iter(lambda: one.recv(1 << 18), b""))


def _request(path: str, body: bytes | None) -> bytes:
    """A GET; with a body, a POST of JSON."""
    if body is None:
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("ascii")
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body


def _connected(port: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), _TIMEOUT_S)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one


def _body_size(one: socket.socket) -> int:
    """Read an answer to its end."""
    answer = b""
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(one)
    head = answer[:end].lower()
    if not head.startswith(b"http/1.1 200 "):
        raise RuntimeError(answer[:2_000].decode(errors="replace"))
    have = len(answer) - end - 4
    at = head.find(_LENGTH)
    if at < 0:
        return _chunked(one, answer) - end - 4
    length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
    while have < length:
        have += len(_more(one))
    return length


def _chunked(one: socket.socket, answer: bytes) -> int:
    """Read to the last chunk, which nothing follows since nothing was asked. The bytes, with the marks of chunks."""
    have, tail = len(answer), answer[-len(_LAST_CHUNK) :]
    while tail != _LAST_CHUNK:
        more = _more(one)
        have, tail = have + len(more), (tail + more)[-len(_LAST_CHUNK) :]
    return have


def _more(one: socket.socket) -> bytes:
    more = one.recv(1 << 18)
    if not more:
        raise RuntimeError("the server closed the connection")
    return more
