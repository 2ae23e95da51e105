"""A search without training, for the tests of ``imdb_lstm.training.tuning``."""

import csv
import itertools
import math
from multiprocessing import Pipe
from threading import Thread
from types import SimpleNamespace

from imdb_lstm.data import training_data
from imdb_lstm.training.tuning.space import Choices, Range
from imdb_lstm.training.tuning.trials import Outcome
from imdb_lstm.training.tuning.workers import Worker, serve

SPACE = {
    "learning_rate": Range(1e-3, 0.3, log=True),
    "output_dropout": Range(0.0, 0.5),
    "pooling": Choices(("max", "mean", "max+mean")),
}


def fake_trial(config, report):
    """Return a log loss that depends only on the values, instead of training."""
    log_loss = abs(math.log(config.learning_rate / 0.05)) + config.output_dropout
    return Outcome("finished", log_loss, 0.5, 1, 1, 0.1)


class FakeWorker(Worker):
    """A worker with a thread instead of a process, and ``run`` instead of training."""

    run = staticmethod(fake_trial)
    starts = 0

    def start(self):
        self.connection, far_end = Pipe()
        Thread(target=serve, args=(far_end, self.run), daemon=True).start()
        self.process = SimpleNamespace(is_alive=lambda: True, kill=int, join=int)
        self.trials = 0
        FakeWorker.starts += 1


def fail_in(numbers, error, fake_worker, monkeypatch):
    """Raise the error instead of receiving the outcome of these trials, counted from now on."""
    count = itertools.count(1)

    def receive(self):
        message = Worker.receive(self)
        if next(count) in numbers:
            raise error
        return message

    monkeypatch.setattr(fake_worker, "receive", receive)


def rows(folder):
    """Read the rows of ``trials.csv``."""
    with (folder / "trials.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def tried(folder):
    """Read the values of each trial in ``trials.csv``."""
    return [tuple(row[key] for key in SPACE) for row in rows(folder)]


def guard_test_split(monkeypatch):
    """Fail when anything other than the train and validation splits is read for a training."""
    read = training_data.read_splits

    def guarded(config, *names):
        assert set(names) <= {"train", "validation"}
        return read(config, *names)

    monkeypatch.setattr(training_data, "read_splits", guarded)
