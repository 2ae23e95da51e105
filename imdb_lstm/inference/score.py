"""Scoring of many texts by saved runs: a decision rule, and worker processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from imdb_lstm.device import use_one_thread
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
from imdb_lstm.metrics.decision_rule import UNSURE, DecisionRule, decision_rule
from imdb_lstm.metrics.logits import reported_probabilities, sigmoid
from imdb_lstm.runs.manifest import verify
from imdb_lstm.runs.validation import Validation

CHUNK = 500  # texts predicted at a time


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

    ``probabilities``: that of the second of two classes, or of each of several. ``known``: whether
    a run knows a word of it; without one they say nothing.
    """

    text: str
    probabilities: tuple[float, ...]
    verdict: str
    known: bool


def score_texts(
    run: RunName | Sequence[RunName] | None,
    texts: Iterable[str],
    workers: int = 1,
    device: str = "auto",
    backend: str = "auto",
    rule: DecisionRule = DecisionRule(),  # noqa: B008  it is immutable
) -> Iterator[Scored]:
    """Probabilities and verdicts of any number of texts, in their order, lazily.

    Each of several workers is a process with one thread and no GPU: small recurrent steps run
    faster in parallel processes than on several threads.
    """
    remaining = iter(texts)
    chunks = iter(lambda: list(islice(remaining, CHUNK)), [])
    folders = run_folders(run)
    if workers == 1:
        classifier = load_classifier(folders, device, backend)
        for chunk in chunks:
            found = classifier.predict_logits(chunk), classifier.known(chunk)
            yield from _scored(chunk, *found, classifier.temperature, rule)
        return
    for folder in folders:  # here, since a worker that cannot start gives no reason
        verify(folder)
    temperature = ensemble_temperature(temperatures(folders), deviations(folders))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _start_worker, (folders, backend)) as pool:
        while group := list(islice(chunks, 16 * workers)):
            for chunk, found in zip(group, pool.map(_predict_in_worker, group), strict=True):
                yield from _scored(chunk, *found, temperature, rule)


def _scored(
    texts: list[str], logits: np.ndarray, known: list[bool], temperature: float, rule: DecisionRule
) -> Iterator[Scored]:
    found = reported_probabilities(logits / temperature).reshape(len(texts), -1)
    columns = texts, map(tuple, found.tolist()), rule.verdicts(logits).tolist(), known
    for row in zip(*columns, strict=True):
        yield Scored(*row)


_worker: Classifier


def _start_worker(folders: list[Path], backend: str) -> None:
    global _worker
    use_one_thread()
    _worker = load_classifier(folders, "cpu", backend)


def _predict_in_worker(texts: list[str]) -> tuple[np.ndarray, list[bool]]:
    return _worker.predict_logits(texts), _worker.known(texts)
