"""Statistics of reviews, against values computed by hand and in another way."""

import numpy as np
import pytest
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.batches import Batches
from imdb_lstm.data.statistics import (
    describe_reviews,
    discriminative_words,
    kept_share,
    random_padding_share,
    vocabulary_growth,
)
from imdb_lstm.text.tokenizer import tokenise

TEXTS = [text for text, _, _ in tiny_rows()]
LABELS = np.array([label == "positive" for _, label, _ in tiny_rows()], dtype=np.int8)
ROWS = [
    # text, label, rating, split; 1, 2, 3, 3, 10 and 2, 4 tokens
    ("good", "pos", 9, "train"),
    ("bad film", "neg", 1, "train"),
    ("one two three", "neg", 1, "train"),
    ("one two three", "pos", 10, "train"),
    ("a b c d e f g h i.", "pos", "", "train"),
    ("not bad", "pos", "", "validation"),
    ("not good at all", "neg", "", "validation"),
    ("word " * 500, "neg", 3, "test"),
]


@pytest.fixture
def config(tmp_path):
    path = write_csv(tmp_path / "a.csv", ROWS, ("text", "label", "rating", "split"))
    return Config(data=str(path), maximum_length=3)


def test_the_summaries_are_those_computed_by_hand(config):
    train, validation = describe_reviews(config)
    assert train == {
        "reviews": "5",
        "positive": "60.0%",
        "tokens, median": "3",
        "tokens, 90th percentile": "7",  # 7.2
        "tokens, longest": "10",
        "longer than 3 tokens": "20.0%",
        "exact duplicates": "1",
        "stars": "1: 2, 9: 1, 10: 1",
    }
    assert validation["positive"] == "50.0%"
    assert validation["longer than 3 tokens"] == "50.0%"
    assert validation["stars"] == "unknown"
    assert list(validation) == list(train)


def test_the_test_split_is_not_described(config):
    """Its review of 500 tokens would show in every length."""
    assert {row["tokens, longest"] for row in describe_reviews(config)} == {"10", "4"}


def test_thousands_have_commas(tmp_path):
    rows = [("word " * 1500, label, "", "train") for label in ("pos", "neg")] * 3
    rows += [("word", label, "", "train") for label in ("pos", "neg")] * 597
    path = write_csv(tmp_path / "a.csv", rows, ("text", "label", "rating", "split"))
    train, _ = describe_reviews(Config(data=str(path)))
    assert train["reviews"] == "1,080"
    assert train["tokens, longest"] == "1,500"
    assert train["exact duplicates"] == "1,078"


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
