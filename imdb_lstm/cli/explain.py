"""``imdb-lstm explain``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import track

from imdb_lstm.cli.console import (
    Device,
    TextColumn,
    TextFile,
    Texts,
    app,
    console,
    errors,
    examples,
)
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.find import SAVED_MODELS, find_run

if TYPE_CHECKING:
    from imdb_lstm.explanation.explainer import Explainer
    from imdb_lstm.explanation.result import Explanation


@app.command(
    "explain",
    epilog=examples(
        'imdb-lstm explain "Not bad at all!"', "imdb-lstm explain --file new.txt --html page.html"
    ),
)
def explain_command(
    texts: Texts = None,
    file: TextFile = None,
    text_column: TextColumn = "text",
    run: Annotated[
        Path | None, typer.Option(help="Run folder, or its name in saved_models. (default: newest)")
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help="Gradients along a path from unknown words, or the logit without each word.",
            metavar="integrated-gradients|occlusion|both",
        ),
    ] = "both",
    html: Annotated[
        Path | None, typer.Option(help="Write a page of HTML, instead of showing the texts here.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write every number, instead of showing the texts here.")
    ] = None,
    gates: Annotated[
        Path | None, typer.Option(help="Write figures of an LSTM's gates into this folder.")
    ] = None,
    device: Device = "auto",
) -> None:
    """Show what each word of a review contributes to the logit."""
    if texts and file:
        raise ConfigError("give texts or --file, not both")
    from imdb_lstm.data.readers import input_texts
    from imdb_lstm.explanation.explainer import load_explainer
    from imdb_lstm.explanation.writing import check_folders, drawing_gates

    check_folders(html, json)
    source = input_texts(texts, file, text_column, sys.stdin)
    source = chain(list(islice(source, 1)), source)  # a file that is missing is told first
    folder = find_run(run, SAVED_MODELS)
    explainer = load_explainer(folder, method, device)
    if html or json:
        total = _count(texts, file, text_column)
        source = iter(track(
            source, "explaining", total, console=errors, transient=True,
            disable=not errors.is_terminal,
        ))  # fmt: skip
    numbers = count()
    source = (text for text, _ in zip(source, numbers, strict=False))
    if gates:
        source = drawing_gates(source, explainer, gates)
    left_out = _write_or_show(source, explainer, folder.name, html, json, _is_lines(file))
    _tell(next(numbers), left_out, gates, html, json)


def _count(texts: list[str] | None, file: Path | None, column: str) -> int | None:
    """Number of texts, where it is cheap to know and is shown; the file is read twice then."""
    from imdb_lstm.data.readers import input_texts

    if texts or file is None or not (errors.is_terminal and file.is_file()):
        return len(texts) if texts else None
    return sum(1 for _ in input_texts(None, file, column, sys.stdin))


def _is_lines(file: Path | None) -> bool:
    return file is not None and ".jsonl" in file.suffixes


def _write_or_show(
    source: Iterator[str],
    explainer: Explainer,
    run: str,
    html: Path | None,
    json: Path | None,
    lines: bool,
) -> int:
    """Explain the texts one by one; return how many are not on the page."""
    from imdb_lstm.explanation.writing import write_page, writing_json

    explained: Iterator[Explanation] = map(explainer.explain, source)
    rest: Iterator[object] = source  # the texts that no output needs are only counted
    if json:
        rest = explained = writing_json(explained, json, run, lines)
    if html:
        return write_page(html, explained, rest, run)
    for number, one in enumerate(explained, 1):
        if not json:
            _show(number, one)
    return 0


def _tell(
    count: int, left_out: int, gates: Path | None, html: Path | None, json: Path | None
) -> None:
    """Name the files that were written, and how many texts are not in them."""
    from imdb_lstm.explanation.writing import MOST_DRAWN

    drawn = f" (the first {MOST_DRAWN} of {count:,} texts)" if count > MOST_DRAWN else ""
    paged = (
        f" (the first {count - left_out:,} of {count:,} texts: --json writes all)"
        if left_out
        else ""
    )
    for path, remark in ((gates, drawn), (html, paged), (json, "")):
        if path:
            console.print(f"written to {path}{remark}")


def _show(number: int, found: Explanation) -> None:
    """Print one text with its words marked, and its numbers."""
    from imdb_lstm.cli.marking import bars, marked, strongest_table

    console.print(
        f"Text {number}: {found.verdict}, probability of positive {found.probability:.4f}"
    )
    console.print()
    console.print(marked(found, colour=bool(console.color_system) and not console.no_color))
    console.print()
    console.print(strongest_table(found))
    console.print(f"{found.completeness()}.")
    if logits := [value for value in found.measures["prefix_logit"] if value is not None]:
        range_ = f"{min(logits):+.2f} to {max(logits):+.2f}"
        console.print(f"Prefix logit: {bars(logits)} {range_}")
    if unread := found.unread():
        console.print(f"{unread}.")
    console.print()
