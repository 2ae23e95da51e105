"""The words of a review as a lexicon reads them: phrases, titles, quotations, what negates."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imdb_lstm.text import antonyms
from imdb_lstm.text.antonyms import Lexicon, Rule
from imdb_lstm.text.clauses import BLOCKED, REACH, governor, parts_of, verb_after


def lexicon():
    """A few words of each kind."""
    found = Lexicon()
    for phrase, rule in {
        "great": Rule(antonyms.WORD, "lousy", 1),
        "fine": Rule(antonyms.WORD, "poor", 1),
        "bad": Rule(antonyms.WORD, "good", 0),
        "waste": Rule(antonyms.WORD, "treat", 0),
        "waste of time": Rule(antonyms.WORD, "treat", 0),
        "not": Rule(antonyms.DROPPED),
        "isn't": Rule(antonyms.DROPPED, "is"),
        "didn't": Rule(antonyms.AUXILIARY, form=2),
        "very": Rule(antonyms.FILLER),
        "but": Rule(antonyms.BREAK),
        "if": Rule(antonyms.BLOCKING),
        "enjoy": Rule(antonyms.WORD, "hate", 1, ("enjoy", "enjoys", "enjoyed")),
        "like": Rule(antonyms.WORD, "hate", 1, ("like",)),
    }.items():
        found.add(antonyms.words_of(phrase), rule)
    return found


LEXICON = lexicon()


def read(text, taken=()):
    """The phrases of a text that have a rule."""
    return [text[part.start : part.end] for part in parts_of(text, LEXICON, taken) if part.rule]


@given(st.lists(st.sampled_from(["great", "Waste", "of", "TIME", "İ", ",", ".", "-", "\n"])))
def test_parts_are_all_words_of_a_text_in_order(words):
    text = " ".join(words)
    parts = [text[part.start : part.end] for part in parts_of(text, LEXICON)]
    assert re.findall(r"\w+", text) == [word for part in parts for word in re.findall(r"\w+", part)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("a waste of time", ["waste of time"]),
        ("a waste-of-time and a waste of money", ["waste-of-time", "waste"]),
        ("a waste of, time", ["waste"]),
        ("waste", ["waste"]),
        ("isn’t great", ["isn’t", "great"]),
        ("İ great, İ İ bad", ["great", "bad"]),
    ],
)
def test_the_longest_phrase_is_read_within_its_clause(text, phrases):
    assert read(text) == phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("We saw Great again", []),
        ("Great Escape", []),
        ("Great A", []),
        ("Great escape", ["Great"]),
        ("Great I think, great I'm sure", ["Great", "great"]),
        ("Bad. Great", ["Bad", "Great"]),
        ("so GREAT", ["GREAT"]),
        ("he saw Waste of Time", []),
        ("he saw a waste of Time", []),
        ("It ended. Great fun! (Great fun) *Great fun", ["Great"] * 3),
        ("It ended... Great", ["Great"]),
        ("  Great fun", ["Great"]),
        ('a "great" film', []),
    ],
)
def test_titles_and_quotations_have_no_rule(text, phrases):
    assert read(text) == phrases


def test_what_is_taken_has_no_rule_and_ends_a_clause():
    text = "great 8/10 great bad great"
    taken = [(6, 10), (17, 20)]
    assert read(text, taken) == ["great", "great", "great"]
    assert [part.ends for part in parts_of(text, LEXICON, taken)] == [True, True, True]


def negation(text):
    """What negates the last word of a text."""
    parts = parts_of(text, LEXICON)
    found = governor(parts, len(parts) - 1)
    return found if found in (None, BLOCKED) else text[parts[found].start : parts[found].end]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("great", None),
        ("not great", "not"),
        ("it isn't very great", "isn't"),
        ("not fine great", "not"),
        ("not bad great", None),
        ("not, great", None),
        ("not but great", None),
        ("not one great", BLOCKED),
        ("not one two great", BLOCKED),
        ("not one two three great", None),
        ("if great", BLOCKED),
        ("if very great", BLOCKED),
        (f"not {'very ' * (REACH - 1)}great", "not"),
        (f"not {'very ' * REACH}great", None),
    ],
)
def test_a_word_is_negated_by_the_nearest_negation_of_its_clause(text, found):
    assert negation(text) == found


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("didn't enjoy it", "enjoy"),
        ("didn't very enjoy it", "enjoy"),
        ("didn't one enjoy it", None),
        ("didn't, enjoy it", None),
        ("didn't bad enjoy", None),
        ("didn't like it", None),  # its other forms are not known
        ("didn't", None),
    ],
)
def test_an_auxiliary_is_followed_by_its_verb(text, verb):
    found = verb_after(parts_of(text, LEXICON), 0)
    assert (found and text[found.start : found.end]) == verb
