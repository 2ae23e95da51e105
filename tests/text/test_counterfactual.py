"""Reviews turned into the opposite: grammar, negation, what stays, what is refused, balance."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_world import tiny_rows

from imdb_lstm.text.antonyms import bundled
from imdb_lstm.text.counterfactual import balanced, changed, counterfactual, find_changes

LEXICON = bundled()
REVIEWS = [(text, int(label == "positive")) for text, label, _ in tiny_rows()]


def turned(text):
    """A text with all changes made, whether or not it would be refused."""
    return changed(text, find_changes(text, LEXICON)[0])


def labels(text):
    return [each.label for each in find_changes(text, LEXICON)[0] if each.label is not None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("An awful film.", "A wonderful film."),
        ("What a clever idea, a UNIQUE one", "What a stupid idea, a GENERIC one"),
        ("a great, an amusing, an exciting film", "a lousy, an unamusing, an unexciting film"),
        ("Boring. BORING! boring", "Gripping. GRIPPING! gripping"),
        ("A complete waste of time!", "A complete treat!"),
        ("A WONDERFUL FILM", "AN AWFUL FILM"),
        ("AN AWFUL FILM", "A WONDERFUL FILM"),
        ("A wonderful film", "An awful film"),
        ("I fell asleep.", "I was glued to the screen."),
        ("It fails to end.", "It manages to end."),
        ("Never boring, it ends.", "Boring, it ends."),
        ("NOT FUNNY", "FUNNY"),
        ("A must-see", "One to avoid"),
        ("She hates it, he hated it", "She loves it, he loved it"),
        ("I give it a 3.", "I give it an 8."),
        ("The worst film: 1/10, 1 star", "The best film: 10/10, 5 stars"),
    ],
)  # fmt: skip
def test_words_turn_with_their_article_capitals_and_inflection(text, expected):
    assert turned(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "label"),
    [
        ("It is not good.", "It is good.", 0),
        ("It is not funny at all!", "It is funny!", 0),
        ("It is not bad.", "It is bad.", 1),
        ("Not a very good film.", "A very good film.", 0),
        ("It wasn't even remotely funny.", "It was funny.", 0),
        ("It isn't clever or witty.", "It is clever or witty.", 0),
        ("I didn't enjoy it.", "I enjoyed it.", 0),
        ("He doesn't really enjoy it", "He really enjoys it", 0),
        ("I didn't find it funny", "I found it funny", 0),
        ("It could have been great.", "It was great.", 0),
        ("It is never boring", "It is boring", 1),
        ("It fails to entertain", "It manages to entertain", 0),
    ],
)  # fmt: skip
def test_a_negation_is_dropped_and_its_word_stays(text, expected, label):
    assert turned(text) == expected
    assert labels(text)[0] == label


@pytest.mark.parametrize(
    "text",
    [
        "no good reason",
        "without a boring scene", "if only it were good", "I hoped for a good one",
        "\"An awful, boring mess\", they said", "He called it 'utterly boring' once",
        "We saw Great Expectations and Breaking Bad", "The Good Shepherd is on", "bad guys",
        "I saw a good deal of it", "<img alt=bad>", "not only that", "", "...",
    ],
)  # fmt: skip
def test_quotations_titles_other_senses_and_hypotheses_stay(text):
    assert turned(text) == text


@pytest.mark.parametrize("text", [
    "It was never good or bad.", "It isn't bad or good.", "It fails to be good or bad.",
    "It was neither good nor bad.",
])  # fmt: skip
def test_a_negation_of_a_word_and_its_opposite_stays(text):
    assert turned(text) == text
    assert find_changes(text, LEXICON)[1] == [None, None]


def test_a_word_and_its_opposite_turn_without_a_negation():
    assert turned("Good or bad, it ends.") == "Bad or good, it ends."


def test_a_negation_ends_with_its_clause():
    assert turned("It is not long, but dull.") == "It is not long, but fascinating."
    assert turned("It is not only good but wonderful") == "It is not only bad but awful"


def test_the_label_is_the_other_one_and_the_words_are_told():
    found = counterfactual("Awful. An awful, boring film.", 0, LEXICON)
    assert found.label == 1 and found.text == "Wonderful. A wonderful, gripping film."
    assert found.words() == [("Awful", "Wonderful"), ("awful", "wonderful"), ("boring", "gripping")]


def test_turned_twice_words_of_both_directions_are_back():
    text = "A terrible film: boring, stupid and not worth watching. The worst, 2/10."
    once = counterfactual(text, 0, LEXICON)
    assert counterfactual(once.text, 1, LEXICON).text == text


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("An awful film.", 0),  # one word only
        ("Awful, boring and stupid.", 1),  # words of the other label only
        ("Awful and boring, but witty and clever.", 0),  # as many of either
        ("Awful, boring. " + "He goes home. " * 100, 0),  # a plot with two words
        ("Awful, boring. What a shame: cheap, slow, flat.", 0),  # much that stays
        ("Wonderful and clever, but awful and boring.", 1),
        ("Wonderful, not in any way good.", 1),  # a negation that cannot be turned
    ],
)
def test_a_review_that_cannot_be_turned_surely_is_refused(text, label):
    assert counterfactual(text, label, LEXICON) is None


def test_a_score_counts_as_a_word_of_its_label():
    assert counterfactual("An awful film: 2/10.", 0, LEXICON).label == 1
    assert counterfactual("An awful film: 2/10.", 1, LEXICON) is None
    assert labels("A good film, 2/10") == [1, 0]


def test_excerpts_are_the_sentences_with_changes():
    text = "He goes home. It is awful and boring.<br /><br />The end. Not good."
    before, after = counterfactual(text, 0, LEXICON).excerpts()
    assert before == "It is awful and boring. Not good."
    assert after == "It is wonderful and gripping. Good."


def test_as_many_of_either_label_are_turned_whatever_the_order_of_the_others():
    texts, classes = zip(*REVIEWS[:25], *REVIEWS[40:], strict=True)
    found = balanced(texts, classes, LEXICON)
    assert found == balanced(texts, classes, LEXICON)
    after = [each.label for _, each in found]
    assert 2 * sum(after) == len(after) > 10
    for number, each in found:
        assert each.original == texts[number] and each.label == 1 - classes[number]
    assert len(balanced(texts, classes, LEXICON, most=7)) == 6
    assert balanced(texts[:20], classes[:20], LEXICON) == []


@given(st.text(alphabet="aбİ bdGgnot'\"<>.,!*/10-\n", max_size=40))
def test_any_text_can_be_read(text):
    changes, _ = find_changes(text, LEXICON)
    assert all(a.end <= b.start for a, b in pairwise(changes))
    if not changes:
        assert changed(text, changes) == text
