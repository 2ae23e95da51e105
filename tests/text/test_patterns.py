"""The patterns of tokens: two of them agree on plain texts, and none backtracks far."""

import time

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imdb_lstm.text import patterns
from imdb_lstm.text.tokenizer import clean, locate, tokenise

PARTS = ["http://", "https://", "www.", "@", "#", "'", "_", ".", ",", "/", "-", "+", "?", "&", "(",
         ")", '"', "*", "**", " ", "!", "7", "10", "a", "bc", "com", "x's"]  # fmt: skip
ASCII = st.one_of(
    st.text(st.characters(max_codepoint=127), max_size=40),
    st.lists(st.sampled_from(PARTS), max_size=14).map("".join),
)


def parts_of(token):
    return [found.group() for found in patterns.PART.finditer(token)]


@settings(max_examples=400, deadline=None)
@given(ASCII)
@example("#a_2.5")
@example("@a'b_2.5 www.x.com's 3,5a@x.com")
@example("john@a.bb.com2 1.5a@x.com's")
def test_compounds_of_ascii_have_the_words_that_are_there_without_them(text):
    text = clean(text)
    words = patterns.PLAIN_TOKEN.findall(text)
    found = patterns.TOKEN.findall(text)
    assert [part for token in found for part in parts_of(token)] == words
    if patterns.is_plain(text):
        assert found == words
    if not patterns.has_sign(text):
        assert patterns.TOKEN_WITHOUT_SIGNS.findall(text) == found


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(max_codepoint=0x2027), max_size=40))
def test_plain_texts_have_the_same_tokens_by_both_patterns(text):
    text = clean(text)
    if patterns.is_plain(text):
        assert patterns.PLAIN_TOKEN.findall(text) == patterns.TOKEN.findall(text)


def test_all_characters_of_plain_texts_have_the_same_tokens_by_both_patterns():
    for code in (*range(0x300), *range(0x2010, 0x2028)):
        text = clean(f"a{chr(code)}b {chr(code)} 1{chr(code)}2")
        if patterns.is_plain(text):
            assert patterns.PLAIN_TOKEN.findall(text) == patterns.TOKEN.findall(text), hex(code)


def test_every_mark_has_a_twin_that_is_not_a_letter():
    for mark, twin in patterns.SCRIPT_MARKS.items():
        assert not mark.isascii() and not mark.isalnum()
        assert twin.isascii() and len(twin) == 1 and not twin.isalnum()
        assert patterns.SCRIPT_MARK.fullmatch(mark)


def test_no_pattern_of_the_scripts_without_spaces_is_part_of_a_word():
    for letter in "好のカบລကខꦲᬅー〇":
        assert regex.fullmatch(patterns._CHARACTER, letter, regex.VERSION1), letter
        assert not regex.fullmatch(patterns._LETTER, letter, regex.VERSION1), letter


HARD = ["a", "&", "<", "@", "#", "http://", "www.", "e\u0301", "\u200d", "👨‍👩‍👧", "好", "a.", "1.",
        "a@", "@a.", "a@b.", "_1.5", "#_1", "a'", "www.!", "http://(", "<a", "&#1", "<\u0338",
        "✋🏽", "🇫", "\u0301", "a\u200d", "1\u20e3", "\ud800", "x@y.zz", "&#x130;", ".a@b-",
        ]  # fmt: skip


def seconds(function, text):
    began = time.process_time()
    function(text)
    return time.process_time() - began


@pytest.mark.parametrize("piece", HARD, ids=ascii)
def test_the_time_grows_with_the_length_and_not_with_its_square(piece):
    size, ending = 3_000 // len(piece), " @b_1 e\u0301 '"  # so that no text is plain
    short, long = piece * size + ending, piece * (4 * size) + ending
    for function in (tokenise, lambda text: tokenise(text, str.isupper), locate):
        base = min(seconds(function, short) for _ in range(2))
        assert min(seconds(function, long) for _ in range(2)) < 9 * base + 0.02


def test_entities_of_thousands_of_digits_are_no_characters():
    for digits in ("9" * 10_000, "x" + "f" * 10_000):
        assert tokenise(f"good &#{digits}; film") == ["good", "film"]
        assert [token for token, _, _ in locate(f"good &#{digits}; film")] == ["good", "film"]
