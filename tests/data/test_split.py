import numpy as np
import pytest

from imdb_lstm.data.split import folds, held_out, latest, units
from imdb_lstm.errors import DataError


def labels(negative, positive):
    return np.array([0, 1] * min(negative, positive) + [0] * (negative - positive), np.int8)


@pytest.mark.parametrize("size", [0.1, 0.25, 21])
def test_each_review_by_itself_is_cut_exactly_and_by_label(size):
    values = labels(60, 40)
    out = held_out(values, size, seed=3, unit=np.arange(100))
    assert out.sum() == (size if size >= 1 else round(size * 100))
    assert abs(values[out].mean() - 0.4) < 0.03


def test_units_stay_together_and_the_share_is_about_reached():
    random = np.random.default_rng(0)
    unit = np.sort(random.integers(0, 60, 300))
    values = random.integers(0, 2, 300).astype(np.int8)
    for seed in range(5):
        out = held_out(values, 0.2, seed, unit)
        for number in np.unique(unit):
            assert len(set(out[unit == number].tolist())) == 1
        assert abs(out.mean() - 0.2) < 0.05
        assert abs(values[out].mean() - values.mean()) < 0.1


def test_a_seed_decides_the_cut():
    unit = np.repeat(np.arange(50), 2)
    cuts = [held_out(labels(50, 50), 0.2, seed, unit).tolist() for seed in (1, 1, 2)]
    assert cuts[0] == cuts[1] != cuts[2]


def test_a_part_without_a_label_is_refused_with_the_counts():
    with pytest.raises(DataError, match="298 of one label, 2 of the other"):
        held_out(np.array([0] * 298 + [1, 1]), 0.2, 0, np.array([*range(298), 299, 299]))
    with pytest.raises(DataError, match="cannot be split"):
        held_out(np.zeros(10, np.int8), 0.2, 0, np.arange(10))


def test_folds_are_about_equal_and_every_review_is_in_one():
    unit = np.repeat(np.arange(100), 2)
    found = folds(labels(100, 100), 5, seed=0, unit=unit)
    assert sorted(set(found.tolist())) == [1, 2, 3, 4, 5]
    assert np.ptp(np.bincount(found)[1:]) <= 4
    assert (found[::2] == found[1::2]).all()


def test_units_join_copies_with_the_values_of_a_column():
    copies = np.array([0, 1, 0, 2, 3])
    assert units(copies).tolist() == copies.tolist()
    found = units(copies, ["ann", "ben", "", "ben", ""]).tolist()
    assert found[0] == found[2] and found[1] == found[3] and len(set(found)) == 3


@pytest.mark.parametrize(
    "times",
    [["3", "1", "2", "10"], ["2024-03-01", "2023-12-31", "Jan 5, 2024", "2025-01-01T10:00:00Z"]],
)
def test_the_latest_are_held_out(times):
    assert latest(times, ["a"] * 4, 0.25).tolist() == [False, False, False, True]
