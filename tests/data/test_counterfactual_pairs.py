"""The counterfactual pairs: balanced, alike but for few edits, and refused for training."""

import re

import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.counterfactual_pairs import EDIT, PAIRS, both_texts, read_pairs
from imdb_lstm.data.load import load_split
from imdb_lstm.errors import ConfigError, DataError

CONFIG = Config(data="counterfactuals", text_column="of another file")


@pytest.fixture(scope="module")
def reviews():
    return load_split(CONFIG, "all")


@pytest.fixture(scope="module")
def sources():
    """The text of each pair with its edits."""
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    return [line.partition("\t")[2] for line in lines if not line.startswith("#")]


def test_a_pair_is_a_negative_and_a_positive_review_of_which_either_was_written_first(reviews):
    assert len(reviews) == 600
    first, second = reviews.labels[::2], reviews.labels[1::2]
    assert (first + second == 1).all()
    assert first.mean() == 0.5
    assert reviews.pairs[::2] == reviews.pairs[1::2] == [str(n) for n in range(1, 301)]
    assert reviews.groups == ["original", "edited"] * 300
    assert len(set(reviews.names)) == 600


def test_reviews_have_60_to_200_words_of_which_a_few_edits_change_a_third_at_most(sources):
    for source in sources:
        edits = EDIT.findall(source)
        assert 2 <= len(edits) <= 8, source
        for side, text in enumerate(both_texts(source)):
            assert 60 <= len(text.split()) <= 200, source
            assert sum(len(edit[side].split()) for edit in edits) * 3 <= len(text.split()), source
        assert all(one != other for one, other in edits), source


def test_texts_are_clean_and_none_occurs_twice_or_in_other_bundled_reviews(reviews):
    keys = set(text_keys(reviews.texts).tolist())
    assert len(keys) == len(reviews)
    for data in ("sample", "challenge"):
        assert not keys & set(text_keys(load_split(Config(data=data), "all").texts).tolist())
    for text in reviews.texts:
        assert not re.search(r"[{|}\t]|  | [,.]|^ | $", text), text


def test_both_reviews_are_the_same_outside_the_edits(reviews, sources):
    for source, *pair in zip(sources, reviews.texts[::2], reviews.texts[1::2], strict=True):
        kept = [re.escape(part) for part in EDIT.split(source)[::3]]
        assert all(re.fullmatch(".*".join(kept), text) for text in pair)


def test_every_split_for_evaluation_is_the_whole_set_and_none_is_for_training(reviews):
    assert load_split(CONFIG, "test").fingerprint() == reviews.fingerprint()
    for split in ("train", "validation"):
        with pytest.raises(ConfigError, match=r"pairs have no train reviews.*counterfactuals"):
            load_split(CONFIG, split)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("good\tThe {bad|good} one", "label, tab and text"),
        ("negative The {bad|good} one", "label, tab and text"),
        ("negative\tThe {bad|good one", "label, tab and text"),
        ("negative\tThe {bad|good|better} one", "label, tab and text"),
        ("negative\tThe bad one", "are the same"),
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path, line, message):
    path = tmp_path / "pairs.txt"
    path.write_text(f"# a comment\n\npositive\tA {{loss|joy}}.\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"pairs\.txt:4: .*{message}"):
        read_pairs(path)


def test_the_original_comes_first(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("positive\tA {loss|joy}.\nnegative\t{No|One} hope.\n", encoding="utf-8")
    found = read_pairs(path)
    assert found.texts == ["A joy.", "A loss.", "No hope.", "One hope."]
    np.testing.assert_array_equal(found.labels, [1, 0, 0, 1])
    assert np.isnan(found.ratings).all()
