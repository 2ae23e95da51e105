"""Short texts are made of what every teacher agrees on, as many of either label."""

from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError
from imdb_lstm.text.short_texts import CONNECTIVES
from imdb_lstm.training.short_texts import agreed_sentences, short_texts

GOOD = "The songs are really good. I saw it in the old cinema. It is a wonderful film."
BAD = "The songs are really bad. I saw it in the old cinema. It is an awful film."
CONFIG = Config(distilled_from="them")


class Teacher:
    """Sure of sentences that hold one of its words."""

    def __init__(self, *words):
        self.words = words

    def predict_logits(self, texts):
        positive, negative = ("good", "wonderful"), ("bad", "awful")
        says = [
            sum(word in text for word in self.words if word in positive)
            - sum(word in text for word in self.words if word in negative)
            for text in texts
        ]
        return 3 * np.array(says, np.float32)


BOTH = Teacher("good", "bad", "wonderful", "awful")


def reviews(*texts_and_labels):
    texts, labels = zip(*texts_and_labels, strict=True)
    count = len(texts)
    return Reviews(
        list(texts), np.array(labels, np.int8), np.full(count, np.nan, np.float32),
        [str(number) for number in range(count)],
    )  # fmt: skip


TRAIN = reviews(*[(GOOD, 1), (BAD, 0)] * 20)


def made(kinds, teachers=(BOTH,)):
    found = short_texts(TRAIN, teachers, replace(CONFIG, short_texts=kinds))
    assert found.labels.dtype == np.int8
    assert found.labels.sum() * 2 == len(found.labels) == len(found.texts)
    return dict(zip(found.texts, found.labels.tolist(), strict=True))


def test_a_sentence_counts_if_every_teacher_gives_it_the_label_of_its_review():
    known = agreed_sentences(reviews((GOOD, 1), (BAD, 1)), [BOTH])
    assert known == [("The songs are really good.", 1), ("It is a wonderful film.", 1)]
    assert agreed_sentences(reviews((GOOD, 1)), [BOTH, Teacher("good")]) == known[:1]
    assert agreed_sentences(reviews((GOOD, 1)), [Teacher()]) == []


def test_each_kind_has_the_labels_it_should():
    assert made("sentences") == {
        "The songs are really good.": 1, "It is a wonderful film.": 1,
        "The songs are really bad.": 0, "It is an awful film.": 0,
    }  # fmt: skip
    negated = made("negated", [Teacher("good", "bad")])
    assert {text for text, label in negated.items() if label} <= {
        "The songs are not really bad.", "The songs aren't really bad.",
    }  # fmt: skip
    contrasts = made("contrasts", [Teacher("good", "bad")])
    for text, label in contrasts.items():
        assert "really good" in text and "really bad" in text
        last_is_good = text.index("good") > text.index("bad")
        # A connective in the middle of a sentence concedes what follows.
        conceding = ", although" in text or ", even though" in text
        assert label == (last_is_good != conceding)
    assert len(contrasts) > 5 > len(CONNECTIVES) / 4


def test_kinds_are_joined_limited_and_decided_by_the_seed():
    config = replace(CONFIG, short_texts="sentences+contrasts")
    found = short_texts(TRAIN, [BOTH], config)
    assert len(found.texts) == 2 * 2 * (len(TRAIN) // 6 + 1)
    again = short_texts(TRAIN, [BOTH], config)
    assert again.texts == found.texts
    assert short_texts(TRAIN, [BOTH], replace(config, seed=1)).texts != found.texts


def test_other_classes_and_missing_teachers_are_refused():
    topics = replace(TRAIN, classes=Classes(("sport", "politics")))
    with pytest.raises(ConfigError, match="sport, politics"):
        short_texts(topics, [BOTH], replace(CONFIG, short_texts="negated"))
    with pytest.raises(ConfigError, match="distilled_from"):
        Config(short_texts="negated")
    with pytest.raises(ConfigError, match="short_texts must be one of none, sentences"):
        Config(short_texts="lines", distilled_from="them")
