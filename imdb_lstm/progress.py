"""How far training is, and how long it will take: a bar that moves, or plain lines in a log."""

from __future__ import annotations

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class ProgressBar(keras.callbacks.Callback):
    """One line an epoch, and on a terminal a bar over all the steps with the time left.

    The time left is that to the last epoch; stopping early only makes it shorter.
    """

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        self.bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def on_train_begin(self, logs=None):
        total = self.params["steps"] * self.params["epochs"]
        self.task = self.bar.add_task("", total=total, epoch="", loss="")
        self.bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        steps, epochs = self.params["steps"], self.params["epochs"]
        self.bar.update(self.task, completed=steps * epoch, epoch=f"{epoch + 1}/{epochs}")

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(self.task, advance=1, loss=f"{logs['loss']:.3f}")

    def on_epoch_end(self, epoch, logs=None):
        train, validation = (
            f"loss {logs[prefix + 'loss']:.4f}, accuracy {logs[prefix + 'accuracy']:.4f}"
            for prefix in ("", "val_")
        )
        self.console.print(f"epoch {epoch + 1}: {train}; validation {validation}", soft_wrap=True)

    def on_train_end(self, logs=None):
        self.bar.stop()
        self.bar.remove_task(self.task)  # another fit, of the run that this one teaches, may follow
