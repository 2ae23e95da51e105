"""Contributions in n-gram classifiers, compared with predictions of changed texts."""

import numpy as np
import pytest

from imdb_lstm.explanation.ngram_attribution import (
    ngram_contributions,
    ngram_occlusion,
    ngram_prefix_logits,
)
from imdb_lstm.models.ngram_classifier import NgramClassifier

NGRAMS = ["a", "b", "a b", "b a", "a b a", "c", "b b"]
MODELS = [
    NgramClassifier(NGRAMS, np.arange(1, 8).astype(np.float32) ** 2, bias=-3.0, damping=damping)
    for damping in (None, 0.0, 4.0)
]
TEXTS = ["a", "a b", "a b a b", "b b b", "x a x b", "c a b a c x", "x", ""]
CASES = [(model, text.split()) for model in MODELS for text in TEXTS]


def logit(model, tokens):
    return float(model.predict_logits([" ".join(tokens)])[0])


def test_contributions_sum_to_the_logit_minus_the_bias():
    for model, tokens in CASES:
        total = ngram_contributions(model, tokens).sum()
        assert total == pytest.approx(logit(model, tokens) + 3.0, abs=1e-4)


def test_occlusion_is_the_drop_of_the_logit_with_the_word_unknown():
    for model, tokens in CASES:
        wanted = [logit(model, tokens) - logit(model, [*tokens[:i], "x", *tokens[i + 1 :]])
                  for i in range(len(tokens))]  # fmt: skip
        np.testing.assert_allclose(ngram_occlusion(model, tokens), wanted, atol=1e-4)


def test_prefix_logits_are_those_of_the_prefixes():
    for model, tokens in CASES:
        wanted = [logit(model, tokens[: i + 1]) for i in range(len(tokens))]
        np.testing.assert_allclose(ngram_prefix_logits(model, tokens), wanted, atol=1e-4)


def test_an_unknown_word_contributes_nothing():
    found = ngram_contributions(MODELS[0], ["x", "a", "x"])
    assert found.tolist() == [0, 1, 0]
