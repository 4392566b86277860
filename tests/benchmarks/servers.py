"""Servers as processes of their own on the first core, and what they cost: processor time and memory."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.load import get

SERVERS_CORE, LOAD_CORE = 0, 1
_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 60


@dataclass(frozen=True)
class Server:
    """A server that answers at `port`. `ready_after`: seconds from its start to the first answer of its health."""

    pid: int
    port: int
    ready_after: float
    helpers: Callable[[], list[int]] = list
    """Other processes that work for it: those of Postgres."""

    def cpu(self) -> float:
        """Seconds of processor time used so far, in user and system mode."""
        return sum(map(_cpu_of, [self.pid, *self.helpers()]))

    def memory(self) -> dict[str, float]:
        """MB, by the names of /proc/<pid>/smaps_rollup."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
        return {name: int(size) / 1024 for name, size, _ in (line.replace(":", " ").split() for line in lines)}


@contextmanager
def running(
    arguments: list[str],
    environment: Mapping[str, str],
    health: str,
    *,
    python: Path | str = sys.executable,
    helpers: Callable[[], list[int]] = list,
) -> Iterator[Server]:
    """`python` with arguments, in which PORT stands for a free port, until it is left; ready when it is entered."""
    port = _free_port()
    command = [str(python), *(argument.replace("PORT", str(port)) for argument in arguments)]
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=_ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    ) as process:
        os.sched_setaffinity(process.pid, {SERVERS_CORE})
        try:
            _wait(process, port, health)
            yield Server(process.pid, port, time.perf_counter() - started, helpers)
        finally:
            process.terminate()


def uvicorn(app: str) -> list[str]:
    """The arguments that serve an application as ours is served: one worker, no access log."""
    quiet = ["--no-access-log", "--log-level", "warning", "--no-server-header"]
    return ["-m", "uvicorn", app, "--factory", "--port", "PORT", *quiet]


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def _cpu_of(pid: int) -> float:
    """By the clock that the kernel keeps of a process, to the nanosecond: /proc/<pid>/stat counts hundredths."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:  # a helper that is gone
        return 0.0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    until = time.perf_counter() + _PATIENCE_S
    while time.perf_counter() < until and process.poll() is None:
        try:
            if b" 200 " in get(port, path)[:20]:
                return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"not ready: {' '.join(map(str, process.args))}")  # type: ignore[arg-type]
