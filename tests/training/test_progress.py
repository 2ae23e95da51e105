"""The progress bar over several trainings, such as those of a run and its labellers."""

import io
import re
import sys
from types import SimpleNamespace

from rich.console import Console

from imdb_lstm.training import progress_callbacks
from imdb_lstm.training.progress import progress_bar, progress_here
from imdb_lstm.training.progress_callbacks import NotebookProgress, ProgressBar


def test_a_bar_shows_only_the_current_training():
    console = Console(file=io.StringIO())
    bar = ProgressBar(console, progress_bar(console))
    bar.set_params({"steps": 3, "epochs": 2})
    for _ in range(2):
        bar.on_train_begin()
        assert len(bar.bar.task_ids) == 1
        bar.on_epoch_begin(0)
        bar.on_train_batch_end(0, {"loss": 0.7})
        assert [task.completed for task in bar.bar.tasks] == [1]
        bar.on_train_end()


def test_a_log_has_a_line_a_minute_with_the_time_left(monkeypatch):
    log, seconds = io.StringIO(), iter(range(0, 1_000, 25))
    console = Console(file=log)
    bar = ProgressBar(console, progress_bar(console))
    clock = SimpleNamespace(monotonic=lambda: next(seconds))
    monkeypatch.setattr(progress_callbacks, "time", clock)
    bar.set_params({"steps": 8, "epochs": 2})
    bar.on_train_begin()
    bar.on_epoch_begin(1)
    for step in range(8):
        bar.on_train_batch_end(step, {"loss": 0.25})
    bar.on_train_end()
    lines = log.getvalue().split("\n")
    steps = [line.partition(":")[0] for line in lines if line.startswith("epoch 2/2, step")]
    assert steps == [f"epoch 2/2, step {step} of 8" for step in (3, 6)]
    assert re.search(r"step 6 of 8: loss 0\.2500, \d:\d\d:\d\d left", log.getvalue())


def test_a_notebook_has_one_output_with_a_line_per_epoch(monkeypatch):
    written = []
    output = SimpleNamespace(update=lambda shown: written.append(repr(shown)))
    display = SimpleNamespace(display=lambda shown, display_id: output)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(progress_callbacks, "SECONDS_BETWEEN", 0.0)
    shown = NotebookProgress()
    shown.set_params({"steps": 3, "epochs": 2})
    shown.report("training first")
    for epoch in range(2):
        shown.on_epoch_begin(epoch)
        shown.on_train_batch_end(0, {"loss": 0.7})
        assert written[-1].splitlines()[-1] == f"epoch {epoch + 1}: step 1 of 3, loss 0.7000"
        logs = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.625, "val_accuracy": 0.5}
        shown.on_epoch_end(epoch, logs)
    lines = written[-1].splitlines()
    assert [line.partition(":")[0] for line in lines] == ["training first", "epoch 1", "epoch 2"]


def test_outside_a_notebook_lines_are_printed(capsys):
    with progress_here() as reporter:
        assert [type(callback) for callback in reporter.callbacks()] == [ProgressBar]
        reporter.line("training first")
    assert capsys.readouterr().out == "training first\n"
