"""The text contract: what is a token, which id it gets, and what a long review loses."""

import random
import string
from itertools import product

import numpy as np
import pytest

from imdb_lstm.text.tokenizer import clean, locate, tokenise
from imdb_lstm.text.vocabulary import PADDING_ID, SPECIAL_WORDS, UNKNOWN_ID, Vocabulary, caching_encoder, encode_texts, shorten

PUNCTUATION = list(string.punctuation + "…–—“”«»¿¡•\u00a0\u200b\t\n")
JOINERS = set("'`’´‘&<>")  # apostrophes make contractions; entities and markup are tested apart
TEXTS = ["a good good film", "a bad film", "zebra yak", "yak zebra xylophone", "Good, BAD!"]


@pytest.mark.parametrize("mark", [mark for mark in PUNCTUATION if mark not in JOINERS], ids=repr)
def test_punctuation_never_glues_two_words(mark):
    for text in (f"good{mark}bad", f"good {mark}bad", f"good{mark} bad", f"{mark}good{mark}bad"):
        words = [token for token in tokenise(text) if token[0].isalpha()]
        assert words == ["good", "bad"]


@pytest.mark.parametrize("seed", range(20))
def test_no_token_is_empty_or_holds_white_space_or_upper_case(seed):
    letters = random.Random(seed)
    alphabet = string.printable + "éÉßİıǅ’“…★\u2028\u3000<br />&amp;"
    text = "".join(letters.choice(alphabet) for _ in range(300))
    for token in tokenise(text):
        assert token
        assert not any(letter.isspace() for letter in token)
        assert token == token.lower()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
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
        ("★ ☺ — …", []),
    ],
)  # fmt: skip
def test_tokens_are_those_worked_out_by_hand(text, tokens):
    assert tokenise(text) == tokens


@pytest.mark.parametrize("seed", range(40))
def test_located_tokens_are_those_of_tokenise_and_stand_where_they_say(seed):
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
        assert token.replace("ς", "σ") in part.replace("ς", "σ")  # a last sigma has its own form


def test_located_tokens_are_slices_of_the_raw_text():
    text = "Caf&eacute;s&nbsp;aren’t <i>GREAT</i>... 7/10"
    shown = [text[start:end] for _, start, end in locate(text)]
    assert shown == ["Caf&eacute;s", "aren’t", "GREAT", ".", ".", ".", "7/10"]
    assert locate("") == []


def test_cleaning_twice_is_cleaning_once_for_plain_text():
    for text in TEXTS:
        assert clean(clean(text)) == clean(text) == text.lower()


def test_a_tag_that_never_closes_takes_no_words_with_it():
    assert tokenise("good <" + "film " * 100 + "> bad").count("film") == 100


def test_ids_depend_on_the_words_and_not_on_the_order_of_the_texts():
    first = Vocabulary.from_texts(TEXTS, 100, 1)
    for seed in range(10):
        shuffled = random.Random(seed).sample(TEXTS, len(TEXTS))
        assert Vocabulary.from_texts(iter(shuffled), 100, 1).words == first.words


def test_the_commonest_words_come_first_and_equal_counts_in_string_order():
    vocabulary = Vocabulary.from_texts(["b b b", "d a a", "c d"], 100, 1)
    assert vocabulary.words == ("b", "a", "d", "c")


@pytest.mark.parametrize(("size", "count"), product([2, 3, 5, 100], [1, 2, 3]))
def test_the_size_and_the_least_count_are_kept(size, count):
    vocabulary = Vocabulary.from_texts(TEXTS, size, count)
    everything = Vocabulary.from_texts(TEXTS, 100, 1).words
    tokens = [token for text in TEXTS for token in tokenise(text)]
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


@pytest.mark.parametrize("text", ["", "   ", "★", "<br />", "-", "\x00"])
def test_a_text_without_tokens_is_one_unknown_word(text):
    assert Vocabulary(["film"]).encode(text).tolist() == [UNKNOWN_ID]


def test_unknown_words_keep_their_places_and_padding_is_never_an_id():
    ids = Vocabulary(["film"]).encode("Qwerty film uiop! <pad> <unknown> pad")
    assert ids.tolist() == [1, 2, 1, 1, 1]
    assert PADDING_ID not in ids


def test_a_saved_vocabulary_reads_back_the_same_with_an_id_a_line(tmp_path):
    vocabulary = Vocabulary.from_texts([*TEXTS, 'wasn\'t 7/10 **** straße "ok"'], 100, 1)
    vocabulary.save(tmp_path / "vocabulary.txt")
    assert Vocabulary.load(tmp_path / "vocabulary.txt").words == vocabulary.words
    lines = (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == list(SPECIAL_WORDS)
    assert vocabulary.decode(range(len(vocabulary))) == lines


@pytest.mark.parametrize("content", ["", "film\ngood\n", "<unknown>\n<pad>\nfilm\n", "<pad>\n"])
def test_a_file_that_is_no_vocabulary_is_refused_by_name(content, tmp_path):
    path = tmp_path / "vocabulary.txt"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"vocabulary\.txt is not a vocabulary"):
        Vocabulary.load(path)


def test_a_word_may_not_stand_twice():
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(["film", "good", "film"])


@pytest.mark.parametrize(("length", "most"), product(range(1, 12), range(2, 12)))
def test_shortening_keeps_head_and_tail_and_leaves_short_texts_alone(length, most):
    ids = np.arange(length, dtype=np.int32)
    short = shorten(ids, most)
    assert short.dtype == np.int32
    assert len(short) == min(length, most)
    if length <= most:
        np.testing.assert_array_equal(short, ids)
    else:
        head = (most + 1) // 2  # the odd one goes to the head
        assert short.tolist() == [*range(head), *range(length - (most - head), length)]


def test_many_texts_are_encoded_in_their_order():
    vocabulary = Vocabulary.from_texts(TEXTS, 100, 1)
    for text, ids in zip(TEXTS, encode_texts(TEXTS, vocabulary, 3), strict=True):
        np.testing.assert_array_equal(ids, shorten(vocabulary.encode(text), 3))


def test_texts_that_come_again_are_encoded_once(monkeypatch):
    read = []
    monkeypatch.setattr(
        "imdb_lstm.text.tokenise", lambda raw: read.append(raw) or raw.lower().split()
    )
    encode = caching_encoder(Vocabulary(["good", "film"]), maximum_length=2)
    first, again = (
        encode(["Good film", "A film"]),
        encode(["A film", "film film film", "Good film"]),
    )
    assert [ids.tolist() for ids in again] == [[1, 3], [3, 3], [2, 3]]
    assert again[0] is first[1] and again[2] is first[0]
    assert read == ["Good film", "A film", "film film film"]
