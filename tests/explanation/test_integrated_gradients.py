"""Contributions in networks: completeness, padding, occlusion, prefixes and attention."""

from dataclasses import replace
from itertools import permutations

import keras
import numpy as np
import pytest
from tiny_world import as_numpy, random_network

from imdb_lstm.config.options import ENCODER_NAMES, Config
from imdb_lstm.explanation import integrated_gradients as module
from imdb_lstm.explanation.class_pair import ClassPair
from imdb_lstm.explanation.integrated_gradients import (
    FIRST_PARTS,
    TOLERANCE,
    attention_weights,
    integrated_gradients,
    occlusion,
)
from imdb_lstm.models.gradients import with_gradient
from imdb_lstm.models.network import split_at_embedding
from imdb_lstm.text.vocabulary import UNKNOWN_ID

BASE = Config(
    word_vectors=False, embedding_dim=6, units=4, chunk_length=4, pooling="max+mean"
)  # fmt: skip
IDS = np.array([5, 6, 1, 8, 9, 3, 5, 7, 2], np.int32)


FIRST_STEPS = len(FIRST_PARTS) + 3 * (len(FIRST_PARTS) - 1)


def network(classes=2, **options):
    return random_network(replace(BASE, **options), classes)


def logit(model, ids):
    return float(np.array(model(np.array(ids)[None]))[0, 0])


@pytest.mark.parametrize("encoder", ENCODER_NAMES)
def test_contributions_sum_to_the_change_of_the_logit(encoder):
    width = 8 if encoder == "transformer" else 6  # a multiple of its heads
    model = network(encoder=encoder, embedding_dim=width)
    found = integrated_gradients(as_numpy(model), IDS)
    assert found.logit == pytest.approx(logit(model, IDS), abs=1e-4)
    assert found.baseline == pytest.approx(logit(model, np.full(len(IDS), UNKNOWN_ID)), abs=1e-4)
    change = found.logit - found.baseline
    assert abs(change) > 0.05
    assert abs(found.values.sum() - change) <= 0.01 * abs(change)
    assert found.error == pytest.approx(abs(found.values.sum() - change) / abs(change), abs=1e-5)


@pytest.mark.parametrize("classes", [3, 8])
def test_contributions_are_complete_for_each_pair_of_classes(classes):
    own, found = as_numpy(network(classes, encoder="bag", pooling="mean+attention")), {}
    logits = own.logits([IDS, np.full_like(IDS, UNKNOWN_ID)])
    for pair in map(ClassPair._make, permutations(range(classes), 2)):
        found[pair] = integrated_gradients(own, IDS, pair.direction(classes))
        ends = found[pair].logit, found[pair].baseline
        np.testing.assert_allclose(ends, pair.difference(logits), atol=1e-4)
        assert found[pair].error <= TOLERANCE
    for pair, each in found.items():
        turned = found[pair.against, pair.of]
        np.testing.assert_allclose(each.values, -turned.values, atol=1e-5)


def test_contributions_are_the_mean_of_many_gradients_along_the_way(monkeypatch):
    """The mean at the midpoints of 500 equal steps, by the gradients of the framework."""
    model = network(encoder="bilstm", chunk_length=0)
    front, rest = split_at_embedding(model)
    (start, end), mask = map(np.array, front(np.stack([np.full_like(IDS, UNKNOWN_ID), IDS])))
    gradient = with_gradient(lambda values, mask: rest([values, mask])[:, 0])
    points = start + ((np.arange(500) + 0.5) / 500)[:, None, None] * (end - start)
    _, slopes = gradient(points.astype(np.float32), np.repeat(mask[:1], 500, axis=0))
    wanted = (slopes.mean(axis=0) * (end - start)).sum(axis=1)
    monkeypatch.setattr(module, "TOLERANCE", 1e-4)
    found = integrated_gradients(as_numpy(model), IDS).values
    np.testing.assert_allclose(found, wanted, atol=2e-3 * np.abs(wanted).max())


def test_contributions_in_a_linear_network_are_exact():
    model = network(encoder="bag", pooling="mean")
    vectors = model.get_layer("embedding").get_weights()[0]
    kernel = model.get_layer("logit").get_weights()[0]
    wanted = (vectors[IDS] - vectors[UNKNOWN_ID]) @ kernel[:, 0] / len(IDS)
    own = as_numpy(model)
    np.testing.assert_allclose(integrated_gradients(own, IDS).values, wanted, atol=1e-5)
    np.testing.assert_allclose(occlusion(own, IDS), wanted, atol=1e-5)


def test_more_steps_are_taken_until_the_error_is_small(monkeypatch):
    own = as_numpy(network(encoder="bilstm"))
    monkeypatch.setattr(module, "TOLERANCE", 1e3)
    rough = integrated_gradients(own, IDS)
    monkeypatch.setattr(module, "TOLERANCE", rough.error / 10)
    fine = integrated_gradients(own, IDS)
    assert rough.steps == FIRST_STEPS < fine.steps and fine.error < rough.error
    monkeypatch.setattr(module, "TOLERANCE", 0.0)
    monkeypatch.setattr(module, "MOST_STEPS", 64)
    assert 64 <= integrated_gradients(own, IDS).steps < 200


def test_zero_embeddings_and_unknown_words_contribute_nothing():
    model = network()
    own = as_numpy(model)
    unknown = np.full(3, UNKNOWN_ID, np.int32)
    np.testing.assert_array_equal(integrated_gradients(own, unknown).values, 0)
    np.testing.assert_array_equal(occlusion(own, unknown), 0)
    embedding = model.get_layer("embedding")
    embedding.set_weights([np.zeros_like(w) for w in embedding.get_weights()])
    found = integrated_gradients(as_numpy(model), IDS)
    np.testing.assert_array_equal(found.values, 0)
    assert (found.error, found.steps) == (0, FIRST_STEPS)


def test_occlusion_is_the_drop_of_the_logit_with_the_word_unknown():
    model = network()
    for place, found in enumerate(occlusion(as_numpy(model), IDS)):
        occluded = IDS.copy()
        occluded[place] = UNKNOWN_ID
        assert found == pytest.approx(logit(model, IDS) - logit(model, occluded), abs=1e-4)


def test_each_class_has_its_occlusion():
    model = network(3, encoder="bag", pooling="mean")
    vectors = model.get_layer("embedding").get_weights()[0]
    kernel = model.get_layer("logit").get_weights()[0]
    wanted = (vectors[IDS] - vectors[UNKNOWN_ID]) @ kernel / len(IDS)
    np.testing.assert_allclose(occlusion(as_numpy(model), IDS), wanted, atol=1e-4)


def test_attention_is_how_the_pooling_weighs_the_words():
    model = network(pooling="mean+attention")
    weights = attention_weights(as_numpy(model), IDS)
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    states = keras.Model(model.input, model.get_layer("encoder_1").output)(IDS[None])
    pooled = keras.Model(model.input, model.get_layer("pooling").output)(IDS[None])
    half = np.array(pooled)[0, states.shape[-1] :]
    np.testing.assert_allclose(weights @ np.array(states)[0], half, atol=1e-5)
    assert attention_weights(as_numpy(network()), IDS) is None
