"""``imdb-lstm explain``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from imdb_lstm.cli.console import (
    Device,
    TextFile,
    Texts,
    app,
    check_standard_output,
    console,
    examples,
    find_runs,
    name_default,
    readable,
    standard_input,
)
from imdb_lstm.cli.options import text_options
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.outputs import STDIN, check_folder, check_output, files_of, is_stream

if TYPE_CHECKING:
    from imdb_lstm.explanation.result import Explanation


@app.command(
    "explain",
    epilog=examples(
        'imdb-lstm explain "Not bad at all!"', "imdb-lstm explain --file new.txt --html page.html"
    ),
)
@text_options
def explain_command(
    texts: Texts = None,
    file: TextFile = None,
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
    *,
    columns: dict[str, Any],
) -> None:
    """Show what each word of a review contributes to the logit."""
    if texts and file:
        raise ConfigError("give texts or --file, not both")
    (folder,) = find_runs([run] if run else None)
    _check_outputs(html, json, gates, [file or (None if texts else STDIN), *files_of([folder])])
    stream = sys.stdin if texts or file else standard_input()
    from imdb_lstm.config.options import Config
    from imdb_lstm.config.values import with_values
    from imdb_lstm.data.texts import input_texts
    from imdb_lstm.explanation.explainer import (
        load_explainer,
        write_explanations,
        write_gate_figures,
    )

    options = with_values(Config(), columns, "the options")
    source = list(input_texts(readable(texts), str(file) if file else None, options, stream))
    explainer = load_explainer(folder, method, device)
    name_default(folder, run)
    found = map(explainer.explain, source)
    if gates:
        write_gate_figures(explainer, source, gates)
    if html or json:
        write_explanations(found, folder.name, html, json)
    else:
        for number, one in enumerate(found, 1):
            _show(number, one)
    if written := [str(path) for path in (gates, html, json) if path and not is_stream(path)]:
        console.print("\n".join(f"written to {path}" for path in written))


def _check_outputs(
    html: Path | None, json: Path | None, gates: Path | None, inputs: Sequence[Path | None]
) -> None:
    """Raise an error for what cannot be written, before the work."""
    if html and json and os.path.realpath(html) == os.path.realpath(json):
        raise ConfigError("--html and --json name the same file: choose two")
    for path in (html, json):
        if path:
            check_output(path, *inputs)
    if gates:
        check_folder(gates)
    if not (html or json or gates):
        check_standard_output("--html or --json")


def _show(number: int, found: Explanation) -> None:
    """Print one text with its words marked, and its numbers."""
    from imdb_lstm.cli.marking import bars, marked, strongest_table
    from imdb_lstm.cli.tables import NARROW

    console.print(
        f"Text {number}: {found.verdict}, probability of positive {found.probability:.4f}"
    )
    console.print()
    console.print(marked(found, colour=bool(console.color_system) and not console.no_color))
    console.print()
    console.print(strongest_table(found, compact=console.width < NARROW))
    console.print(f"{found.completeness()}.")
    if logits := [value for value in found.measures["prefix_logit"] if value is not None]:
        drawn = "" if console.options.ascii_only else f"{bars(logits)} "
        console.print(f"Prefix logit: {drawn}{min(logits):+.2f} to {max(logits):+.2f}")
    if unread := found.unread():
        console.print(f"{unread}.")
    console.print()
