"""``imdb-lstm data augment`` and ``imdb-lstm data antonyms``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from imdb_lstm.cli.console import check_written, console, data_app, errors, examples, output_stream
from imdb_lstm.cli.marking import printable
from imdb_lstm.cli.options import review_options
from imdb_lstm.config.presets import resolve_file

if TYPE_CHECKING:
    from imdb_lstm.data.reviews import Reviews
    from imdb_lstm.text.counterfactual import Counterfactual

SHOWN = 2  # turned reviews of either label, on a terminal
COLUMNS = ("text", "label", "source", "original", "changes")

Antonyms = Annotated[
    Path | None, typer.Option(help="TOML file of opposites, beside those of the package.")
]


@data_app.command(
    "augment", epilog=examples("imdb-lstm data augment --data reviews.csv --output turned.csv")
)
@review_options
def augment_command(
    antonyms: Antonyms = None,
    limit: Annotated[
        int | None, typer.Option(help="Turn this many reviews at most.", min=2, show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="CSV, TSV or JSONL to write, readable as --extra-reviews.")
    ] = None,
    *,
    options: dict[str, Any],
) -> None:
    """Show the train reviews that --counterfactual adds: reviews turned into the opposite."""
    from imdb_lstm.data.counterfactual import turned_reviews
    from imdb_lstm.data.load import load_train_and_validation

    config = resolve_file("plain", None, options | _given(antonyms))
    if output:
        check_written(output, [antonyms, Path(config.data)])
    train, _ = load_train_and_validation(config)
    found = turned_reviews(train, config, limit)
    if output:
        _write(found, train, output)
    else:
        of_label = [[pair for pair in found if pair[1].label == label] for label in (0, 1)]
        for number, each in of_label[0][:SHOWN] + of_label[1][:SHOWN]:
            console.print(f"{train.names[number]}, now {train.classes.names[each.label]}:")
            console.print(marked_changes(each, console.color_system is not None), end="\n\n")
    console.print(
        f"{len(found):,} of {len(train):,} train reviews are turned, half of them from either label"
        + (f"; written to {output}" if output else "")
    )


def _given(antonyms: Path | None) -> dict[str, Any]:
    return {"antonyms": str(antonyms)} if antonyms else {}


def marked_changes(found: Counterfactual, colour: bool) -> Text:
    """Return a review with each change marked: the old words struck through, the new ones after.

    Without colour they are in brackets: ``An [awful -> wonderful] film``.
    """
    shown, at = Text(), 0
    for change in found.changes:
        old = found.original[change.start : change.end]
        shown.append(printable(found.original[at : change.start]))
        if colour:
            shown.append(printable(old.rstrip()), "strike dim")
            shown.append(f" {change.new}" if change.new else "", "bold")
        else:
            shown.append(f"[{printable(old.rstrip())} -> {change.new}]")
        shown.append(old[len(old.rstrip()) :])
        at = change.end
    return shown.append(printable(found.original[at:]))


def _write(found: list[tuple[int, Counterfactual]], train: Reviews, output: Path) -> None:
    """Write the turned reviews, one row each, in the format that the suffix names."""
    from imdb_lstm.errors import ConfigError
    from imdb_lstm.inference.writers import SUFFIXES, text_writer
    from imdb_lstm.runs.files import replacing

    kind = SUFFIXES.get(output.suffix.lower())
    if kind not in ("csv", "tsv", "jsonl"):
        raise ConfigError(f"{output}: name a file .csv, .tsv or .jsonl")
    writer = text_writer(kind, COLUMNS)
    rows = [
        {
            "text": each.text,
            "label": train.classes.names[each.label],
            "source": train.names[number],
            "original": each.original,
            "changes": "; ".join(f"{old} -> {new}" for old, new in each.words()),
        }
        for number, each in found
    ]
    with replacing(output) as temporary:
        temporary.write_bytes(writer.begin() + writer.encode(rows))


@data_app.command("antonyms", epilog=examples("imdb-lstm data antonyms --output mine.toml"))
@review_options
def antonyms_command(
    antonyms: Antonyms = None,
    count: Annotated[int, typer.Option(help="Candidates at most.", min=1)] = 60,
    output: Annotated[
        Path | None, typer.Option(help="TOML file to write. (default: standard output)")
    ] = None,
    *,
    options: dict[str, Any],
) -> None:
    """Propose entries of a TOML file for --antonyms, found in the train reviews."""
    from imdb_lstm.runs.files import write_text
    from imdb_lstm.training.antonym_candidates import antonym_candidates, candidates_toml

    config = resolve_file("plain", None, options | _given(antonyms))
    check_written(output, [antonyms, Path(config.data)])
    text = candidates_toml(antonym_candidates(config, count))
    if output:
        write_text(output, text)
        errors.print(f"written to {output}: delete what is no opposite, then give it as --antonyms")
    else:
        with output_stream(None) as stream:
            stream.write(text)
