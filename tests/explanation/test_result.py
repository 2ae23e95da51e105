"""Explanations as values: grades, order, pieces, excerpts and sentences."""

import json
import re
from dataclasses import replace
from html import unescape
from math import exp

import pytest
from pages import FOUND, TEXT, WORDS, found_of

from imdb_lstm.explanation.class_pair import ClassPair
from imdb_lstm.explanation.result import Explanation, Word
from imdb_lstm.text.tokenizer import locate


def test_pieces_concatenate_to_the_text_and_each_word_is_one_of_them():
    pieces = list(FOUND.pieces())
    assert "".join(piece for piece, _ in pieces) == TEXT
    named = [(piece, index) for piece, index in pieces if index is not None]
    assert named == [("A", 0), ("Dull", 1), ("zzz", 2), ("film", 3), ("ok", 4)]


def test_grades_are_relative_to_the_strongest_word_and_keep_the_sign():
    assert FOUND.grades() == [1, -4, 0, -1, 0]
    nothing = replace(FOUND, measures={"occlusion": [0.0] * 5})
    assert nothing.grades() == [0] * 5


def test_the_strongest_words_of_each_sign_are_in_order():
    assert FOUND.strongest(5, 1) == [0]
    assert FOUND.strongest(5, -1) == [1, 3]
    assert FOUND.strongest(1, -1) == [1]


def test_the_verdict_is_the_sign_of_the_logit():
    assert FOUND.verdict == "negative"
    assert FOUND.probability == pytest.approx(0.1824, abs=1e-4)
    assert replace(FOUND, logit=0.1).verdict == "positive"


def test_the_temperature_scales_the_probability_and_no_verdict():
    flat = replace(FOUND, temperature=2.0)
    assert flat.probability == pytest.approx(1 / (1 + exp(-FOUND.logit / 2)))
    assert (flat.verdict, flat.logit) == (FOUND.verdict, FOUND.logit)


def test_the_boundary_is_where_the_verdict_changes():
    for pair in (ClassPair(1, 0), ClassPair(0, 1)):
        found = replace(FOUND, threshold=-0.75, pair=pair)
        below, above = (replace(found, logit=found.boundary + side) for side in (-1e-3, 1e-3))
        assert (below.verdict, above.verdict) == (found.against, found.of)
    assert replace(found, class_logits=(0.1, 0.2, 0.3)).boundary == 0


def test_sentences_on_completeness_and_unread_words():
    told = FOUND.completeness()
    for part in ("Integrated gradients sum to -2.000", "by -2.000", "error 0.00%, 32 steps"):
        assert part in told
    occluded = replace(FOUND, measures={"occlusion": [0.0] * 5}, error=None, steps=None)
    assert "need not be equal" in occluded.completeness()
    ngrams = replace(FOUND, measures={"ngram_weights": [0.0] * 5}, steps=None)
    assert "no embeddings for gradients" in ngrams.completeness()
    assert FOUND.unread() == (
        "Words: 5; unknown to the model: 1; left out, because the text is too long: 1"
    )
    assert replace(FOUND, words=WORDS[:2]).unread() == ""


def test_json_holds_everything():
    read = json.loads(json.dumps(FOUND.as_dict()))
    assert read == FOUND.as_dict()
    words = tuple(
        Word(row["token"], row["start"], row["end"], row["kind"]) for row in read["words"]
    )
    measures = {name: [row[name] for row in read["words"]] for name in FOUND.measures}
    assert (read["text"], words, measures) == (TEXT, WORDS, FOUND.measures)
    assert (read["logit"], read["baseline_logit"], read["steps"]) == (-1.5, 0.5, 32)


LONG = "The <i>plot</i> " * 30 + "is a joy. " + "And so on, " * 30 + "but dull at the end!"


