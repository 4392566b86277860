"""Reads, measured: `python -m tests.benchmarks.reads [--sizes 5,10000,100000] [--postgres] [--help]`.

Makes its own catalogue in a temporary folder (or in `--folder`, and finds it there the next time), starts ours, the
naive twin, Datasette and a bare Starlette route, and asks each the same in turn, round by round. Servers have one
worker and run on one core, the load on another. What counts is the server's processor time per request, and its ratio
to ours in the same run: medians over the rounds. For ours on Postgres, the time of Postgres itself is counted in.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests import postgres
from tests.benchmarks import constant, datasette, naive
from tests.benchmarks.catalogues import Catalogues, made
from tests.benchmarks.group_by import group_by
from tests.benchmarks.load import Load
from tests.benchmarks.questions import Question, questions
from tests.benchmarks.servers import LOAD_CORE, SERVERS_CORE, Server, children, running, uvicorn

OURS, ON_POSTGRES, NAIVE, DATASETTE, CONSTANT = "ours", "on Postgres", "naive", "Datasette", "constant"
CONTESTANTS = (OURS, ON_POSTGRES, NAIVE, DATASETTE, CONSTANT)


@dataclass
class Cost:
    """What one contestant's answers to one question cost, a value a round."""

    cpu: list[float] = field(default_factory=list)  # seconds a request
    rate: list[float] = field(default_factory=list)  # requests a second
    size: float = 0.0  # bytes


Costs = dict[str, Cost]


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default="5,10000,100000", help="how many trials, by commas")
    parser.add_argument("--postgres", action="store_true", help="measure ours on Postgres, too")
    parser.add_argument("--seconds", type=float, default=0.25, help="of each contestant and question in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where catalogues stay; default: a temporary folder")
    parser.add_argument("--only", default="", help="a part of the name of the questions to ask")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cartalog-reads-")))
        cluster = stack.enter_context(_postgres()) if asked.postgres else None
        python = datasette.install(folder / "environment")
        if python is None:
            print("Datasette cannot be installed here: measured without it.")
        pages: dict[int, Costs] = {}
        for size in map(int, asked.sizes.split(",")):
            url = cluster.database(f"reads_{size}") if cluster else None
            files = made(folder / str(size), size, url)
            with _contestants(files, python, cluster, url) as servers:
                measured = _measure(servers, size, asked.only, asked.rounds, asked.seconds)
                _print_costs(size, measured)
                _print_servers(servers)
            print(group_by(files))
            pages |= {size: measured.get("first page", {})}
        _print_growth(pages)


@dataclass(frozen=True)
class _Cluster:
    """A Postgres of our own, on the core of the servers."""

    pid: int

    def backends(self) -> list[int]:
        return children(self.pid)

    @staticmethod
    def database(name: str) -> str:
        return postgres.create_database(name).render_as_string(hide_password=False)


@contextmanager
def _postgres() -> Iterator[_Cluster]:
    everywhere = os.sched_getaffinity(0)
    os.environ.pop("TEST_DATABASE_URL", None)
    postgres.name_folder()
    os.sched_setaffinity(0, {SERVERS_CORE})
    try:
        postgres.server()
        os.sched_setaffinity(0, everywhere)
        folder = Path(os.environ[postgres.FOLDER])
        yield _Cluster(int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]))
    finally:
        postgres.remove_folder()


@contextmanager
def _contestants(
    files: Catalogues, python: Path | None, cluster: _Cluster | None, url: str | None
) -> Iterator[dict[str, Server]]:
    """All but the constant one, which has to know how many bytes."""
    serve = ["-m", "app.cli", "serve", "--no-seed", "--port", "PORT"]
    with ExitStack() as stack:

        def start(*arguments: object, **options: object) -> Server:
            return stack.enter_context(running(*arguments, **options))  # type: ignore[arg-type]

        quiet = {"CARTALOG_LOG_LEVEL": "warning"}
        servers = {OURS: start(serve, quiet | {"CARTALOG_DATABASE_URL": f"sqlite:///{files.ours}"}, "/readyz")}
        if cluster and url:
            settings = quiet | {"CARTALOG_DATABASE_URL": url}
            servers[ON_POSTGRES] = start(serve, settings, "/readyz", helpers=cluster.backends)
        twin = uvicorn("tests.benchmarks.naive:create_app")
        servers[NAIVE] = start(twin, {naive.FILE: str(files.naive)}, "/openapi.json")
        if python:
            other = uvicorn("tests.benchmarks.datasette:create_app")
            servers[DATASETTE] = start(other, {datasette.FILE: str(files.datasette)}, "/-/versions.json", python=python)
        yield servers


