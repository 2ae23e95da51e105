"""The loss is as configured; a network trained in another precision predicts in float32.

That a fit resumes, ``test_train.py`` tests with whole runs.
"""

from dataclasses import replace

import keras
import numpy as np
import pytest

from imdb_lstm.training.fit import compiled_model, in_float32

IDS = np.array([[2, 5, 3, 0], [4, 4, 6, 7]], dtype="int32")


def test_the_loss_is_the_log_loss_of_labels_smoothed_as_configured(tiny_config):
    logits, labels = np.array([[2.0], [-1.0], [0.5]]), np.array([[1.0], [1.0], [0.0]])
    for smoothing in (0.0, 0.3):
        config = replace(tiny_config, encoder="bag", label_smoothing=smoothing)
        target = labels * (1 - smoothing) + smoothing / 2
        wanted = np.mean(np.log1p(np.exp(logits)) - target * logits)
        assert float(compiled_model(config, 9, 5).loss(labels, logits)) == pytest.approx(wanted)


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
