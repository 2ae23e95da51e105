"""Reviews: columns that stay together, and the fingerprint."""

from dataclasses import replace

import numpy as np

from imdb_lstm.data.reviews import Reviews, normalised


def make_reviews(positive=30, negative=50):
    """Reviews whose texts, ratings and names all contain the index of the review."""
    count = positive + negative
    labels = np.random.default_rng(1).permutation([1] * positive + [0] * negative)
    return Reviews(
        [f"text {i}" for i in range(count)],
        labels.astype(np.int8),
        np.arange(count, dtype=np.float32),
        [f"file:{i}" for i in range(count)],
    )


def numbers(reviews):
    """Index of each review; fails when the columns do not agree."""
    found = reviews.ratings.astype(int).tolist()
    assert reviews.texts == [f"text {i}" for i in found]
    assert reviews.names == [f"file:{i}" for i in found]
    np.testing.assert_array_equal(reviews.labels, make_reviews().labels[found])
    return found


def test_none_is_empty_with_the_right_dtypes():
    none = Reviews.none()
    assert len(none) == 0
    assert (none.labels.dtype, none.ratings.dtype) == (np.int8, np.float32)
    assert none.texts == none.names == []


def test_taking_keeps_the_columns_together_in_the_given_order():
    assert numbers(make_reviews().take(np.array([7, 0, 7, 3]))) == [7, 0, 7, 3]
    assert len(make_reviews().take(np.array([], dtype=int))) == 0


def test_groups_and_pairs_are_taken_too():
    plain = make_reviews(2, 2)
    paired = replace(plain, groups=["a", "", "b", "a"], pairs=["1", "1", "2", "2"])
    taken = paired.take(np.array([2, 0]))
    assert (taken.groups, taken.pairs) == (["b", "a"], ["2", "1"])
    assert plain.take(np.array([2, 0])).groups == plain.pairs == []
    assert paired.fingerprint() == plain.fingerprint()


def test_joining_appends_the_others_and_keeps_the_columns_together():
    reviews = make_reviews()
    joined = reviews.take(np.array([4, 2])).joined(reviews.take(np.array([9])))
    assert numbers(joined) == [4, 2, 9]
    assert (joined.labels.dtype, joined.ratings.dtype) == (np.int8, np.float32)
    assert numbers(reviews.joined(Reviews.none())) == list(range(80))


def test_only_case_and_white_space_are_normalised():
    assert normalised(" A  JOY,\tÉpatant\n") == normalised("a joy, épatant") == "a joy, épatant"
    assert normalised("a joy.") != normalised("a joy")


def test_the_fingerprint_changes_only_with_texts_labels_and_order():
    reviews = make_reviews(2, 2)
    same = Reviews(reviews.texts, reviews.labels, reviews.ratings[::-1], ["elsewhere"] * 4)
    assert same.fingerprint() == reviews.fingerprint()
    others = {
        "label": Reviews(reviews.texts, 1 - reviews.labels, reviews.ratings, reviews.names),
        "order": reviews.take(np.array([1, 0, 2, 3])),
        "fewer": reviews.take(np.array([0, 1, 2])),
        "other boundary": Reviews(
            ["text 0t", "ext 1", *reviews.texts[2:]], reviews.labels, reviews.ratings, reviews.names
        ),
    }
    prints = {name: other.fingerprint() for name, other in others.items()}
    assert len({reviews.fingerprint(), *prints.values()}) == 5
