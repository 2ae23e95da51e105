"""The lexicon of opposites: it is balanced, leads back, and names the entry that is wrong."""

import pytest

from imdb_lstm.errors import ConfigError
from imdb_lstm.text.antonyms import NEGATIVE, POSITIVE, WORD, bundled, read_lexicon, words_of

LEXICON = bundled()
TURNED = {phrase: rule for phrase, rule in LEXICON.rules.items() if rule.kind == WORD}


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_bundled_lexicon_has_hundreds_of_words_of_either_side():
    sides = [sum(rule.label == label for rule in TURNED.values()) for label in (NEGATIVE, POSITIVE)]
    assert min(sides) > 300 and max(sides) < 1.5 * min(sides)


def test_a_word_becomes_one_of_the_other_side_and_never_itself():
    for phrase, rule in TURNED.items():
        assert words_of(rule.new) != phrase
        back = TURNED.get(words_of(rule.new))
        assert back is None or back.label == 1 - rule.label, (phrase, rule.new)


def test_words_of_both_directions_lead_back():
    there_and_back = [
        phrase for phrase, rule in TURNED.items()
        if (back := TURNED.get(words_of(rule.new))) and words_of(back.new) == phrase
    ]  # fmt: skip
    assert len(there_and_back) > 400


def test_short_forms_are_written_out(tmp_path):
    lexicon = read_lexicon(written(tmp_path, '[food.both]\n"bitter/sour soup" = "rich/sweet soup"'))
    assert lexicon.opposite("sour soup") == "sweet soup"
    assert lexicon.opposite("Rich soup") == "bitter soup"


def test_a_file_is_added_and_overrides(tmp_path):
    text = '[mine.to_positive]\nawful = "lovely"\nmeh = "wow"\n[keep]\nphrases = ["terrible"]'
    lexicon = read_lexicon(written(tmp_path, text))
    assert lexicon.opposite("awful") == "lovely" and lexicon.opposite("meh") == "wow"
    assert lexicon.opposite("terrible") is None and lexicon.opposite("bad") == "good"
    assert LEXICON.opposite("awful") == "wonderful"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[mine", "cannot be read as TOML"),
        ('meh = "wow"', "meh is no section"),
        ('[mine.up]\nmeh = "wow"', "'up'"),
        ("[mine.both]\nmeh = 3", "'meh' needs a text"),
        ('[mine.both]\n"a/b c" = "d/e/f c"', "same numbers of words"),
        ('[mine.both]\na = "c"\nb = "c"', "'c' becomes both 'a' and 'b'"),
        ("[negation]\nodd = []", "no 'odd'"),
    ],
)
def test_a_wrong_entry_is_named_in_one_line(tmp_path, text, part):
    with pytest.raises(ConfigError, match=r"mine\.toml") as refused:
        read_lexicon(written(tmp_path, text))
    assert part in str(refused.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml"):
        read_lexicon(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[unturned]\nnegative = "awful"', r"\[unturned\] negative must be a list of texts"),
        ('[negation]\ndropped = ["a"]', r"\[negation\] dropped must be a table of texts"),
        ("[negation]\ncarriers = [1]", r"\[negation\] carriers must be a list of texts"),
        ("[keep]\nphrases = 5", r"\[keep\] phrases must be a list of texts"),
    ],
)
def test_a_value_of_another_type_is_refused(content, message, tmp_path):
    (tmp_path / "mine.toml").write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_lexicon(tmp_path / "mine.toml")
