"""A document of plain values → one page of HTML that needs no network, no script and no colour.

Everything is escaped here. Figures lie in the page as data; each says its numbers in words, too.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from imdb_lstm.explanation.page import KEY, mark_style, marked_text
from imdb_lstm.explanation.result import Explanation

SHORT = 16  # characters of a table's cell that should stay in one line


@dataclass(frozen=True)
class Table:
    """Rows of printable cells, the first one of each its heading; folded: shown when asked for."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure as SVG, and the same in words, for those who do not see it."""

    svg: bytes
    words: str


@dataclass(frozen=True)
class Command:
    """What to type, and what for."""

    words: str
    purpose: str


@dataclass(frozen=True)
class Explained:
    """A review with its words marked; ``anchor`` is its name in the page."""

    anchor: str
    heading: str
    remarks: Sequence[str]
    found: Explanation


@dataclass(frozen=True)
class Listed:
    """One review of a list; ``anchor``: that of the same review explained, or empty."""

    heading: str
    remark: str
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class ReviewList:
    """Reviews in an order that matters."""

    items: Sequence[Listed]


@dataclass(frozen=True)
class Heading:
    """Of what follows inside a section."""

    words: str


class Key:
    """How marked texts are to be read."""


Part = str | Table | Picture | Command | Explained | ReviewList | Heading | Key


@dataclass(frozen=True)
class Section:
    """One heading of the page and what stands under it; a string is a paragraph."""

    anchor: str
    heading: str
    parts: Sequence[Part]


def report_page(title: str, lead: Sequence[str], sections: Sequence[Section]) -> str:
    """The whole page.

    >>> '<p>2 &lt; 3</p>' in report_page("first", ["2 < 3"], [Section("a", "A", ["one"])])
    True
    """
    template = Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
    links = (f'<li><a href="#{each.anchor}">{_text(each.heading)}</a></li>' for each in sections)
    whole = template.substitute(
        title=escape(title),
        marks=mark_style(),
        lead="\n".join(map(_html, lead)),
        contents="\n".join(links),
        sections="\n".join(map(_section, sections)),
    )
    return whole.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no character


def _section(section: Section) -> str:
    parts = "\n".join(map(_html, section.parts))
    return (
        f'<section aria-labelledby="{section.anchor}">\n'
        f'<h2 id="{section.anchor}">{_text(section.heading)}</h2>\n{parts}\n</section>'
    )


def _text(words: str) -> str:
    """Escaped, with no line break before a per cent sign."""
    return escape(words).replace(" %", "\N{NO-BREAK SPACE}%")


@singledispatch
def _html(part: Any) -> str:
    raise TypeError(f"a page holds no {type(part).__name__}")


@_html.register
def _(part: str) -> str:
    return f"<p>{_text(part)}</p>"


@_html.register
def _(part: Heading) -> str:
    return f"<h3>{_text(part.words)}</h3>"


@_html.register
def _(part: Key) -> str:
    return KEY


@_html.register
def _(part: Command) -> str:
    words = " ".join(f'<span class="short">{escape(word)}</span>' for word in part.words.split(" "))
    return (
        f"<p>{_text(part.purpose)}</p>\n"
        f'<pre tabindex="0" role="region" aria-label="Command"><code>{words}</code></pre>'
    )


@_html.register
def _(part: Picture) -> str:
    data = b64encode(part.svg).decode("ascii")
    words = _text(part.words)
    return f'<p class="figure"><img src="data:image/svg+xml;base64,{data}" alt="{words}"></p>'


@_html.register
def _(part: Table) -> str:
    """Wide ones can be scrolled by themselves, with the keyboard too."""
    caption = _text(part.caption)
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in part.head)
    rows = "\n".join(map(_row, part.rows))
    table = (
        f'<div class="scroll" role="region" aria-label="{caption}" tabindex="0">'
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>\n"
        f"<tbody>{rows}</tbody></table></div>"
    )
    if not part.folded:
        return table
    return f"<details><summary>{caption}</summary>{table}</details>"


def _row(cells: Sequence[str]) -> str:
    others = (
        f"<td{mark}>{_text(cell)}</td>"
        for cell in cells[1:]
        for mark in [' class="short"' if len(cell) <= SHORT else ""]
    )
    return f'<tr><th scope="row">{_text(cells[0])}</th>{"".join(others)}</tr>'


@_html.register
def _(part: Explained) -> str:
    remarks = "\n".join(f"<p>{_text(remark)}</p>" for remark in part.remarks)
    return (
        f'<article aria-labelledby="{part.anchor}"><h4 id="{part.anchor}">{_text(part.heading)}'
        f'</h4>\n<p class="review" dir="auto">{marked_text(part.found)}</p>\n{remarks}</article>'
    )


@_html.register
def _(part: ReviewList) -> str:
    return f"<ol>{chr(10).join(map(_item, part.items))}</ol>"


def _item(item: Listed) -> str:
    name = f"<strong>{_text(item.heading)}</strong>"
    if item.anchor:
        name = f'<a href="#{item.anchor}">{name}</a>'
    text = f'<p class="text" dir="auto">{escape(item.text)}</p>'
    return f"<li><p>{name}: {_text(item.remark)}</p>\n{text}</li>"
