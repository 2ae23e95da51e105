"""Prediction: texts → probabilities of "positive" and verdicts, by saved runs."""

from __future__ import annotations

import csv
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from imdb_lstm import artifacts, calibration, runtime, validation
from imdb_lstm.calibration import VerdictRule
from imdb_lstm.data.files import read_texts as read_file_texts
from imdb_lstm.ensemble import logit_spreads, mean_logits, mean_temperature, temperatures
from imdb_lstm.errors import DataError, OutputError
from imdb_lstm.metrics import sigmoid
from imdb_lstm.runs import SAVED_MODELS, find_run

RunName = str | PathLike[str]
CHUNK = 500  # texts computed at a stretch


class Classifier:
    """Finished runs, ready to predict, several as one model: see ``ensemble.py``.

    ``runs`` are their folders, ``run`` the first, and by ``temperature`` logits are divided on the
    way to probabilities.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.runs = tuple(folders)
        self.run = self.runs[0]
        self._loaded = [artifacts.load_run(folder) for folder in folders]
        self._spreads = _spreads(folders)
        self.temperature = mean_temperature(temperatures(folders), self._spreads)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities of "positive", float32 (n,), for n raw texts of any length.

        They are sigmoid(logit / temperature). An empty text, or one of unknown words alone, gets a
        probability like any other.
        """
        return sigmoid(self.predict_logits(texts) / self.temperature).astype(np.float32)

    def predict_logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits of "positive", float32 (n,), before the temperature.

        Raises ``TypeError`` for a bare string.
        """
        if isinstance(texts, str):
            raise TypeError("predict takes a list of texts, not one text")
        logits = [loaded.predict_logits(texts) for loaded in self._loaded]
        return mean_logits(logits, self._spreads)


def load(run: RunName | Sequence[RunName] | None = None, device: str = "auto") -> Classifier:
    """Load a run by its folder or name, or several; without one, the newest in ``saved_models/``.

    Raises ``RunError`` when there is none, or it is damaged.
    """
    runtime.set_up(device)
    return Classifier(_folders(run))


def _spreads(folders: Sequence[Path]) -> list[float]:
    """Those of several runs; a run alone needs none."""
    return logit_spreads(folders) if len(folders) > 1 else [1.0]


def _folders(run: RunName | Sequence[RunName] | None) -> list[Path]:
    """One folder or more: the newest run's where none is named."""
    names = [run] if isinstance(run, (str, PathLike)) else run
    return [find_run(name, SAVED_MODELS) for name in names or (None,)]


def read_texts(
    texts: Sequence[str] | None, file: Path | None, column: str, stream: TextIO
) -> Iterator[str]:
    """Texts from the command line, a file, or a stream with one a line; lazily.

    Raises ``DataError``, with file and row, for what cannot be read.
    """
    if texts:
        yield from texts
    elif file is None:
        yield from _read_stream(stream)
    else:
        yield from read_file_texts(file, column)


def _read_stream(stream: TextIO) -> Iterator[str]:
    try:
        for line in stream:
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"standard input is not UTF-8 text: {error.reason}") from error


def verdict_rule(
    run: RunName | Sequence[RunName] | None, unsure_share: float, positive_precision: float | None
) -> tuple[VerdictRule, str]:
    """The rule that runs' validation reviews give, and in a line what it says of them.

    See ``calibration.verdict_rule``. Raises ``ConfigError`` for a precision that is not reached,
    and ``RunError`` for runs that keep no validation reviews.
    """
    folders = _folders(run)
    known = validation.read_together(folders)
    rule = calibration.verdict_rule(known.labels, known.logits, unsure_share, positive_precision)
    verdicts = rule.verdicts(known.logits)
    counts = [f"{np.sum(verdicts == 'unsure'):,} unsure"] if unsure_share else []
    for label, verdict in enumerate(("negative", "positive")):
        right = known.labels[verdicts == verdict] == label
        share = f", {right.mean():.1%} of them rightly" if len(right) else ""
        counts.insert(0, f"{len(right):,} {verdict}{share}")
    temperature = mean_temperature(temperatures(folders), _spreads(folders))
    line = float(sigmoid(rule.threshold / temperature))
    return rule, (
        f"of {len(verdicts):,} validation reviews {'; '.join(counts)}; "
        f"positive is a probability above {line:.4f}"
    )


class Scored(NamedTuple):
    """A text, its probability of "positive", and positive, negative or unsure."""

    text: str
    probability: float
    verdict: str


def score(
    run: RunName | Sequence[RunName] | None,
    texts: Iterable[str],
    workers: int = 1,
    device: str = "auto",
    rule: VerdictRule = VerdictRule(),  # noqa: B008  it is immutable
) -> Iterator[Scored]:
    """Probabilities and verdicts of any number of texts, in their order, lazily.

    With several workers each is a process of one thread, without a GPU: small recurrent steps run
    faster side by side than each spread over the cores.
    """
    remaining = iter(texts)
    chunks = iter(lambda: list(islice(remaining, CHUNK)), [])
    folders = _folders(run)
    if workers == 1:
        classifier = load(folders, device)
        for chunk in chunks:
            yield from _scored(
                chunk, classifier.predict_logits(chunk), classifier.temperature, rule
            )
        return
    for folder in folders:  # here, for a worker that cannot start tells nobody why
        artifacts.check(folder)
    temperature = mean_temperature(temperatures(folders), _spreads(folders))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _start_worker, (folders,)) as pool:
        while group := list(islice(chunks, 16 * workers)):
            for chunk, logits in zip(group, pool.map(_predict_in_worker, group), strict=True):
                yield from _scored(chunk, logits, temperature, rule)


def _scored(
    texts: list[str], logits: np.ndarray, temperature: float, rule: VerdictRule
) -> Iterator[Scored]:
    probabilities = sigmoid(logits / temperature)
    columns = texts, probabilities.tolist(), rule.verdicts(logits).tolist()
    for row in zip(*columns, strict=True):
        yield Scored(*row)


_worker: Classifier


def _start_worker(folders: list[Path]) -> None:
    global _worker
    runtime.use_one_thread()
    _worker = load(folders, "cpu")


def _predict_in_worker(texts: list[str]) -> np.ndarray:
    return _worker.predict_logits(texts)


def write_predictions(scored: Iterable[Scored], output: Path | None, stream: TextIO) -> None:
    """Write probability, verdict and text of each review, as CSV, to the file or the stream.

    The file appears when it is whole. Raises ``OutputError`` when it cannot be written.
    """
    with _opened(output, stream) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("probability", "verdict", "text"))
        for text, probability, verdict in scored:
            writer.writerow((f"{probability:.4f}", verdict, text))


@contextmanager
def _opened(output: Path | None, stream: TextIO) -> Iterator[TextIO]:
    """The stream, or a file that takes its name when the block ends well, and else vanishes."""
    if output is None:
        yield stream
        return
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as target:
            yield target
        unfinished.replace(output)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
