"""The progress bar: one training after another, as a run comes after its teachers."""

import io
import sys
from types import SimpleNamespace

from rich.console import Console

from imdb_lstm.training import progress
from imdb_lstm.training.progress import NotebookProgress, ProgressBar, progress_here


def test_a_bar_shows_only_the_training_under_way():
    bar = ProgressBar(Console(file=io.StringIO()))
    bar.set_params({"steps": 3, "epochs": 2})
    for _ in range(2):
        bar.on_train_begin()
        assert len(bar.bar.task_ids) == 1
        bar.on_epoch_begin(0)
        bar.on_train_batch_end(0, {"loss": 0.7})
        assert [task.completed for task in bar.bar.tasks] == [1]
        bar.on_train_end()


def test_a_notebook_keeps_one_output_of_whole_lines(monkeypatch):
    written = []
    output = SimpleNamespace(update=lambda shown: written.append(repr(shown)))
    display = SimpleNamespace(display=lambda shown, display_id: output)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(progress, "SECONDS_BETWEEN", 0.0)
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


def test_outside_a_notebook_lines_go_to_standard_output(capsys):
    with progress_here() as (callback, report):
        assert isinstance(callback, ProgressBar)
        report("training first")
    assert capsys.readouterr().out == "training first\n"
