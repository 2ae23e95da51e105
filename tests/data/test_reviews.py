"""Reviews as every source gives them, the seeded cut, and the fingerprint."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from imdb_lstm.data.reviews import Reviews, normalised
from imdb_lstm.errors import DataError


def make_reviews(positive=30, negative=50):
    """Reviews whose four columns all tell the number of the review."""
    count = positive + negative
    labels = np.random.default_rng(1).permutation([1] * positive + [0] * negative)
    return Reviews(
        [f"text {i}" for i in range(count)],
        labels.astype(np.int8),
        np.arange(count, dtype=np.int8),
        [f"file:{i}" for i in range(count)],
    )


def numbers(reviews):
    """Number of each review; fails when the columns have come apart."""
    found = reviews.ratings.tolist()
    assert reviews.texts == [f"text {i}" for i in found]
    assert reviews.names == [f"file:{i}" for i in found]
    np.testing.assert_array_equal(reviews.labels, make_reviews().labels[found])
    return found


def test_none_is_empty_and_of_the_right_types():
    none = Reviews.none()
    assert len(none) == 0
    assert none.labels.dtype == none.ratings.dtype == np.int8
    assert none.texts == none.names == []


def test_taking_keeps_the_columns_together_in_the_order_asked():
    assert numbers(make_reviews().take(np.array([7, 0, 7, 3]))) == [7, 0, 7, 3]
    assert len(make_reviews().take(np.array([], dtype=int))) == 0


def test_groups_and_pairs_are_taken_along_where_there_are_any():
    plain = make_reviews(2, 2)
    told = replace(plain, groups=["a", "", "b", "a"], pairs=["1", "1", "2", "2"])
    taken = told.take(np.array([2, 0]))
    assert (taken.groups, taken.pairs) == (["b", "a"], ["2", "1"])
    assert plain.take(np.array([2, 0])).groups == plain.pairs == []
    assert told.fingerprint() == plain.fingerprint()


def test_joining_puts_the_others_behind_and_keeps_the_columns_together():
    reviews = make_reviews()
    joined = reviews.take(np.array([4, 2])).joined(reviews.take(np.array([9])))
    assert numbers(joined) == [4, 2, 9]
    assert joined.labels.dtype == joined.ratings.dtype == np.int8
    assert numbers(reviews.joined(Reviews.none())) == list(range(80))


def test_texts_are_normalised_in_case_and_white_space_alone():
    assert normalised(" A  JOY,\tÉpatant\n") == normalised("a joy, épatant") == "a joy, épatant"
    assert normalised("a joy.") != normalised("a joy")


@pytest.mark.parametrize(("fraction", "seed"), product([0.05, 0.1, 0.25, 0.5], [0, 1, 17]))
def test_the_halves_are_disjoint_whole_and_in_order(fraction, seed):
    kept, held_out = (numbers(half) for half in make_reviews().halves(fraction, seed))
    assert sorted(kept + held_out) == list(range(80))
    assert kept == sorted(kept)
    assert held_out == sorted(held_out)
    assert len(held_out) == np.ceil(fraction * 80)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_either_half_has_the_labels_in_the_share_of_the_whole(fraction):
    reviews = make_reviews()
    for half in reviews.halves(fraction, seed=3):
        assert abs(half.labels.sum() - len(half) * reviews.labels.mean()) < 1


def test_the_cut_is_a_function_of_the_seed():
    cuts = [numbers(make_reviews().halves(0.25, seed)[1]) for seed in (0, 0, 1)]
    assert cuts[0] == cuts[1] != cuts[2]


@pytest.mark.parametrize(
    ("positive", "negative", "fraction"), [(1, 9, 0.5), (3, 3, 0.01), (0, 1, 0.5)]
)
def test_too_few_reviews_to_cut_are_refused_with_their_number(positive, negative, fraction):
    with pytest.raises(DataError, match=f"{positive + negative} reviews"):
        make_reviews(positive, negative).halves(fraction, seed=0)


def test_the_fingerprint_changes_with_texts_labels_and_order_alone():
    reviews = make_reviews(2, 2)
    same = Reviews(reviews.texts, reviews.labels, reviews.ratings[::-1], ["elsewhere"] * 4)
    assert same.fingerprint() == reviews.fingerprint()
    others = {
        "label": Reviews(reviews.texts, 1 - reviews.labels, reviews.ratings, reviews.names),
        "order": reviews.take(np.array([1, 0, 2, 3])),
        "fewer": reviews.take(np.array([0, 1, 2])),
        "cut elsewhere": Reviews(
            ["text 0t", "ext 1", *reviews.texts[2:]], reviews.labels, reviews.ratings, reviews.names
        ),
    }
    prints = {name: other.fingerprint() for name, other in others.items()}
    assert len({reviews.fingerprint(), *prints.values()}) == 5
