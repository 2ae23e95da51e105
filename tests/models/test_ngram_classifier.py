"""The n-gram classifiers: weights worked out by hand, embeddings, and files without code."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tiny_world import tiny_rows

from imdb_lstm.errors import ConfigError
from imdb_lstm.models.ngram_classifier import (
    DAMPING,
    MINIMUM_REVIEWS,
    NgramClassifier,
    fit_embedded_ngrams,
    fit_ngrams,
)
from imdb_lstm.text.tokenizer import tokenise

TEXTS = [text for text, _, _ in tiny_rows()]
LABELS = np.array([label == "positive" for _, label, _ in tiny_rows()], dtype=int)


@pytest.fixture(scope="module")
def model():
    return fit_ngrams(TEXTS, LABELS, longest=3, minimum_count=2, seed=0)


def test_the_tiny_world_is_learned(model):
    assert ((model.predict_logits(TEXTS) > 0) == LABELS).all()
    assert model.predict_logits(["great and moving"]) > 0 > model.predict_logits(["awful, a waste"])


def test_known_ngrams_are_found_with_their_positions(model):
    tokens = tokenise("The plot is awful, the plot qwerty")
    found = sorted((length, starts) for _, length, starts in model.occurrences(tokens))
    assert [starts for length, starts in found if length == 1] == [[0, 5], [1, 6], [2], [3], [4]]
    assert (2, [0, 5]) in found and (3, [0]) in found
    total = sum(weight for weight, _, _ in model.occurrences(tokens)) + model.bias
    assert total == pytest.approx(model.predict_logits([" ".join(tokens)])[0], abs=1e-4)
    assert model.knows("plot") and not model.knows("qwerty")


def test_ngrams_are_made_of_tokens_and_are_frequent_enough(model):
    assert {ngram.count(" ") for ngram in model.ngrams} == {0, 1, 2}
    for ngram in ("wasn't", "9/10", "wasn't good ;", "was great"):
        assert ngram in model.ngrams
    assert all(
        sum(ngram in " ".join(tokenise(text)) for text in TEXTS) >= 2 for ngram in model.ngrams
    )
    one = fit_ngrams(TEXTS, LABELS, longest=1, minimum_count=20, seed=0)
    assert sorted(one.ngrams) == sorted(
        word for word in set(" ".join(map(" ".join, map(tokenise, TEXTS))).split())
        if sum(word in tokenise(text) for text in TEXTS) >= 20
    )  # fmt: skip


def test_the_weights_equal_those_of_the_paper_worked_out_by_hand():
    """Ratios of (1 + reviews with the word) over their sum, then a regression on them."""
    texts, labels = ["good good film", "good", "bad film", "dull"], np.array([1, 1, 0, 0])
    found = fit_ngrams(texts, labels, longest=1, minimum_count=1, seed=0)
    assert list(found.ngrams) == ["bad", "dull", "film", "good"]
    positive, negative = np.array([1, 1, 2, 3]) / 7, np.array([2, 2, 2, 1]) / 7
    ratio = np.log(positive / negative)
    counts = np.array([[0, 0, 1, 1], [0, 0, 0, 1], [1, 0, 1, 0], [0, 1, 0, 0]])
    expected = LogisticRegression(
        C=1, solver="liblinear", dual=True, max_iter=200, random_state=0
    ).fit(counts * ratio, labels)
    np.testing.assert_allclose(found.weights, ratio * expected.coef_[0], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(
        found.predict_logits(texts), expected.decision_function(counts * ratio), rtol=1e-3
    )


def test_a_repeated_ngram_counts_once_and_an_unknown_one_not_at_all():
    model = NgramClassifier(["good", "so good"], np.array([1.0, 2.0], np.float32), bias=-0.5)
    texts = ["Good, GOOD!", "so good so good", "unheard of", ""]
    assert model.predict_logits(texts).tolist() == [0.5, 2.5, -0.5, -0.5]
    assert model.predict_logits(texts).dtype == np.float32


def test_damping_adds_ngrams_of_weight_zero_to_the_mean():
    for damping in (0.0, 3.0):
        weights = np.array([1.0, 2.0], np.float32)
        model = NgramClassifier(["good", "so good"], weights, -0.5, damping)
        means = [1 / (1 + damping), 3 / (2 + damping), 0, 0]
        found = model.predict_logits(["good", "so good so good", "unheard of", ""])
        np.testing.assert_allclose(found, np.array(means) - 0.5, rtol=1e-6)


def test_the_damping_is_saved(tmp_path):
    model = NgramClassifier(["good"], np.ones(1, np.float32), 0.0, damping=3.0)
    model.save(tmp_path / "ngrams.npz")
    assert NgramClassifier.load(tmp_path / "ngrams.npz").predict_logits(["good"]).tolist() == [0.25]


def test_the_same_seed_makes_the_same_model(model):
    again = fit_ngrams(TEXTS, LABELS, longest=3, minimum_count=2, seed=0)
    np.testing.assert_array_equal(again.weights, model.weights)


def test_a_saved_model_is_the_same_model_without_pickles(model, tmp_path):
    model.save(tmp_path / "ngrams.npz")
    loaded = NgramClassifier.load(tmp_path / "ngrams.npz")
    assert list(loaded.ngrams) == list(model.ngrams) and loaded.damping is None
    np.testing.assert_array_equal(loaded.predict_logits(TEXTS), model.predict_logits(TEXTS))
    with np.load(tmp_path / "ngrams.npz", allow_pickle=False) as stored:
        assert {name: stored[name].dtype.name for name in stored} == {
            "ngrams": "uint8", "weights": "float32", "bias": "float32",
        }  # fmt: skip


def test_an_inconsistent_file_is_refused(tmp_path):
    NgramClassifier(["a", "b"], np.zeros(2, np.float32), 0.0).save(tmp_path / "ngrams.npz")
    with np.load(tmp_path / "ngrams.npz") as stored:
        parts = dict(stored) | {"weights": np.zeros(3, np.float32)}
    np.savez(tmp_path / "ngrams.npz", **parts)
    with pytest.raises(ValueError, match="2 n-grams and 3 weights"):
        NgramClassifier.load(tmp_path / "ngrams.npz")


def test_texts_without_ngrams_are_refused():
    for texts, count in ((TEXTS, 99), (["", " ", "", ""], 1)):
        labels = np.arange(len(texts)) % 2
        with pytest.raises(ConfigError, match=f"no n-gram is in {count} of the {len(texts)} train"):
            fit_ngrams(texts, labels, longest=2, minimum_count=count, seed=0)


OPTIONS = {"longest": 3, "minimum_count": 2, "seed": 0}


@pytest.fixture(scope="module")
def embedded():
    return fit_embedded_ngrams(TEXTS, LABELS, TEXTS[::2], **OPTIONS)


def test_the_tiny_world_is_learned_from_embeddings_too(embedded):
    assert embedded.damping == DAMPING
    assert ((embedded.predict_logits(TEXTS) > 0) == LABELS).mean() > 0.9
    longer = embedded.predict_logits([f"{TEXTS[0]} {TEXTS[0]}"])  # with hardly any more n-grams
    assert longer[0] == pytest.approx(embedded.predict_logits(TEXTS[:1])[0], rel=0.35)


def test_ngrams_with_embeddings_are_in_enough_reviews_labelled_or_not(embedded):
    def reviews_with(ngram, texts):
        return sum(f" {ngram} " in f" {' '.join(tokenise(text))} " for text in texts)

    texts, known = TEXTS + TEXTS[::2], set(embedded.ngrams)
    assert all(reviews_with(ngram, texts) >= MINIMUM_REVIEWS for ngram in known)
    rare = [n for n in fit_ngrams(TEXTS, LABELS, 3, 2, 0).ngrams if n not in known]
    assert rare and all(reviews_with(ngram, texts) < MINIMUM_REVIEWS for ngram in rare)


def test_embeddings_are_learned_from_reviews_without_a_label_too(embedded):
    alone = fit_embedded_ngrams(TEXTS, LABELS, [], **OPTIONS)
    assert set(alone.ngrams) < set(embedded.ngrams)
    again = fit_embedded_ngrams(TEXTS, LABELS, TEXTS[::2], **OPTIONS)
    np.testing.assert_array_equal(again.weights, embedded.weights)


def test_too_few_reviews_for_embeddings_are_refused():
    with pytest.raises(ConfigError, match="no n-gram is in 4 of 2 reviews"):
        fit_embedded_ngrams(["a b", "c d"], np.array([0, 1]), [], 2, 1, 0)
    with pytest.raises(ConfigError, match="no n-gram is in 99 of the 60 train"):
        fit_embedded_ngrams(TEXTS, LABELS, [], 2, 99, 0)
