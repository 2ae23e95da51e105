"""Explained texts as one HTML page that needs no network and no script.

Contributions are shown by colour, by lines above and below the words, and as numbers in tables, so
that the page can be read without colour and by a screen reader. Of three and more classes the
reader chooses which one is explained, with radio buttons and CSS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imdb_lstm.explanation.class_pair import MOST_CLASSES
from imdb_lstm.explanation.marks import STRENGTHS, mark_style
from imdb_lstm.explanation.result import LEFT_OUT, MEASURES, UNKNOWN, Explanation

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
STRONGEST = 8
MOST_TABLES = 50  # of all words: they are the largest part of a page
# Control characters, surrogates and noncharacters must not be in HTML.
LAST_TWO = "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17))  # of a plane
NO_CHARACTERS = re.compile(
    rf"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{LAST_TWO}]"
)
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # that change the order of what follows
LINE_BREAK = re.compile(r"(<br\s*/?>)", re.IGNORECASE)


def explanation_page(explanations: Iterable[Explanation], run: str) -> str:
    """Return the whole page; everything that comes from a text is escaped.

    >>> from imdb_lstm.explanation.result import Explanation, Word
    >>> words = (Word("fine", 0, 4, "known"),)
    >>> measures = {"occlusion": [1.0], "prefix_logit": [1.0]}
    >>> found = Explanation("Fine<3", words, 1.0, 0.0, measures, None, None)
    >>> '<span class="p4" title="+1.000">Fine</span>' in explanation_page([found], "first")
    True
    """
    return "".join(page_parts(explanations, run))


def page_parts(
    explanations: Iterable[Explanation], run: str, left_out: Callable[[], int] = lambda: 0
) -> Iterator[str]:
    """Yield the page in parts, each explanation once it is computed.

    The reader chooses between an explanation and its ``others``, at most ``MOST_CLASSES`` in all.
    ``left_out``: called after the last explanation; the number of texts that are not on the page.
    Only the first ``MOST_TABLES`` explanations have a table of all words.
    """
    yield from _parts(
        "explanation.html.j2",
        TEMPLATES,
        title=f"Contribution of each word, by {run}",
        explanations=explanations,
        left_out=left_out,
        most_classes=MOST_CLASSES,
        most_tables=MOST_TABLES,
        measure_names=MEASURES,
        strongest_shown=STRONGEST,
        short_measures=_short_measures,
        number=_number,
        logit_curve=_logit_curve,
    )


def render(template: str, folder: Path = TEMPLATES, **values: Any) -> str:
    """Render a page whose template is in the folder and extends ``base.html.j2``.

    Values are escaped, and what is no character of HTML is replaced.
    """
    return "".join(_parts(template, folder, **values))


def _parts(template: str, folder: Path, **values: Any) -> Iterator[str]:
    for part in _environment(folder).get_template(template).generate(values):
        yield NO_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", part)


@cache
def _environment(folder: Path) -> Any:
    """The templates of a folder, compiled once."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, TEMPLATES]),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["nonbreaking"] = _nonbreaking
    environment.globals.update(marked_text=marked_text, mark_styles=_mark_styles())
    return environment


def _nonbreaking(words: str) -> str:
    """Keep a per cent sign on the line of its number."""
    return words.replace(" %", "\N{NO-BREAK SPACE}%")


def _mark_styles() -> dict[str, str]:
    """CSS by class: p1 to p4 for positive contributions, n1 to n4 for negative, strongest last."""
    return {
        f"{letter}{strength}": mark_style(sign * strength)
        for letter, sign in (("p", 1), ("n", -1))
        for strength in range(1, STRENGTHS + 1)
    }


def marked_text(found: Explanation) -> Markup:
    """Return the text as it was written, with its words marked by class and title."""
    from markupsafe import Markup

    grades, contributions, parts = found.grades(), found.contributions(), []
    for piece, index in found.pieces():
        if index is None:
            parts.append(_unread(piece))
            continue
        grade, kind = grades[index], found.words[index].kind
        classes = [f"p{grade}"] if grade > 0 else [f"n{-grade}"] if grade < 0 else []
        classes += {UNKNOWN: ["unknown"], LEFT_OUT: ["out"]}.get(kind, [])
        note = kind if kind == LEFT_OUT else f"{contributions[index]:+.3f}"
        note += ", unknown word" if kind == UNKNOWN else ""
        mark = Markup(' class="{}"').format(" ".join(classes)) if classes else ""
        parts.append(Markup('<span{} title="{}">{}</span>').format(mark, note, piece))
    return Markup("").join(parts)


def _unread(piece: str) -> Markup:
    """What is between words: grey, but a ``<br>`` breaks the line."""
    from markupsafe import Markup

    shown = []
    for part in LINE_BREAK.split(piece):
        if LINE_BREAK.fullmatch(part):
            shown.append(Markup("<br>"))
        elif part.strip():
            tag = "bdi" if DIRECTIONS.search(part) else "span"
            shown.append(Markup('<{0} class="unread">{1}</{0}>').format(tag, part))
        else:
            shown.append(Markup(part))
    return Markup("").join(shown)


def _short_measures(found: Explanation) -> list[str]:
    """The measures in the tables of the strongest words."""
    return [name for name in dict.fromkeys((found.coloured, "occlusion")) if name in found.measures]


def _number(found: Explanation, name: str, index: int) -> str:
    value = found.measures[name][index]
    return "" if value is None else f"{value:.4f}" if name == "attention" else f"{value:+.3f}"


def _logit_curve(found: Explanation) -> dict[str, str]:
    """The prefix logits as an SVG path, from the first word to the last, and in words."""
    logits = [value for value in found.measures["prefix_logit"] if value is not None] or [0.0]
    low, high = min(*logits, found.boundary), max(*logits, found.boundary)
    scale = 100 / ((high - low) or 1.0)
    step = 1000 / max(1, len(logits) - 1)
    heights = [105 - (logit - low) * scale for logit in logits]
    return {
        "line": " L".join(
            f"{index * step:.1f} {height:.1f}" for index, height in enumerate(heights)
        ),
        "zero": f"{105 - (found.boundary - low) * scale:.1f}",
        "place": f"{found.boundary:+.2f}" if found.boundary else "zero",
        "words": (
            f"Prefix logit: {logits[0]:+.2f} after the first word, lowest {min(logits):+.2f}, "
            f"highest {max(logits):+.2f}, {logits[-1]:+.2f} after the last word."
        ),
    }
