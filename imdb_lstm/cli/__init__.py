"""The command line: the only code that parses arguments and prints.

Heavy modules are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import errno
import os
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from imdb_lstm import config as configuration
from imdb_lstm.cli.options import config_options
from imdb_lstm.cli.tables import DID_NOT_LEARN, facts_table, metrics_table, trained_line
from imdb_lstm.errors import INTERNAL_ERROR, INTERRUPTED, ConfigError, UserError

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

SAVED_MODELS = Path("saved_models")
Folder = Annotated[Path, typer.Option(help="Folder of the runs.")]
Column = Annotated[str | None, typer.Option(help="In a file, where not as in training.")]
Device = Annotated[str, typer.Option(help="Where to compute: auto, cpu or gpu.")]


@app.callback()
def common(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Taken off in ``main``, so that it may stand anywhere; here for the help."""


@app.command()
@config_options
def train(
    *,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Values to begin from: quick, or small for little data. (default: by the data)"
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of values, over the preset's.")
    ] = None,
    output: Folder = SAVED_MODELS,
    name: Annotated[
        str | None, typer.Option(help="Name of the run. (default: data, encoder and time)")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run.")] = False,
    options: dict[str, Any],
) -> None:
    """Train a network and save it as a run. Options go over --config, which goes over --preset."""
    if resume and (preset or config):
        raise ConfigError("--resume keeps the run's own values: leave out --preset and --config")
    if resume:
        from imdb_lstm.artifacts import find_unfinished

        name, saved = find_unfinished(output, name)
        resolved = configuration.with_values(saved, options, "the options")
    else:
        resolved = _resolved(preset, config, options)
        source = Path(resolved.data).name.partition(".")[0]
        name = name or f"{source}-{resolved.encoder}-{datetime.now():%Y%m%d-%H%M%S}"
    from imdb_lstm import artifacts
    from imdb_lstm import train as training
    from imdb_lstm.progress import ProgressBar

    console.print(f"training {name}: {resolved.encoder} on {resolved.data}, seed {resolved.seed}")
    progress = ProgressBar(console)
    try:
        folder = training.train(resolved, output, name, resume, [progress])
    except KeyboardInterrupt:
        if not artifacts.unfinished_folder(output, name).exists():
            errors.print("interrupted before the first epoch; nothing was written")
            raise
        place = "" if output == SAVED_MODELS else f" --output {shlex.quote(str(output))}"
        words = f"imdb-lstm train --resume --name {shlex.quote(name)}{place}"
        errors.print(f"interrupted; go on with: {words}")
        raise
    finally:
        progress.bar.stop()  # gives the terminal's cursor back
    metrics = artifacts.read_metrics(folder)
    console.print(trained_line(folder, metrics))
    if training.did_not_learn(metrics):
        errors.print(DID_NOT_LEARN)


def _resolved(preset: str | None, file: Path | None, options: dict[str, Any]) -> Any:
    values = configuration.read_toml(file) if file else {}
    little = options.get("data", values.get("data")) == "sample"
    return configuration.resolve(preset or ("small" if little else "quick"), values, options)


@app.command()
def evaluate(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="Run folders, or names in saved_models. (default: newest)"),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="imdb, sample or a file. (default: what the run learned from)"),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="train, validation, test or all. (default: test; all of another file)"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for metrics and figures. (default: in the run)")
    ] = None,
    text_column: Column = None,
    label_column: Column = None,
    split_column: Column = None,
    rating_column: Column = None,
    positive_label: Column = None,
    negative_label: Column = None,
    device: Device = "auto",
) -> None:
    """Evaluate saved runs: metrics with intervals, figures, tables by length and by stars."""
    from imdb_lstm import evaluate as evaluation
    from imdb_lstm.artifacts import find_run

    given = {
        "text_column": text_column, "label_column": label_column, "split_column": split_column,
        "rating_column": rating_column, "positive_label": positive_label,
        "negative_label": negative_label,
    }  # fmt: skip
    columns = {key: value for key, value in given.items() if value is not None}
    chosen = [find_run(run, SAVED_MODELS) for run in runs or (None,)]
    rows = [evaluation.evaluate(run, data, split, device, **columns) for run in chosen]
    folders = [
        evaluation.write(row, output / row.run.name if output and len(rows) > 1 else output)
        for row in rows
    ]
    console.print(metrics_table(rows))
    if any(found.data == "sample" for found in rows):
        console.print("These are figures of the small bundled sample, not of IMDb.")
    console.print("\n".join(f"written to {folder}" for folder in folders))


