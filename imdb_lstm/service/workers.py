"""Worker processes: each has loaded the runs, and answers one job at a time on one core."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from imdb_lstm.errors import RunError, UserError
from imdb_lstm.explanation.explainer import explainer_of
from imdb_lstm.inference.classifier import Classifier
from imdb_lstm.inference.processes import prepare_worker
from imdb_lstm.inference.score import Scored, score_chunk
from imdb_lstm.metrics.decision_rule import DecisionRule
from imdb_lstm.runs.run import NetworkRun
from imdb_lstm.service.logs import place_of

START_SECONDS = 120.0  # at most, on a busy machine
END_SECONDS = 5.0
EXPLANATION_COST = 20  # as many texts: integrated gradients read a text at 21 points or more
READY = "ready"


@dataclass(frozen=True)
class ServedRun:
    """A run that is served: its name in requests, its folder, and how verdicts are chosen."""

    name: str
    folder: Path
    rule: DecisionRule


@dataclass(frozen=True)
class Predict:
    """A job: score these texts by a run."""

    run: str
    texts: Sequence[str]

    @property
    def cost(self) -> int:
        """The number of texts that are read."""
        return len(self.texts)


@dataclass(frozen=True)
class Explain:
    """A job: explain one text by a run, one class against another."""

    run: str
    text: str
    of: str | None = None
    against: str | None = None
    cost: int = EXPLANATION_COST


Job = Predict | Explain


@dataclass(frozen=True)
class Refused:
    """The answer to a job that cannot be done: one line for whoever sent it."""

    message: str


@dataclass(frozen=True)
class Failed:
    """The answer to a job that ended in an error of the program: where, without what it read."""

    error: str


class WorkerEnded(Exception):
    """The process ended before it answered."""


class WorkerTooSlow(Exception):
    """The process has not answered in time, and was ended."""


class Worker:
    """A worker process, as its parent sees it. ``restart`` replaces one that has ended."""

    def __init__(self, runs: Sequence[ServedRun]) -> None:
        self._runs = tuple(runs)
        self._start()

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._connection, other = spawn.Pipe()
        self._process: BaseProcess = spawn.Process(
            target=work, args=(other, self._runs), daemon=True
        )
        self._process.start()
        other.close()  # else this process would never see that the other one has ended

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def wait_until_ready(self) -> None:
        """Wait until the runs are loaded. Raises ``RunError`` when they cannot be."""
        try:
            found = self._receive(START_SECONDS)
        except (EOFError, OSError, WorkerTooSlow) as error:
            raise RunError("a worker process ended before it had loaded the runs") from error
        if found != READY:
            raise RunError(str(found))

    def ask(self, job: Job, seconds: float) -> Any:
        """Return the answer to a job: what ``answer`` returns.

        Raises ``WorkerEnded``, or after so many seconds ``WorkerTooSlow``; in either case the
        process has ended then, since nothing else stops its work.
        """
        try:
            self._connection.send(job)
            return self._receive(seconds)
        except (EOFError, OSError) as error:
            self.end(0)  # it may close its connection a moment before it counts as ended
            raise WorkerEnded from error

    def _receive(self, seconds: float) -> Any:
        ready = wait([self._connection, self._process.sentinel], seconds)
        if not ready:
            self.end(0)
            raise WorkerTooSlow
        if self._connection not in ready:
            raise EOFError
        return self._connection.recv()

    def restart(self) -> None:
        """Replace the process and wait until the new one is ready. Raises ``RunError``."""
        self.end(0)
        self._start()
        self.wait_until_ready()

    def end(self, seconds: float = END_SECONDS) -> None:
        """End the process: an idle one ends when its connection is closed."""
        self._connection.close()
        self._process.join(seconds)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def work(connection: Connection, runs: Sequence[ServedRun]) -> None:
    """Load the runs and answer jobs until the connection is closed: the main of a worker."""
    prepare_worker()
    try:
        loaded = {run.name: (Classifier([run.folder]), run.rule) for run in runs}
        for classifier, rule in loaded.values():
            score_chunk(classifier, [""], rule)  # what the first text would wait for
    except UserError as error:
        connection.send(str(error))
        return
    connection.send(READY)
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        connection.send(answer(job, *loaded[job.run]))


def answer(job: Job, classifier: Classifier, rule: DecisionRule) -> Any:
    """Return a list of ``Scored`` without their texts, a dictionary, ``Refused`` or ``Failed``."""
    try:
        if isinstance(job, Predict):
            scored = score_chunk(classifier, list(job.texts), rule)
            return [each._replace(text="") for each in scored]
        return explanation(job, classifier, rule)
    except UserError as error:
        return Refused(str(error))
    except Exception as error:  # a worker outlives an error, which may quote the text
        return Failed(f"{type(error).__name__} in {place_of(error)}")


def explanation(job: Explain, classifier: Classifier, rule: DecisionRule) -> dict[str, Any]:
    """Return a text's scores and the contribution of each of its words, ready for JSON.

    Contributions are integrated gradients, of n-gram classifiers the weights of the n-grams.
    """
    (run,) = classifier.loaded
    method = "integrated-gradients" if isinstance(run, NetworkRun) else "both"
    explainer = explainer_of(run, method, prefixes=False)
    found = explainer.explain(job.text, job.of, job.against)
    (scored,) = score_chunk(classifier, [job.text], rule)
    words = zip(found.words, found.measures[found.coloured], strict=True)
    return {
        **scored_json(scored, classifier.classes),
        "of": found.of,
        "against": found.against,
        "method": found.coloured,
        "logit": round(found.logit, 6),
        "baseline_logit": round(found.baseline, 6),
        "text": found.text,
        "words": [{**vars(word), "contribution": value} for word, value in words],
        "omitted_words": found.omitted.words if found.omitted else 0,
    }


def scored_json(scored: Scored, classes: Sequence[str]) -> dict[str, Any]:
    """Return a score as JSON, with the probability of every class.

    >>> scored_json(Scored("", (0.75,), "positive"), ("negative", "positive"))["probabilities"]
    {'negative': 0.25, 'positive': 0.75}
    """
    found = scored.probabilities
    each = (1 - found[0], found[0]) if len(classes) == 2 else found
    digits = (float(f"{value:.9g}") for value in each)
    return {
        "probabilities": dict(zip(classes, digits, strict=True)),
        "verdict": scored.verdict,
        "unknown_share": round(scored.unknown_share, 4),
        "cut": scored.cut,
    }
