"""The parts of a report as plain values, and the HTML page made of them.

The page needs no network and no script. Figures are embedded as data, each with a description of
its numbers.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from imdb_lstm.explanation.page import render
from imdb_lstm.explanation.result import Explanation

TEMPLATES = Path(__file__).parent / "templates"
SHORT = 16  # characters of a table cell that is kept on one line


@dataclass(frozen=True)
class Table:
    """Rows of printable cells, the first cell of each its heading; a folded one is closed."""

    kind: ClassVar = "table"
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure as SVG, and its description for screen readers."""

    kind: ClassVar = "picture"
    svg: bytes
    words: str

    @property
    def base64(self) -> str:
        """The SVG as it is embedded in a page."""
        return b64encode(self.svg).decode("ascii")


@dataclass(frozen=True)
class Command:
    """A command line and its purpose."""

    kind: ClassVar = "command"
    words: str
    purpose: str


@dataclass(frozen=True)
class ExplainedReview:
    """A review with its words marked; ``anchor`` is its id in the page."""

    kind: ClassVar = "explained review"
    anchor: str
    heading: str
    remarks: Sequence[str]
    found: Explanation


@dataclass(frozen=True)
class ListedReview:
    """One review of a list; ``anchor``: that of the same review explained, or empty."""

    heading: str
    remark: str
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class ReviewList:
    """Reviews in a meaningful order."""

    kind: ClassVar = "review list"
    items: Sequence[ListedReview]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar = "heading"
    words: str


@dataclass(frozen=True)
class Legend:
    """The legend of the marks in explained reviews.

    ``of`` and ``against``: the classes for which words speak; empty if they differ by review.
    """

    kind: ClassVar = "legend"
    of: str = ""
    against: str = ""


Part = str | Table | Picture | Command | ExplainedReview | ReviewList | Heading | Legend


@dataclass(frozen=True)
class Section:
    """A heading and the parts below it; a string is a paragraph."""

    anchor: str
    heading: str
    parts: Sequence[Part]


def report_page(title: str, lead: Sequence[str], sections: Sequence[Section]) -> str:
    """Return the whole page; everything in it is escaped.

    >>> '<p>2 &lt; 3</p>' in report_page("first", ["2 < 3"], [Section("a", "A", ["one"])])
    True
    """
    return render(
        "report.html.j2", TEMPLATES, title=title, lead=lead, sections=sections, short=SHORT
    )


def svg(figure: Any) -> bytes:
    """Return a matplotlib figure as an SVG image, without the date."""
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", bbox_inches="tight", metadata={"Date": None})
    return stream.getvalue()
