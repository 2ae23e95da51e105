"""Batches: every review once per epoch, padded on the right, in an order that can be resumed."""

from itertools import product

import numpy as np
import pytest

from imdb_lstm.data.batches import Batches, as_dataset, as_targets, for_fit, pad
from imdb_lstm.text.vocabulary import PADDING_ID
from imdb_lstm.training.token_augmentation import Augmentation


def make_reviews(reviews=53, longest=90, seed=0):
    """Rows of ids of very different lengths; row i repeats the id 2 + i, labels alternate."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, longest, reviews)
    rows = [np.full(length, 2 + i, dtype=np.int32) for i, length in enumerate(lengths)]
    return rows, np.arange(reviews) % 2


def read_order(batches):
    """Index of the review in each row, read from the ids."""
    return np.concatenate([batches[i][0][:, 0] for i in range(len(batches))]) - 2


def test_every_review_occurs_exactly_once_per_epoch_with_its_label():
    rows, labels = make_reviews()
    for seed, size, epoch in product((None, 0, 5), (1, 7, 16, 53, 100), range(3)):
        batches = Batches(rows, labels, size, seed)
        batches.start(epoch)
        order = read_order(batches)
        assert sorted(order) == list(range(len(rows)))
        np.testing.assert_array_equal(order, batches.order)
        read_labels = np.concatenate([batches[i][1] for i in range(len(batches))])
        np.testing.assert_array_equal(read_labels[:, 0], labels[order])


def test_all_batches_but_one_have_the_batch_size():
    rows, labels = make_reviews()
    for size in (1, 7, 16, 53, 100):
        sizes = sorted(len(group) for group in Batches(rows, labels, size, seed=1).groups)
        assert len(sizes) == -(-len(rows) // size)
        assert sizes[1:] == [size] * (len(sizes) - 1)


@pytest.mark.parametrize("seed", [None, 3])
def test_padding_is_on_the_right_only_and_changes_no_id(seed):
    rows, labels = make_reviews()
    batches = Batches(rows, labels, 8, seed)
    for i, group in enumerate(batches.groups):
        ids, _ = batches[i]
        assert ids.dtype == np.int32
        longest = max(len(rows[j]) for j in group)
        assert ids.shape == (len(group), longest)
        for line, j in zip(ids, group, strict=True):
            np.testing.assert_array_equal(line[: len(rows[j])], rows[j])
            assert (line[len(rows[j]) :] == PADDING_ID).all()


def test_labels_are_a_float_column_and_absent_for_prediction():
    rows, labels = make_reviews()
    _, column = Batches(rows, labels, len(rows), seed=0)[0]
    assert column.dtype == np.float32
    assert column.shape == (len(rows), 1)
    (ids,) = Batches(rows, None, 8)[0]
    assert len(ids) == 8


def test_the_order_is_a_function_of_seed_and_epoch():
    rows, labels = make_reviews()
    for epoch in (0, 1, 4):
        one, other = (Batches(rows, labels, 8, seed=11) for _ in range(2))
        other.start(epoch=2)  # what was read before does not matter
        for batches in (one, other):
            batches.start(epoch)
        np.testing.assert_array_equal(read_order(one), read_order(other))


def test_other_epochs_and_other_seeds_have_other_orders():
    rows, labels = make_reviews()
    orders = set()
    for seed in range(3):
        batches = Batches(rows, labels, 8, seed)
        for epoch in range(4):
            batches.start(epoch)
            orders.add(tuple(read_order(batches)))
    assert len(orders) == 12


def test_other_epochs_have_other_reviews_in_a_batch():
    rows, labels = make_reviews()
    batches = Batches(rows, labels, 8, seed=0)
    first = {frozenset(group.tolist()) for group in batches.groups}
    batches.start(epoch=1)
    assert first != {frozenset(group.tolist()) for group in batches.groups}


def test_starting_within_an_epoch_skips_the_batches_done():
    rows, labels = make_reviews()
    whole, rest = (Batches(rows, labels, 8, seed=3) for _ in range(2))
    whole.start(epoch=4)
    rest.start(epoch=4, done=2)
    np.testing.assert_array_equal(rest.order, whole.order[16:])
    assert len(rest) == len(whole) - 2


def test_without_a_seed_batches_are_sorted_by_length_in_every_epoch():
    rows, _ = make_reviews()
    batches = Batches(rows, None, 8)
    lengths = [len(rows[i]) for i in batches.order]
    assert lengths == sorted(lengths)
    before = batches.order
    batches.start(epoch=1)
    np.testing.assert_array_equal(batches.order, before)


@pytest.mark.parametrize("seed", [None, 4])
def test_the_inverse_of_order_restores_the_reviews(seed):
    rows, labels = make_reviews()
    batches = Batches(rows, labels, 8, seed)
    restored = np.empty(len(rows), int)
    restored[batches.order] = read_order(batches)
    np.testing.assert_array_equal(restored, np.arange(len(rows)))


def test_the_padding_share_is_that_of_the_batches_and_small_when_sorted():
    rows, labels = make_reviews(reviews=640, longest=400)
    for seed in (None, 0):
        batches = Batches(rows, labels, 16, seed)
        ids = [batches[i][0] for i in range(len(batches))]
        zeros = sum(int((batch == PADDING_ID).sum()) for batch in ids)
        share = zeros / sum(batch.size for batch in ids)
        assert batches.padding_share() == pytest.approx(share)
        assert share < 0.1 < 1 - batches.lengths.mean() / 400


def test_padded_rows_by_hand():
    assert pad([np.array([5]), np.array([6, 7, 8])]).tolist() == [[5, 0, 0], [6, 7, 8]]


def make_augmented(seed=0, size=8, augment=None):
    """Batches of reviews whose tokens are all different, half of them deleted in every epoch."""
    lengths = np.random.default_rng(3).integers(1, 60, 53)
    ends = np.cumsum(lengths)
    rows = [np.arange(2 + e - n, 2 + e, dtype=np.int32) for n, e in zip(lengths, ends, strict=True)]
    labels = np.arange(len(rows)) % 2
    return Batches(rows, labels, size, seed, augment or Augmentation(deletion=0.5, swap=0.2))


def read_reviews(batches):
    """Review → its ids in this epoch, and its label."""
    found = {}
    for number, group in enumerate(batches.groups):
        for review, ids, label in zip(group.tolist(), *batches[number], strict=True):
            found[review] = ids[ids != PADDING_ID].tolist(), float(label[0])
    return found


def test_augmentation_is_a_function_of_seed_epoch_and_review():
    one, other, smaller = make_augmented(), make_augmented(), make_augmented(size=5)
    epochs = []
    for epoch in range(3):
        for batches in (one, other, smaller):
            batches.start(epoch)
        epochs.append(read_reviews(one))
        for batches in (one, other, smaller):
            assert read_reviews(batches) == epochs[-1]
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]
    assert read_reviews(make_augmented(seed=1)) != epochs[0]


def test_augmentation_keeps_tokens_of_the_review_and_its_label():
    batches = make_augmented()
    for review, (ids, label) in read_reviews(batches).items():
        assert ids
        assert set(ids) <= set(batches.ids[review].tolist())
        assert label == review % 2
    assert sum(len(ids) for ids, _ in read_reviews(batches).values()) < 0.6 * batches.lengths.sum()


def test_every_review_has_its_own_random_numbers_which_the_order_does_not_share():
    drawn = []
    batches = make_augmented(augment=lambda ids, random: drawn.append(random.random()) or ids)
    for epoch in range(2):
        batches.start(epoch)
        drawn.append(np.random.default_rng([0, epoch]).random())
        for number in range(1, len(batches)):
            batches[number]
    assert len(set(drawn)) == len(drawn)


def test_augmentation_without_a_seed_is_refused():
    with pytest.raises(ValueError, match="needs a seed"):
        make_augmented(seed=None)


def test_fit_reads_every_epoch_as_planned_with_batches_of_any_width():
    batches = make_augmented()
    dataset = for_fit(batches)
    assert int(dataset.cardinality()) == len(batches)
    assert dataset.element_spec[0].shape.as_list() == [None, None]
    assert not dataset.options().autotune.enabled
    for epoch in (0, 1, 4):
        batches.start(epoch)
        for number, found in enumerate(dataset.as_numpy_iterator()):
            for part, expected in zip(found, batches[number], strict=True):
                np.testing.assert_array_equal(part, expected)
                assert part.dtype == expected.dtype
        assert number + 1 == len(batches)


def test_a_dataset_has_a_label_per_class_and_weights_if_asked():
    rows, labels = make_reviews(reviews=5)
    batches = Batches(rows, as_targets(labels, classes=3), batch_size=2)
    weighted = as_dataset(
        batches, lambda: ((*batch, np.ones(len(batch[1]), np.float32)) for batch in batches), True
    )
    for dataset, parts in ((for_fit(batches), 2), (weighted, 3)):
        assert [spec.shape.rank for spec in dataset.element_spec] == [2, 2, 1][:parts]
        assert dataset.element_spec[1].shape.as_list() == [None, 3]
        assert [spec.dtype.name for spec in dataset.element_spec] == (
            ["int32", "float32", "float32"][:parts]
        )
        assert int(dataset.cardinality()) == 3
        found = [part[1] for part in dataset.as_numpy_iterator()]
        np.testing.assert_array_equal(np.concatenate(found).argmax(1), labels[batches.order])


def test_targets_are_float32():
    assert as_targets(np.array([0, 1]), 2).dtype == np.float32
    assert as_targets(np.array([0, 1]), 3).dtype == np.float32
