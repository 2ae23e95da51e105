"""What every command shares: the two applications, where they print, and common options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    help="Sentiment of film reviews: train, evaluate and use LSTM networks in Keras.",
    epilog="Exit codes: 0 done, 2 wrong options, 3 reviews missing or unreadable, 4 run folder "
    "missing or damaged, 5 cannot write, 130 interrupted, 1 an error of the program itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="Prepare and describe reviews.", no_args_is_help=True)
app.add_typer(data_app, name="data")
console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

Folder = Annotated[Path, typer.Option(help="Folder of the runs.")]
Column = Annotated[str | None, typer.Option(help="In a file, where not as in training.")]
Device = Annotated[str, typer.Option(help="Where to compute: auto, cpu or gpu.")]
PREPARE_ONLY = typer.Option(
    "--prepare-only",
    help="Stop before the first step: the folder then holds all that there is to learn from, as "
    "ids, to be carried to another machine.",
)


@app.callback()
def common(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Taken off in ``main``, so that it may stand anywhere; here for the help."""
