"""Batches: every review once an epoch, padded on the right, in an order that can be resumed."""

import numpy as np
import pytest

from imdb_lstm.data.batches import Batches, pad
from imdb_lstm.text.vocabulary import PADDING_ID
from imdb_lstm.training.token_augmentation import Augmentation


def make_reviews(reviews=53, longest=90, seed=0):
    """Id rows of very different lengths; row i begins with its own number, labels alternate."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, longest, reviews)
    rows = [np.full(length, 2 + i, dtype=np.int32) for i, length in enumerate(lengths)]
    return rows, np.arange(reviews) % 2


def read_order(batches):
    """Number of the review in each row, as told by the ids themselves."""
    return np.concatenate([batches[i][0][:, 0] for i in range(len(batches))]) - 2


@pytest.mark.parametrize("seed", [None, 0, 5])
@pytest.mark.parametrize("size", [1, 7, 16, 53, 100])
def test_every_review_comes_exactly_once_an_epoch_with_its_label(seed, size):
    rows, labels = make_reviews()
    batches = Batches(rows, labels, size, seed)
    for epoch in range(3):
        batches.start(epoch)
        order = read_order(batches)
        assert sorted(order) == list(range(len(rows)))
        np.testing.assert_array_equal(order, batches.order)
        read_labels = np.concatenate([batches[i][1] for i in range(len(batches))])
        np.testing.assert_array_equal(read_labels[:, 0], labels[order])


@pytest.mark.parametrize("size", [1, 7, 16, 53, 100])
def test_the_batches_are_as_large_as_asked_but_for_one(size):
    rows, labels = make_reviews()
    sizes = sorted(len(group) for group in Batches(rows, labels, size, seed=1).groups)
    assert len(sizes) == -(-len(rows) // size)
    assert sizes[1:] == [size] * (len(sizes) - 1)


@pytest.mark.parametrize("seed", [None, 3])
def test_padding_stands_on_the_right_only_and_changes_no_id(seed):
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


@pytest.mark.parametrize("epoch", [0, 1, 4])
def test_seed_and_epoch_decide_the_order(epoch):
    rows, labels = make_reviews()
    orders = []
    for _ in range(2):
        batches = Batches(rows, labels, 8, seed=11)
        batches.start(epoch)
        orders.append(read_order(batches))
    np.testing.assert_array_equal(*orders)


def test_other_epochs_and_other_seeds_have_other_orders():
    rows, labels = make_reviews()
    orders = set()
    for seed in range(3):
        batches = Batches(rows, labels, 8, seed)
        for epoch in range(4):
            batches.start(epoch)
            orders.add(tuple(read_order(batches)))
    assert len(orders) == 12


def test_other_epochs_put_other_neighbours_into_a_batch():
    rows, labels = make_reviews()
    batches = Batches(rows, labels, 8, seed=0)
    first = {frozenset(group.tolist()) for group in batches.groups}
    batches.start(epoch=1)
    assert first != {frozenset(group.tolist()) for group in batches.groups}


def test_starting_within_an_epoch_leaves_out_what_was_read():
    rows, labels = make_reviews()
    whole, rest = (Batches(rows, labels, 8, seed=3) for _ in range(2))
    whole.start(epoch=4)
    rest.start(epoch=4, done=2)
    np.testing.assert_array_equal(rest.order, whole.order[16:])
    assert len(rest) == len(whole) - 2


def test_without_a_seed_batches_go_by_length_and_stay_so():
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


def test_padding_rows_by_hand():
    assert pad([np.array([5]), np.array([6, 7, 8])]).tolist() == [[5, 0, 0], [6, 7, 8]]


def make_augmented(seed=0, size=8, augment=None):
    """Batches of reviews whose tokens are all different, half of them left out every epoch."""
    lengths = np.random.default_rng(3).integers(1, 60, 53)
    ends = np.cumsum(lengths)
    rows = [np.arange(2 + e - n, 2 + e, dtype=np.int32) for n, e in zip(lengths, ends, strict=True)]
    labels = np.arange(len(rows)) % 2
    return Batches(rows, labels, size, seed, augment or Augmentation(deletion=0.5, swap=0.2))


def read_reviews(batches):
    """Review → its ids of this epoch, and its label."""
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


def test_augmentation_makes_each_review_from_itself_and_leaves_its_label():
    batches = make_augmented()
    for review, (ids, label) in read_reviews(batches).items():
        assert ids
        assert set(ids) <= set(batches.ids[review].tolist())
        assert label == review % 2
    assert sum(len(ids) for ids, _ in read_reviews(batches).values()) < 0.6 * batches.lengths.sum()


def test_reviews_have_random_numbers_of_their_own_and_not_those_of_the_order():
    drawn = []
    batches = make_augmented(augment=lambda ids, random: drawn.append(random.random()) or ids)
    for epoch in range(2):
        batches.start(epoch)
        drawn.append(np.random.default_rng([0, epoch]).random())
        for number in range(1, len(batches)):
            batches[number]
    assert len(set(drawn)) == len(drawn)


def test_without_a_seed_nothing_is_augmented():
    with pytest.raises(ValueError, match="needs a seed"):
        make_augmented(seed=None)


def make_partly_labelled(labelled=29, missing=40, size=8, share=0.5, seed=0):
    """Reviews of which the last have no label, each beginning with its own number."""
    rows, labels = make_reviews(reviews=labelled + missing)
    labels = np.where(np.arange(len(rows)) < labelled, labels, np.nan)
    return Batches(rows, labels, size, seed, unlabelled_share=share)


@pytest.mark.parametrize(("size", "share", "others"), [(8, 0.5, 4), (8, 0.9, 7), (5, 0.0, 0),
                                                       (1, 0.9, 0), (16, 0.25, 4)])  # fmt: skip
def test_reviews_without_a_label_are_as_many_in_every_batch_as_asked(size, share, others):
    batches = make_partly_labelled(size=size, share=share)
    found = []
    for number in range(len(batches)):
        ids, labels, known = batches[number]
        assert labels.shape == (len(ids), 1) and known.shape == (len(ids),)
        assert labels.dtype == known.dtype == np.float32
        assert (known == 0).sum() == others
        assert (known == 1).sum() <= size - others
        reviews = ids[:, 0] - 2
        np.testing.assert_array_equal(known == 1, reviews < 29)
        np.testing.assert_array_equal(labels[known == 1, 0], reviews[known == 1] % 2)
        assert not labels[known == 0].any()
        found.extend(reviews[known == 1])
    assert sorted(found) == list(range(29)), "every review with a label once an epoch"
    assert batches.padding_share() < 0.4


def test_reviews_without_a_label_take_turns_and_change_with_the_epoch():
    batches = make_partly_labelled(labelled=100, missing=40)
    epochs = []
    for epoch in range(3):
        batches.start(epoch)
        counts = np.bincount(read_order(batches), minlength=140)[100:]
        assert counts.min() == 2 and counts.max() == 3, "25 batches hold 4 each, of 40"
        epochs.append(batches.order.tolist())
    few = make_partly_labelled(labelled=16, missing=40)
    seen = np.bincount(read_order(few), minlength=56)[16:]
    assert seen.max() == 1 and seen.sum() == 16, "4 batches hold 4 each"
    first = set(few.order.tolist())
    few.start(epoch=1)
    assert first != set(few.order.tolist())
    for epoch, order in enumerate(epochs):
        started = make_partly_labelled(labelled=100, missing=40)
        started.start(epoch)
        assert started.order.tolist() == order


def test_reviews_of_both_kinds_in_a_batch_are_about_as_long():
    """In the shares of their kinds that are shorter: here both are long and short alike."""
    batches = make_partly_labelled(labelled=400, missing=1000, size=16)
    assert batches.padding_share() < 0.15
    lengths = batches.lengths
    assert 1 - lengths.mean() / lengths.max() > 0.4


def test_without_a_seed_no_label_may_be_missing():
    with pytest.raises(ValueError, match="so do missing labels"):
        make_partly_labelled(seed=None)
