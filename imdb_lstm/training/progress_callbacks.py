"""Keras callbacks that show the progress of a fit: a progress bar, or an output of a notebook."""

from __future__ import annotations

import time
from datetime import timedelta

import keras
from rich.console import Console
from rich.progress import Progress

SECONDS_BETWEEN = 0.5  # between two updates of an output in a notebook
SECONDS_BETWEEN_LINES = 60.0  # of a log


class ProgressBar(keras.callbacks.Callback):
    """One line per epoch, and a bar over all steps with the time left, or a line a minute in a log.

    The time left is that until the last epoch; early stopping shortens it.
    """

    def __init__(self, console: Console, bar: Progress) -> None:
        super().__init__()
        self.console, self.bar = console, bar

    def on_train_begin(self, logs=None):
        total = self.params["steps"] * self.params["epochs"]
        self.task = self.bar.add_task("", total=total, epoch="", loss="")
        self.bar.start()
        self.written = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        steps, epochs = self.params["steps"], self.params["epochs"]
        self.bar.update(self.task, completed=steps * epoch, epoch=f"{epoch + 1}/{epochs}")

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(self.task, advance=1, loss=f"{logs['loss']:.3f}")
        waited = time.monotonic() - self.written
        if not self.console.is_terminal and waited >= SECONDS_BETWEEN_LINES:
            self._print_step(batch, logs)

    def _print_step(self, batch: int, logs: dict[str, float]) -> None:
        [task] = self.bar.tasks
        left = task.time_remaining
        time_left = "" if left is None else f", {timedelta(seconds=round(left))} left"
        step = f"epoch {task.fields['epoch']}, step {batch + 1} of {self.params['steps']}"
        self.console.print(f"{step}: loss {logs['loss']:.4f}{time_left}", soft_wrap=True)
        self.written = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        self.written = time.monotonic()
        self.console.print(_epoch_line(epoch, logs), soft_wrap=True)

    def on_train_end(self, logs=None):
        self.bar.stop()
        self.bar.remove_task(self.task)  # another fit may follow: that of the run this one labels


class NotebookProgress(keras.callbacks.Callback):
    """One output below a notebook's cell, updated during training.

    It has one line per epoch; the last line shows the current epoch's steps.
    """

    def __init__(self) -> None:
        super().__init__()
        from IPython.display import display

        self.lines: list[str] = []
        self.step_line, self.epoch = "", 0
        self.written = time.monotonic()
        self.output = display(self, display_id=True)

    def __repr__(self) -> str:
        return "\n".join([*self.lines, self.step_line] if self.step_line else self.lines)

    def report(self, message: str) -> None:
        """Add a permanent line."""
        self.lines.append(message)
        self.step_line = ""
        self.output.update(self)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() - self.written >= SECONDS_BETWEEN:
            self.written = time.monotonic()
            steps = f"step {batch + 1} of {self.params['steps']}"
            self.step_line = f"epoch {self.epoch + 1}: {steps}, loss {logs['loss']:.4f}"
            self.output.update(self)

    def on_epoch_end(self, epoch, logs=None):
        self.report(_epoch_line(epoch, logs))


def _epoch_line(epoch: int, logs: dict[str, float]) -> str:
    train, validation = (
        f"loss {logs[prefix + 'loss']:.4f}, accuracy {logs[prefix + 'accuracy']:.4f}"
        for prefix in ("", "val_")
    )
    return f"epoch {epoch + 1}: {train}; validation {validation}"
