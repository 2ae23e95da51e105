"""Logits come in the order of the reviews, whatever the batches were."""

import keras
import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.models import network as inference
from imdb_lstm.models.network import PREDICTION_BATCH_SIZE, build_model, network_logits


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


def make_model():
    model = build_model(Config(encoder="gru", embedding_dim=5, units=3, chunk_length=4), 40)
    random = np.random.default_rng(0)
    model.set_weights([random.normal(size=w.shape) for w in model.get_weights()])
    return model


def make_ids(lengths):
    random = np.random.default_rng(1)
    return [random.integers(1, 40, length).astype("int32") for length in lengths]


def test_logits_are_in_the_order_given_and_equal_those_of_each_review_alone(monkeypatch):
    monkeypatch.setattr(inference, "BATCH_SIZE", 3)
    model, ids = make_model(), make_ids([9, 1, 6, 2, 6, 13, 4, 1, 7, 3])
    logits = network_logits(model, ids)
    assert (logits.shape, logits.dtype) == ((10,), np.float32)
    alone = [float(model(review[None])[0, 0]) for review in ids]
    assert len({round(logit, 3) for logit in alone}) == 10
    np.testing.assert_allclose(logits, alone, atol=1e-5)
    back = network_logits(model, ids[::-1])
    np.testing.assert_allclose(back[::-1], logits, atol=1e-6)


def test_dropouts_are_off():
    model, ids = make_model(), make_ids([8])
    np.testing.assert_array_equal(
        network_logits(model, ids), network_logits(model, ids)
    )


def test_first_batches_of_one_width_do_not_fix_the_width_of_all():
    ids = [np.full(10, 2)] * (2 * PREDICTION_BATCH_SIZE + 1) + [np.full(13, 3)] * 4
    logits = network_logits(make_model(), ids)
    np.testing.assert_allclose(logits[:-4], logits[0], atol=1e-6)
    np.testing.assert_allclose(logits[-4:], logits[-1], atol=1e-6)
