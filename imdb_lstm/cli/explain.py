"""``imdb-lstm explain``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import track

from imdb_lstm.cli.console import (
    TextFile,
    Texts,
    app,
    check_standard_output,
    console,
    errors,
    examples,
    find_runs,
    name_default,
    readable,
    standard_input,
)
from imdb_lstm.cli.options import text_options
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.outputs import (
    STDIN,
    check_apart,
    check_folder,
    check_output,
    files_of,
    is_stream,
)

if TYPE_CHECKING:
    from imdb_lstm.config.options import Config
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
    of: Annotated[
        str | None,
        typer.Option(help="Class to explain. (default: the predicted one; of two, the second)"),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Class to compare it with. (default: the most probable other one)"),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page of HTML, instead of showing the texts here.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write every number, instead of showing the texts here.")
    ] = None,
    gates: Annotated[
        Path | None, typer.Option(help="Write figures of an LSTM's gates into this folder.")
    ] = None,
    *,
    columns: dict[str, Any],
) -> None:
    """Show what each word of a review contributes to the logit.

    Of three and more classes, a page shows it for each one, unless --of or --against choose.
    """
    if texts and file:
        raise ConfigError("give texts or --file, not both")
    (folder,) = find_runs([run] if run else None)
    _check_outputs(html, json, gates, [file or (None if texts else STDIN), *files_of([folder])])
    stream = sys.stdin if texts or file else standard_input()
    from imdb_lstm.config.options import Config
    from imdb_lstm.config.values import with_values
    from imdb_lstm.data.texts import input_texts
    from imdb_lstm.explanation.class_pair import asked_numbers
    from imdb_lstm.explanation.explainer import load_explainer
    from imdb_lstm.explanation.writing import drawing_gates, explaining_each

    options = with_values(Config(), columns, "the options")
    source = input_texts(readable(texts), str(file) if file else None, options, stream)
    source = chain(list(islice(source, 1)), source)  # a file that is missing is told first
    explainer = load_explainer(folder, method)
    asked_numbers(explainer.run.classes.names, of, against)  # an unknown class is told first
    name_default(folder, run)
    if html or json:
        source = iter(track(
            source, "explaining", _count(texts, file, options), console=errors, transient=True,
            disable=not errors.is_terminal,
        ))  # fmt: skip
    numbers = count()
    source = (text for text, _ in zip(source, numbers, strict=False))
    if gates:
        source = drawing_gates(source, explainer, gates)
    if html and of is None and against is None:
        explained = explaining_each(source, explainer)
    else:
        explained = (explainer.explain(text, of, against) for text in source)
    left_out = _write_or_show(explained, source, folder.name, html, json, _is_lines(file))
    _tell(next(numbers), left_out, gates, html, json)


def _count(texts: list[str] | None, file: Path | None, options: Config) -> int | None:
    """Number of texts, where it is cheap to know and is shown; the file is read twice then."""
    from imdb_lstm.data.texts import input_texts

    if texts or file is None or not (errors.is_terminal and file.is_file()):
        return len(texts) if texts else None
    return sum(1 for _ in input_texts(None, str(file), options, sys.stdin))


def _is_lines(file: Path | None) -> bool:
    return file is not None and ".jsonl" in file.suffixes


def _check_outputs(
    html: Path | None, json: Path | None, gates: Path | None, inputs: Sequence[Path | None]
) -> None:
    """Raise an error for what cannot be written, before the work."""
    check_apart(html=html, json=json)
    for path in (html, json):
        if path:
            check_output(path, *inputs)
    if gates:
        check_folder(gates)
    if not (html or json or gates):
        check_standard_output("--html or --json")


def _write_or_show(
    explained: Iterator[Explanation],
    rest: Iterator[object],
    run: str,
    html: Path | None,
    json: Path | None,
    lines: bool,
) -> int:
    """Compute the explanations one by one; return how many are not on the page.

    ``rest``: the texts, which are only counted where no output needs them.
    """
    from imdb_lstm.explanation.writing import write_page, writing_json

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
        if path and not is_stream(path):
            console.print(f"written to {path}{remark}")


def _show(number: int, found: Explanation) -> None:
    """Print one text with its words marked, and its numbers."""
    from imdb_lstm.cli.marking import bars, class_lines, marked, printable, strongest_table

    console.print(
        printable(f"Text {number}: {found.verdict}, {found.probability_words('.4f')}"),
        *class_lines(found),
        sep="\n",
    )
    console.print()
    console.print(marked(found, colour=bool(console.color_system) and not console.no_color))
    console.print()
    console.print(strongest_table(found))
    console.print(f"{found.completeness()}.")
    if logits := [value for value in found.measures["prefix_logit"] if value is not None]:
        drawn = "" if console.options.ascii_only else f"{bars(logits)} "
        console.print(f"Prefix logit: {drawn}{min(logits):+.2f} to {max(logits):+.2f}")
    if unread := found.unread():
        console.print(f"{unread}.")
    console.print()
