"""The progress bar: one training after another, as a run comes after its teachers."""

import io

from rich.console import Console

from imdb_lstm.progress import ProgressBar


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
