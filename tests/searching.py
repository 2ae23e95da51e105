"""A search without training, for the tests of ``imdb_lstm.tune``."""

import csv
import itertools
import math
from multiprocessing import Pipe
from threading import Thread
from types import SimpleNamespace

from imdb_lstm.training.tuning.space import Choices, Range
from imdb_lstm.training.tuning.trials import Outcome
from imdb_lstm.training.tuning.workers import Worker, serve

SPACE = {
    "learning_rate": Range(1e-3, 0.3, log=True),
    "output_dropout": Range(0.0, 0.5),
    "pooling": Choices(("max", "mean", "max+mean")),
}


def fake_trial(config, report):
    """Instead of training, a log loss that the values decide."""
    log_loss = abs(math.log(config.learning_rate / 0.05)) + config.output_dropout
    return Outcome("finished", log_loss, 0.5, 1, 1, 0.1)


class FakeWorker(Worker):
    """A thread for a process, and ``run`` for training."""

    run = staticmethod(fake_trial)
    starts = 0

    def start(self):
        self.connection, far_end = Pipe()
        Thread(target=serve, args=(far_end, self.run), daemon=True).start()
        self.process = SimpleNamespace(is_alive=lambda: True, kill=int, join=int)
        self.trials = 0
        FakeWorker.starts += 1


def fail_in(numbers, error, fake_worker, monkeypatch):
    """Raise the error when one of these trials, of those run from now on, should be heard of."""
    heard = itertools.count(1)

    def hear(self):
        message = Worker.hear(self)
        if next(heard) in numbers:
            raise error
        return message

    monkeypatch.setattr(fake_worker, "hear", hear)


def rows(folder):
    """What ``trials.csv`` holds."""
    with (folder / "trials.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def tried(folder):
    """The values of each trial, as they stand in ``trials.csv``."""
    return [tuple(row[key] for key in SPACE) for row in rows(folder)]
