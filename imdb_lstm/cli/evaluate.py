"""``imdb-lstm evaluate``."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imdb_lstm.cli.console import (
    Backend,
    Data,
    Device,
    Split,
    app,
    console,
    examples,
    find_runs,
    name_default,
)
from imdb_lstm.cli.options import file_options
from imdb_lstm.cli.tables import ComparisonsTable, classes_table, groups_table, metrics_table
from imdb_lstm.errors import ConfigError, OutputError
from imdb_lstm.runs.outputs import check_output_in, files_of

if TYPE_CHECKING:
    from imdb_lstm.evaluation.evaluate import Evaluation


@app.command(
    "evaluate", epilog=examples("imdb-lstm evaluate mine", "imdb-lstm evaluate a b --ensemble")
)
@file_options
def evaluate_command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="Run folders, or names in saved_models. (default: newest)"),
    ] = None,
    data: Data = None,
    split: Split = None,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Also evaluate the runs as an ensemble.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Folder for metrics and figures. (default: in the run)")
    ] = None,
    device: Device = "auto",
    backend: Backend = "auto",
    *,
    columns: dict[str, str],
) -> None:
    """Evaluate saved runs: metrics with intervals, figures, tables by length, stars and group."""
    chosen = find_runs(runs)
    if ensemble and len(chosen) < 2:
        raise ConfigError("--ensemble needs two runs or more: name them")
    for folder in _folders(output, [*(run.name for run in chosen), *["ensemble"] * ensemble]):
        check_output_in(folder, ("metrics.json", "predictions.csv"), data, *files_of(chosen))
    from imdb_lstm.evaluation.evaluate import (
        check_names,
        evaluate,
        evaluate_ensemble,
    )
    from imdb_lstm.evaluation.held_out import HeldOut
    from imdb_lstm.evaluation.writing import write_evaluation
    from imdb_lstm.inference.ensemble import logit_deviations

    # Before the evaluations, since they may refuse a run.
    check_names(chosen)
    deviations = logit_deviations(chosen) if ensemble else []
    held_out = HeldOut(chosen)
    rows = [evaluate(run, data, split, device, backend, held_out, **columns) for run in chosen]
    if ensemble:
        rows.append(evaluate_ensemble(rows, deviations))
    name_default(chosen[0], runs)
    wanted = _folders(output, [row.name for row in rows])
    try:
        folders = [
            write_evaluation(*each) for each in zip(rows, wanted or repeat(None), strict=False)
        ]
    except OutputError as error:  # the figures took time: they are shown
        _show(rows)
        raise OutputError(f"{error}; the evaluation is not saved: give --output") from error
    _show(rows)
    console.print("\n".join(f"written to {folder}" for folder in folders))


def _folders(output: Path | None, names: list[str]) -> list[Path]:
    """The folders to write: that which is given, or one for each name in it; [] without it."""
    if output is None:
        return []
    return [output / name for name in names] if len(names) > 1 else [output]


def _show(rows: list[Evaluation]) -> None:
    """Print the tables of evaluations."""
    from imdb_lstm.evaluation.evaluate import mcnemar_tests

    console.print(metrics_table(rows))
    for row in rows:
        if "by_class" in row.metrics:
            console.print(classes_table(row))
    if any(row.metrics["by_group"] or row.metrics["pairs"] for row in rows):
        console.print(groups_table(rows))
    if comparisons := mcnemar_tests(rows):
        console.print(ComparisonsTable(comparisons))
    if any(found.data == "sample" for found in rows):
        console.print("These are figures of the small bundled sample, not of IMDb.")
