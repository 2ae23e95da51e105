"""The page of explained texts: escaped, offline, accessible, and complete."""

import re
from dataclasses import replace
from html import unescape

import pytest
from pages import FOUND, HOSTILE, Page, check_landmarks, check_offline, found_of, told

from imdb_lstm.explanation import page as page_module
from imdb_lstm.explanation.class_pair import MOST_CLASSES, ClassPair
from imdb_lstm.explanation.marks import COLOURS
from imdb_lstm.explanation.page import explanation_page
from imdb_lstm.explanation.result import Explanation, Word


def one_word(text):
    words = (Word(text.lower(), 0, len(text), "known"),)
    return Explanation(
        text, words, 1.0, 0.0, {"occlusion": [1.0], "prefix_logit": [1.0]}, None, None
    )


def test_nothing_of_a_text_becomes_markup():
    def tags(page):
        return [tag for tag, attributes in page.tags if attributes.get("class") != "unread"]

    plain = tags(Page(explanation_page([one_word("x")], "x")))
    for hostile in HOSTILE:
        pages = [
            explanation_page([one_word("x")], hostile),
            explanation_page([one_word(hostile)], "x"),
            explanation_page([replace(one_word("x"), text="x" + hostile)], "x"),
        ]
        for page in map(Page, pages):
            assert tags(page) == plain
            if "\ud800" not in hostile and "\x00" not in hostile:
                assert hostile in "".join(page.text)


def test_the_page_is_offline_and_accessible():
    for found in ([], [FOUND], [FOUND, one_word("x")]):
        check_offline(explanation_page(found, "first"))
        check_landmarks(explanation_page(found, "first"))


def test_the_text_is_unchanged_and_its_words_are_marked():
    html = explanation_page([FOUND], "first")
    review = re.search(r'<p class="review" dir="auto">(.*?)</p>', html, re.DOTALL).group(1)
    assert unescape(re.sub(r"<[^>]+>", "", review)) == FOUND.text
    assert '<span class="n4" title="-2.000">Dull</span>' in review
    assert '<span class="p1" title="+0.400">A</span>' in review
    assert '<span class="unknown" title="+0.000, unknown word">zzz</span>' in review
    assert '<span class="out" title="left out">ok</span>' in review
    assert '<span class="unread"> &lt;b&gt;</span>' in review


def test_line_breaks_of_a_review_break_the_line():
    words = (Word("one", 0, 3, "known"), Word("two", 15, 18, "known"))
    measures = {"occlusion": [1.0, 0.0], "prefix_logit": [1.0, 1.0]}
    found = Explanation("One<br /><BR>. Two", words, 1.0, 0.0, measures, None, None)
    assert 'One</span><br><br><span class="unread">. </span>' in explanation_page([found], "x")


def test_every_word_and_number_is_in_a_table_with_headings():
    html = explanation_page([FOUND, FOUND], "first")
    page = Page(html)
    assert len(page.attributes("table")) == 2 * 3
    assert {attributes["scope"] for attributes in page.attributes("th")} == {"row", "col"}
    for part in ("zzz (unknown)", "ok (left out)", "-2.000", "-1.100", "Text 2: negative"):
        assert part in told(html)
    images = page.attributes("svg")
    assert all("lowest -1.50, highest +0.90" in image["aria-label"] for image in images)


def test_words_for_no_verdict_are_reported():
    assert "No word contributes to negative." in told(explanation_page([one_word("x")], "x"))


def test_grades_differ_by_lines_and_black_text_is_legible_on_them():
    html = explanation_page([FOUND], "first")
    for colours in COLOURS.values():
        for colour in colours:
            parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
            luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
            assert (luminance + 0.05) / 0.05 >= 7  # WCAG 2, level AAA
    for grade in range(1, 5):
        assert f"border-top: {grade}px solid" in html
        assert f"border-bottom: {grade}px dashed" in html


def test_a_logit_curve_of_any_length_is_inside_its_frame():
    for logits in ([], [0.0], [1.0], [-1.0, 2.0]):
        words = tuple(Word("a", 2 * i, 2 * i + 1, "known") for i in range(len(logits)))
        measures = {"occlusion": [0.0] * len(logits), "prefix_logit": logits}
        found = Explanation("a " * len(logits), words, 1.0, 0.0, measures, None, None)
        paths = re.findall(r' d="M([^"]+)"', explanation_page([found], "x"))
        assert len(paths) == 2
        for path in paths:
            heights = [float(point.split()[1]) for point in path.split(" L")]
            assert all(0 < height < 110 for height in heights)


