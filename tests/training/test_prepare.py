"""Preparation: which reviews stand in the train batches, and with what labels."""

from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.text.vocabulary import encode_texts
from imdb_lstm.training import prepare as preparation
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.pseudo_labels import PseudoLabels

TEXTS = ["All of it was a joy.", "Much of it was a waste.", "So it went."]


@pytest.fixture
def plain(tiny_config):
    return replace(tiny_config, encoder="bag", word_vectors=False)


@pytest.fixture
def unlabelled(monkeypatch):
    monkeypatch.setattr(preparation, "load_unlabelled", lambda config: list(TEXTS))


@pytest.mark.parametrize("name", ["virtual_weight", "entropy_weight"])
def test_unlabelled_reviews_come_in_where_a_term_needs_no_label(plain, unlabelled, name):
    without = prepare(plain)
    assert not without.train.missing.any()
    assert "unlabelled_reviews" not in without.facts
    found = prepare(replace(plain, **{name: 0.1}))
    np.testing.assert_array_equal(np.isnan(found.train.labels), [False] * 36 + [True] * 3)
    np.testing.assert_array_equal(found.train.labels[:36], without.train.labels)
    assert found.facts["unlabelled_reviews"] == 3
    assert found.vocabulary.words == without.vocabulary.words
    ids, _, known = found.train[0]
    assert len(ids) == 8 and known.sum() == 4
    assert len(found.validation[0]) == 2


def test_reviews_that_a_teacher_labelled_are_not_without_a_label(plain, unlabelled):
    soft = np.array([0.9, 0.2, 0.5], np.float32)
    found = prepare(replace(plain, virtual_weight=1.0), PseudoLabels(list(TEXTS), soft, 1.0))
    assert not found.train.missing.any()
    np.testing.assert_array_equal(found.train.labels[36:], soft)
    assert found.facts["pseudo_labelled_reviews"] == 3 and "unlabelled_reviews" not in found.facts


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_in_distillation_a_label_is_the_true_one_and_the_teachers_by_shares(plain, share):
    train = read_training_data(plain).train
    soft = np.linspace(0, 1, len(train)).astype(np.float32)
    taught = PseudoLabels(TEXTS, np.full(3, 0.4, np.float32), 1.0, soft, {"teachers": "known"})
    found = prepare(replace(plain, distillation_share=share), taught)
    wanted = (1 - share) * train.labels + share * soft
    np.testing.assert_allclose(found.train.labels[:36], wanted, atol=1e-6)
    np.testing.assert_allclose(found.train.labels[36:], 0.4)
    assert found.fingerprints["teachers"] == "known"


def test_excerpts_have_the_labels_of_their_reviews_and_those_without_one_give_none(plain):
    config = replace(plain, excerpts=2.0)
    train = read_training_data(config).train
    soft = np.array([0.9, 0.2, 0.5, 0.6], np.float32)
    taught = PseudoLabels(TEXTS, soft, 1.0, recombined=["Much of it. So it went."])
    found = prepare(config, taught)
    count = len(train) + len(TEXTS)
    assert found.facts["excerpts"] == 2 * count and len(found.train.ids) == 3 * count + 1
    labels = np.concatenate([train.labels, soft[:3]])
    np.testing.assert_allclose(found.train.labels[count + 1 :], np.tile(labels, 2), atol=1e-6)
    whole = encode_texts(train.texts, found.vocabulary, config.maximum_length)
    first, own = found.train.ids[count + 1].tolist(), whole[0].tolist()
    assert any(own[i : i + len(first)] == first for i in range(len(own)))  # part of its review
    others = prepare(replace(config, virtual_weight=1.0))
    assert others.facts["excerpts"] == 2 * len(train) and "recombined_texts" not in others.facts


def test_patchworks_are_learned_but_make_no_word_vectors(plain, monkeypatch):
    read_for_vectors = []

    def vectors_of(texts, vocabulary, config, encode):
        read_for_vectors.extend(texts)
        return np.zeros((len(vocabulary), config.embedding_dim), np.float32)

    monkeypatch.setattr(preparation.pretrain, "vectors_of", vectors_of)
    soft = np.array([0.1, 0.2, 0.3, 0.4, 0.5], np.float32)
    taught = PseudoLabels(TEXTS, soft, 1.0, recombined=["Much of it. So it went.", "All of it."])
    found = prepare(replace(plain, word_vectors=True), taught)
    np.testing.assert_array_equal(found.train.labels[36:], soft)
    wanted = encode_texts(taught.recombined, found.vocabulary, plain.maximum_length)
    for ids, expected in zip(found.train.ids[-2:], wanted, strict=True):
        np.testing.assert_array_equal(ids, expected)
    assert found.facts["pseudo_labelled_reviews"] == 3 and found.facts["recombined_texts"] == 2
    assert read_for_vectors[36:] == TEXTS


def test_a_file_has_no_unlabelled_reviews_and_goes_without(plain):
    found = prepare(replace(plain, virtual_weight=1.0))
    assert found.facts["unlabelled_reviews"] == 0
    assert len(found.train[0]) == 2
