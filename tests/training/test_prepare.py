"""Preparation: the texts in the train batches, and their labels."""

from dataclasses import replace

import numpy as np
import pytest
from resuming import prepared

from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.text.vocabulary import encode_texts
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.pseudo_labels import PseudoLabels
from imdb_lstm.training.short_texts import ShortTexts
from imdb_lstm.training.word_embeddings import cached_word_vectors

TEXTS = ["All of it was a joy.", "Much of it was a waste.", "So it went."]
SOFT = np.array([0.9, 0.2, 0.5], np.float32)


@pytest.fixture
def plain(tiny_config):
    return replace(tiny_config, encoder="bag", word_vectors=False)


@pytest.fixture
def with_texts(plain, tmp_path):
    """The same with a file of unlabelled reviews."""
    path = tmp_path / "more.txt"
    path.write_text("\n".join(TEXTS))
    return replace(plain, unlabelled=str(path))


def labelled(config, pseudo_labels):
    """The examples of a configuration with these pseudo-labels."""
    return prepare(config, read_training_data(config, with_unlabelled=True), pseudo_labels)


def test_texts_with_pseudo_labels_follow_the_train_reviews(with_texts):
    without = prepared(with_texts)
    assert len(without.train.ids) == 36
    found = labelled(with_texts, PseudoLabels(TEXTS, [], SOFT, 1.0))
    np.testing.assert_array_equal(found.train.labels[:36], without.train.labels)
    np.testing.assert_array_equal(found.train.labels[36:], SOFT)
    assert found.counts["pseudo_labelled_reviews"] == 3
    assert "pseudo_labelled_reviews" not in without.counts
    assert found.vocabulary.words == without.vocabulary.words
    assert found.seconds > 1.0 > without.seconds
    assert len(found.train[0]) == len(found.validation[0]) == 2


def test_in_distillation_a_label_mixes_the_true_one_and_the_prediction(plain):
    train = read_training_data(plain).train
    soft = np.linspace(0, 1, len(train)).astype(np.float32)
    predicted = np.full(3, 0.4, np.float32)
    labels = PseudoLabels(TEXTS, [], predicted, 1.0, soft, {"distilled_from": "known"})
    for share in (0.0, 0.25, 1.0):
        found = labelled(replace(plain, distillation_share=share), labels)
        wanted = (1 - share) * train.labels + share * soft
        np.testing.assert_allclose(found.train.labels[:36], wanted, atol=1e-6)
        np.testing.assert_allclose(found.train.labels[36:], 0.4)
        assert found.fingerprints["distilled_from"] == "known"


def test_in_distillation_counterfactual_texts_keep_their_label(plain):
    config = replace(plain, counterfactual=0.5)
    data = read_training_data(config)
    written = len(data.written_reviews())
    assert 0 < written == 36 < len(data.train)
    soft = np.full(written, 0.5, np.float32)
    found = labelled(config, PseudoLabels([], [], soft[:0], 1.0, soft))
    assert set(found.train.labels[:written]) == {0.25, 0.75}
    np.testing.assert_array_equal(found.train.labels[written:], data.train.labels[written:])


def test_short_texts_keep_their_label_and_come_last(plain):
    short = ShortTexts(["All of it.", "None of it."], np.array([1, 0], np.int8))
    soft = np.full(36, 0.5, np.float32)
    labels = PseudoLabels(TEXTS, [], SOFT, 1.0, soft, short=short)
    found = labelled(replace(plain, excerpts=1.0), labels)
    np.testing.assert_array_equal(found.train.labels[-2:], [1, 0])
    assert found.counts["short_texts"] == 2 and len(found.train.ids) == 2 * (36 + 3) + 2
    wanted = encode_texts(short.texts, found.vocabulary, plain.maximum_length)
    for ids, expected in zip(found.train.ids[-2:], wanted, strict=True):
        np.testing.assert_array_equal(ids, expected)


def test_excerpts_have_the_labels_of_their_reviews(plain):
    config = replace(plain, excerpts=2.0)
    train = read_training_data(config).train
    soft = np.array([*SOFT, 0.6], np.float32)
    found = labelled(config, PseudoLabels(TEXTS, ["Much of it. So it went."], soft, 1.0))
    count = len(train) + len(TEXTS)
    assert found.counts["excerpts"] == 2 * count and len(found.train.ids) == 3 * count + 1
    labels = np.concatenate([train.labels, SOFT])
    np.testing.assert_allclose(found.train.labels[count + 1 :], np.tile(labels, 2), atol=1e-6)
    whole = encode_texts(train.texts, found.vocabulary, config.maximum_length)
    first, own = found.train.ids[count + 1].tolist(), whole[0].tolist()
    assert any(own[i : i + len(first)] == first for i in range(len(own)))  # part of its review
    others = prepared(config)
    assert others.counts["excerpts"] == 2 * len(train) and "recombined_texts" not in others.counts


def test_recombined_texts_are_learned_but_not_read_for_word_vectors(with_texts):
    config = replace(with_texts, word_vectors=True)
    soft = np.array([0.1, 0.2, 0.3, 0.4, 0.5], np.float32)
    labels = PseudoLabels(TEXTS, ["Much of it. So it went.", "All of it."], soft, 1.0)
    found = labelled(config, labels)
    np.testing.assert_array_equal(found.train.labels[36:], soft)
    wanted = encode_texts(labels.recombined, found.vocabulary, config.maximum_length)
    for ids, expected in zip(found.train.ids[-2:], wanted, strict=True):
        np.testing.assert_array_equal(ids, expected)
    assert found.counts["pseudo_labelled_reviews"] == 3 and found.counts["recombined_texts"] == 2
    texts = [*read_training_data(config).train.texts, *TEXTS]
    vectors = cached_word_vectors(texts, found.vocabulary, config)
    np.testing.assert_array_equal(found.word_vectors, vectors)
