"""Candidates of the lexicon: near words of opposite labels, without an entry, and no names."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError, DataError
from imdb_lstm.text.antonyms import bundled, read_lexicon
from imdb_lstm.training.antonym_candidates import antonym_candidates, candidates, candidates_toml

WORDS = ("charmless", "uplift", "good", "not", "chair", "7/10")
VECTORS = np.array([[0, 0], [0, 0], [1, 0], [1, 0.1], [1, 0.2], [1, 0.1], [0, 1], [1, 0]], float)
RATIOS = np.array([0, 0, -2.0, 1.5, 1.0, -1.0, 0.0, 2.0])


def test_words_without_an_entry_are_proposed_with_near_words_of_the_other_label():
    found = candidates(WORDS, VECTORS, RATIOS, np.full(8, 50), bundled())
    assert [(each.word, each.opposites) for each in found] == [
        ("charmless", ("uplift", "good")), ("uplift", ("charmless",)),
    ]  # fmt: skip
    assert candidates(WORDS, VECTORS, RATIOS, np.full(8, 5), bundled()) == []


def test_they_are_written_as_a_file_that_can_be_read(tmp_path):
    found = candidates(WORDS, VECTORS, RATIOS, np.full(8, 50), bundled())
    path = tmp_path / "mined.toml"
    path.write_text(candidates_toml(found))
    assert tomllib.loads(path.read_text())["mined"]["to_negative"] == {"uplift": "charmless"}
    assert read_lexicon(path).opposite("charmless") == "uplift"


def rows(good, bad):
    return [(f"the film is {word} and long {i}", label)
            for i in range(60) for word, label in ((good, 1), (bad, 0))]  # fmt: skip


def test_names_are_not_proposed(tmp_path):
    config = Config(embedding_dim=8, validation_fraction=0.1)
    path = write_csv(tmp_path / "some.csv", rows("zingy", "zonky"), ("text", "label"))
    found = antonym_candidates(replace(config, data=str(path)), 9)
    assert {each.word for each in found} == {"zingy", "zonky"}
    path = write_csv(tmp_path / "names.csv", rows("Zingy", "Zonky"), ("text", "label"))
    with pytest.raises(DataError, match="no word"):
        antonym_candidates(replace(config, data=str(path)), 9)


def test_other_classes_are_refused(tmp_path):
    names = [(text, ("ham", "spam")[label]) for text, label in rows("zingy", "zonky")]
    path = write_csv(tmp_path / "mail.csv", names, ("text", "label"))
    with pytest.raises(ConfigError, match="ham, spam"):
        antonym_candidates(Config(data=str(path)), 9)
