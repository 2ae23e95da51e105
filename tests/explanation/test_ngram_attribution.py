"""Contributions in linear models, against the model asked again."""

import numpy as np
import pytest

from imdb_lstm.explanation.ngram_attribution import ngram_contributions, ngram_occlusion, ngram_prefix_logits
from imdb_lstm.models.ngram_classifier import NgramClassifier

NGRAMS = ["a", "b", "a b", "b a", "a b a", "c", "b b"]
MODELS = [
    NgramClassifier(NGRAMS, np.arange(1, 8).astype(np.float32) ** 2, bias=-3.0, damping=damping)
    for damping in (None, 0.0, 4.0)
]
TEXTS = ["a", "a b", "a b a b", "b b b", "x a x b", "c a b a c x", "x", ""]


def logit(model, tokens):
    return float(model.predict_logits([" ".join(tokens)])[0])


@pytest.mark.parametrize("model", MODELS, ids=["sum", "mean", "damped mean"])
@pytest.mark.parametrize("text", TEXTS)
def test_shares_sum_to_the_logit_less_the_bias(model, text):
    tokens = text.split()
    assert ngram_contributions(model, tokens).sum() == pytest.approx(
        logit(model, tokens) + 3.0, abs=1e-4
    )


@pytest.mark.parametrize("model", MODELS, ids=["sum", "mean", "damped mean"])
@pytest.mark.parametrize("text", TEXTS)
def test_occlusion_is_the_logit_less_that_with_the_word_unknown(model, text):
    tokens = text.split()
    wanted = [logit(model, tokens) - logit(model, [*tokens[:i], "x", *tokens[i + 1 :]])
              for i in range(len(tokens))]  # fmt: skip
    np.testing.assert_allclose(ngram_occlusion(model, tokens), wanted, atol=1e-4)


@pytest.mark.parametrize("model", MODELS, ids=["sum", "mean", "damped mean"])
@pytest.mark.parametrize("text", TEXTS)
def test_running_logits_are_those_of_the_beginnings(model, text):
    tokens = text.split()
    wanted = [logit(model, tokens[: i + 1]) for i in range(len(tokens))]
    np.testing.assert_allclose(ngram_prefix_logits(model, tokens), wanted, atol=1e-4)


def test_an_unknown_word_adds_nothing():
    found = ngram_contributions(MODELS[0], ["x", "a", "x"])
    assert found.tolist() == [0, 1, 0]
