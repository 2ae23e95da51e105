"""Texts of every script: their tokens, whatever form of Unicode they are in, and their offsets."""

import sys
from unicodedata import decomposition, normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imdb_lstm.text import patterns
from imdb_lstm.text.tokenizer import (
    _cleaned_with_places,
    clean,
    is_single,
    locate,
    single_tokens,
    tokenise,
)
from imdb_lstm.text.vocabulary import Vocabulary

CASES = (
    # every script has words or characters
    ("मेरे भाई ने कहा मोठू।", ["मेरे", "भाई", "ने", "कहा", "मोठू", "."]),
    ("我不喜欢片长。很好！", [*"我不喜欢片长.很好!"]),
    ("「映画」ラーメン、が", ['"', *"映画", '"', *"ラーメン,が"]),
    ("หนังดี กำ", ["ห", "นั", "ง", "ดี", "กำ"]),
    ("جَمِيلٌ جدا، لماذا؟", ["جَمِيلٌ", "جدا", ",", "لماذا", "?"]),
    ("정말 좋은 영화!", ["정말", "좋은", "영화", "!"]),
    ("می‌خواهم ببینم", ["می\u200cخواهم", "ببینم"]),
    ("क्‍ष", ["क्\u200dष"]),
    ("Очень хороший фильм", ["очень", "хороший", "фильм"]),
    ("iPhone很好10分", ["iphone", *"很好", "10", "分"]),
    ("བོད་སྐད།", ["བོད", "སྐད", "."]),
    ("İstanbul ẹ̀kọ́ ﬁn Straße", ["i̇stanbul", "ẹ̀kọ́", "ﬁn", "straße"]),
    # emoji
    ("😍 😡", ["😍", "😡"]),
    ("❤❤️ ♥︎", ["❤", "❤", "♥"]),
    ("👍🏽👍", ["👍🏽", "👍"]),
    ("👨‍👩‍👧👨", ["👨‍👩‍👧", "👨"]),
    ("🇫🇷🇩🇪 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", ["🇫🇷", "🇩🇪", "1⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]),
    ("good😍bad ©®™ ★", ["good", "😍", "bad"]),
    ("‼️", ["!"]),
    # compounds
    ("#Great_Film! @Bob's", ["#great_film", "!", "@bob's"]),
    ("C# #1 a@b 'd", ["c", "1", "a", "b", "d"]),
    ("see (https://t.co/Ab?q=1).", ["see", "(", "https://t.co/ab?q=1", ")", "."]),
    ("www.imdb.com, x.y@mail.co.uk!", ["www.imdb.com", ",", "x.y@mail.co.uk", "!"]),
    ("看http://t.co/a很＃好", ["看", "http://t.co/a", "很", "#好"]),
    # marks of other scripts count beside their letters, or alone
    ("！？。，", ["!", "?", ".", ","]),
    ("太low！", ["太", "low", "!"]),
    ("low！", ["low"]),
)
ANY = st.one_of(
    st.text(st.characters(), max_size=25),  # surrogates too
    st.lists(
        st.one_of(
            st.characters(),
            st.sampled_from([*"aéİßς。！'@#/.:1", "\u0301", "\u0338", "\u200d", "\ufe0f", "👍",
                             "🏽", "🇫", "क", "ि", "好", "ก", "ำ", "ᄀ", "ᅡ", "ᆨ", "&amp;", "&#x130;",
                             "&eacute", "&notit;", "<b>", "<", "www.", "http://"]),
        ),
        max_size=25,
    ).map("".join),
)  # fmt: skip


@pytest.mark.parametrize("text, tokens", CASES)
def test_tokens_by_hand_in_any_form_of_unicode(text, tokens):
    for form in (None, "NFC", "NFD"):
        written = normalize(form, text) if form else text
        assert tokenise(written) == [normalize("NFC", token) for token in tokens]
        assert [token for token, _, _ in locate(written)] == tokenise(text)


def test_each_cue_is_a_token_of_its_own():
    for one, other in (("full 😍", "full 😡"), ("full ❤", "full"), ("मोठू", "मीठा"), ("好", "坏")):
        assert tokenise(one) != tokenise(other)
    french = "Ce film était émouvant"
    assert tokenise(normalize("NFD", french)) == tokenise(french) == french.lower().split()


@settings(max_examples=300, deadline=None)
@given(ANY)
@example("<\u0338b>\u0338")
@example("J\u030c İ\u0301 Ａ\u0301 e\ufe0f\u0301")
@example("&#xd800; \ud800\u0301")
def test_any_text_has_tokens_and_the_same_ones_in_any_form(text):
    tokens = tokenise(text)
    for token in tokens:
        assert token and not any(map(str.isspace, token))
        assert token == normalize("NFC", token) == normalize("NFC", token.lower())
    assert tokenise(normalize("NFC", text)) == tokenise(normalize("NFD", text)) == tokens
    singles = single_tokens(text)
    assert all(map(is_single, singles))
    assert Vocabulary(sorted(set(tokens))).encode(text).min() > (0 if not tokens else 1)


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_located_tokens_are_those_of_tokenise_in_their_order(text):
    assert _cleaned_with_places(text)[0] == clean(text)
    for knows in (None, is_single, lambda token: len(token) % 2 == 0):
        found = locate(text, knows)
        assert [token for token, _, _ in found] == tokenise(text, knows)
        ends = [0]
        for _, start, end in found:
            assert ends[-1] <= start < end <= len(text)
            ends.append(end)


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_the_tokens_of_each_token_are_the_token(text):
    for token in tokenise(text):
        if "&" not in token and "<" not in token:
            assert tokenise(token) == [token]


def test_every_composition_stays_within_what_is_composed_piece_by_piece():
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if decomposition(character) and not decomposition(character).startswith("<"):
            for form in ("NFC", "NFD"):
                text = f"a{normalize(form, character)}b"
                assert _cleaned_with_places(text)[0] == clean(text), hex(code)


def test_unknown_tokens_are_read_as_their_parts():
    knows = {"love", "www", "👍", "太", "it's", "#kept"}.__contains__
    for text, tokens in (
        ("#love @Love's #kept", ["love", "love's", "#kept"]),
        ("www.imdb.com", ["www", ".", "imdb", ".", "com"]),
        ("👍🏽 👍🏽‍👎 😍", ["👍", "👍"]),
        ("色戒 太棒了 iPhone好", ["色戒", "太", "棒了", "iphone好"]),
        ("İt's", ["i", "t's"]),
        ("मोठू", ["मोठू"]),
    ):
        assert tokenise(text, knows) == tokens
        assert [token for token, _, _ in locate(text, knows)] == tokens


def test_plain_english_is_read_in_the_same_way_by_every_model():
    text = "It wasn't good... 7/10, un café!"
    for knows in (None, str.isupper, str.islower):
        assert tokenise(text, knows) == patterns.PLAIN_TOKEN.findall(clean(text))
