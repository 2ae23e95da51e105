"""Explained reviews in a terminal: with colours, or with signs where there are no colours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import category

from rich.table import Table
from rich.text import Text

from imdb_lstm.cli.tables import folding_table
from imdb_lstm.explanation.marks import COLOURS
from imdb_lstm.explanation.result import LEFT_OUT, MEASURES, UNKNOWN, Explanation

STRONGEST = 6  # words of each sign
MOST_CLASSES = 5  # whose probabilities are shown
BARS = "▁▂▃▄▅▆▇█"
WIDTH = 40  # bars, at most


def marked(found: Explanation, colour: bool) -> Text:
    """The text, its words marked by grade: blue above zero, orange and underlined below.

    Without colour a word is followed by one to four signs: ``dull[--]``. An unknown word is in
    italics, or followed by ``[?]``; what was left out is struck through, or enclosed in
    ``[left out:`` and ``]``.
    """
    shown = Text()
    grades, out = found.grades(), False
    for raw, index in found.pieces():
        piece = printable(raw)
        kind = found.words[index].kind if index is not None else None
        if index is not None and out != (kind == LEFT_OUT):
            out = not out
            shown.append("" if colour else "[left out: " if out else "] ")
        grade = grades[index] if index is not None else 0
        if colour:
            shown.append(piece, _style(grade, kind, out))
        else:
            signs = ("+" if grade > 0 else "-") * abs(grade) + "?" * (kind == UNKNOWN)
            shown.append(piece + (f"[{signs}]" if signs else ""))
    return shown.append("]") if out and not colour else shown


def class_lines(found: Explanation) -> list[str]:
    """The probabilities of three and more classes, and which one is explained against which.

    There are none where it is the second of two classes.
    """
    if not found.question():
        return []
    pair = f"for {printable(found.of)} (+), against: {printable(found.against)} (-)"
    if not found.class_logits:
        return [f"Contributions {pair}"]
    ranked = list(found.probabilities.items())
    shown = ", ".join(f"{printable(name)} {value:.4f}" for name, value in ranked[:MOST_CLASSES])
    more = f", and {len(ranked) - MOST_CLASSES} more" if len(ranked) > MOST_CLASSES else ""
    return [f"Probabilities: {shown}{more}", f"Contributions {pair}"]


def printable(text: str) -> str:
    r"""Return a text with U+FFFD for control characters, which could steer a terminal.

    >>> printable("a\x1b[2J\tb\n")
    'a\ufffd[2J\tb\n'
    """
    return "".join(
        "\ufffd" if category(letter) in ("Cc", "Cs") and letter not in "\n\t" else letter
        for letter in text
    )


def _style(grade: int, kind: str | None, out: bool) -> str:
    styles = ["italic"] * (kind == UNKNOWN) + ["strike dim"] * out
    if grade:
        sign = 1 if grade > 0 else -1
        styles.append(f"#000000 on {COLOURS[sign][abs(grade) - 1]}")
        styles += ["underline"] * (sign < 0)
    return " ".join(styles)


def strongest_table(found: Explanation, compact: bool = False) -> Table:
    """The words that contribute most to the class explained, then those most against it."""
    measures = [name for name in found.measures if name != "prefix_logit"]
    table = folding_table("place", "word", *(MEASURES[name] for name in measures), compact=compact)
    for sign in (1, -1):
        for index in found.strongest(STRONGEST, sign):
            word = found.words[index]
            note = f" ({UNKNOWN})" if word.kind == UNKNOWN else ""
            cells = [f"{found.measures[name][index]:+.3f}" for name in measures]
            table.add_row(
                str(index + 1), printable(found.text[word.start : word.end]) + note, *cells
            )
        table.add_section()
    return table


def bars(values: Sequence[float]) -> str:
    """Values as bars, lowest to highest; means of neighbours where there are many.

    >>> bars([0.0, 3.5, 7.0])
    '▁▅█'
    """
    count = min(WIDTH, len(values))
    edges = [len(values) * place // count for place in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means), max(means)
    scale = (len(BARS) - 1) / ((high - low) or 1.0)
    return "".join(BARS[round((mean - low) * scale)] for mean in means)
