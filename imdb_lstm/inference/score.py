"""Scoring of many texts by saved runs: a decision rule, and worker processes."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from imdb_lstm.errors import ConfigError
from imdb_lstm.inference.classifier import (
    Classifier,
    RunName,
    class_names,
    deviations,
    load_classifier,
    run_folders,
    threshold_of,
)
from imdb_lstm.inference.ensemble import (
    ensemble_temperature,
    read_ensemble_validation,
    temperatures,
)
from imdb_lstm.inference.processes import prepare_worker
from imdb_lstm.metrics.decision_rule import UNSURE, DecisionRule, decision_rule
from imdb_lstm.metrics.logits import reported_probabilities, sigmoid
from imdb_lstm.runs.manifest import verify
from imdb_lstm.runs.run import Coverage
from imdb_lstm.runs.validation import Validation

CHUNK = 500  # texts predicted at a time
PER_WORKER = 3  # chunks that are read and not written yet, at most


def decision_rule_of(
    run: RunName | Sequence[RunName] | None,
    abstention_rate: float = 0.0,
    precision: tuple[str, float] | None = None,
) -> tuple[DecisionRule, str]:
    """The decision rule of runs, and its effect on their validation reviews in one line.

    Its threshold is that of the runs, unless a precision is asked for; its names are those of their
    classes. See ``metrics.decision_rule``. Raises ``ConfigError`` for a precision that is not
    reached and for runs of different classes, and ``RunError`` for a damaged run.
    """
    folders = run_folders(run)
    names = class_names(folders)
    base = DecisionRule(threshold_of(folders) if len(names) == 2 else None, names=names)
    if not abstention_rate and precision is None:
        return base, ""
    temperature = ensemble_temperature(temperatures(folders), deviations(folders))
    base = replace(base, temperature=temperature)
    known = read_ensemble_validation(folders)
    rule = decision_rule(known.labels, known.logits, base, abstention_rate, precision)
    return rule, _effect(rule, known)


def _effect(rule: DecisionRule, known: Validation) -> str:
    """What the rule says on validation reviews, and its threshold as a probability."""
    verdicts = rule.verdicts(known.logits)
    counts = []
    for label, verdict in reversed(list(enumerate(rule.names))):
        right = known.labels[verdicts == verdict] == label
        share = f" ({right.mean():.1%} correct)" if len(right) else ""
        counts.append(f"{len(right):,} {verdict}{share}")
    if rule.unsure_below > -np.inf:
        counts.append(f"{np.sum(verdicts == UNSURE):,} {UNSURE}")
    found = f"of {len(verdicts):,} validation reviews {'; '.join(counts)}"
    if len(rule.names) == 2:
        line = float(sigmoid((rule.threshold or 0.0) / rule.temperature))
        return f"{found}; {rule.names[1]} is a probability above {line:.4f}"
    if rule.threshold is None:
        return found
    line = float(sigmoid(rule.threshold))
    return f"{found}; {rule.names[rule.thresholded]} is a probability above {line:.4f}"


class Scored(NamedTuple):
    """A text, its probabilities by column, and the name of a class or "unsure".

    ``probabilities``: that of the second of two classes, or of each of several. ``unknown_share``:
    share of words that no run knows, ``cut``: whether a run truncates the text; see
    ``Classifier.read``.
    """

    text: str
    probabilities: tuple[float, ...]
    verdict: str
    unknown_share: float = 0.0
    cut: bool = False

    @property
    def known(self) -> bool:
        """Whether a run knows a word of the text; without one, probabilities say nothing."""
        return self.unknown_share < 1


Chunks = Iterable[list[str]]
Score = Callable[[Chunks], Iterator[list[Scored]]]
Item = TypeVar("Item")


def in_chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield lists of ``CHUNK`` items, the last one shorter, lazily."""
    remaining = iter(items)
    return iter(lambda: list(islice(remaining, CHUNK)), [])


def score_texts(
    run: RunName | Sequence[RunName] | None,
    texts: Iterable[str],
    workers: int = 1,
    device: str = "auto",
    backend: str = "auto",
    rule: DecisionRule = DecisionRule(),  # noqa: B008  it is immutable
) -> Iterator[Scored]:
    """Probabilities and verdicts of any number of texts, in their order, lazily.

    See ``score_chunks``.
    """
    found = score_chunks(run, in_chunks(texts), workers, device, backend, rule)
    return chain.from_iterable(found)


def score_chunks(
    run: RunName | Sequence[RunName] | None,
    chunks: Chunks,
    workers: int = 1,
    device: str = "auto",
    backend: str = "auto",
    rule: DecisionRule = DecisionRule(),  # noqa: B008  it is immutable
) -> Iterator[list[Scored]]:
    """Scores of each list of texts, in their order; few lists are held at a time.

    Each of several workers is a process with one thread and no GPU: small recurrent steps run
    faster in parallel processes than on several threads. A single list is not worth their start.
    Raises ``ConfigError`` when a worker has been ended.
    """
    folders = run_folders(run)
    if workers > 1:
        remaining = iter(chunks)
        first = list(islice(remaining, 2))
        chunks = chain(first, remaining)
        if len(first) > 1:
            yield from _score_in_workers(folders, chunks, workers, backend, rule)
            return
    classifier = load_classifier(folders, "cpu" if workers > 1 else device, backend)
    for chunk in chunks:
        yield score_chunk(classifier, chunk, rule)


def score_chunk(classifier: Classifier, texts: list[str], rule: DecisionRule) -> list[Scored]:
    """Scores of some texts by runs that are loaded."""
    return _scored(texts, classifier.read(texts), classifier.temperature, rule)


def _score_in_workers(
    folders: list[Path], chunks: Chunks, workers: int, backend: str, rule: DecisionRule
) -> Iterator[list[Scored]]:
    for folder in folders:  # here, since a worker that cannot start gives no reason
        verify(folder)
    temperature = ensemble_temperature(temperatures(folders), deviations(folders))
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, spawn, _start_worker, (folders, backend))
    remaining = iter(chunks)
    waiting: deque[tuple[list[str], Future[Predicted]]] = deque()
    try:
        while True:
            for chunk in islice(remaining, PER_WORKER * workers - len(waiting)):
                waiting.append((chunk, pool.submit(_predict_in_worker, chunk)))
            if not waiting:
                return
            chunk, found = waiting.popleft()
            yield _scored(chunk, found.result(), temperature, rule)
    except BrokenProcessPool as error:
        raise ConfigError(
            "a worker process was ended, perhaps for lack of memory: use fewer --workers"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


Predicted = tuple[np.ndarray, list[Coverage]]  # logits, and what was read of each text


def _scored(
    texts: list[str], predicted: Predicted, temperature: float, rule: DecisionRule
) -> list[Scored]:
    if not texts:
        return []
    logits, coverage = predicted
    found = reported_probabilities(logits / temperature).reshape(len(texts), -1)
    rows = zip(texts, found.tolist(), rule.verdicts(logits).tolist(), coverage, strict=True)
    return [Scored(text, tuple(each), verdict, *known) for text, each, verdict, known in rows]


_worker: Classifier


def _start_worker(folders: list[Path], backend: str) -> None:
    global _worker
    prepare_worker()
    _worker = load_classifier(folders, "cpu", backend)


def _predict_in_worker(texts: list[str]) -> Predicted:
    return _worker.read(texts)
