"""What is measured of every request: how many, and how long, by route template, method and status. Nothing else."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The metrics of one process; with `PROMETHEUS_MULTIPROC_DIR` set, those of all workers are added up."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Requests answered and the time they took, by route template, method and status.",
            labelnames=("route", "method", "status"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request. `route` is a template, never a path that was asked for."""
        key = (route, method, status)
        child = self._children.get(key)
        if child is None:
            child = self._seconds.labels(route, method if method in _METHODS else "other", str(status))
            if method in _METHODS:
                self._children[key] = child
        child.observe(seconds)

    def exposition(self) -> bytes:
        """All of it in the text format of Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call] # the library leaves it untyped
        return generate_latest(everyone)
