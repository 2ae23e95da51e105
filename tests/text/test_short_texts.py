"""Short texts: what is negated or conceded has the label it should, and unsure ones are left."""

import numpy as np
import pytest

from imdb_lstm.text.antonyms import bundled
from imdb_lstm.text.short_texts import CONNECTIVES, conceded, negated

LEXICON = bundled()


def turned(sentence, label):
    """Every way in which a sentence is negated."""
    found = {negated(sentence, label, LEXICON, np.random.default_rng(i)) for i in range(20)}
    return sorted(found, key=str)


@pytest.mark.parametrize(
    ("sentence", "label", "wanted"),
    [
        ("The plot was boring.", 0, ["The plot was not boring.", "The plot wasn't boring."]),
        ("It is so good!", 1, ["It is not that good!", "It isn't that good!"]),
        ("It looks absolutely terrible.", 0, ["It looks not terrible."]),
        ("I really enjoyed this one.", 1, ["I didn't enjoy this one."]),
        ("Mum and I hate it.", 0, ["Mum and I don't hate it."]),
    ],
)
def test_one_verdict_is_negated(sentence, label, wanted):
    assert turned(sentence, label) == wanted


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("The plot was boring.", 1),  # not what its label says
        ("It is not good.", 1),
        ("It is good, but boring.", 1),
        ("Nobody could be bad in it.", 0),
        ("It is long.", 0),
        ("It is good, great, superb and funny.", 1),
        ("I saw it twice.", 1),
        ("", 0),
    ],
)
def test_a_sentence_without_one_sure_verdict_is_left(sentence, label):
    assert turned(sentence, label) == [None]


def test_every_connective_holds_both_sentences_and_ends_once():
    for connective in CONNECTIVES:
        found = conceded("The songs are lovely!", "TV films bored me...", connective)
        assert "he songs are lovely" in found and "TV films bored me" in found
        assert found[0].isupper() and found.endswith(".") and not found.endswith("..")
    assert conceded("I smiled.", "He died.", CONNECTIVES[8]) == "Although I smiled, he died."