def long_one():
    words = tuple(Word(*place, "known") for place in locate(LONG))
    values = [{"joy": 3.0, "dull": -2.0}.get(word.token, 0.001) for word in words]
    measures = {"occlusion": values, "prefix_logit": values}
    return Explanation(LONG, words, 1.0, 0.0, measures, None, None)


@pytest.mark.parametrize("most", [1, 10, 20, 40, 160])
def test_an_excerpt_surrounds_the_strongest_words_with_correct_positions(most):
    found = long_one()
    shown = found.excerpt(most)
    assert most <= len(shown.words) < most + 13
    assert [shown.text[word.start : word.end].lower() for word in shown.words] == [
        word.token for word in shown.words
    ]
    assert "joy" in [word.token for word in shown.words]
    assert max(shown.grades()) == max(found.grades()) == 4
    assert "".join(piece for piece, _ in shown.pieces()) == shown.text
    for part in shown.text.split("[…]"):
        assert part.strip() in LONG
    assert shown.text.endswith("but dull at the end!" if most > 13 else " […]")
    assert most > 20 or shown.text.startswith("[…] ")


def test_a_short_text_is_its_own_excerpt():
    assert FOUND.excerpt(5) is FOUND


def test_a_notebook_shows_the_escaped_text_with_its_words_marked():
    shown = FOUND._repr_html_()
    plain = unescape(re.sub(r"<[^>]*>", "", shown))
    assert TEXT in plain and "negative" in plain and "unknown to the model: 1" in plain
    assert "<b>Dull</b>" not in shown
    marks = re.findall(r"border-(\w+): (\dpx \w+) black\">([^<]*)<", shown)
    assert [word for _, _, word in marks] == ["A", "Dull", "film"]
    assert [line for _, line, _ in marks] == ["1px solid", "4px dashed", "1px dashed"]
    assert [side for side, _, _ in marks] == ["top", "bottom", "bottom"]


def test_the_repr_is_one_short_line():
    shown = repr(replace(FOUND, text="A long review.\n" * 50))
    assert shown.startswith("negative, probability of positive 18.2%: A long review. A")
    assert len(shown) < 120 and "\n" not in shown


STARS = ("<b>bad</b>", "fair", "good")


def test_of_three_classes_the_probabilities_and_the_pair_are_told():
    found = found_of(STARS)
    assert (found.verdict, found.of, found.against) == ("good", "good", "fair")
    assert list(found.probabilities) == ["good", "fair", "<b>bad</b>"]
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert found.probability == found.probabilities["good"]
    assert repr(found).startswith("good, probability 66.5%; good rather than fair: A <b>Dull</b>")
    assert "the difference of the two logits changes by" in found.completeness()
    written = found.as_dict()
    assert (written["of"], written["against"]) == ("good", "fair")
    assert written["probabilities"] == pytest.approx(found.probabilities, abs=1e-6)
    last = found.others[-1]
    assert last.question() == "<b>bad</b> rather than good"
    assert "&lt;b&gt;bad&lt;/b&gt; rather than good" in last._repr_html_()
    assert last.verdict == "good" and last.probability == found.probability


def test_of_two_classes_the_pair_is_told_only_where_it_is_turned_round():
    turned = replace(FOUND, logit=1.5, pair=ClassPair(0, 1))
    assert (turned.verdict, turned.probability) == (FOUND.verdict, FOUND.probability)
    assert FOUND.question() == "" and set(turned.as_dict()) - set(FOUND.as_dict()) == {
        "of", "against", "probabilities",
    }  # fmt: skip
    told = "negative, probability of positive 18.2%; negative rather than positive: A"
    assert repr(turned).startswith(told)
    for logit in (-0.1, 0.0, 0.2, 0.3):
        plain = replace(FOUND, logit=logit, threshold=0.2)
        assert plain.verdict == ("positive" if logit > 0.2 else "negative")
        assert replace(plain, logit=-logit, pair=ClassPair(0, 1)).verdict == plain.verdict
