"""The reviews of one training: each source is read once, and test texts never reach training."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data import load, readers, texts, training_data
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import ConfigError, DataError


def sentence(number):
    """A text of words that occur in no other."""
    return " ".join(f"w{number}x{i}" for i in range(16))


@pytest.fixture
def config(tmp_path):
    """Sixty reviews without splits, extra reviews and unlabelled ones, each with test texts."""
    data = write_csv(tmp_path / "mine.csv", tiny_rows())
    plain = Config(data=str(data), validation_fraction=0.25)
    test = load_split(plain, "test").texts[0]
    rows = [(sentence(1), 1, ""), (test, 1, "")]
    write_csv(tmp_path / "more.csv", rows, ("text", "label", "source"))
    (tmp_path / "texts.txt").write_text(f"{sentence(2)}\n{test}\n")
    return replace(
        plain, extra_reviews=str(tmp_path / "more.csv"), unlabelled=str(tmp_path / "texts.txt")
    )


def test_the_reviews_of_each_file_are_read_once(config, monkeypatch):
    opened, plain_open = [], readers.open_tables

    def recording_open(spec, *args):
        opened.append(Path(spec).name)
        return plain_open(spec, *args)

    for module in (readers, texts):
        monkeypatch.setattr(module, "open_tables", recording_open)
    for with_unlabelled in (True, False):
        opened.clear()
        read_training_data(config, with_unlabelled)
        counts = Counter(opened)
        assert [counts[name] for name in ("mine.csv", "more.csv", "texts.txt")] == [1, 1, 1]


def test_copies_of_test_reviews_are_neither_extra_nor_unlabelled(config):
    data = read_training_data(config, with_unlabelled=True)
    train, validation = load_train_and_validation(config)
    assert data.train.texts == [*train.texts, sentence(1)]
    assert data.validation.texts == validation.texts
    assert data.unlabelled == [sentence(2)]
    assert data.counts["extra_copies"] == 1
    assert read_training_data(config).unlabelled == []
    test = load_split(config, "test").texts
    assert np.isin(text_keys([sentence(1), sentence(2), *validation.texts]), data.learned).all()
    assert not np.isin(text_keys(test), data.learned).any()


def test_how_the_data_are_parsed_does_not_hold_for_a_file_of_another_format(config, tmp_path):
    (tmp_path / "texts.txt").write_text("One, of several.\nOf two, another.\n")
    (tmp_path / "more.jsonl").write_text(f'{{"text": "{sentence(3)}", "label": 1}}\n')
    named = replace(
        config, separator="comma", header="yes", extra_reviews=str(tmp_path / "more.jsonl")
    )
    data = read_training_data(named, with_unlabelled=True)
    assert data.unlabelled == ["One, of several.", "Of two, another."]
    assert data.train.texts[-1] == sentence(3)


def test_what_was_written_is_all_but_the_counterfactual_reviews(config):
    plain = read_training_data(config, with_unlabelled=True)
    data = read_training_data(replace(config, counterfactual=0.5), with_unlabelled=True)
    assert len(data.train) > len(plain.train) and len(data.learned) > len(plain.learned)
    written = data.written()
    assert written.train.texts == plain.train.texts == plain.written().train.texts
    np.testing.assert_array_equal(written.learned, np.unique(plain.learned))
    for name in ("fingerprints", "counts", "unlabelled"):
        assert getattr(written, name) == getattr(plain, name)


def test_every_source_has_a_fingerprint(config):
    found = read_training_data(config, with_unlabelled=True).fingerprints
    assert set(found) == {"train", "validation", "extra", "unlabelled"}
    assert read_training_data(config).fingerprints == found
    plain = replace(config, extra_reviews="", unlabelled="")
    alone = read_training_data(plain, with_unlabelled=True).fingerprints
    assert alone == {part: found[part] for part in ("train", "validation")}
    Path(config.unlabelled).write_text("Another text.\n")
    changed = read_training_data(config).fingerprints
    assert {part for part in found if found[part] != changed[part]} == {"unlabelled"}


def test_train_reviews_beyond_the_limit_are_no_origin_of_extra_reviews(config):
    config = replace(config, train_limit=10)
    train, validation = load_train_and_validation(config)
    test = load_split(config, "test")
    used = {*train.names, *validation.names, *test.names}
    unused = next(f"mine.csv:{row}" for row in range(2, 62) if f"mine.csv:{row}" not in used)
    sources = (train.names[0], validation.names[0], test.names[0], unused)
    rows = [(sentence(10 + i), 0, source) for i, source in enumerate(sources)]
    write_csv(Path(config.extra_reviews), rows, ("text", "label", "source"))
    data = read_training_data(config)
    assert len(data.train) == 11 and data.train.texts[-1] == sentence(10)
    left_out = ("extra_from_validation", "extra_from_test", "extra_from_unused")
    assert [data.counts[reason] for reason in left_out] == [1, 1, 1]


def test_of_imdb_only_the_texts_of_the_test_split_are_read(monkeypatch, config):
    read = []

    def load_imdb(split, stars):
        assert not stars
        read.append(split)
        if split == "validation":
            return Reviews.none()
        texts = [sentence(100 + i) for i in range(20)]
        names = [f"train:{i}" for i in range(20)]
        return Reviews(texts, np.arange(20, dtype=np.int8) % 2, np.zeros(20, np.int8), names)

    def load_imdb_texts(split):
        read.append(f"{split} texts")
        return {f"{split}:0": sentence(77)}

    monkeypatch.setattr(load, "load_imdb", load_imdb)
    monkeypatch.setattr(training_data, "load_imdb_texts", load_imdb_texts)
    monkeypatch.setattr(training_data, "load_imdb_unlabelled", lambda test: [f"not {min(test)}"])
    rows = [(sentence(77), 1, ""), (sentence(78), 1, "test:0"), (sentence(79), 1, "")]
    write_csv(Path(config.extra_reviews), rows, ("text", "label", "source"))
    data = read_training_data(replace(config, data="imdb"), with_unlabelled=True)
    assert sorted(read) == ["test texts", "train", "validation"]
    assert data.train.texts[-1] == sentence(79)
    assert data.unlabelled[0] == f"not {sentence(77)}" and sentence(2) in data.unlabelled
    read.clear()
    plain = Config(data="imdb")
    assert read_training_data(plain).counts == {}
    assert sorted(read) == ["train", "validation"]


def test_the_challenge_set_and_missing_files_are_refused(config):
    with pytest.raises(ConfigError, match="challenge set"):
        read_training_data(replace(config, data="challenge"))
    Path(config.unlabelled).unlink()
    with pytest.raises(DataError, match=r"texts\.txt: no such file"):
        read_training_data(config)
