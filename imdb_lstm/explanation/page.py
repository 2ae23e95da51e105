"""Explained reviews as one page of HTML that needs no network, no script and no colour.

What colour shows on the text is shown by lines above and below too, and stands in tables of words
and numbers, for readers who hear the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from imdb_lstm.explanation.result import (
    COLOURS,
    LEFT_OUT,
    MEASURES,
    STRENGTHS,
    UNKNOWN,
    Explanation,
)

STRONGEST = 8
KEY = """\
<p>Contributions are in units of the logit, the number whose sign is the verdict: above zero a word
speaks for “positive”, below for “negative”.</p>
<p class="key">On the text, a line above and blue:
<span class="p1">a little</span> <span class="p2">more</span> <span class="p3">strongly</span>
<span class="p4">the most</span> for positive; a dashed line below and orange:
<span class="n1">a little</span> <span class="n2">more</span> <span class="n3">strongly</span>
<span class="n4">the most</span> for negative. The strongest word of each text sets its scale.
<span class="review"><span class="unknown">Dotted frame</span></span>: a word that the model does
not know. <span class="review"><span class="out">Struck through</span></span>: left out, as the
text is longer than the model reads. <span class="unread">Grey</span>: no word to the model.</p>"""
_STYLE = """\
.review { font-size: 1.1rem; line-height: 2.1; white-space: pre-wrap }
.unread { color: #595959 }
.review .out { text-decoration: line-through; color: #595959 }
.review .unknown { outline: 1px dotted #595959 }
.key .review { font-size: inherit; line-height: inherit }"""
_LINE_BREAK = re.compile(r"(<br\s*/?>)", re.IGNORECASE)


def explanation_page(explanations: Sequence[Explanation], run: str) -> str:
    """The whole page; everything that comes from a text is escaped.

    >>> from imdb_lstm.explanation import Explanation, Word
    >>> words = (Word("fine", 0, 4, "known"),)
    >>> measures = {"occlusion": [1.0], "prefix_logit": [1.0]}
    >>> found = Explanation("Fine<3", words, 1.0, 0.0, measures, None, None)
    >>> '<span class="p4" title="+1.000">Fine</span>' in explanation_page([found], "first")
    True
    """
    template = Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
    sections = [_section(number, found) for number, found in enumerate(explanations, 1)]
    title = f"What each word adds, by {escape(run)}"
    whole = template.substitute(
        title=title, marks=mark_style(), key=KEY, sections="\n".join(sections)
    )
    return whole.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no character


def mark_style() -> str:
    """CSS of marked texts; of a grade, a background, and a line as thick as the word is strong."""
    lines = {1: ("p", "top", "solid"), -1: ("n", "bottom", "dashed")}
    grades = [
        f".{letter}{grade} {{ background: {COLOURS[sign][grade - 1]}; padding: 0 .15em; "
        f"border-{side}: {grade}px {line} black }}"
        for sign, (letter, side, line) in lines.items()
        for grade in range(1, STRENGTHS + 1)
    ]
    return "\n".join([*_STYLE.splitlines(), *grades])


def _section(number: int, found: Explanation) -> str:
    """One text: the verdict, the text, its strongest words, its course, all words."""
    note = f"<p>{found.unread()}.</p>\n" if found.unread() else ""
    return (
        f'<section aria-labelledby="text-{number}">\n'
        f'<h2 id="text-{number}">Text {number}: {found.verdict}, probability of positive '
        f"{found.probability:.1%}</h2>\n"
        f'<p class="review" dir="auto">{marked_text(found)}</p>\n{note}'
        f'<div class="tables">{_strongest(found, 1)}{_strongest(found, -1)}</div>\n'
        f"<p>{escape(found.completeness())}.</p>\n"
        f"{_course(found)}\n{_every_word(found)}\n</section>"
    )


def marked_text(found: Explanation) -> str:
    """The text as it was, its words marked."""
    parts = []
    grades, contributions = found.grades(), found.contributions()
    for piece, index in found.pieces():
        if index is None:
            parts.append(_unread(piece))
            continue
        grade, kind = grades[index], found.words[index].kind
        classes = [f"p{grade}"] if grade > 0 else [f"n{-grade}"] if grade < 0 else []
        classes += {UNKNOWN: ["unknown"], LEFT_OUT: ["out"]}.get(kind, [])
        note = kind if kind == LEFT_OUT else f"{contributions[index]:+.3f}"
        note += ", unknown word" if kind == UNKNOWN else ""
        mark = f' class="{" ".join(classes)}"' if classes else ""
        parts.append(f'<span{mark} title="{note}">{escape(piece)}</span>')
    return "".join(parts)


def _unread(piece: str) -> str:
    """What stands between words: grey, but that ``<br>`` breaks the line as its writer meant."""
    shown = []
    for part in _LINE_BREAK.split(piece):
        if _LINE_BREAK.fullmatch(part):
            shown.append("<br>")
        elif part.strip():
            shown.append(f'<span class="unread">{escape(part)}</span>')
        else:
            shown.append(part)
    return "".join(shown)


def _strongest(found: Explanation, sign: int) -> str:
    """A table of the words that say most for one of the verdicts."""
    chosen = found.strongest(STRONGEST, sign)
    verdict = "positive" if sign > 0 else "negative"
    if not chosen:
        return f"<p>No word speaks for {verdict}.</p>"
    measures = [found.coloured, *(name for name in ("occlusion",) if name != found.coloured)]
    measures = [name for name in measures if name in found.measures]
    return _table(found, f"Most for {verdict}", chosen, measures)


def _every_word(found: Explanation) -> str:
    """All words and all their numbers, folded."""
    table = _table(found, "Every word", range(len(found.words)), list(found.measures))
    return (
        f"<details><summary>Every word, {len(found.words):,} of them, as a table</summary>\n"
        f'<div class="scroll" role="region" aria-label="Every word" tabindex="0">{table}</div>'
        "</details>"
    )


def _table(
    found: Explanation, caption: str, indices: Sequence[int], measures: Sequence[str]
) -> str:
    """One row a word: its place, itself, its measures."""
    head = "".join(f'<th scope="col">{MEASURES[name]}</th>' for name in measures)
    rows = []
    for index in indices:
        word = found.words[index]
        own = escape(found.text[word.start : word.end]) or "(no word)"
        note = "" if word.kind not in (UNKNOWN, LEFT_OUT) else f" ({word.kind})"
        cells = "".join(f"<td>{_number(found, name, index)}</td>" for name in measures)
        rows.append(
            f'<tr><td>{index + 1}</td><th scope="row" class="word">{own}{note}</th>{cells}</tr>'
        )
    return (
        f'<table><caption>{caption}</caption><thead><tr><th scope="col">place</th>'
        f'<th scope="col" class="word">word</th>{head}</tr></thead>\n'
        f"<tbody>{chr(10).join(rows)}</tbody></table>"
    )


def _number(found: Explanation, name: str, index: int) -> str:
    value = found.measures[name][index]
    return "" if value is None else f"{value:.4f}" if name == "attention" else f"{value:+.3f}"


def _course(found: Explanation) -> str:
    """The logit after each word, as a line from the first word to the last."""
    logits = [value for value in found.measures["prefix_logit"] if value is not None] or [0.0]
    low, high = min(*logits, 0.0), max(*logits, 0.0)
    scale = 100 / ((high - low) or 1.0)
    across = 1000 / max(1, len(logits) - 1)
    heights = [105 - (logit - low) * scale for logit in logits]
    line = " L".join(f"{index * across:.1f} {height:.1f}" for index, height in enumerate(heights))
    zero = f"{105 + low * scale:.1f}"
    told = (
        f"The logit as the text is read: {logits[0]:+.2f} after the first word, lowest "
        f"{min(logits):+.2f}, highest {max(logits):+.2f}, {logits[-1]:+.2f} after the last."
    )
    return (
        f'<figure><svg viewBox="0 0 1000 110" preserveAspectRatio="none" role="img" '
        f'aria-label="{told}"><path class="zero" d="M0 {zero} L1000 {zero}"/>'
        f'<path d="M{line}"/></svg><figcaption>{told} Dashed: zero, where the verdict turns.'
        "</figcaption></figure>"
    )
