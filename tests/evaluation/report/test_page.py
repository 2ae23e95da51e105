"""The report page: escaped, offline, accessible, with its figures embedded."""

from base64 import b64decode

from pages import FOUND, HOSTILE, Page, check_landmarks, check_offline, told

from imdb_lstm.evaluation.report.page import (
    Command,
    ExplainedReview,
    Heading,
    Legend,
    ListedReview,
    Picture,
    ReviewList,
    Section,
    Table,
    report_page,
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def whole(words="plain"):
    """A page with every kind of part, and the words wherever a page can have words."""
    parts = [
        words, Heading(words), Legend(), Picture(SVG, words), Command(words, words),
        Table(words, (words, words), [(words, words), (words, words)]),
        Table(words, (words, words), [(words, words)], folded=True),
        ExplainedReview("mistake-1", words, [words], FOUND),
        ReviewList([
            ListedReview(words, words, words, "mistake-1"), ListedReview(words, words, words),
        ]),
    ]  # fmt: skip
    sections = [Section("one", words, parts), Section("two", words, [words])]
    return report_page(words, [words], sections)


def structure(page):
    """The tags, without those of the words of commands and cells."""
    return [
        tag for tag, attributes in page.tags if (tag, attributes) != ("span", {"class": "short"})
    ]


def test_no_words_become_markup():
    for hostile in HOSTILE:
        html = whole(hostile)
        assert structure(Page(html)) == structure(Page(whole()))
        if "\ud800" not in hostile and "\x00" not in hostile:
            assert told(html).count(hostile) >= 18


def test_the_page_is_offline_and_accessible():
    html = whole()
    check_offline(html)
    check_landmarks(html)
    page = Page(html)
    assert [a["href"] for a in page.attributes("a")][:3] == ["#content", "#one", "#two"]
    assert len(page.attributes("nav")) == 1


def test_a_figure_is_embedded_and_described():
    [image] = Page(whole("five of six")).attributes("img")
    assert image["alt"] == "five of six"
    assert b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")) == SVG


def test_tables_have_captions_and_headings_and_scroll_by_keyboard():
    page = Page(whole())
    for tag, count in (("table", 2), ("caption", 2), ("details", 1), ("summary", 1)):
        assert len(page.attributes(tag)) == count
    scopes = [a.get("scope") for a in page.attributes("th")]
    assert scopes == ["col", "col", "row", "row", "col", "col", "row"]
    regions = [a for _, a in page.tags if a.get("class") == "scroll"]
    assert all(a["tabindex"] == "0" and a["aria-label"] == "plain" for a in regions)


def test_a_command_can_be_copied_unchanged():
    command = "imdb-lstm  train --name 'a b'"
    page = Page(report_page("x", [], [Section("a", "A", [Command(command, "Do:")])]))
    assert command in "".join(page.text)


def test_a_per_cent_sign_stays_with_its_number():
    assert "<p>91.6\N{NO-BREAK SPACE}% of all</p>" in report_page("x", ["91.6 % of all"], [])
