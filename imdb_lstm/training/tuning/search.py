"""Hyperparameter search: a study of many trials, compared only on the validation split.

A study is a folder: ``study.json`` holds the base and the space, ``study.db`` the trials;
``trials.csv`` and ``best.toml`` are updated after every trial. The same call resumes a stopped
study; trials that were running then are lost and repeated.

One process owns the study: it samples, prunes and writes, and sends configurations to workers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, cast

from imdb_lstm.config.options import Config
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.runs.files import write_figures
from imdb_lstm.training.tuning.folder import locked, write_best, write_trials
from imdb_lstm.training.tuning.plots import importance_figure, search_figure
from imdb_lstm.training.tuning.space import Space
from imdb_lstm.training.tuning.study import Study, check_installed
from imdb_lstm.training.tuning.trials import Outcome, Trial
from imdb_lstm.training.tuning.workers import Worker, started

MOST_KILLED = 3  # consecutive trials; more point to another cause


@dataclass(frozen=True)
class Progress:
    """Progress of a search; ``trial`` is the one that has just ended, None at the start."""

    trial: Trial | None
    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True)
class Result:
    """Result of a search. ``base``: the trial with the values of the base, if there was one.

    ``importances``: option → share of the variance of the log loss, in descending order, or None
    with too few trials.
    """

    trials: list[Trial]
    best: Trial
    base: Trial | None
    importances: dict[str, float] | None


OnProgress = Callable[[Progress], None]


def search(
    base: Config,
    space: Space,
    folder: Path,
    total: int,
    *,
    processes: int = 1,
    minutes: float = math.inf,
    on_progress: OnProgress = lambda progress: None,
) -> Result:
    """Search until the study has ``total`` trials; after ``minutes``, start no further trial.

    The objective is the lowest validation log loss, at the epoch whose weights ``train`` would
    restore: a proper scoring rule (Gneiting & Raftery 2007), more precise than accuracy on few
    reviews, and, unlike the training loss, independent of label smoothing and penalties. The first
    trial has the values of the base; the others are sampled by TPE (Bergstra et al. 2011) and
    pruned when they are worse than the median (Golovin et al. 2017, section 3.2). With several
    ``processes``, each computes on one thread, without a GPU; none of them is this process. Trials
    learn no pseudo-labels, whatever ``base`` says: each would take several times as long.

    ``on_progress`` is called at the start and after every trial.

    Raises ``RunError`` when the folder holds another study, is in use or is damaged, and
    ``ConfigError``, ``DataError`` or ``OutputError`` as ``train`` does.
    """
    check_installed()
    if processes > 1 and base.device == "gpu":
        raise ConfigError("workers compute without a GPU: leave out --workers, or --device gpu")
    if base.devices:
        raise ConfigError("a trial trains on one device: leave out --devices")
    with locked(folder, base, space, read_training_data(base).fingerprints):
        study = Study(folder, base, space, total)
        search = _Search(study, folder, 60 * minutes, on_progress)
        search.run(processes)
        return search.result()


class _Search:
    """A running study: assigns trials to workers, and writes and reports the outcomes."""

    def __init__(self, study: Study, folder: Path, seconds: float, on_progress: OnProgress) -> None:
        self.study, self.folder, self.on_progress = study, folder, on_progress
        self.began = time.perf_counter()
        self.deadline = self.began + seconds
        self.done_before = len(study.trials())
        self.killed = 0

    def run(self, processes: int) -> None:
        self.on_progress(Progress(None, self.done_before, self.study.total, None))
        with started(min(processes, self.study.total - self.done_before), self.folder) as idle:
            busy: dict[Worker, Any] = {}
            while True:
                while idle and (asked := self._next()):
                    busy[idle[-1]], config = asked
                    idle.pop().start_trial(config)
                if not busy:
                    return
                for worker in cast(list[Worker], wait(cast(Any, list(busy)))):
                    if self._has_ended(worker, busy[worker]):
                        del busy[worker]
                        idle.append(worker)

    def _next(self) -> tuple[Any, Config] | None:
        return self.study.ask() if time.perf_counter() < self.deadline else None

    def _has_ended(self, worker: Worker, trial: Any) -> bool:
        """Receive a message from a worker; return whether its trial has ended."""
        try:
            message = worker.receive()
            if not isinstance(message, Outcome):
                worker.answer(self.study.report(trial, *message))
                return False
        except ConnectionError:
            message = Outcome("killed")
        self._finish(trial, message)
        self.killed = self.killed + 1 if message.state == "killed" else 0
        if self.killed == MOST_KILLED:
            raise RunError(
                f"{MOST_KILLED} consecutive trials were killed, perhaps for lack of memory: "
                "resume with the same command and fewer --workers"
            )
        return True

    def _finish(self, trial: Any, outcome: Outcome) -> None:
        ended = self.study.finish(trial, outcome)
        done, total = len(self._write()), self.study.total
        each = (time.perf_counter() - self.began) / (done - self.done_before)
        self.on_progress(Progress(ended, done, total, each * (total - done)))

    def _write(self) -> list[Trial]:
        """Write ``trials.csv`` and ``best.toml``, and return the trials that have ended."""
        trials = self.study.trials()
        write_trials(self.folder, trials, self.study.space)
        if best := _best(trials):
            write_best(self.folder, self.study.base, best)
        return trials

    def result(self) -> Result:
        """Return the result and draw the figures. Raises ``ConfigError`` without any."""
        trials = self._write()
        best = _best(trials)
        if best is None:
            raise ConfigError(
                f"none of the {len(trials)} trials in {self.folder} is finished: give more "
                "--trials or time, or start another study with --space and --name"
            )
        values = self.study.base_values
        base = next((trial for trial in trials if trial.values == values), None)
        importances = self.study.importances()
        write_figures(self.folder, _figures(trials, importances))
        return Result(trials, best, base, importances)


def _best(trials: list[Trial]) -> Trial | None:
    """Return the finished trial with the lowest log loss, of equal ones the first."""
    finished = [trial for trial in trials if trial.outcome.state == "finished"]
    return min(finished, key=lambda trial: trial.outcome.log_loss or 0.0, default=None)


def _figures(trials: list[Trial], importances: dict[str, float] | None) -> dict[str, Any]:
    measured = [trial for trial in trials if trial.outcome.log_loss is not None]
    pruned = [trial.outcome.state == "pruned" for trial in measured]
    losses = [trial.outcome.log_loss or 0.0 for trial in measured]
    figures = {"history": search_figure([trial.number for trial in measured], losses, pruned)}
    if importances:
        figures["importance"] = importance_figure(importances, len(losses) - sum(pruned))
    return figures
