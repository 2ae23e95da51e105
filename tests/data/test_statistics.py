"""Statistics of reviews, against values computed by hand and in another way."""

import numpy as np
import pytest
from tiny_world import tiny_rows

from imdb_lstm.data.batches import Batches
from imdb_lstm.data.statistics import (
    discriminative_words,
    kept_share,
    random_padding_share,
    vocabulary_growth,
)
from imdb_lstm.text.tokenizer import tokenise

TEXTS = [text for text, _, _ in tiny_rows()]
LABELS = np.array([label == "positive" for _, label, _ in tiny_rows()], dtype=np.int8)


def test_vocabulary_growth_ends_with_all_tokens_and_words():
    tokens, words = vocabulary_growth(TEXTS)
    every = [token for text in TEXTS for token in tokenise(text)]
    assert (tokens[-1], words[-1]) == (len(every), len(set(every)))
    assert (np.diff(words) >= 0).all() and (words <= tokens).all()


def test_discriminative_words_are_sorted_and_change_sign_with_the_labels():
    found = discriminative_words(TEXTS, LABELS)
    assert {word.word for word in found} == {t for text in TEXTS for t in tokenise(text)}
    assert {word.word for word in found[:5]} & {"wonderful", "joy", "great", "superb", "moving"}
    assert found[0].positive > found[0].negative and found[-1].positive < found[-1].negative
    flipped = {word.word: -word.score for word in discriminative_words(TEXTS, 1 - LABELS)}
    assert {word.word: word.score for word in found} == pytest.approx(flipped)


def test_a_rare_word_has_a_lower_score_than_a_frequent_one():
    texts = ["fine film"] * 5 + ["fine rare film", "poor film", "poor film"]
    scores = {w.word: w.score for w in discriminative_words(texts, np.array([1] * 6 + [0, 0]))}
    assert scores["fine"] > scores["rare"]


def test_all_tokens_are_kept_when_no_review_is_longer():
    lengths = np.array([3, 5, 12])
    shares = [kept_share(lengths, length) for length in (1, 5, 12, 100)]
    assert shares == [3 / 20, 13 / 20, 1.0, 1.0]


def test_the_padding_of_random_batches_is_that_of_their_arrays():
    lengths = np.random.default_rng(0).integers(1, 50, 40)
    order = np.random.default_rng(3).permutation(lengths)
    batches = [order[start : start + 8] for start in range(0, 40, 8)]
    held = sum(batch.max() * len(batch) for batch in batches)
    found = random_padding_share(lengths, batch_size=8, seed=3)
    assert found == pytest.approx((held - lengths.sum()) / held)
    ids = [np.ones(length, np.int32) for length in lengths]
    assert Batches(ids, None, 8).padding_share() < found
