"""Texts that a model cannot read, and their scripts."""

from imdb_lstm.text.coverage import OTHER, is_word, scripts, unknown_share
from imdb_lstm.text.tokenizer import tokenise
from imdb_lstm.text.vocabulary import Vocabulary


def test_punctuation_and_numbers_are_no_words():
    assert all(map(is_word, ["a", "wasn't", "2nd", "मीठा", "好", "😍", "👍🏽", "🇫🇷", "#tag"]))
    assert not any(map(is_word, ["7/10", "1999", "***", "!", '"']))


def test_texts_without_a_known_word_are_counted():
    vocabulary = Vocabulary.from_texts(["A good film, 7/10! 😍"], 100, 1)
    known = ["good", "a bad idea", "GOOD 很好", "#good", "😍"]
    unknown = ["", "7/10!", "很好。", "मीठा", "gut", "😡", "bad."]

    def share(text):
        return unknown_share(tokenise(text, vocabulary.knows), vocabulary.knows)

    assert all(share(text) < 1 for text in known)
    assert not any(share(text) < 1 for text in unknown)
    assert sum(share(text) == 1 for text in [*known, *unknown]) == len(unknown)


def test_the_script_of_a_text_is_that_of_most_letters():
    for text, script in (
        ("A film", "Latin"), ("Le décor <br /> 很", "Latin"), ("मोठू ने", "Devanagari"),
        ("太low了好看", "Han"), ("とてもよかった", "Hiragana"), ("정말", "Hangul"),
        ("جَمِيل", "Arabic"), ("фильм", "Cyrillic"), ("หนังดี", "Thai"), ("𐤀𐤁", OTHER),
    ):  # fmt: skip
        assert scripts([text, text]) == {script: 2}
    assert not scripts(["", "7/10 😍!", "\ud800"])
    assert scripts(["a", "b", "好"]).most_common(1) == [("Latin", 2)]
