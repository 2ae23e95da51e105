"""Processes that run trials: configurations go down a pipe, epochs and outcomes come back.

A trial never runs in the process that owns the study. TensorFlow keeps the graph of every network
(its registry of custom gradients is never cleared), tens of megabytes a trial, so a process is
renewed after some; and a trial that takes too much memory takes only its worker down.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import Config
from imdb_lstm.device import use_one_thread
from imdb_lstm.errors import UserError
from imdb_lstm.training.tuning.trials import Outcome, Report, ReviewCache, run_trial

RENEWED_AFTER = 10  # trials


class Worker:
    """One process at a time. ``alone``: it has the machine for itself, its GPU too; otherwise it
    computes on one thread. ``multiprocessing.connection.wait`` takes it."""

    def __init__(self, folder: Path, alone: bool) -> None:
        self.folder, self.alone = folder, alone
        self.start()

    def start(self) -> None:
        """Begin the process."""
        spawn = multiprocessing.get_context("spawn")
        self.connection, far_end = spawn.Pipe()
        arguments = (far_end, self.folder, self.alone)
        self.process: Any = spawn.Process(target=_work, args=arguments, daemon=True)
        self.process.start()
        far_end.close()  # here, so that a dead process shows as the end of its pipe
        self.trials = 0

    def fileno(self) -> int:
        return self.connection.fileno()

    def begin(self, config: Config) -> None:
        """Have a trial run, by another process where this one has run enough, or is dead."""
        if self.trials == RENEWED_AFTER or not self.process.is_alive():
            self.kill()
            self.start()
        self.trials += 1
        self.connection.send(config)

    def hear(self) -> Outcome | tuple[int, float]:
        """The outcome of the trial, or an epoch and its log loss, to be answered.

        Raises what ended the trial, or ``ConnectionError`` when the process is dead.
        """
        try:
            message = self.connection.recv()
        except EOFError as error:
            raise ConnectionError("the worker is dead") from error
        if isinstance(message, Exception):
            raise message
        return message

    def answer(self, stop: bool) -> None:
        """Whether to stop the trial after the epoch just heard of."""
        self.connection.send(stop)

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.connection.close()


@contextmanager
def started(count: int, folder: Path) -> Iterator[list[Worker]]:
    """So many workers, killed when the block ends. Their scratch files go into the folder."""
    begun: list[Worker] = []
    try:
        for _ in range(count):
            begun.append(Worker(folder, alone=count == 1))
        yield list(begun)
    finally:
        for worker in begun:
            worker.kill()


def serve(connection: Connection, run: Callable[[Config, Report], Outcome]) -> None:
    """Run the trials that come down the pipe, one after the other, until it ends."""

    def report(epoch: int, log_loss: float) -> bool:
        connection.send((epoch, log_loss))
        return connection.recv()

    while True:
        try:
            config = connection.recv()
        except EOFError:
            return
        try:
            connection.send(run(config, report))
        except UserError as error:
            connection.send(error)
        except Exception as error:  # not every one can be sent as it is
            connection.send(RuntimeError(f"{type(error).__name__}: {error}"))


def _work(connection: Connection, folder: Path, alone: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's to handle
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if not alone:
        use_one_thread()
    serve(connection, partial(_run, reviews=ReviewCache(), folder=folder, alone=alone))


def _run(
    config: Config, report: Report, reviews: ReviewCache, folder: Path, alone: bool
) -> Outcome:
    here = config if alone else replace(config, device="cpu")
    return run_trial(here, reviews, folder, report)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
