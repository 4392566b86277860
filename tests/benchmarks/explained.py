"""A whole explained match, measured: `python -m tests.benchmarks.explained [--help]`.

Ours with the seed's five trials, and beside it, round by round, a bare FastAPI route that parses the same body and
answers next to nothing. What counts is the server's processor time per request, and how many times that of the bare
route it is: medians over the rounds. Then, in this process, where the time goes.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from time import perf_counter
from typing import Any

from app.eligibility.assessor import Assessor
from app.eligibility.dates import Calendar
from app.eligibility.reading import read_patient
from app.matching.answer import TrialHead, TrialWriter
from app.matching.decisive import Panels, decisive_facts
from app.matching.learning.supposing import StandingTrial
from app.matching.probes.inquiry import Inquiry
from app.matching.request import MatchRequest
from app.settings import Settings
from app.vocabulary.files import load_vocabulary
from app.web.json_body import parse_json
from app.web.validation import validate
from tests.benchmarks.load import Load
from tests.benchmarks.servers import LOAD_CORE, Server, running, uvicorn
from tests.registry.documented import WOMAN
from tests.registry.outcomes import rules_of
from tests.registry.seeds import SLUGS, seed_record

OURS, BARE = "ours", "bare"
_DAY = date(2026, 11, 21)
_NOT_YET_KNOWN = ("lvef", "fibrinogen", "hiv", "syphilis", "pt")
_TIMES = 21
Json = dict[str, Any]


def main() -> None:
    """Print a table over HTTP, and one of this process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each contestant and request in a round")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    if asked.rounds:
        with _contestants() as servers:
            _print_costs(_measured(servers, asked.rounds, asked.seconds))
    _print_parts()


def requests() -> dict[str, Json]:
    """By name, the requests that are measured. Of the one whose workup goes on, some results are still to come."""
    full: Json = {"patient": WOMAN, "as_of": _DAY.isoformat()}
    results = [result for result in WOMAN["observations"] if result["code"] not in _NOT_YET_KNOWN]
    working_up = WOMAN | {"observations": results, "reviewed": ["therapies"]}
    return {
        "nothing known": {"patient": {}},
        "full": full,
        "full, criteria": full | {"include": ["criteria"]},
        "workup going on": full | {"patient": working_up, "include": ["criteria"]},
    }


@dataclass
class _Cost:
    """What one contestant's answers to one request cost: a value a round, in seconds of processor time a request."""

    cpu: list[float] = field(default_factory=list)
    size: float = 0.0  # bytes


Costs = Mapping[str, Mapping[str, _Cost]]
"""By request and contestant."""


@contextmanager
def _contestants() -> Iterator[Mapping[str, Server]]:
    serve = ["-m", "app.cli", "serve", "--port", "PORT"]
    with tempfile.TemporaryDirectory(prefix="cartalog-explained-") as folder:
        ours = {"CARTALOG_LOG_LEVEL": "warning", "CARTALOG_DATABASE_URL": f"sqlite:///{folder}/cartalog.db"}
        with (
            running(serve, ours, "/readyz") as one,
            running(uvicorn("tests.benchmarks.bare_match:create_app"), {}, "/healthz") as other,
        ):
            yield {OURS: one, BARE: other}


def _measured(servers: Mapping[str, Server], rounds: int, seconds: float) -> Costs:
    os.sched_setaffinity(0, {LOAD_CORE})
    try:
        bodies = {name: json.dumps(request).encode() for name, request in requests().items()}
        loads = {
            name: {who: Load(server.port, ["/v1/match"], body) for who, server in servers.items()}
            for name, body in bodies.items()
        }
        costs = {name: {who: _Cost() for who in servers} for name in bodies}
        for number in range(rounds + 1):  # the first one is to warm up
            for name, several in loads.items():
                for who, load in several.items():
                    before = servers[who].cpu()
                    done = load.run(seconds)
                    if number:
                        costs[name][who].cpu.append((servers[who].cpu() - before) / done.requests)
                        costs[name][who].size = done.size
        return costs
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


def _print_costs(costs: Costs) -> None:
    print(f"{'over HTTP':20}{'kB':>8}{'ms':>8}{'bare ms':>9}{'x bare':>8}")
    for name, several in costs.items():
        ours, bare = (median(several[who].cpu) * 1e3 for who in (OURS, BARE))
        print(f"{name:20}{several[OURS].size / 1e3:>8.1f}{ours:>8.2f}{bare:>9.2f}{ours / bare:>8.1f}", flush=True)


def _print_parts() -> None:
    """Milliseconds that the parts of a match take one after the other, everything warm."""
    ready = _Ready()
    print(f"\n{'in process, ms':20}" + "".join(f"{part:>11}" for part in _parts(requests()["full"], ready)))
    for name, request in requests().items():
        print(f"{name:20}" + "".join(f"{milliseconds:>11.2f}" for milliseconds in _parts(request, ready).values()))


def _parts(request: Json, ready: "_Ready") -> dict[str, float]:
    calendar = Calendar(_DAY)
    took: dict[str, float] = {}

    def timed(part: str, work: Callable[[], Any]) -> Any:
        answer, times = work(), []
        for _ in range(_TIMES):
            started = perf_counter()
            answer = work()
            times.append(perf_counter() - started)
        took[part] = median(times) * 1e3
        return answer

    body = json.dumps(request).encode()
    asked = timed("parsing", lambda: validate(MatchRequest, parse_json(body, max_nesting=32)))
    with_criteria = "criteria" in asked.include
    facts = timed("reading", lambda: read_patient(asked.patient, ready.vocabulary, _DAY))
    found = timed(
        "assessing",
        lambda: [ready.assessor.assess(one, facts, calendar, shown=with_criteria) for one in ready.rules],
    )
    standing = [StandingTrial(one.id, one, finding, {}) for one, finding in zip(ready.rules, found, strict=True)]
    decisive = timed(
        "deciding",
        lambda: decisive_facts(standing, Inquiry(asked.patient, facts, calendar, ready.vocabulary), ready.panels),
    )
    timed(
        "writing",
        lambda: (
            [fact.written for fact in decisive],
            [
                ready.writer.write(head, one, with_criteria=with_criteria)
                for head, one in zip(ready.heads, found, strict=True)
            ],
        ),
    )
    return took


class _Ready:
    """What the service keeps from request to request."""

    def __init__(self) -> None:
        self.vocabulary = load_vocabulary(Settings().seed_folder / "vocabulary")
        self.rules = [rules_of(slug) for slug in SLUGS]
        self.heads = [_head(slug) for slug in SLUGS]
        self.assessor = Assessor(self.vocabulary)
        self.panels = Panels(self.vocabulary)
        self.writer = TrialWriter()


def _head(slug: str) -> TrialHead:
    words = ("key", "kind", "statement", "locator")
    criteria = seed_record(slug).criteria
    return TrialHead({"id": slug}, {one.key: {word: getattr(one, word) for word in words} for one in criteria})


if __name__ == "__main__":
    main()
