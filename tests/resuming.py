"""Interrupts of a training, and comparisons of runs, for the tests that resume one."""

import csv

import keras
import numpy as np
from saved_runs import keras_model

from imdb_lstm.config.unread import reads_unlabelled
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.runs.files import read_history, read_metrics
from imdb_lstm.runs.pretrained import load_language_model
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.reporter import Reporter


class Interrupt(keras.callbacks.Callback):
    """Stops the training from outside in the given epoch and step, as Ctrl-C would."""

    def __init__(self, epoch, step=2):
        super().__init__()
        self.when = (epoch, step)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.when:
            self.stop()

    def stop(self):
        raise KeyboardInterrupt


class InterruptAtTheEnd(keras.callbacks.Callback):
    """Stops the training after its last epoch."""

    def on_train_end(self, logs=None):
        raise KeyboardInterrupt


class Count(keras.callbacks.Callback):
    """Counts the train batches."""

    batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


def calling(*callbacks):
    """A reporter that only has these Keras callbacks."""
    return Reporter(callbacks=lambda: callbacks)


def prepared(config):
    """The examples of a configuration, without pseudo-labels."""
    return prepare(config, read_training_data(config, reads_unlabelled(config)))


def history(folder):
    """What a run measured, except the seconds."""
    columns = read_history(folder)
    return {name: values for name, values in columns.items() if name != "seconds"}


def assert_same_run(one, other):
    """Equal history, weights and metrics, except times."""
    first, second = history(one), history(other)
    assert list(first) == list(second)
    for name, values in first.items():
        np.testing.assert_allclose(second[name], values, atol=2e-6, err_msg=name)
    models = [keras_model(folder) for folder in (one, other)]
    assert [w.path for w in models[0].weights]
    for left, right in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)
    timeless = [
        {key: value for key, value in read_metrics(folder).items()
         if key not in ("seconds", "peak_memory_megabytes", "validation")}
        for folder in (one, other)
    ]  # fmt: skip
    assert timeless[0] == timeless[1]


def language_model_rows(folder):
    """The history of a language model, except the seconds."""
    with (folder / "history.csv").open(newline="") as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


def assert_same_language_model(one, other):
    """Equal vocabulary, weights and history, except times."""
    first, second = (load_language_model(folder) for folder in (one, other))
    assert first.vocabulary.words == second.vocabulary.words
    assert first.weights.keys() == second.weights.keys()
    for name, weight in first.weights.items():
        np.testing.assert_array_equal(second.weights[name], weight, err_msg=name)
    assert language_model_rows(one) == language_model_rows(other)
