"""Worker processes that run trials: a pipe carries configurations to them, and outcomes back.

A trial never runs in the process that owns the study. TensorFlow keeps the graph of every network
(its registry of custom gradients is never cleared), tens of megabytes per trial, so a worker is
replaced after some trials; and a trial that runs out of memory ends only its worker.
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
from imdb_lstm.device import import_backend
from imdb_lstm.errors import UserError
from imdb_lstm.threads import use_one_thread
from imdb_lstm.training.tuning.trials import Outcome, Report, ReviewCache, run_trial

TRIALS_PER_PROCESS = 10


class Worker:
    """A process that runs trials, and is replaced when it has run many or is dead.

    ``alone``: it may use all threads and the GPU; otherwise it computes on one thread. It can be
    passed to ``multiprocessing.connection.wait``.
    """

    def __init__(self, folder: Path, alone: bool) -> None:
        self.folder, self.alone = folder, alone
        self.start()

    def start(self) -> None:
        """Start a process."""
        spawn = multiprocessing.get_context("spawn")
        self.connection, far_end = spawn.Pipe()
        arguments = (far_end, self.folder, self.alone)
        self.process: Any = spawn.Process(target=_work, args=arguments, daemon=True)
        self.process.start()
        far_end.close()  # so that the pipe ends when the process dies
        self.trials = 0

    def fileno(self) -> int:
        return self.connection.fileno()

    def start_trial(self, config: Config) -> None:
        """Start a trial, in a new process if this one has run many trials or is dead."""
        if self.trials == TRIALS_PER_PROCESS or not self.process.is_alive():
            self.kill()
            self.start()
        self.trials += 1
        self.connection.send(config)

    def receive(self) -> Outcome | tuple[int, float]:
        """Return the outcome of the trial, or an epoch and its log loss, which need an answer.

        Raises the error that ended the trial, or ``ConnectionError`` when the process is dead.
        """
        try:
            message = self.connection.recv()
        except EOFError as error:
            raise ConnectionError("the worker is dead") from error
        if isinstance(message, Exception):
            raise message
        return message

    def answer(self, stop: bool) -> None:
        """Send whether to stop the trial after the epoch received last."""
        self.connection.send(stop)

    def kill(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


@contextmanager
def started(count: int, folder: Path) -> Iterator[list[Worker]]:
    """Start ``count`` workers, with temporary files in the folder; kill them after the block."""
    workers: list[Worker] = []
    try:
        for _ in range(count):
            workers.append(Worker(folder, alone=count == 1))
        yield list(workers)
    finally:
        for worker in workers:
            worker.kill()


def serve(connection: Connection, run: Callable[[Config, Report], Outcome]) -> None:
    """Run the trials that the connection receives, one after another, until it ends."""

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
        except Exception as error:  # not every exception can be pickled
            connection.send(RuntimeError(f"{type(error).__name__}: {error}"))


def _work(connection: Connection, folder: Path, alone: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner of the study handles Ctrl-C
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if not alone:
        import_backend()
        use_one_thread()
    serve(connection, partial(_run, reviews=ReviewCache(), folder=folder, alone=alone))


def _run(
    config: Config, report: Report, reviews: ReviewCache, folder: Path, alone: bool
) -> Outcome:
    here = config if alone else replace(config, device="cpu")
    return run_trial(here, reviews, folder, report)


def _die_with_parent() -> None:
    """End this process when its parent has ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