def test_the_line_of_a_logit_curve_is_at_the_threshold():
    words = (Word("a", 0, 1, "known"), Word("b", 2, 3, "known"))
    measures = {"occlusion": [0.0, 0.0], "prefix_logit": [-3.0, -1.0]}
    found = Explanation("a b", words, -1.0, 0.0, measures, None, None, threshold=-2.0)
    html = explanation_page([found], "x")
    zero, curve = re.findall(r' d="M([^"]+)"', html)
    first, last = (float(point.split()[1]) for point in curve.split(" L"))
    assert float(zero.split()[1]) == pytest.approx((first + last) / 2, abs=0.1)
    assert "The dashed line is at -2.00, where the verdict changes" in html


def test_a_page_holds_only_characters_of_html():
    odd = "a\x00\x08\x1b\x7f\x9f\ud800\udfff\ufdd0\ufffe\U0001ffff\U0010fffez"
    for found in (one_word(odd), replace(one_word("x"), text="x " + odd)):
        html = explanation_page([found], odd)
        assert not set(odd) - set("az") & set(html)
        assert "\N{REPLACEMENT CHARACTER}" * 11 in html
    plain = "tab\t, line\n, ñ, 电影, 😀, \u200d, \N{NO-BREAK SPACE}"
    assert plain in told_exactly(explanation_page([one_word(plain)], "x"))


def told_exactly(html):
    return "".join(Page(html).text)


def test_words_in_tables_and_changes_of_direction_are_isolated():
    html = explanation_page([one_word("مرحبا")], "x")
    assert '<th scope="row" class="word"><bdi>مرحبا</bdi></th>' in html
    words = (Word("a", 0, 1, "known"), Word("b", 4, 5, "known"))
    measures = {"occlusion": [1.0, 0.0], "prefix_logit": [1.0, 1.0]}
    found = Explanation("a \u202e b", words, 1.0, 0.0, measures, None, None)
    assert '<bdi class="unread"> \u202e </bdi>' in explanation_page([found], "x")


def test_the_legend_names_the_two_classes():
    turned = replace(FOUND, classes=("bad", "good"), pair=ClassPair(0, 1), logit=1.5)
    for found, words in (
        (FOUND, "contributes to “positive”, below zero to “negative”"),
        (turned, "contributes to “bad”, below zero to “good”"),
        (found_of("abc"), "contributes to the class that is explained, below zero to the other"),
    ):
        assert words in " ".join(told(explanation_page([found], "x")).split())
    assert "bad rather than good" in told(explanation_page([turned], "x"))
    assert "<fieldset" not in explanation_page([FOUND, turned], "x")


def test_the_reader_chooses_the_class_of_each_text_without_a_script():
    html = explanation_page([found_of("abc"), found_of("abc")], "x")
    check_offline(html)
    check_landmarks(html)
    page = Page(html)
    buttons = page.attributes("input")
    assert [button["name"] for button in buttons] == ["class-1"] * 3 + ["class-2"] * 3
    assert [button["class"] for button in buttons[:3]] == ["choose-1", "choose-2", "choose-3"]
    assert ["checked" in button for button in buttons[:3]] == [True, False, False]
    assert len(page.attributes("label")) == 6 and len(page.attributes("fieldset")) == 2
    shown = [a["class"] for a in page.attributes("div") if a.get("class", "").startswith("pair")]
    assert shown == ["pair-1", "pair-2", "pair-3"] * 2
    for number in range(1, MOST_CLASSES + 1):
        hidden = f"section:has(.choose-{number}:not(:checked)) .pair-{number}"
        assert html.count(f"{hidden}{',' if number < MOST_CLASSES else ' {'}") == 1
    headings = re.findall(r"<h3 id=[^>]*>(.*?)</h3>", html)[:3]
    assert [re.sub("<[^>]*>", "", words) for words in headings] == [
        "c rather than b", "b rather than c", "a rather than c",
    ]  # fmt: skip
    assert "Text 2: c, probability 66.5%" in told(html)
    assert "(the 8 most probable of 9)" in told(explanation_page([found_of("abcdefghi")], "x"))


def test_names_of_classes_are_escaped_and_keep_their_direction():
    plain = Page(explanation_page([found_of("abc")], "x")).tags
    for name in (*HOSTILE, "x" * 200, "_private", "$a$"):
        assert Page(explanation_page([found_of([name, "b", f"{name} 2"])], "x")).tags == plain
    html = explanation_page([found_of(["سلبي", "محايد", "إيجابي"])], "x")
    unmarked = re.sub("<bdi>.*?</bdi>", "", html)
    assert "إيجابي" in html and "إيجابي" not in unmarked and "سلبي" not in unmarked


def test_tables_and_choices_end_where_the_page_says_so(monkeypatch):
    monkeypatch.setattr(page_module, "MOST_TABLES", 7)
    alone = replace(found_of("abc"), others=())
    html = explanation_page([found_of("abc")] * 3 + [alone] * 2, "x")
    assert html.count("<details") == 6
    sections = html.split("<section")[1:]
    assert ["there are no tables" in part for part in sections] == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert ["only the predicted class" in part for part in sections] == [False] * 3 + [True, False]
