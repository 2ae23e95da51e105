"""Counterfactual reviews in training: where they are added, what they may not touch."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.counterfactual import counterfactual_reviews, turned_reviews
from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import ConfigError, DataError


@pytest.fixture
def config(tiny_csv):
    return Config(data=str(tiny_csv), validation_fraction=0.25, counterfactual=0.5)


def test_they_are_added_to_train_alone(config):
    plain, data = (
        read_training_data(replace(config, counterfactual=0.0)),
        read_training_data(config),
    )
    count = data.counts["counterfactual_texts"]
    assert 0 < count <= 0.5 * len(plain.train) and count % 2 == 0
    assert data.train.texts[:-count] == plain.train.texts
    assert data.train.labels[-count:].sum() == count / 2
    assert data.validation.texts == plain.validation.texts
    assert data.fingerprints["train"] == plain.fingerprints["train"]
    assert "counterfactual" in data.fingerprints and "counterfactual" not in plain.fingerprints
    assert len(data.learned) > len(plain.learned)


def test_extra_reviews_are_not_turned(config, tmp_path):
    rows = [("Awful and boring.", "negative"), ("Great and clever.", "positive")]
    extra = write_csv(tmp_path / "more.csv", rows, ("text", "label"))
    with_extra = read_training_data(replace(config, extra_reviews=str(extra)))
    turned = read_training_data(config).fingerprints["counterfactual"]
    assert with_extra.fingerprints["counterfactual"] == turned


def test_the_seed_decides_which_are_turned(config):
    train, _ = load_train_and_validation(config)
    few = [turned_reviews(train, replace(config, seed=seed), 4) for seed in (0, 0, 1)]
    assert few[0] == few[1] != few[2]


def test_excerpts_come_in_pairs(config):
    train, _ = load_train_and_validation(config)
    alone = counterfactual_reviews(train, config)
    more = counterfactual_reviews(train, replace(config, counterfactual_excerpts=True))
    assert len(more) == 3 * len(alone) and more.texts[: len(alone)] == alone.texts
    assert np.all(more.labels[len(alone) :: 2] != more.labels[len(alone) + 1 :: 2])


def test_an_own_lexicon_is_used(config, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[mine.both]\nbad = "dandy"\n')
    train, _ = load_train_and_validation(config)
    texts = [each.text for _, each in turned_reviews(train, replace(config, antonyms=str(path)))]
    assert any("dandy" in text for text in texts)


def test_other_classes_and_other_texts_are_refused_in_one_line(config, tmp_path):
    stars = [(text, rating % 5, rating) for text, _, rating in tiny_rows()]
    stars = [(text, label + i % 2, rating) for i, (text, label, rating) in enumerate(stars)]
    of_stars = replace(config, data=str(write_csv(tmp_path / "stars.csv", stars)))
    with pytest.raises(ConfigError, match="between negative and positive"):
        read_training_data(of_stars)
    rows = [(" ".join(f"w{i}x{j}" for j in range(9)), i % 2, 1) for i in range(40)]
    with pytest.raises(DataError, match="no train review"):
        read_training_data(replace(config, data=str(write_csv(tmp_path / "other.csv", rows))))