def _measure(servers: Mapping[str, Server], size: int, only: str, rounds: int, seconds: float) -> dict[str, Costs]:
    """The costs by question and contestant."""
    os.sched_setaffinity(0, {LOAD_CORE})
    try:
        asked = [each for each in questions(servers[OURS].port, size) if only in each.name]
        loads = {
            each.name: {
                name: Load(server.port, _paths(each, name)) for name, server in servers.items() if _paths(each, name)
            }
            for each in asked
        }
        sizes = [str(int(loads[each.name][OURS].run(0.1).size)) for each in asked]
        bare = uvicorn("tests.benchmarks.constant:create_app")
        with running(bare, {constant.SIZES: ",".join(sizes)}, "/0") as limit:
            for number, each in enumerate(asked):
                loads[each.name][CONSTANT] = Load(limit.port, [f"/{number}"])
            return _rounds({**servers, CONSTANT: limit}, loads, rounds, seconds)
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


def _rounds(
    servers: Mapping[str, Server], loads: Mapping[str, Mapping[str, Load]], rounds: int, seconds: float
) -> dict[str, Costs]:
    costs: dict[str, Costs] = {question: {name: Cost() for name in several} for question, several in loads.items()}
    for number in range(rounds + 1):  # the first one is to warm up
        for question, several in loads.items():
            for name, load in several.items():
                before = servers[name].cpu()
                done = load.run(seconds if number else seconds / 5)
                cpu = servers[name].cpu() - before
                if number:
                    cost = costs[question][name]
                    cost.cpu.append(cpu / done.requests)
                    cost.rate.append(done.requests / done.seconds)
                    cost.size = done.size
    return costs


def _paths(question: Question, contestant: str) -> list[str]:
    return list(question.paths.get(OURS if contestant == ON_POSTGRES else contestant, ()))


def _print_costs(size: int, measured: Mapping[str, Costs]) -> None:
    """Processor time of ours in microseconds, its requests a second, and how many times that the others take."""
    names = [name for name in CONTESTANTS if any(name in costs for costs in measured.values())]
    others = [name for name in names if name != OURS]
    print(f"\n{size:,} trials")
    print(f"{'':16}{'bytes':>8}{'µs':>8}{'/s':>8}" + "".join(f"{f'x {name}':>14}" for name in others))
    for question, costs in measured.items():
        ours = median(costs[OURS].cpu)
        ratios = (f"{median(costs[name].cpu) / ours:.3g}" if name in costs else "-" for name in others)
        told = f"{costs[OURS].size:>8.0f}{ours * 1e6:>8.0f}{median(costs[OURS].rate):>8.0f}"
        print(f"{question:16}{told}" + "".join(f"{ratio:>14}" for ratio in ratios), flush=True)


def _print_servers(servers: Mapping[str, Server]) -> None:
    for name, server in servers.items():
        memory = server.memory()
        print(
            f"{name}: ready after {server.ready_after:.1f} s; {memory['Pss']:.0f} MB,"
            f" of which {memory['Pss_File']:.0f} MB are pages of files"
        )


def _print_growth(pages: Mapping[int, Costs]) -> None:
    for name in CONTESTANTS:
        costs = {size: median(page[name].cpu) * 1e6 for size, page in pages.items() if name in page}
        if len(costs) > 1:
            print(f"first page, {name}: " + ", ".join(f"{cost:,.0f} µs at {size:,}" for size, cost in costs.items()))


if __name__ == "__main__":
    main()
