"""Explanations of any number of texts, written one by one as they are computed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from imdb_lstm.explanation.explainer import Explainer
from imdb_lstm.explanation.page import page_parts
from imdb_lstm.explanation.result import Explanation
from imdb_lstm.runs.files import replacing, write_figures

MOST_TEXTS = 500  # of a page
MOST_EACH = 50  # texts of which each class is explained
MOST_DRAWN = 20  # texts whose gates are drawn
LINES = (".jsonl", ".ndjson")  # of files with one JSON value a line


def drawing_gates(texts: Iterable[str], explainer: Explainer, folder: Path) -> Iterator[str]:
    """Yield the texts, and write the ``gate_figures`` of the first ``MOST_DRAWN`` into a folder.

    Their names are NUMBER-NAME.png. Raises ``ConfigError`` without an LSTM layer, ``OutputError``
    when a figure cannot be written.
    """
    for number, text in enumerate(texts, 1):
        if number <= MOST_DRAWN:
            figures = explainer.gate_figures(text)
            write_figures(folder, {f"{number}-{name}": each for name, each in figures.items()})
        yield text


def explaining_each(texts: Iterable[str], explainer: Explainer) -> Iterator[Explanation]:
    """Yield the explanations of the texts, of the first ``MOST_EACH`` with those of each class."""
    for number, text in enumerate(texts, 1):
        yield explainer.explain_each(text) if number <= MOST_EACH else explainer.explain(text)


def writing_json(
    explanations: Iterable[Explanation], path: Path, run: str, lines: bool = False
) -> Iterator[Explanation]:
    """Yield the explanations, and write each into a JSON file, which is complete after the last.

    ``lines``: whether to write JSON lines, where the suffix does not say so. Raises
    ``OutputError``.
    """
    one_a_line = path.suffix in LINES or (lines and path.suffix != ".json")
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        if not one_a_line:
            stream.write(f'{{\n  "run": {json.dumps(run)},\n  "explanations": [')
        end = "]\n}\n"
        for number, found in enumerate(explanations):
            if one_a_line:
                stream.write(json.dumps({"run": run, **found.as_dict()}) + "\n")
            else:
                value = json.dumps(found.as_dict(), indent=2).replace("\n", "\n    ")
                stream.write(f"{',' if number else ''}\n    {value}")
                end = "\n  ]\n}\n"
            yield found
        stream.write("" if one_a_line else end)


def write_page(
    path: Path, explanations: Iterator[Explanation], rest: Iterable[Any], run: str
) -> int:
    """Write an HTML page of at most ``MOST_TEXTS`` texts, and return how many were left out.

    ``rest``: what remains after the page is full, one item per text; it is read to its end. Raises
    ``OutputError``.
    """
    left_out = 0

    def count() -> int:
        nonlocal left_out
        left_out = sum(1 for _ in rest)
        return left_out

    shown = islice(explanations, MOST_TEXTS)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for part in page_parts(shown, run, count):
            stream.write(part)
    return left_out
