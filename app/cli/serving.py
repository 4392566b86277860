"""Running the server: a socket that is ours before anything else is done, and uvicorn on it."""

import errno
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.settings import Settings

_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class CannotListen(OSError):
    """An address that the server cannot be bound to; `remedy` says what to do."""

    def __init__(self, host: str, port: int, error: OSError | UnicodeError) -> None:
        number, reason = (error.errno, error.strerror) if isinstance(error, OSError) else (None, "no host's name")
        self.remedy = _REMEDIES.get(number or 0, _OTHER_HOST)
        super().__init__(f"cannot listen at {host}, port {port} ({reason}): {self.remedy}")


_OTHER_HOST = "pass a --host that is an address of this machine, such as 127.0.0.1"
_REMEDIES = {
    errno.EADDRINUSE: "is cartalog running there already? Else pass another --port",
    errno.EACCES: "this user may not listen there: pass a --port above 1023",
}


@contextmanager
def bind(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to the address, not yet listening. Raises `CannotListen`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except (OSError, UnicodeError) as error:
            raise CannotListen(host, port, error) from None
        bound.set_inheritable(True)
        yield bound


def address_of(bound: socket.socket) -> str:
    """The URL at which a bound socket is reached from this machine."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 # told, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_server(settings: Settings, bound: socket.socket, announce: Callable[[str], object]) -> None:
    """Serve until told to stop; the address is announced once every worker is ready.

    Workers read their settings from the environment, as this process did; the socket they inherit.
    """
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",  # there are none, and uvicorn would log the query of a request for one
        timeout_graceful_shutdown=10,
        timeout_worker_healthcheck=60,  # a worker that still loads its code on a busy machine is not hung
    )
    address = address_of(bound)

    def ready() -> None:
        announce(f"cartalog serves at {address} (documentation: {address}/docs)")

    if settings.workers == 1:
        _Server(config, ready).run([bound])
    else:
        with _metrics_folder():
            _Workers(config, [bound], ready).run()


class _Server(uvicorn.Server):
    """Says that it serves once it does."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


class _Workers(Multiprocess):
    """Says that it serves once all workers do."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], ready: Callable[[], object]) -> None:
        super().__init__(config, sockets)
        self._ready: Callable[[], object] | None = ready

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        if self._ready is not None and all(process.is_ready() for process in self.processes):
            self._ready()
            self._ready = None


@contextmanager
def _metrics_folder() -> Iterator[None]:
    """Where the workers leave their metrics for each other, so that any of them can tell the sum."""
    if _METRICS_FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cartalog-metrics-") as folder:
        os.environ[_METRICS_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_METRICS_FOLDER]
