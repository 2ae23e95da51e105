"""What the service counts and measures, for Prometheus."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from imdb_lstm.service.workers import Job, Predict

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The metrics of one server; all names begin with ``imdb_lstm_``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = self._counter("requests", "Answers", ["path", "status"])
        self.seconds = self._histogram("request_seconds", "Until the answer", SECONDS, ["path"])
        self.texts = self._counter("texts", "Texts that were computed", ["run", "kind"])
        self.batch_texts = self._histogram("batch_texts", "Texts computed together", TEXTS)
        self.batch_seconds = self._histogram("batch_seconds", "Computation of a batch", SECONDS)
        self.restarts = self._counter("worker_restarts", "Workers that were replaced")
        self.queue = Gauge(
            "imdb_lstm_queue_texts", "Texts that wait or are computed", registry=self.registry
        )

    def _counter(self, name: str, about: str, labels: list[str] | None = None) -> Counter:
        return Counter(f"imdb_lstm_{name}", about, labels or [], registry=self.registry)

    def _histogram(
        self, name: str, about: str, buckets: tuple[float, ...], labels: list[str] | None = None
    ) -> Histogram:
        return Histogram(
            f"imdb_lstm_{name}", about, labels or [], buckets=buckets, registry=self.registry
        )

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self.requests.labels(path, str(status)).inc()
        self.seconds.labels(path).observe(seconds)

    def computed(self, job: Job, seconds: float) -> None:
        """Count a batch."""
        count, kind = (job.cost, "predict") if isinstance(job, Predict) else (1, "explain")
        self.texts.labels(job.run, kind).inc(count)
        self.batch_texts.observe(count)
        self.batch_seconds.observe(seconds)

    def page(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self.registry)
