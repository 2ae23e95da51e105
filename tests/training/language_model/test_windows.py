"""The stream: every token is read once per epoch, in a seeded order; sampled words."""

import itertools

import numpy as np

from imdb_lstm.training.language_model import windows as module
from imdb_lstm.training.language_model.windows import (
    END_ID,
    Windows,
    log_expected,
    sample_words,
    token_stream,
)

IDS = [np.arange(2, 2 + length, dtype=np.int32) for length in (3, 5, 4, 7, 2, 6)]
WORDS = 9


def windows(**changed):
    options = {"directions": 2, "streams": 2, "bptt_length": 3, "sampled": 5, "seed": 7}
    return Windows(IDS, WORDS, **options | changed)


def tokens(batch):
    """The words of a batch under their own ids."""
    return batch["rows"][batch["tokens"]]


def test_each_row_continues_from_window_to_window():
    source = windows(seed=None)
    stream = token_stream(IDS)
    half = len(stream) // 2
    batches = [tokens(source.batch(step)) for step in range(source.steps)]
    read = np.concatenate([batch[..., :-1] for batch in batches], axis=2)
    length = source.steps * source.bptt_length
    for direction, whole in enumerate((stream, stream[::-1])):
        np.testing.assert_array_equal(read[direction, 0], whole[:length])
        np.testing.assert_array_equal(read[direction, 1], whole[half : half + length])
    for one, other in itertools.pairwise(batches):
        np.testing.assert_array_equal(one[..., -1], other[..., 0])


def test_every_review_lies_between_end_marks_and_every_epoch_has_its_order():
    source = windows(streams=1, bptt_length=1)
    orders = []
    for epoch in range(3):
        row = source._cut(epoch)[0, 0]
        reviews = np.split(row, np.flatnonzero(row == END_ID))[1:-1]
        orders.append([len(review) - 1 for review in reviews])
        assert sorted(orders[-1]) == sorted(map(len, IDS))
    assert orders[0] != orders[1] != orders[2]


def test_a_batch_does_not_depend_on_the_batches_read_before():
    one, other = windows(), windows()
    last = 3 * one.steps - 1
    for step in range(last):
        one.batch(step)
    for key, value in other.batch(last).items():
        np.testing.assert_array_equal(one.batch(last)[key], value)
    assert any((one.batch(0)[key] != windows(seed=8).batch(0)[key]).any() for key in ("tokens",))


def test_a_batch_contains_every_word_it_needs_once(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 3)
    for step in range(6):
        batch = windows().batch(step)
        rows, candidates = batch["rows"], batch["rows"][batch["candidates"]]
        assert (np.diff(rows) > 0).all()
        needed = {*tokens(batch).ravel(), *candidates}
        assert needed <= set(rows) and len(rows) == -(-len(needed) // 3) * 3
        assert len(set(candidates)) == len(candidates) == 5
        np.testing.assert_array_equal(batch["sampled"], np.isin(tokens(batch)[..., 1:], candidates))


def test_the_full_softmax_needs_no_correction():
    for sampled in (0, WORDS, WORDS + 1):
        batch = windows(sampled=sampled).batch(0)
        assert len(batch["candidates"]) == WORDS
        assert not batch["expected"].any() and batch["sampled"].all()


def test_words_are_sampled_with_the_expected_probability():
    """The inclusion probability given the tries is, on average, the share of samples."""
    random, found, expected = np.random.default_rng(0), np.zeros(300), np.zeros(300)
    for _ in range(2000):
        words, tries = sample_words(300, 60, random)
        assert len(set(words)) == 60
        found[words] += 1
        expected += np.exp(log_expected(np.arange(300), 300, tries))
    np.testing.assert_allclose(found / 2000, expected / 2000, atol=0.05)
    assert found[0] > found[20] > found[299]


def test_the_counts_are_those_of_the_stream():
    counts = windows().counts()
    assert counts[END_ID] == len(IDS) + 1 and counts[2] == len(IDS) and counts[8] == 1
    assert counts.sum() == windows().tokens
