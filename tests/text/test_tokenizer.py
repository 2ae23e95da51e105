"""The tokenizer and the vocabulary: tokens, their ids, and the truncation of long texts."""

import random
import string
from itertools import product

import numpy as np
import pytest

from imdb_lstm.text.tokenizer import clean, locate, single_tokens, tokenise
from imdb_lstm.text.vocabulary import (
    PADDING_ID,
    SPECIAL_WORDS,
    UNKNOWN_ID,
    Vocabulary,
    caching_encoder,
    encode_texts,
    shorten,
)

PUNCTUATION = list(string.punctuation + "…–—“”«»¿¡•\u00a0\u200b\t\n")
JOINERS = set("'`’´‘&<>")  # part of contractions, entities and markup
TEXTS = ["a good good film", "a bad film", "zebra yak", "yak zebra xylophone", "Good, BAD!"]


def test_punctuation_always_separates_words():
    for mark in (mark for mark in PUNCTUATION if mark not in JOINERS):
        for text in (
            f"good{mark}bad",
            f"good {mark}bad",
            f"good{mark} bad",
            f"{mark}good{mark}bad",
        ):
            words = [token for token in single_tokens(text) if token[0].isalpha()]
            assert words == ["good", "bad"], repr(mark)


def test_no_token_is_empty_or_contains_white_space_or_upper_case():
    letters = random.Random(0)
    alphabet = string.printable + "éÉßİıǅ’“…★\u2028\u3000<br />&amp;"
    text = "".join(letters.choice(alphabet) for _ in range(6_000))
    for token in tokenise(text):
        assert token
        assert not any(letter.isspace() for letter in token)
        assert token == token.lower()


def test_tokens_by_hand():
    for text, tokens in (
        ("Rock &amp; roll", ["rock", "roll"]),
        ("caf&eacute; &quot;ok&quot;", ["café", '"', "ok", '"']),
        ("it&#39;s", ["it's"]),
        ("&lt;br /&gt;fine", ["fine"]),
        ("AT&T & co", ["at", "t", "co"]),
        ("one<br />two<br><br/>three", ["one", "two", "three"]),
        ("<i>very</i> good", ["very", "good"]),
        ("a < b and c > d", ["a", "b", "and", "c", "d"]),
        ("I <3 it", ["i", "3", "it"]),
        ("wasn't wasn’t wasn`t wasn´t", ["wasn't"] * 4),
        ("'quoted' words", ["quoted", "words"]),
        ("rock'n'roll", ["rock'n'roll"]),
        ("the actors' film", ["the", "actors", "film"]),
        ("7/10", ["7/10"]),
        ("8.5/10.", ["8.5/10", "."]),
        ("$1,000,000!", ["1,000,000", "!"]),
        ("10/10!!", ["10/10", "!", "!"]),
        ("in 1999, great", ["in", "1999", ",", "great"]),
        ("**** out of *****", ["****", "out", "of", "*****"]),
        ("b-movie / so-so", ["b", "movie", "so", "so"]),
        ("snake_case", ["snake", "case"]),
        ("end...Start", ["end", ".", ".", ".", "start"]),
        ("ÉPATANT straße", ["épatant", "straße"]),
        ("", []),
        (" \n\t ", []),
        ("★ — …", []),
    ):
        assert tokenise(text) == tokens


@pytest.mark.parametrize("seed", range(40))
def test_located_tokens_are_those_of_tokenise_at_their_offsets(seed):
    letters = random.Random(seed)
    parts = [*string.printable, *"éÉßİıǅΣσς’“…★\u2028\u3000", "<br />", "<b>", "&amp;", "&eacute",
             "&notit;", "&#39;", "&#x130;", "&lt;br /&gt;", "&quot;", "it&rsquo;s",
             "7/10"]  # fmt: skip
    text = "".join(letters.choice(parts) for _ in range(300))
    found = locate(text)
    assert [token for token, _, _ in found] == tokenise(text)
    places = [place for _, *ends in found for place in ends]
    assert places == sorted(places)
    for token, start, end in found:
        assert 0 <= start < end <= len(text)
        part = clean(text[start:end]).strip()
        assert token.replace("ς", "σ") in part.replace("ς", "σ")  # a final sigma has its own form


def test_located_tokens_are_slices_of_the_raw_text():
    text = "Caf&eacute;s&nbsp;aren’t <i>GREAT</i>... 7/10"
    shown = [text[start:end] for _, start, end in locate(text)]
    assert shown == ["Caf&eacute;s", "aren’t", "GREAT", ".", ".", ".", "7/10"]
    assert locate("") == []


def test_cleaning_is_idempotent_for_plain_text():
    for text in TEXTS:
        assert clean(clean(text)) == clean(text) == text.lower()


def test_a_tag_that_is_not_closed_removes_no_words():
    assert tokenise("good <" + "film " * 100 + "> bad").count("film") == 100


def test_ids_do_not_depend_on_the_order_of_the_texts():
    first = Vocabulary.from_texts(TEXTS, 100, 1)
    for seed in range(10):
        shuffled = random.Random(seed).sample(TEXTS, len(TEXTS))
        assert Vocabulary.from_texts(iter(shuffled), 100, 1).words == first.words


def test_words_are_sorted_by_frequency_and_equal_counts_as_strings():
    vocabulary = Vocabulary.from_texts(["b b b", "d a a", "c d"], 100, 1)
    assert vocabulary.words == ("b", "a", "d", "c")


