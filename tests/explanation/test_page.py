"""The page: whole without network, script or colour; nothing of a text becomes markup."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from test_explanation import FOUND

from imdb_lstm.explanation.page import explanation_page
from imdb_lstm.explanation.result import COLOURS, Explanation, Word

VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Collects tags and their attributes, the text, and whether tags close in their order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def one_word(text):
    words = (Word(text.lower(), 0, len(text), "known"),)
    return Explanation(
        text, words, 1.0, 0.0, {"occlusion": [1.0], "prefix_logit": [1.0]}, None, None
    )


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b", "</title>",
           "'; --", "$title $sections", "\x00\u202e", "\ud800"]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
@pytest.mark.parametrize("where", ["word", "gap", "run"])
def test_nothing_of_a_text_becomes_markup(hostile, where):
    plain = Reader(explanation_page([one_word("x")], "x")).tags
    if where == "run":
        read = Reader(explanation_page([one_word("x")], hostile))
    elif where == "word":
        read = Reader(explanation_page([one_word(hostile)], "x"))
    else:
        found = one_word("x")
        read = Reader(explanation_page([replace(found, text="x" + hostile)], "x"))
        read.tags = [tag for tag in read.tags if tag != ("span", {"class": "unread"})]
        plain = [tag for tag in plain if tag != ("span", {"class": "unread"})]
    assert [tag for tag, _ in read.tags] == [tag for tag, _ in plain]
    if "\ud800" not in hostile and "\x00" not in hostile:
        assert hostile in "".join(read.text)


def test_the_page_asks_for_nothing_and_runs_nothing():
    whole = explanation_page([FOUND], "first")
    assert "default-src 'none'" in whole
    tags = Reader(whole).tags
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in tags}
    assert not {"src", "href"} & {name for _, attributes in tags for name in attributes}
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    assert "http" not in whole.replace("http-equiv", "")


def test_the_text_stands_there_as_it_was_and_its_words_are_marked():
    whole = explanation_page([FOUND], "first")
    review = re.search(r'<p class="review" dir="auto">(.*?)</p>', whole, re.DOTALL).group(1)
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


def test_every_word_and_number_stands_in_a_table_with_headings():
    read = Reader(explanation_page([FOUND, FOUND], "first"))
    tables = sum(tag == "table" for tag, _ in read.tags)
    assert tables == 2 * 3 == sum(tag == "caption" for tag, _ in read.tags)
    scopes = {attributes.get("scope") for tag, attributes in read.tags if tag == "th"}
    assert scopes == {"row", "col"}
    told = " ".join(read.text)
    for part in ("zzz (unknown)", "ok (left out)", "-2.000", "-1.100", "Text 2: negative"):
        assert part in told
    [html] = [attributes for tag, attributes in read.tags if tag == "html"]
    assert html == {"lang": "en"}
    images = [attributes for tag, attributes in read.tags if tag == "svg"]
    assert all("lowest -1.50, highest +0.90" in image["aria-label"] for image in images)


def test_grades_differ_by_lines_too_and_black_letters_can_be_read_on_them():
    whole = explanation_page([FOUND], "first")
    for colours in COLOURS.values():
        for colour in colours:
            parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
            luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
            assert (luminance + 0.05) / 0.05 >= 7  # WCAG 2, the stricter demand
    for grade in range(1, 5):
        assert f"border-top: {grade}px solid" in whole
        assert f"border-bottom: {grade}px dashed" in whole


@pytest.mark.parametrize("logits", [[], [0.0], [1.0], [-1.0, 2.0]])
def test_a_course_of_any_length_is_drawn_inside_its_frame(logits):
    words = tuple(Word("a", 2 * i, 2 * i + 1, "known") for i in range(len(logits)))
    measures = {"occlusion": [0.0] * len(logits), "prefix_logit": logits}
    found = Explanation("a " * len(logits), words, 1.0, 0.0, measures, None, None)
    for path in re.findall(r' d="M([^"]+)"', explanation_page([found], "x")):
        heights = [float(point.split()[1]) for point in path.split(" L")]
        assert all(0 < height < 110 for height in heights)
