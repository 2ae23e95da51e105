"""``imdb-lstm evaluate``."""

from __future__ import annotations

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
from imdb_lstm.runs.outputs import check_output_in

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
    if output:
        check_output_in(output, ("metrics.json", "predictions.csv"), data)
    from imdb_lstm.evaluation.evaluate import (
        evaluate,
        evaluate_ensemble,
    )
    from imdb_lstm.evaluation.held_out import HeldOut
    from imdb_lstm.evaluation.writing import write_evaluation
    from imdb_lstm.inference.ensemble import logit_deviations

    # Before the evaluations, since it may refuse a run.
    deviations = logit_deviations(chosen) if ensemble else []
    held_out = HeldOut(chosen)
    rows = [evaluate(run, data, split, device, backend, held_out, **columns) for run in chosen]
    if ensemble:
        rows.append(evaluate_ensemble(rows, deviations))
    name_default(chosen[0], runs)
    try:
        folders = [
            write_evaluation(row, output / row.name if output and len(rows) > 1 else output)
            for row in rows
        ]
    except OutputError as error:  # the figures took time: they are shown
        _show(rows)
        raise OutputError(f"{error}; the evaluation is not saved: give --output") from error
    _show(rows)
    console.print("\n".join(f"written to {folder}" for folder in folders))


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
