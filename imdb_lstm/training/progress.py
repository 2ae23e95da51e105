"""Progress of a training and the time left: a progress bar, or plain lines in a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from imdb_lstm.training.reporter import Reporter

if TYPE_CHECKING:  # n-grams are trained without Keras
    import keras


@contextmanager
def progress_here() -> Iterator[Reporter]:
    """Yield a reporter for a notebook, or for a console outside of one."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if console.is_jupyter:
        from imdb_lstm.training.progress_callbacks import NotebookProgress

        shown = NotebookProgress()
        yield Reporter(shown.report, lambda: [shown])
        return
    with console_progress(console) as reporter:
        yield reporter


@contextmanager
def console_progress(console: Console) -> Iterator[Reporter]:
    """Yield a reporter that prints on a console, with a progress bar on a terminal."""
    bar = progress_bar(console)

    def callbacks() -> Sequence[keras.callbacks.Callback]:
        from imdb_lstm.training.progress_callbacks import ProgressBar

        return [ProgressBar(console, bar)]

    try:
        yield Reporter(console.print, callbacks)
    finally:
        if bar.live.is_started:  # interrupted
            bar.stop()  # restores the terminal's cursor


def progress_bar(console: Console) -> Progress:
    """The bar of a training; it shows nothing before it is started."""
    return Progress(
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
