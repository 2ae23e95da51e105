"""Contributions in networks: completeness, padding, occlusion, prefixes and attention."""

from dataclasses import replace
from itertools import permutations

import keras
import numpy as np
import pytest
from tiny_world import random_network

from imdb_lstm.config.options import ENCODER_NAMES, Config
from imdb_lstm.explanation import integrated_gradients
from imdb_lstm.explanation.class_pair import ClassPair
from imdb_lstm.explanation.integrated_gradients import (
    FEWEST_STEPS,
    TOLERANCE,
    IntegratedGradients,
    attention_weights,
    occlusion,
    prefix_logits,
)
from imdb_lstm.models.gradients import with_gradient
from imdb_lstm.models.network import network_logits, split_at_embedding
from imdb_lstm.text.vocabulary import UNKNOWN_ID

BASE = Config(
    word_vectors=False, embedding_dim=6, units=4, chunk_length=4, pooling="max+mean"
)  # fmt: skip
IDS = np.array([5, 6, 1, 8, 9, 3, 5, 7, 2], np.int32)


def network(classes=2, **options):
    return random_network(replace(BASE, **options), classes)


def logit(model, ids):
    return float(np.array(model(np.array(ids)[None]))[0, 0])


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ENCODER_NAMES)
def test_contributions_sum_to_the_change_of_the_logit(encoder):
    width = 8 if encoder == "transformer" else 6  # a multiple of its heads
    model = network(encoder=encoder, embedding_dim=width)
    found = IntegratedGradients(model)(IDS)
    assert found.logit == pytest.approx(logit(model, IDS), abs=1e-4)
    assert found.baseline == pytest.approx(logit(model, np.full(len(IDS), UNKNOWN_ID)), abs=1e-4)
    change = found.logit - found.baseline
    assert abs(change) > 0.05
    assert abs(found.values.sum() - change) <= 0.01 * abs(change)
    assert found.error == pytest.approx(abs(found.values.sum() - change) / abs(change), rel=1e-4)


@pytest.mark.parametrize("classes", [3, 8])
def test_contributions_are_complete_for_each_pair_of_classes_in_one_graph(classes, monkeypatch):
    traced, own = [], IntegratedGradients._logits
    monkeypatch.setattr(
        IntegratedGradients, "_logits", lambda *values: traced.append(1) or own(*values)
    )
    model = network(classes, encoder="bag", pooling="mean+attention")
    gradients, found = IntegratedGradients(model), {}
    logits = network_logits(model, [IDS, np.full_like(IDS, UNKNOWN_ID)])
    for pair in map(ClassPair._make, permutations(range(classes), 2)):
        found[pair] = gradients(IDS, pair.direction(classes))
        ends = found[pair].logit, found[pair].baseline
        np.testing.assert_allclose(ends, pair.difference(logits), atol=1e-4)
        assert found[pair].error <= TOLERANCE
    for pair, each in found.items():
        turned = found[pair.against, pair.of]
        np.testing.assert_allclose(each.values, -turned.values, atol=1e-5)
    assert len(traced) == 1


def test_of_one_logit_the_contributions_are_as_they_were():
    model = network(encoder="bag", pooling="mean+attention")
    found = IntegratedGradients(model)(IDS)
    front, rest = split_at_embedding(model)
    (start, end), mask = map(np.array, front(np.stack([np.full_like(IDS, UNKNOWN_ID), IDS])))
    gradient = with_gradient(lambda values, mask: rest([values, mask])[:, 0])
    total = np.zeros_like(start)
    for first in range(0, found.steps, FEWEST_STEPS):
        middles = (np.arange(first, first + FEWEST_STEPS) + 0.5) / found.steps
        points = start + middles.astype(np.float32)[:, None, None] * (end - start)
        total += gradient(points, np.repeat(mask[:1], FEWEST_STEPS, axis=0))[1].sum(axis=0)
    wanted = (total / found.steps * (end - start)).sum(axis=1)
    np.testing.assert_allclose(found.values, wanted, rtol=1e-5, atol=1e-6)


def test_contributions_in_a_linear_network_are_exact():
    model = network(encoder="bag", pooling="mean")
    vectors = model.get_layer("embedding").get_weights()[0]
    kernel = model.get_layer("logit").get_weights()[0]
    wanted = (vectors[IDS] - vectors[UNKNOWN_ID]) @ kernel[:, 0] / len(IDS)
    np.testing.assert_allclose(IntegratedGradients(model)(IDS).values, wanted, atol=1e-5)
    np.testing.assert_allclose(occlusion(model, IDS), wanted, atol=1e-5)


