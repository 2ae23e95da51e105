"""Augmentation: how much changes and what never does, and which words replace which."""

from dataclasses import replace

import numpy as np
import pytest
from resuming import prepared

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.text.vocabulary import PADDING_ID, UNKNOWN_ID
from imdb_lstm.training import token_augmentation as module
from imdb_lstm.training.token_augmentation import (
    LABEL_TOLERANCE,
    MINIMUM_REVIEWS,
    NEIGHBOURS,
    Augmentation,
    Neighbours,
    configured_near_words,
    label_association,
    near_words,
    shortened,
    substituted,
    swapped,
    token_augmentation,
)

WORDS = 40


@pytest.fixture
def neighbours():
    """Of every third id from 6 on: one to ``NEIGHBOURS`` near words; the others have none."""
    table, counts = np.zeros((WORDS, NEIGHBOURS), np.int32), np.zeros(WORDS, int)
    for word in range(6, WORDS, 3):
        counts[word] = 1 + word % NEIGHBOURS
        table[word, : counts[word]] = 2 + (word + np.arange(counts[word])) % (WORDS - 2)
    return Neighbours(table, counts)


def make_rows(count=200, seed=1):
    """Reviews of 1 to 60 tokens, unknown words among them."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 61, count)
    return [random.integers(UNKNOWN_ID, WORDS, length, dtype=np.int32) for length in lengths]


def rates(neighbours):
    """One augmentation of each kind, and all at once."""
    return [
        Augmentation(swap=0.3), Augmentation(deletion=0.3),
        Augmentation(substitution=0.3, neighbours=neighbours),
        Augmentation(0.3, 0.3, 0.3, neighbours),
    ]  # fmt: skip


def test_rates_of_zero_change_nothing(neighbours):
    random = np.random.default_rng(0)
    for row in make_rows():
        np.testing.assert_array_equal(Augmentation(neighbours=neighbours)(row, random), row)
        np.testing.assert_array_equal(swapped(row, 0.0, random), row)
        np.testing.assert_array_equal(shortened(row, 0.0, random), row)
        np.testing.assert_array_equal(substituted(row, 0.0, neighbours, random), row)


def test_the_original_review_does_not_change_and_ids_stay_valid(neighbours):
    for augmentation in rates(neighbours):
        for row in make_rows():
            before = row.copy()
            changed = augmentation(row, np.random.default_rng(0))
            np.testing.assert_array_equal(row, before)
            assert changed.dtype == np.int32
            assert 1 <= len(changed) <= len(row)
            assert (changed != PADDING_ID).all()
            assert (changed < WORDS).all()


def test_the_same_random_state_gives_the_same_review_and_another_another(neighbours):
    [row] = [row for row in make_rows() if len(row) == 60][:1]
    for augmentation in rates(neighbours):
        made = [augmentation(row, np.random.default_rng(seed)).tolist() for seed in (3, 3, 4)]
        assert made[0] == made[1] != made[2]


def within_chance(found, share, count):
    """Whether a share of ``count`` draws lies within five standard errors of the expected one."""
    return abs(found - share) < 5 * np.sqrt(share * (1 - share) / count)


def test_the_configured_share_of_tokens_changes(neighbours):
    random, count = np.random.default_rng(2), 60_000
    row = np.arange(count)
    words = np.full(count, 9, np.int32)
    # so that no word is its own neighbour
    neighbours.table[9, : neighbours.counts[9]] = 20 + np.arange(neighbours.counts[9])
    for share in (0.05, 0.3, 0.9):
        moved = (swapped(row, share, random) != row).mean()
        assert within_chance(moved, share, count / 2)
        assert within_chance(1 - len(shortened(row, share, random)) / count, share, count)
        replaced = (substituted(words, share, neighbours, random) != words).mean()
        assert within_chance(replaced, share, count)


def test_a_swap_moves_a_token_by_one_place_and_loses_none():
    for share in (0.2, 1.0):
        random, starts = np.random.default_rng(4), set()
        for length in range(2, 40):
            new = swapped(np.arange(length), share, random)
            assert sorted(new) == list(range(length))
            assert np.abs(new - np.arange(length)).max() <= 1
            starts.add(int(new[0]))
        assert starts == {0, 1}, "the first token must move in some cases and not in others"


def test_deletion_keeps_the_order_and_never_empties_a_review():
    random = np.random.default_rng(5)
    for row in make_rows():
        places = np.arange(len(row))
        assert (np.diff(shortened(places, 0.5, random)) > 0).all()
    alone = [shortened(np.array([2, 3, 4]), 0.95, random) for _ in range(400)]
    assert {len(row) for row in alone} >= {1}
    assert min(map(len, alone)) == 1
    assert {int(row[0]) for row in alone if len(row) == 1} == {2, 3, 4}


def test_substitution_gives_only_near_words_and_each_of_them(neighbours):
    random, word = np.random.default_rng(6), 12
    allowed = set(neighbours.table[word, : neighbours.counts[word]].tolist())
    row = np.full(4_000, word, np.int32)
    found, counts = np.unique(substituted(row, 1.0, neighbours, random), return_counts=True)
    assert set(found.tolist()) == allowed
    assert counts.min() > 0.7 * counts.mean()
    for row in make_rows():
        new = substituted(row, 1.0, neighbours, random)
        for old, made in zip(row.tolist(), new.tolist(), strict=True):
            near = neighbours.table[old, : neighbours.counts[old]].tolist()
            assert made in near if near else made == old


# Word → (direction, reviews of positive, of negative, of 60 each that contain it). Words
# of a direction are near each other.
WORLD = {
    "superb": ("quality", 40, 2), "excellent": ("quality", 39, 2), "awful": ("quality", 2, 40),
    "dreadful": ("quality", 2, 38), "decent": ("quality", 20, 20), "fair": ("quality", 18, 20),
    "cat": ("animal", 20, 21), "dog": ("animal", 22, 20), "horse": ("animal", 3, 2),
    "not": ("quality", 20, 20), "don't": ("quality", 20, 20), "dont": ("quality", 20, 20),
    "hardly": ("quality", 20, 20), "7/10": ("quality", 20, 20), "!": ("animal", 30, 30),
    "island": ("none", 20, 20), "lonely": ("none", 20, 20),
}  # fmt: skip
DIRECTIONS = {"quality": (1.0, 0.0, 0.0), "animal": (0.0, 1.0, 0.0), "none": (0.0, 0.0, 0.0)}


@pytest.fixture
def world():
    """words, vectors, ids, labels of ``WORLD``; vectors differ a little within a direction."""
    words = list(WORLD)
    random = np.random.default_rng(8)
    vectors = np.array([(0, 0, 0), (0, 0, 0), *(DIRECTIONS[d] for d, _, _ in WORLD.values())])
    vectors += random.normal(0, 0.02, vectors.shape) * np.any(vectors, axis=1)[:, None]
    vectors[~np.any(vectors, axis=1)] = 1e-5  # a rounding error of zero
    rows = [[UNKNOWN_ID] for _ in range(120)]
    for number, (_, positive, negative) in enumerate(WORLD.values(), 2):
        for review in [*range(positive), *range(60, 60 + negative)]:
            rows[review].append(number)
    ids = [np.array(row, np.int32) for row in rows]
    return words, vectors.astype(np.float32), ids, np.array([1] * 60 + [0] * 60)


def near(world, word):
    found = near_words(*world)
    row = 2 + world[0].index(word)
    return {world[0][i - 2] for i in found.table[row, : found.counts[row]]}


def test_a_word_is_never_replaced_by_one_that_goes_with_the_other_label(world):
    assert near(world, "superb") == {"excellent"}
    assert near(world, "awful") == {"dreadful"}
    assert near(world, "decent") == {"fair"}


def test_without_the_tolerance_antonyms_would_be_near(world, monkeypatch):
    monkeypatch.setattr(module, "LABEL_TOLERANCE", np.inf)
    assert near(world, "superb") == {"excellent", "awful", "dreadful", "decent", "fair"}


def test_no_replacement_moves_the_evidence_of_a_review_by_more_than_the_tolerance(world):
    words, _, ids, labels = world
    ratios, _ = label_association(ids, labels, len(words) + 2)
    augmentation = Augmentation(substitution=1.0, neighbours=near_words(*world))
    changed = 0
    for number, row in enumerate(ids):
        new = augmentation(row, np.random.default_rng(number))
        assert np.abs(ratios[new] - ratios[row]).max() <= LABEL_TOLERANCE
        changed += int((new != row).sum())
    assert changed > 100


def test_rare_unknown_and_function_words_have_no_near_words(world):
    words, _, _, _ = world
    found = near_words(*world)
    assert near(world, "cat") == {"dog"}
    for word in ("horse", "not", "don't", "dont", "hardly", "7/10", "!", "island", "lonely"):
        row = 2 + words.index(word)
        assert found.counts[row] == 0, word
        assert row not in found.table, word
    assert not found.counts[:2].any()
    assert found.table[found.counts > 0, 0].min() > UNKNOWN_ID


def test_near_words_are_limited_in_number_and_the_nearest_come_first():
    count = 3 * NEIGHBOURS
    angles = np.linspace(0, 0.5, count)
    vectors = np.zeros((count + 2, 2), np.float32)
    vectors[2:] = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    words = [f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(count)]
    ids = [np.arange(2, count + 2, dtype=np.int32)] * (2 * MINIMUM_REVIEWS)
    found = near_words(words, vectors, ids, np.arange(2 * MINIMUM_REVIEWS) % 2)
    assert (found.counts[2:] == NEIGHBOURS).all()
    assert found.table[2].tolist() == list(range(3, 3 + NEIGHBOURS))
    assert set(found.table[20].tolist()) == set(range(15, 26)) - {20}
    assert found.share(ids) == 1.0


def test_the_ratio_is_that_of_the_formula():
    random = np.random.default_rng(9)
    ids = [random.integers(1, 9, random.integers(1, 20)) for _ in range(50)]
    labels = random.integers(0, 2, 50)
    ratios, reviews = label_association(ids, labels, 10)
    held = np.array([[word in row for word in range(10)] for row in ids])
    positive, negative = (1 + held[labels == label].sum(axis=0) for label in (1, 0))
    wanted = np.log((positive / positive.sum()) / (negative / negative.sum()))
    np.testing.assert_allclose(ratios[:, 0], wanted)
    np.testing.assert_array_equal(reviews, held.sum(axis=0))


def test_the_augmentation_is_the_configured_one(world):
    words, vectors, ids, labels = world
    assert configured_near_words(Config(swap=0.1), words, vectors, ids, labels) is None
    assert token_augmentation(Config(), None) is None
    assert token_augmentation(Config(swap=0.1, deletion=0.2), None) == Augmentation(
        swap=0.1, deletion=0.2
    )
    config = Config(substitution=0.3)
    neighbours = configured_near_words(config, words, vectors, ids, labels)
    assert neighbours.counts.any()
    assert token_augmentation(config, neighbours) == Augmentation(
        substitution=0.3, neighbours=neighbours
    )


def test_substitution_without_word_vectors_or_without_near_words_is_refused(world):
    with pytest.raises(ConfigError, match="set word_vectors = true"):
        Config(substitution=0.1, word_vectors=False)
    assert replace(Config(), swap=0.1, deletion=0.1, word_vectors=False).swap == 0.1
    words, vectors, ids, labels = world
    few = [0, 1, 60, 61]
    with pytest.raises(ConfigError, match=r"finds no near words.*Give more reviews"):
        configured_near_words(
            Config(substitution=0.1), words, vectors, [ids[i] for i in few], labels[few]
        )


def epoch_of(batches):
    return [[part.tolist() for part in batches[number]] for number in range(len(batches))]


def test_train_reviews_are_augmented_and_validation_is_not(tiny_config, monkeypatch):
    for name, value in (("MINIMUM_REVIEWS", 1), ("MINIMUM_COSINE", -1)):
        monkeypatch.setattr(module, name, value)
    plain = prepared(tiny_config)
    augmented = prepared(replace(tiny_config, swap=0.3, deletion=0.2, substitution=0.5))
    assert epoch_of(plain.train) != epoch_of(augmented.train)
    np.testing.assert_array_equal(plain.train.labels, augmented.train.labels)
    for epoch in range(2):
        augmented.validation.start(epoch)
        assert epoch_of(plain.validation) == epoch_of(augmented.validation)
    assert 0 < augmented.counts["near_words_share"] < 1
    assert "near_words_share" not in plain.counts
