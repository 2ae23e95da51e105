"""``imdb-lstm tune``."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.cli.console import ConfigFile, app, console, end_if_unread, errors, examples
from imdb_lstm.cli.options import config_options
from imdb_lstm.cli.tables import search_line, search_summary
from imdb_lstm.config.fields import NETWORK
from imdb_lstm.config.presets import resolve_file
from imdb_lstm.config.unread import has_labellers
from imdb_lstm.runs.names import check_name, data_name
from imdb_lstm.runs.outputs import check_folder


@app.command(
    "tune",
    epilog=examples("imdb-lstm tune --data reviews.csv --preset small --trials 40 --workers 2"),
)
@config_options(NETWORK)
def tune_command(
    *,
    context: typer.Context,
    trials: Annotated[
        int, typer.Option(help="Trials of the study in all, earlier ones included.", min=1)
    ] = 20,
    space: Annotated[
        Path | None,
        typer.Option(help="TOML file of what to search over. (default: that of the package)"),
    ] = None,
    preset: Annotated[str | None, typer.Option(help="Preset of options, as for train.")] = None,
    config: ConfigFile = None,
    output: Annotated[Path, typer.Option(help="Folder of the studies.")] = Path("studies"),
    name: Annotated[
        str | None, typer.Option(help="Name of the study. (default: that of the data)")
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes that train in parallel, one core each.", min=1)
    ] = 1,
    time_limit: Annotated[
        float,
        typer.Option(help="Start no trial after this many minutes.", min=0, show_default="none"),
    ] = math.inf,
    options: dict[str, Any],
) -> None:
    """Search for better hyperparameters by many short trainings, judged on validation alone.

    The same command resumes the study. An option that is given is not searched over.
    """
    base = resolve_file(preset, config, options)
    name = data_name(base.data) if name is None else name
    check_name(name, "study")
    check_folder(output / name)
    from imdb_lstm.training.tuning.search import search
    from imdb_lstm.training.tuning.space import DEFAULT_SPACE, read_space

    searched = read_space(space or DEFAULT_SPACE, base, options)
    folder = output / name
    console.print(f"tuning {name}: {', '.join(searched)}, seed {base.seed}")
    if has_labellers(base):
        console.print("trials learn no pseudo-labels; the final training does")
    try:
        result = search(
            base, searched, folder, trials, processes=workers, minutes=time_limit,
            on_progress=lambda progress: console.print(search_line(progress)),
        )  # fmt: skip
    except (KeyboardInterrupt, OSError) as error:  # an OSError: its lines are no longer read
        errors.print(f"interrupted; resume with: imdb-lstm {shlex.join(context.obj)}")
        end_if_unread(error)
        raise
    console.print(search_summary(folder, result))
    console.print(f"imdb-lstm train --config {shlex.quote(str(folder / 'best.toml'))}")