@pytest.mark.slow
def test_more_steps_are_taken_until_the_error_is_small(monkeypatch):
    gradients = IntegratedGradients(network(encoder="bilstm"))
    monkeypatch.setattr(integrated_gradients, "TOLERANCE", 1.0)
    rough = gradients(IDS)
    monkeypatch.setattr(integrated_gradients, "TOLERANCE", rough.error / 10)
    fine = gradients(IDS)
    assert rough.steps == FEWEST_STEPS < fine.steps
    monkeypatch.setattr(integrated_gradients, "TOLERANCE", 0.0)
    monkeypatch.setattr(integrated_gradients, "MOST_STEPS", 64)
    assert gradients(IDS).steps == 64


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["max+mean", "attention"])
def test_padding_contributes_nothing_and_changes_nothing(pooling):
    model = network(pooling=pooling)
    gradients = IntegratedGradients(model)
    padded = np.pad(IDS, (0, 5))
    every = [lambda ids: gradients(ids).values]
    every += [lambda ids, measure=measure: measure(model, ids)
              for measure in (occlusion, prefix_logits)]  # fmt: skip
    if pooling == "attention":
        every.append(lambda ids: attention_weights(model, ids))
    for measure in every:
        alone, among = measure(IDS), measure(padded)
        assert alone.shape == IDS.shape and among.shape == padded.shape
        np.testing.assert_allclose(among[: len(IDS)], alone, atol=2e-5)
        np.testing.assert_array_equal(among[len(IDS) :], 0)


@pytest.mark.slow
def test_zero_embeddings_and_unknown_words_contribute_nothing():
    model = network()
    for measure in (lambda ids: IntegratedGradients(model)(ids).values,
                    lambda ids: occlusion(model, ids)):  # fmt: skip
        np.testing.assert_array_equal(measure(np.full(3, UNKNOWN_ID, np.int32)), 0)
    embedding = model.get_layer("embedding")
    embedding.set_weights([np.zeros_like(w) for w in embedding.get_weights()])
    found = IntegratedGradients(model)(IDS)
    np.testing.assert_array_equal(found.values, 0)
    assert (found.error, found.steps) == (0, FEWEST_STEPS)


@pytest.mark.slow
def test_mixed_precision_is_explained():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        found = IntegratedGradients(network(encoder="lstm"))(IDS)
    finally:
        keras.config.set_dtype_policy("float32")
    assert found.values.dtype == np.float32
    assert np.isfinite(found.values).all() and found.error < 0.2


@pytest.mark.slow
def test_occlusion_is_the_drop_of_the_logit_with_the_word_unknown():
    model = network()
    for place, found in enumerate(occlusion(model, IDS)):
        occluded = IDS.copy()
        occluded[place] = UNKNOWN_ID
        assert found == pytest.approx(logit(model, IDS) - logit(model, occluded), abs=1e-4)


@pytest.mark.slow
def test_prefix_logits_are_those_of_the_prefixes(monkeypatch):
    model = network()
    wanted = [logit(model, IDS[:length]) for length in range(1, len(IDS) + 1)]
    np.testing.assert_allclose(prefix_logits(model, IDS), wanted, atol=1e-4)
    monkeypatch.setattr(
        integrated_gradients, "MOST_PREFIXES", 3
    )  # of 9 words: 1, 4, 7 and the last
    found = prefix_logits(model, IDS)
    np.testing.assert_allclose(found[[0, 3, 6, 8]], np.array(wanted)[[0, 3, 6, 8]], atol=1e-4)
    assert found[1] == pytest.approx((2 * wanted[0] + wanted[3]) / 3, abs=1e-4)


def test_each_class_has_its_occlusion_and_prefix_logits(monkeypatch):
    monkeypatch.setattr(integrated_gradients, "MOST_PREFIXES", 3)  # some are interpolated
    model = network(3, encoder="bag", pooling="mean")
    kernel, bias = model.get_layer("logit").get_weights()
    vectors = model.get_layer("embedding").get_weights()[0] @ kernel
    wanted = (vectors[IDS] - vectors[UNKNOWN_ID]) / len(IDS)
    np.testing.assert_allclose(occlusion(model, IDS), wanted, atol=1e-4)
    found = prefix_logits(model, IDS)
    for length in (1, 4, 7, 9):
        np.testing.assert_allclose(
            found[length - 1], vectors[IDS[:length]].mean(axis=0) + bias, atol=1e-4
        )
    np.testing.assert_allclose(found[1], (2 * found[0] + found[3]) / 3, atol=1e-5)


def test_attention_is_how_the_pooling_weighs_the_words():
    model = network(pooling="mean+attention")
    weights = attention_weights(model, IDS)
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    states = keras.Model(model.input, model.get_layer("encoder_1").output)(IDS[None])
    pooled = keras.Model(model.input, model.get_layer("pooling").output)(IDS[None])
    half = np.array(pooled)[0, states.shape[-1] :]
    np.testing.assert_allclose(weights @ np.array(states)[0], half, atol=1e-5)
    assert attention_weights(network(), IDS) is None
