"""The loss is as configured; a network trained in another precision predicts in float32.

That a fit resumes, ``test_train.py`` tests with whole runs.
"""

from dataclasses import replace

import keras
import numpy as np
import pytest
from resuming import calling

from imdb_lstm.errors import DivergedError
from imdb_lstm.training import checkpoints
from imdb_lstm.training.fit import compiled_model, in_float32
from imdb_lstm.training.train import train

IDS = np.array([[2, 5, 3, 0], [4, 4, 6, 7]], dtype="int32")


def test_the_loss_is_the_log_loss_of_labels_smoothed_as_configured(tiny_config):
    logits, labels = np.array([[2.0], [-1.0], [0.5]]), np.array([[1.0], [1.0], [0.0]])
    for smoothing in (0.0, 0.3):
        config = replace(tiny_config, encoder="bag", label_smoothing=smoothing)
        target = labels * (1 - smoothing) + smoothing / 2
        wanted = np.mean(np.log1p(np.exp(logits)) - target * logits)
        assert float(compiled_model(config, 9, 5).loss(labels, logits)) == pytest.approx(wanted)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_weights_by_class_make_both_labels_count_the_same(smoothing, tiny_config):
    config = replace(tiny_config, encoder="bag", label_smoothing=smoothing, class_weights=True)
    labels = np.array([[1.0]] * 2 + [[0.0]] * 8)
    logits = np.random.default_rng(0).normal(size=(10, 1))
    model = compiled_model(config, 9, 5, shares=np.array([0.8, 0.2]))
    target = labels * (1 - smoothing) + smoothing / 2
    losses = np.log1p(np.exp(logits)) - target * logits
    losses = (losses * np.where(labels == 1, 0.5 / 0.2, 0.5 / 0.8)).ravel()
    found = np.array(model.loss(labels.astype("float32"), logits.astype("float32")))
    np.testing.assert_allclose(found, losses, rtol=1e-5)
    by_label = losses[:2].mean() * 0.2, losses[2:].mean() * 0.8
    assert losses.mean() == pytest.approx(sum(by_label))
    soft = np.array([[0.25]])  # a soft label has a weight in between
    one = np.array(model.loss(soft, np.array([[0.0]])))[0]
    assert one == pytest.approx(np.log(2) * (0.25 * 2.5 + 0.75 * 0.625), rel=1e-5)


@pytest.mark.slow
def test_fit_minimises_the_weighted_loss_and_reports_the_plain_log_loss(tiny_config):
    config = replace(tiny_config, encoder="bag", class_weights=True, label_smoothing=0.2)
    labels = np.array([[1.0], [0.0]], dtype="float32")
    model = compiled_model(config, 9, 5, shares=np.array([0.9, 0.1]))
    logits = np.array(model(IDS))
    found = model.evaluate(IDS, labels, verbose=0, return_dict=True)
    losses = np.log1p(np.exp(logits)) - labels * logits
    smoothed = np.log1p(np.exp(logits)) - (labels * 0.8 + 0.1) * logits
    assert found["log_loss"] == pytest.approx(losses.mean(), rel=1e-5)
    weighted = (smoothed * np.array([[5.0], [0.5 / 0.9]])).mean()
    penalties = float(sum(model.losses)) if model.losses else 0.0
    assert found["loss"] == pytest.approx(weighted + penalties, rel=1e-4)


@pytest.mark.slow
def test_a_network_trained_in_bfloat16_becomes_the_same_in_float32(tiny_config):
    config = replace(tiny_config, bigram_dim=3, seed=4)
    keras.config.set_dtype_policy("mixed_bfloat16")
    trained = compiled_model(config, 9, 5)
    trained.fit(IDS, np.array([[1.0], [0.0]]), verbose=0)
    network = in_float32(trained, config)
    assert {layer.compute_dtype for layer in network.layers} <= {"float32", "int32"}
    logits = network(IDS)
    np.testing.assert_allclose(logits, trained(IDS), atol=2e-2)
    keras.config.set_dtype_policy("float32")
    exact = compiled_model(config, 9, 5)
    exact.set_weights(network.get_weights())
    np.testing.assert_allclose(logits, exact(IDS), atol=1e-6)


def test_a_network_of_float32_stays_as_it_is(tiny_config):
    model = compiled_model(tiny_config, 9, 5)
    assert in_float32(model, tiny_config) is model


class Spoil(keras.callbacks.Callback):
    """Makes a weight NaN before the third step of the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (1, 2):
            weights = self.model.get_weights()
            self.model.set_weights([np.full_like(weights[0], np.nan), *weights[1:]])


@pytest.mark.slow
def test_a_loss_that_is_not_finite_ends_the_training_at_its_step(
    tiny_config, tmp_path, monkeypatch
):
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)  # a checkpoint after every step
    config = replace(tiny_config, encoder="bag", word_vectors=False)
    with pytest.raises(DivergedError, match="not finite in step 3 of epoch 2: ") as caught:
        train(config, tmp_path, "run", reporter=calling(Spoil()))
    assert "\n" not in str(caught.value) and not (tmp_path / "run").exists()
    with np.load(tmp_path / ".run.unfinished" / "checkpoint.npz") as stored:
        arrays = [array for array in stored.values() if array.dtype.kind == "f"]
    assert arrays and all(np.isfinite(array).all() for array in arrays)
