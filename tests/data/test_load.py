"""Splits: as a file gives them, or cut so that nothing held out has been learned from."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.copies import copy_groups
from imdb_lstm.data.load import load_split, load_splits, load_train_and_validation, split_of
from imdb_lstm.data.readers import read_source
from imdb_lstm.errors import ConfigError, DataError

PARTS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def told(caplog):
    caplog.set_level(logging.INFO, "imdb_lstm")
    return caplog


def sentence(number, words=20):
    """A text of words that occur in no other."""
    return " ".join(f"w{number}x{i}" for i in range(words))


def data(path, rows, names=("text", "label", "split"), **options):
    return Config(data=str(write_csv(path, rows, names)), **options)


def splits(config):
    """The three splits, each read by itself, as training and evaluation do."""
    return {name: load_split(config, name) for name in PARTS}


def write_splits(path, names):
    """A file whose rows are assigned to the splits in turn, with both labels in each."""
    rows = [(f"text {i}", i // len(names) % 2, names[i % len(names)]) for i in range(120)]
    return data(path, rows, ("text", "label", "part"), split_column="part"), rows


def test_the_splits_of_a_file_are_used(tmp_path):
    for validation in ("validation", "valid", "DEV "):
        config, rows = write_splits(tmp_path / "a.csv", ["Train", validation, "test"])
        for split, name in (("train", "Train"), ("validation", validation), ("test", "test")):
            expected = [text for text, _, part in rows if part == name]
            assert load_split(config, split).texts == expected
        assert load_split(config, "all").texts == [text for text, _, _ in rows]


def test_validation_is_split_off_train_when_the_file_has_none(tmp_path):
    config, rows = write_splits(tmp_path / "a.csv", ["train", "test"])
    train, validation = load_train_and_validation(config)
    assert len(validation) == 60 * config.validation_fraction
    assert {*train.texts, *validation.texts} == {text for text, _, part in rows if part == "train"}


@pytest.mark.parametrize("seed", range(3))
def test_a_file_without_splits_is_split_by_the_seed_into_three_disjoint_parts(seed, tiny_csv):
    config = Config(data=str(tiny_csv), seed=seed, test_fraction=0.2, validation_fraction=0.25)
    parts = list(splits(config).values())
    assert [len(part) for part in parts] == [36, 12, 12]
    assert [part.labels.sum() for part in parts] == [18, 6, 6]
    texts = [text for part in parts for text in part.texts]
    assert sorted(texts) == sorted(text for text, _, _ in tiny_rows())
    for part in parts:
        lines = [int(name.rpartition(":")[2]) for name in part.names]
        assert lines == sorted(lines)
    again = load_split(config, "test")
    assert again.texts == parts[2].texts
    assert load_split(replace(config, seed=seed + 10), "test").texts != again.texts


@pytest.mark.parametrize("options", [{}, {"folds": 3, "fold": 2}, {"train_limit": 20}])
def test_a_seed_of_the_splits_keeps_them_whatever_the_seed(options, tiny_csv):
    fixed = Config(data=str(tiny_csv), split_seed=4, seed=1, **options)
    first, second, plain = (
        load_train_and_validation(config)
        for config in (fixed, replace(fixed, seed=2), replace(fixed, seed=4, split_seed=-1))
    )
    for one, two, three in zip(first, second, plain, strict=True):
        assert one.texts == two.texts == three.texts
    assert load_split(fixed, "test").texts == load_split(replace(fixed, seed=2), "test").texts


@pytest.mark.parametrize("seed", [0, 7])
def test_without_copies_the_cut_is_the_plain_stratified_one(seed, tmp_path):
    """So that runs keep the train reviews that their fingerprints name."""
    rows = [(sentence(i), int(i % 3 == 0)) for i in range(101)]
    config = data(tmp_path / "a.csv", rows, ("text", "label"), seed=seed, test_fraction=0.15)
    labels = np.array([label for _, label in rows])
    rest, test = train_test_split(
        np.arange(101), test_size=0.15, random_state=seed, stratify=labels
    )
    rest = np.sort(rest)
    train, validation = train_test_split(
        rest, test_size=0.1, random_state=seed, stratify=labels[rest]
    )
    found = splits(config)
    for name, expected in zip(PARTS, (train, validation, test), strict=True):
        assert found[name].texts == [rows[i][0] for i in np.sort(expected)]


def test_the_sample_is_cut_as_ever():
    config = Config(data="sample", seed=3)
    everything = load_split(config, "all")
    found = splits(config)
    assert sum(map(len, found.values())) == len(everything) == len(set(everything.texts)) == 360
    assert [len(part) for part in found.values()] == [243, 27, 90]
    assert everything.labels.mean() == found["test"].labels.mean() == 0.5
    np.testing.assert_array_equal(everything.labels, everything.ratings >= 7)
    assert set(everything.ratings) == {1, 2, 3, 4, 7, 8, 9, 10}
    of_train = [i for i, text in enumerate(everything.texts) if text not in found["test"].texts]
    train, _ = train_test_split(
        np.array(of_train), test_size=0.1, random_state=3, stratify=everything.labels[of_train]
    )
    assert found["train"].texts == [everything.texts[i] for i in np.sort(train)]


def test_copies_stay_on_one_side_whatever_their_labels(tmp_path):
    """Each review five times, with the labels of a coin: there is nothing to learn."""
    coin = np.random.default_rng(0)
    spelling = (str, str.upper, lambda t: f"  {t}!", lambda t: t.replace(" ", "\n"), str.title)
    rows = [(change(sentence(i)), int(coin.integers(2))) for i in range(60) for change in spelling]
    coin.shuffle(rows)
    for seed in range(3):
        found = splits(data(tmp_path / "a.csv", rows, ("text", "label"), seed=seed))
        plain = {name: {" ".join(text.lower().strip(" !").split()) for text in part.texts}
                 for name, part in found.items()}  # fmt: skip
        assert sum(len(part) for part in found.values()) == 300
        assert sum(len(texts) for texts in plain.values()) == 60
        assert abs(len(found["test"]) / 300 - 0.2) < 0.05
        assert abs(len(found["validation"]) / 240 - 0.1) < 0.05


def test_near_copies_stay_on_one_side(tmp_path):
    rows = [(f"{sentence(i, 30)}{end}", i % 2) for i in range(40) for end in (" a b", "", " c")]
    found = splits(data(tmp_path / "a.csv", rows, ("text", "label")))
    firsts = [{text.split()[0] for text in part.texts} for part in found.values()]
    assert sum(map(len, firsts)) == 40 and min(map(len, firsts)) > 1


def test_held_out_reviews_of_given_splits_that_are_in_train_are_left_out_and_told(tmp_path, told):
    rows = [(sentence(i, 30), i // 3 % 2, PARTS[i % 3]) for i in range(60)]
    of_train = [text for text, _, part in rows if part == "train"]
    rows += [(of_train[0].upper(), 1, "validation"), (f"{of_train[1]} indeed", 0, "test"),
             (rows[1][0], 1, "test"), (of_train[2], 0, "test")]  # fmt: skip
    found = splits(data(tmp_path / "a.csv", rows))
    assert found["train"].texts == of_train
    for name in PARTS[1:]:
        assert found[name].texts == [text for text, _, part in rows[:60] if part == name]
    assert "1 of 21 validation reviews are copies or near copies of train reviews" in told.text
    assert "3 of 23 test reviews are copies or near copies of train reviews" in told.text


def test_splits_that_are_the_same_reviews_are_refused(tmp_path):
    rows = [(sentence(i), i % 2) for i in range(20)]
    both = [(*row, part) for part in ("train", "validation") for row in rows]
    with pytest.raises(DataError, match="all 20 validation reviews are copies"):
        load_train_and_validation(data(tmp_path / "a.csv", both))
    both = [(*row, part) for part in ("train", "test") for row in rows]
    config = data(tmp_path / "a.csv", both)
    assert len(load_train_and_validation(config)[0]) == 18
    with pytest.raises(DataError, match="no test reviews, or none that is not also a train"):
        load_split(config, "test")


@pytest.mark.parametrize("part", PARTS)
def test_a_split_with_one_label_is_refused_by_name(part, tmp_path):
    rows = [(sentence(i), 1 if name == part else i // 3 % 2, name)
            for i, name in enumerate(PARTS * 8)]  # fmt: skip
    with pytest.raises(DataError, match=f"all 8 {part} reviews of .* have one label, positive"):
        load_splits(data(tmp_path / "a.csv", rows), "test")


def test_too_few_reviews_of_a_label_are_refused_with_the_counts(tmp_path):
    for rare in (0, 1):
        rows = [(sentence(i), int(i >= rare)) for i in range(20)]
        with pytest.raises(DataError, match=f"{rare} of one label, {20 - rare} of the other"):
            load_train_and_validation(data(tmp_path / "a.csv", rows, ("text", "label")))


def test_reviews_of_a_group_stay_on_one_side(tmp_path):
    rows = [(sentence(i), i % 2, f"author {i % 17}" if i % 5 else "") for i in range(170)]
    names = ("text", "label", "author")
    found = splits(data(tmp_path / "a.csv", rows, names, group_by="author"))
    author = {text: name for text, _, name in rows if name}
    authors = [{author[text] for text in part.texts if text in author} for part in found.values()]
    assert sum(map(len, authors)) == 17 and min(map(len, authors)) > 0
    assert sum(map(len, found.values())) == 170


def test_the_latest_reviews_are_held_out(tmp_path):
    days = np.random.default_rng(2).permutation(100)
    rows = [(sentence(i), i % 2, f"2024-{day // 28 + 1:02}-{day % 28 + 1:02}")
            for i, day in enumerate(days.tolist())]  # fmt: skip
    config = data(tmp_path / "a.csv", rows, ("text", "label", "day"), time="day", test_fraction=0.3)
    day = {text: when for text, _, when in rows}
    found = {name: {day[text] for text in part.texts} for name, part in splits(config).items()}
    assert {name: len(days) for name, days in found.items()} == {
        "train": 63, "validation": 7, "test": 30,
    }  # fmt: skip
    assert max(found["train"]) < min(found["validation"]) <= max(found["validation"])
    assert max(found["validation"]) < min(found["test"])


def test_a_late_copy_of_an_early_review_is_in_no_split(tmp_path, told):
    rows = [(sentence(i), i % 2, i) for i in range(100)]
    rows += [(sentence(0), 0, 1000), (sentence(1).upper(), 1, 1001)]
    found = splits(data(tmp_path / "a.csv", rows, ("text", "label", "day"), time="day"))
    assert sum(map(len, found.values())) == 100
    assert "2 of 20 test reviews are copies or near copies" in told.text


def test_a_time_that_is_missing_is_named(tmp_path):
    rows = [(sentence(i), i % 2, i if i != 7 else "") for i in range(50)]
    config = data(tmp_path / "a.csv", rows, ("text", "label", "day"), time="day")
    with pytest.raises(DataError, match=r"a\.csv:9: '' is neither a number nor a date"):
        load_split(config, "test")
    rows = [(text, label, "") for text, label, _ in rows]
    config = data(tmp_path / "a.csv", rows, ("text", "label", "day"), time="day")
    with pytest.raises(DataError, match="column 'day' has no value"):
        load_split(config, "test")


def test_every_review_is_in_the_test_split_of_one_fold(tmp_path):
    rows = [(sentence(i % 70), i % 2) for i in range(110)]  # forty of them twice
    config = data(tmp_path / "a.csv", rows, ("text", "label"), folds=4)
    tested = []
    for fold in range(1, 5):
        found = splits(replace(config, fold=fold))
        names = [set(part.names) for part in found.values()]
        assert len(set.union(*names)) == sum(map(len, names)) == 110
        texts = [set(part.texts) for part in found.values()]
        assert not (texts[0] | texts[1]) & texts[2] and not texts[0] & texts[1]
        assert abs(len(found["test"]) - 110 / 4) <= 4
        tested += found["test"].names
    assert len(tested) == len(set(tested)) == 110


def test_no_test_reviews_are_held_out_when_none_are_asked_for(tiny_csv):
    config = Config(data=str(tiny_csv), test_fraction=0.0)
    assert sum(map(len, load_train_and_validation(config))) == 60
    with pytest.raises(DataError, match=r"tiny\.csv has no test reviews"):
        load_split(config, "test")


def test_the_splits_read_together_are_those_read_one_by_one(tiny_csv):
    config = Config(data=str(tiny_csv), train_limit=20)
    together = load_splits(config, "test")
    for name, part in splits(config).items():
        assert together[name].fingerprint() == part.fingerprint()
    assert {*together} == set(PARTS)
    assert len(load_splits(config, "all")["all"]) == 60


def test_no_copies_and_no_group_are_on_two_sides(tmp_path):
    for seed in range(20):
        random = np.random.default_rng(seed)
        films = random.integers(60, size=150).tolist()
        rows = [(sentence(film, int(random.integers(3, 30))), int(random.integers(2)),
                 film // 3 if random.random() < 0.4 else "") for film in films]  # fmt: skip
        by = {"group_by": "g"} if seed % 2 else {}
        source = read_source(data(tmp_path / "a.csv", rows, ("text", "label", "g"), **by))
        part = split_of(source, Config(data="a", seed=seed, **by))
        assert set(part.tolist()) == set(PARTS)
        for unit in (copy_groups(source.reviews.texts), np.array(source.units)):
            for value in set(unit.tolist()) - {""}:
                assert len(set(part[unit == value].tolist())) == 1


def test_the_limit_takes_exactly_this_number_of_the_train_reviews(tiny_csv):
    config = Config(data=str(tiny_csv), validation_fraction=0.2)
    everything, validation = load_train_and_validation(config)
    for limit in (2, 7, 21, 29, 36):  # 21 / 38 * 38 is more than 21
        train, same = load_train_and_validation(replace(config, train_limit=limit))
        assert len(train) == limit
        assert set(train.texts) < set(everything.texts)
        assert same.texts == validation.texts


def test_a_limit_that_leaves_a_class_without_a_review_is_refused(tmp_path):
    labels = ["bad"] * 100 + ["fair"] * 6 + ["good"] * 100
    config = data(tmp_path / "a.csv", [(sentence(n), each, "") for n, each in enumerate(labels)])
    with pytest.raises(
        DataError, match=r"--train-limit 10 leaves no train review of .* fair: raise"
    ):
        load_train_and_validation(replace(config, train_limit=10))


def test_a_limit_beyond_the_train_reviews_takes_all(tiny_csv):
    for limit in (0, 36, 10_000):
        config = Config(data=str(tiny_csv), validation_fraction=0.25, train_limit=limit)
        assert len(load_train_and_validation(config)[0]) == 36


def test_an_empty_or_unknown_split_is_refused_by_name(tmp_path):
    config, _ = write_splits(tmp_path / "a.csv", ["train", "validation"])
    with pytest.raises(DataError, match=r"a\.csv has no test reviews"):
        load_split(config, "test")
    with pytest.raises(ConfigError, match=r"unknown split 'tset'; the splits are train, .*, all"):
        load_split(config, "tset")
    config = data(tmp_path / "b.csv", [(sentence(i), i % 2, "test") for i in range(9)])
    with pytest.raises(DataError, match=r"b\.csv has no train reviews"):
        load_train_and_validation(config)