@app.command()
def predict(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Reviews. Without any: standard input, one a line.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV, TSV, JSONL, or TXT with one review a line; or .gz.")
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column of the text, in a file.")] = "text",
    output: Annotated[
        Path | None, typer.Option(help="CSV to write. (default: standard output)")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Run folder, or its name in saved_models. (default: newest)")
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes that score, one core each; for a large file.", min=1)
    ] = 1,
    device: Device = "auto",
) -> None:
    """Say how likely each review is positive: probability, verdict, text."""
    if texts and file:
        raise ConfigError("give texts or --file, not both")
    from imdb_lstm import predict as prediction
    from imdb_lstm.artifacts import find_run

    source = prediction.read_texts(texts, file, text_column, sys.stdin)
    scored = prediction.score(find_run(run, SAVED_MODELS), source, workers, device)
    try:
        prediction.write_predictions(scored, output, sys.stdout)
        sys.stdout.flush()  # here, not at exit, where a closed pipe is an error
    except BrokenPipeError:  # the reader, head for one, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@data_app.command("prepare")
def data_prepare(
    archive: Annotated[
        Path | None,
        typer.Option(envvar="IMDB_ARCHIVE", help="aclImdb_v1.tar.gz, or its extracted folder."),
    ] = None,
) -> None:
    """Bring IMDb into the tfds folder once; afterwards no network is needed."""
    from imdb_lstm.data import imdb

    if imdb.is_prepared():
        console.print(f"already prepared in {imdb.data_dir()}")
        return
    console.print(f"prepared in {imdb.prepare(archive, console.print)}")


@data_app.command("describe")
def data_describe(
    data: Annotated[
        str | None, typer.Option(help="imdb, sample or a file. (default: imdb)")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with its columns.")] = None,
) -> None:
    """Count the train and validation reviews: labels, lengths, duplicates, stars."""
    from imdb_lstm.describe import describe

    values = configuration.read_toml(config) if config else {}
    rows = describe(configuration.resolve("quick", values, {"data": data} if data else {}))
    console.print(facts_table(["train", "validation"], rows))


@app.command()
def doctor() -> None:
    """Tell versions, devices, whether cuDNN can be used, and where the reviews are."""
    from imdb_lstm import runtime
    from imdb_lstm.data import imdb

    prepared = "prepared" if imdb.is_prepared() else "not prepared yet"
    facts = {
        **runtime.versions(),
        "machine": runtime.machine(),
        **runtime.devices(),
        "IMDb": f"{prepared}, in {imdb.data_dir()}",
    }
    for name, value in facts.items():
        console.print(f"{name:30} {value}")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; every error that a user can mend becomes one line and an exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    command = typer.main.get_command(app)
    try:
        return (
            command.main(
                [word for word in words if word != "--debug"],
                prog_name="imdb-lstm",
                standalone_mode=False,
            )
            or 0
        )
    except Exception as error:
        if debug:
            raise
        return _report(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def entry_point() -> None:
    """The ``imdb-lstm`` script."""
    if "--debug" not in sys.argv:
        _silence_native_code()
    sys.exit(main())


def _silence_native_code() -> None:
    """Keep standard error for Python: TensorFlow's libraries chatter on it regardless."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _report(error: Exception) -> int:
    """Print one line about an error; return the exit code."""
    if isinstance(error, UserError):
        message, code = str(error), error.exit_code
    elif hasattr(error, "format_message"):  # typer's usage errors
        if type(error).__name__ == "NoArgsIsHelpError":
            console.print(error.format_message())
            return 2
        message, code = f"{error.format_message()} (see --help)", 2
    elif isinstance(error, typer.Abort):
        return INTERRUPTED
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        message, code = f"no space left to write {error.filename or 'a file'}", 5
    else:
        message = f"internal error, {type(error).__name__}: {error} (--debug shows where)"
        code = INTERNAL_ERROR
    errors.print(f"imdb-lstm: {' '.join(message.split())}")
    return code
