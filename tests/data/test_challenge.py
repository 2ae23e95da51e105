"""The challenge set: balanced, paired, with all groups, and separate from the train reviews."""

from collections import Counter, defaultdict

import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.errors import ConfigError

CONFIG = Config(data="challenge", text_column="of another file", validation_fraction=0.3)


@pytest.fixture(scope="module")
def reviews():
    return load_split(CONFIG, "all")


def normalised(text):
    return " ".join(text.lower().split())


def test_no_text_occurs_twice_or_in_the_sample(reviews):
    texts = {normalised(text) for text in reviews.texts}
    assert len(texts) == len(reviews) > 700
    assert "" not in texts
    assert not texts & {normalised(t) for t in load_split(Config(data="sample"), "all").texts}


def test_all_groups_are_present_and_balanced(reviews):
    labels = defaultdict(list)
    for group, label in zip(reviews.groups, reviews.labels.tolist(), strict=True):
        labels[group].append(label)
    assert all(2 * sum(found) == len(found) for found in labels.values())
    kinds = {"negation", "irony", "concession", "comparison", "stars", "grim plot"}
    assert set(labels) == {"pair", "one sentence", *kinds}
    assert min(len(labels[kind]) for kind in kinds) >= 20
    assert len(labels["one sentence"]) >= 200


def test_a_pair_is_two_reviews_with_opposite_labels_that_differ_in_few_words(reviews):
    members = defaultdict(list)
    for index, pair in enumerate(reviews.pairs):
        if pair:
            members[pair].append(index)
    assert len(members) >= 150
    for one, other in members.values():  # exactly two
        assert {reviews.labels[one], reviews.labels[other]} == {0, 1}
        words = [Counter(normalised(reviews.texts[index]).split()) for index in (one, other)]
        assert words[0] != words[1]
        shared = (words[0] & words[1]).total()
        assert shared > 0.5 * max(found.total() for found in words)
    of_pairs = [index for index, group in enumerate(reviews.groups) if group == "pair"]
    assert sorted(of_pairs) == sorted(index for two in members.values() for index in two)


def test_every_split_for_evaluation_is_the_whole_set_and_none_is_for_training(reviews):
    assert load_split(CONFIG, "test").fingerprint() == reviews.fingerprint()
    for split in ("train", "validation"):
        with pytest.raises(ConfigError, match="challenge set has no train reviews"):
            load_split(CONFIG, split)
    with pytest.raises(ConfigError, match="challenge set has no train reviews"):
        load_train_and_validation(CONFIG)
