"""Hyperparameter search: a study of many trials, on validation alone.

A study is a folder: ``study.json`` says what was asked, ``study.db`` holds the trials, and
``trials.csv`` and ``best.toml`` are brought up to date after every one. The same study asked for
again goes on where it stopped; trials that were running then are lost, and begun anew.

One process owns the study: it samples, prunes and writes, and hands configurations to workers.
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
from imdb_lstm.training.tuning.folder import owned, write_best, write_trials
from imdb_lstm.training.tuning.plots import importance_figure, search_figure
from imdb_lstm.training.tuning.space import Space
from imdb_lstm.training.tuning.study import Study, check_installed
from imdb_lstm.training.tuning.trials import Outcome, Trial
from imdb_lstm.training.tuning.workers import Worker, started

MOST_KILLED = 3  # trials one after the other, until something else must be wrong


@dataclass(frozen=True)
class Progress:
    """How far a search is; ``trial`` is the one just over, none at the beginning."""

    trial: Trial | None
    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True)
class Result:
    """What a search found. ``base``: the trial of the base's own values, if there was one.

    ``importances``: option → share of the log loss's variance, descending; none of too few trials.
    """

    trials: list[Trial]
    best: Trial
    base: Trial | None
    importances: dict[str, float] | None


Tell = Callable[[Progress], None]


def search(
    base: Config,
    space: Space,
    folder: Path,
    total: int,
    *,
    processes: int = 1,
    minutes: float = math.inf,
    tell: Tell = lambda progress: None,
) -> Result:
    """Search until the study has ``total`` trials, or no time is left to begin one.

    What is sought is the lowest log loss on validation, at the epoch whose weights ``train`` would
    keep: a proper score (Gneiting & Raftery 2007), finer than accuracy on few reviews, and unlike
    the training loss the same for every smoothing and penalty. The base's own values come first;
    then samples by TPE (Bergstra et al. 2011), stopped where worse than the median by then
    (Golovin et al. 2017, section 3.2). With several ``processes`` each computes on one thread,
    without a GPU; none of them is this one. No trial has teachers, whatever
    ``base`` says: with them each would take several times as long.

    Raises ``RunError`` when the folder holds another study, is in use or is damaged, and
    ``ConfigError``, ``DataError`` or ``OutputError`` as ``train`` does.
    """
    check_installed()
    if processes > 1 and base.device == "gpu":
        raise ConfigError("workers compute without a GPU: leave out --workers, or --device gpu")
    with owned(folder, base, space, read_training_data(base).fingerprints):
        search = _Search(Study(folder, base, space, total), folder, 60 * minutes, tell)
        search.run(processes)
        return search.result()


class _Search:
    """A study under way: who computes what, and the files and lines that come of it."""

    def __init__(self, study: Study, folder: Path, seconds: float, tell: Tell) -> None:
        self.study, self.folder, self.tell = study, folder, tell
        self.begun = time.perf_counter()
        self.deadline = self.begun + seconds
        self.done_before = len(study.trials())
        self.killed = 0

    def run(self, processes: int) -> None:
        self.tell(Progress(None, self.done_before, self.study.total, None))
        with started(min(processes, self.study.total - self.done_before), self.folder) as idle:
            busy: dict[Worker, Any] = {}
            while True:
                while idle and (asked := self._next()):
                    busy[idle[-1]], config = asked
                    idle.pop().begin(config)
                if not busy:
                    return
                for worker in cast(list[Worker], wait(cast(Any, list(busy)))):
                    if self._heard_out(worker, busy[worker]):
                        del busy[worker]
                        idle.append(worker)

    def _next(self) -> tuple[Any, Config] | None:
        return self.study.ask() if time.perf_counter() < self.deadline else None

    def _heard_out(self, worker: Worker, trial: Any) -> bool:
        """Take what a worker has to tell; return whether its trial is over."""
        try:
            heard = worker.hear()
            if not isinstance(heard, Outcome):
                worker.answer(self.study.report(trial, *heard))
                return False
        except ConnectionError:
            heard = Outcome("killed")
        self._finish(trial, heard)
        self.killed = self.killed + 1 if heard.state == "killed" else 0
        if self.killed == MOST_KILLED:
            raise RunError(
                f"{MOST_KILLED} trials one after the other were killed, for lack of memory "
                "perhaps: go on with the same command and fewer --workers"
            )
        return True

    def _finish(self, trial: Any, outcome: Outcome) -> None:
        over = self.study.tell(trial, outcome)
        done, total = len(self._write()), self.study.total
        each = (time.perf_counter() - self.begun) / (done - self.done_before)
        self.tell(Progress(over, done, total, each * (total - done)))

    def _write(self) -> list[Trial]:
        """Write ``trials.csv`` and ``best.toml``, and return the trials that are over."""
        trials = self.study.trials()
        write_trials(self.folder, trials, self.study.space)
        if best := _best(trials):
            write_best(self.folder, self.study.base, best)
        return trials

    def result(self) -> Result:
        """What came of it all. Draws the figures."""
        trials = self._write()
        best = _best(trials)
        if best is None:
            raise ConfigError(
                f"none of the {len(trials)} trials in {self.folder} came to its end: give more "
                "--trials or time, or search elsewhere, with --space and --name"
            )
        values = self.study.base_values
        base = next((trial for trial in trials if trial.values == values), None)
        importances = self.study.importances()
        write_figures(self.folder, _figures(trials, importances))
        return Result(trials, best, base, importances)


def _best(trials: list[Trial]) -> Trial | None:
    """The finished trial with the lowest log loss; of equal ones the first."""
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