def test_the_size_and_the_minimum_count_are_respected():
    everything = Vocabulary.from_texts(TEXTS, 100, 1).words
    tokens = [token for text in TEXTS for token in tokenise(text)]
    for size, count in product((2, 3, 5, 100), (1, 2, 3)):
        vocabulary = Vocabulary.from_texts(TEXTS, size, count)
        frequent = tuple(word for word in everything if tokens.count(word) >= count)
        assert vocabulary.words == frequent[: size - 2]
        assert len(vocabulary) == len(vocabulary.words) + 2 <= size


def test_encoding_and_decoding_agree_for_known_words():
    vocabulary = Vocabulary.from_texts(TEXTS, 100, 1)
    for text in TEXTS:
        ids = vocabulary.encode(text)
        assert ids.dtype == np.int32
        assert vocabulary.decode(ids) == tokenise(text)
        assert ids.min() > UNKNOWN_ID
        assert ids.max() < len(vocabulary)


def test_a_text_without_tokens_is_one_unknown_word():
    for text in ("", "   ", "★", "<br />", "-", "\x00"):
        assert Vocabulary(["film"]).encode(text).tolist() == [UNKNOWN_ID]


def test_unknown_words_keep_their_places_and_no_word_has_the_id_of_padding():
    ids = Vocabulary(["film"]).encode("Qwerty film uiop! <pad> <unknown> pad")
    assert ids.tolist() == [1, 2, 1, 1, 1]
    assert PADDING_ID not in ids


def test_the_words_of_compounds_are_counted_and_come_before_them():
    vocabulary = Vocabulary.from_texts(["#good film 👍🏽", "#good good"], 100, 1)
    assert vocabulary.words == ("good", "#good", "film", "👍", "👍🏽")
    assert Vocabulary.from_texts(["#good_film"], 4, 1).words == ("film", "good")


def test_an_unknown_compound_has_the_ids_of_its_words_and_an_unknown_emoji_none():
    vocabulary = Vocabulary(["good", "www", ".", "#known"])
    for text, same in (
        ("#good 😍 www.imdb.com", "good www . imdb . com"),
        ("#known @good", "#known good"),
        ("色戒 色", "unheard unheard"),
        ("www.imdb.com/good.", "www . imdb . com / good ."),
    ):
        assert vocabulary.encode(text).tolist() == vocabulary.encode(same).tolist()


def test_every_id_has_its_token_and_its_place():
    vocabulary = Vocabulary(["good", "film", "👍", "好"])
    for text in ("", "😍", "A #good_film 👍🏽 很好 İt's www.x.com", "Good film!"):
        places, ids = vocabulary.locate(text), vocabulary.encode(text)
        assert [vocabulary.knows(token) for token, _, _ in places] == (ids > UNKNOWN_ID).tolist()
        assert all(0 <= start < end <= len(text) or not token for token, start, end in places)
        known = [token for token, _, _ in places if vocabulary.knows(token)]
        assert known == vocabulary.decode(ids[ids > UNKNOWN_ID])


def test_a_saved_vocabulary_is_loaded_unchanged_with_an_id_per_line(tmp_path):
    vocabulary = Vocabulary.from_texts([*TEXTS, 'wasn\'t 7/10 **** straße "ok"'], 100, 1)
    vocabulary.save(tmp_path / "vocabulary.txt")
    assert Vocabulary.load(tmp_path / "vocabulary.txt").words == vocabulary.words
    lines = (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == list(SPECIAL_WORDS)
    assert vocabulary.decode(range(len(vocabulary))) == lines


def test_a_file_that_is_no_vocabulary_is_refused_by_name(tmp_path):
    path = tmp_path / "vocabulary.txt"
    for content in ("", "film\ngood\n", "<unknown>\n<pad>\nfilm\n", "<pad>\n"):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"vocabulary\.txt is not a vocabulary"):
            Vocabulary.load(path)


def test_a_word_cannot_occur_twice():
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(["film", "good", "film"])


def test_truncation_keeps_head_and_tail_and_does_not_change_short_texts():
    for length, most in product(range(1, 12), range(2, 12)):
        ids = np.arange(length, dtype=np.int32)
        short = shorten(ids, most)
        assert short.dtype == np.int32
        assert len(short) == min(length, most)
        if length <= most:
            np.testing.assert_array_equal(short, ids)
        else:
            head = (most + 1) // 2  # of an odd length the head is longer
            assert short.tolist() == [*range(head), *range(length - (most - head), length)]


def test_texts_are_encoded_in_their_order():
    vocabulary = Vocabulary.from_texts(TEXTS, 100, 1)
    for text, ids in zip(TEXTS, encode_texts(TEXTS, vocabulary, 3), strict=True):
        np.testing.assert_array_equal(ids, shorten(vocabulary.encode(text), 3))


class CountingVocabulary(Vocabulary):
    """A vocabulary that records the texts that it encodes."""

    def __init__(self, words):
        super().__init__(words)
        self.encoded = []

    def encode(self, text):
        self.encoded.append(text)
        return super().encode(text)


def test_equal_texts_are_encoded_once():
    vocabulary = CountingVocabulary(["good", "film"])
    encode = caching_encoder(vocabulary, maximum_length=2)
    first = encode(["Good film", "A film"])
    again = encode(["A film", "film film film", "Good film"])
    assert [ids.tolist() for ids in again] == [[1, 3], [3, 3], [2, 3]]
    assert again[0] is first[1] and again[2] is first[0]
    assert vocabulary.encoded == ["Good film", "A film", "film film film"]
