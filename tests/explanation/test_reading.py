"""Words at the ends of long texts: those of the whole text, and a shown text of bounded length."""

import random
import tracemalloc

import pytest

from imdb_lstm.explanation.reading import (
    LONGEST_BETWEEN,
    LONGEST_TOKEN,
    WINDOW,
    locate_ends,
    shown_text,
)
from imdb_lstm.text.tokenizer import locate, tokenise

PIECES = ["good ", "It wasn't ", "7/10 ", "<br /><br />", "&amp; ", "caf&eacute; ", "... ", "****",
          "<a href='x y'>", "&lt;b&gt;", "&#0000000000000000060;i>", "★", "İ ", "ﬁ ", "\n\n", "<",
          "&notit; "]  # fmt: skip


def long_text(seed, length=3 * WINDOW):
    drawn = random.Random(seed)
    text = ""
    while len(text) < length:
        text += drawn.choice(PIECES)
    return text


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("first", "last"), [(50, 0), (0, 70), (300, 301), (3_000, 2_500)])
def test_the_ends_of_a_long_text_are_those_of_the_whole(seed, first, last):
    text = long_text(seed)
    every = locate(text)
    found = locate_ends(text, first, last)
    assert found.places == every[:first] + every[len(every) - last :]
    assert found.count == len(every)
    assert [every[index] for index in found.indices.tolist()] == found.places


HARD = [
    "good " + " " * 5 * WINDOW + "bad",
    "good " + "★" * 5 * WINDOW + " bad",
    "x" * 5 * WINDOW,
    "good " + "x" * 5 * WINDOW + " bad " + "y" * 5 * WINDOW + " end",
    "*" * 3 * WINDOW + " x",
    "good <" + "b" * 97 + ">" + " " * WINDOW * 2 + "<" + "b" * 97 + "> fine",
]


@pytest.mark.parametrize("number", range(len(HARD)))
def test_texts_with_few_or_huge_words_are_located_too(number):
    text = HARD[number]
    every = locate(text)
    for first, last in ((1, 0), (0, 1), (1, 1), (9, 9)):
        found = locate_ends(text, first, last)
        whole = len(every) <= first + last
        assert found.places == (every if whole else every[:first] + every[len(every) - last :])


def test_a_long_text_takes_little_memory():
    for text in ("a good film, " * 20_000, "x" * 250_000, " " * 250_000 + "x", "★" * 250_000):
        tracemalloc.start()
        ends = locate_ends(text, 200, 200)
        shown_text(text, ends, ["known"] * len(ends.places))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 60 * len(text)


def shown(text, first=3, last=2):
    ends = locate_ends(text, first, last)
    return shown_text(text, ends, ["known"] * len(ends.places))


@pytest.mark.parametrize("text", ["", "★", "Not bad, <b>really</b>", "a b c d e"])
def test_a_short_text_is_shown_unchanged(text):
    found, words, omitted = shown(text, 9, 9)
    assert found == text and omitted is None
    assert [(w.token, w.start, w.end) for w in words] == (locate(text) or [("", 0, 0)])


def test_what_is_omitted_is_stated_and_counted():
    text = "a b c d e f g h"
    found, words, omitted = shown(text)
    assert found == "a b c [… 7 characters …] g h"
    assert [word.token for word in words] == ["a", "b", "c", "g", "h"]
    assert (omitted.words, omitted.characters, omitted.before) == (3, 7, 3)
    assert [found[word.start : word.end] for word in words] == ["a", "b", "c", "g", "h"]


def test_every_shown_text_is_bounded():
    for text in [*HARD, long_text(5), "x " * WINDOW]:
        found, words, omitted = shown(text)
        assert len(words) <= 5
        most = 6 * (LONGEST_TOKEN + LONGEST_BETWEEN + 60)
        assert len(found) <= most and omitted.characters >= len(text) - most
        assert all(len(word.token) <= LONGEST_TOKEN + 40 for word in words)
        assert omitted.words == max(0, len(tokenise(text)) - 5)
