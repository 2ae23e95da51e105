"""The page: whole without network, script or colour; nothing that is told becomes markup."""

import re
from base64 import b64decode
from itertools import pairwise

import pytest
from test_explanation import FOUND
from test_explanation_page import HOSTILE, Reader

from imdb_lstm.evaluation.report.page import Command, Explained, Heading, Key, Listed, Picture, ReviewList, Section, Table, report_page

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def whole(words="plain"):
    """A page with every kind of part, and the words wherever words can stand."""
    parts = [
        words, Heading(words), Key(), Picture(SVG, words), Command(words, words),
        Table(words, (words, words), [(words, words), (words, words)]),
        Table(words, (words, words), [(words, words)], folded=True),
        Explained("mistake-1", words, [words], FOUND),
        ReviewList([Listed(words, words, words, "mistake-1"), Listed(words, words, words)]),
    ]  # fmt: skip
    return report_page(words, [words], [Section("one", words, parts), Section("two", words, [words])])


class Page(Reader):
    """With img among the tags that hold nothing."""

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.tags.append((tag, dict(attributes)))
        else:
            super().handle_starttag(tag, attributes)


def structure(read):
    """The tags, but for the words of commands."""
    word = ("span", {"class": "short"})
    return [tag for tag, attributes in read.tags if (tag, attributes) != word]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_nothing_that_is_told_becomes_markup(hostile):
    read = Page(whole(hostile))
    assert structure(read) == structure(Page(whole()))
    if "\ud800" not in hostile and "\x00" not in hostile:
        assert "".join(read.text).count(hostile) >= 18


def test_the_page_asks_for_nothing_and_runs_nothing():
    read = Page(whole())
    [policy] = [a["content"] for tag, a in read.tags if a.get("http-equiv")]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:" and "script-src" not in rules
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in read.tags}
    names = {name for _, attributes in read.tags for name in attributes}
    assert not any(name.startswith("on") for name in names)
    for tag, attributes in read.tags:
        assert attributes.get("src", "data:").startswith("data:")
        assert tag != "a" or attributes["href"].startswith("#")
    assert "http" not in whole().replace("http-equiv", "")


def test_a_figure_is_in_the_page_and_in_words():
    [image] = [attributes for tag, attributes in Page(whole("five of six")).tags if tag == "img"]
    assert image["alt"] == "five of six"
    assert b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")) == SVG


def test_one_finds_ones_way_by_ear():
    read = Page(whole())
    names = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(set(names)) == len(names)
    targets = [a["href"][1:] for tag, a in read.tags if tag == "a"]
    labels = [a["aria-labelledby"] for _, a in read.tags if "aria-labelledby" in a]
    assert {*targets, *labels} <= set(names)
    assert targets[:3] == ["content", "one", "two"]  # the way round the contents comes first
    tags = [tag for tag, _ in read.tags]
    for landmark in ("header", "nav", "main", "h1"):
        assert tags.count(landmark) == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert dict(read.tags)["html"] == {"lang": "en"}


def test_tables_have_captions_and_headings_and_can_be_scrolled_by_keyboard():
    read = Page(whole())
    tags = [tag for tag, _ in read.tags]
    assert tags.count("table") == tags.count("caption") == 2
    assert tags.count("details") == tags.count("summary") == 1
    scopes = [a.get("scope") for tag, a in read.tags if tag == "th"]
    assert scopes == ["col", "col", "row", "row", "col", "col", "row"]
    frames = [a for _, a in read.tags if a.get("class") == "scroll"]
    assert all(a["tabindex"] == "0" and a["aria-label"] == "plain" for a in frames)


def test_a_command_can_be_copied_as_it_is():
    command = "imdb-lstm  train --name 'a b'"
    read = Page(report_page("x", [], [Section("a", "A", [Command(command, "Do:")])]))
    assert command in "".join(read.text)


def test_a_per_cent_sign_stays_with_its_number():
    assert "<p>91.6\N{NO-BREAK SPACE}% of all</p>" in report_page("x", ["91.6 % of all"], [])
