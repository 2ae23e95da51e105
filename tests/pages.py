"""What the tests of HTML pages share: a parser, hostile texts, and an explained text."""

from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np

from imdb_lstm.explanation.class_pair import pair_of_each
from imdb_lstm.explanation.result import Explanation, Word

TEXT = "A <b>Dull</b> zzz film, ok"
WORDS = (
    Word("a", 0, 1, "known"), Word("dull", 5, 9, "known"), Word("zzz", 14, 17, "unknown"),
    Word("film", 18, 22, "known"), Word("ok", 24, 26, "left out"),
)  # fmt: skip
FOUND = Explanation(
    TEXT, WORDS, logit=-1.5, baseline=0.5, error=0.0, steps=32,
    measures={"integrated_gradients": [0.4, -2.0, 0.0, -0.4, None],
              "prefix_logit": [0.9, -1.1, -1.1, -1.5, None]},
)  # fmt: skip


def found_of(names):
    """An explanation of each of some classes, of which the first is the least probable."""
    logits = np.arange(len(names), dtype=float)
    first, *others = (
        replace(FOUND, classes=tuple(names), class_logits=tuple(logits), pair=pair,
                logit=float(logits[pair.of] - logits[pair.against]))
        for pair in pair_of_each(logits[None], names)
    )  # fmt: skip
    return replace(first, others=tuple(others))


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b", "</title>",
           "'; --", "{{ title }} {% block %}", "\x00\u202e", "\ud800"]  # fmt: skip
VOID = {"meta", "br", "img", "input"}


class Page(HTMLParser):
    """Collects tags with their attributes, and the text; checks that tags close in order."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(html)
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

    def attributes(self, tag):
        """Return the attributes of every tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def told(html):
    """Return the text of a page, with plain spaces."""
    return "".join(Page(html).text).replace("\N{NO-BREAK SPACE}", " ")


def check_offline(html):
    """Check that a page loads nothing, runs nothing and links only within itself."""
    page = Page(html)
    [policy] = [a["content"] for a in page.attributes("meta") if a.get("http-equiv")]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:" and "script-src" not in rules
    names = {tag for tag, _ in page.tags}
    assert not {"script", "link", "iframe", "object", "form"} & names
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("src", "data:").startswith("data:")
        assert tag != "a" or attributes["href"].startswith("#")
        assert tag == "a" or "href" not in attributes


def check_landmarks(html):
    """Check language, landmarks, the skip link, headings and that every reference has a target."""
    page = Page(html)
    assert page.attributes("html") == [{"lang": "en"}]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    targets = [attributes["href"][1:] for attributes in page.attributes("a")]
    labels = [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
    assert {*targets, *labels} <= set(ids)
    assert targets[0] == "content"  # the skip link comes first
    for landmark in ("header", "main", "h1"):
        assert len(page.attributes(landmark)) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if tag[0] == "h" and tag[1:].isdigit()]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    regions = [a for _, a in page.tags if a.get("class") == "scroll"]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in regions)
    assert len(page.attributes("table")) == len(page.attributes("caption"))
    assert {a.get("scope") for a in page.attributes("th")} <= {"row", "col"}
