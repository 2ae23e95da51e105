"""``imdb-lstm explain``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imdb_lstm.cli.console import Device, TextColumn, TextFile, Texts, app, console, examples
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.find import SAVED_MODELS, find_run

if TYPE_CHECKING:
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
    from imdb_lstm.explanation.explainer import (
        load_explainer,
        write_explanations,
        write_gate_figures,
    )

    source = list(input_texts(texts, file, text_column, sys.stdin))
    folder = find_run(run, SAVED_MODELS)
    explainer = load_explainer(folder, method, device)
    found = map(explainer.explain, source)
    if gates:
        write_gate_figures(explainer, source, gates)
    if html or json:
        write_explanations(found, folder.name, html, json)
    else:
        for number, one in enumerate(found, 1):
            _show(number, one)
    if written := [str(path) for path in (gates, html, json) if path]:
        console.print("\n".join(f"written to {path}" for path in written))


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
