"""Builds and writes the report of a finished run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError, OutputError
from imdb_lstm.evaluation.evaluate import (
    Evaluation,
    check_names,
    check_same_reviews,
    evaluate,
)
from imdb_lstm.evaluation.held_out import HeldOut
from imdb_lstm.evaluation.report.about import cost_section, model_section, training_section
from imdb_lstm.evaluation.report.calibration import calibration_section
from imdb_lstm.evaluation.report.groups import subgroups_section
from imdb_lstm.evaluation.report.label_errors import label_errors_section
from imdb_lstm.evaluation.report.mistakes import mistakes_section
from imdb_lstm.evaluation.report.page import Command, Section, report_page, svg
from imdb_lstm.evaluation.report.scores import scores_section
from imdb_lstm.evaluation.report.wording import between, class_list, percent
from imdb_lstm.evaluation.writing import evaluation_figures, evaluation_folder
from imdb_lstm.explanation.explainer import Explainer, load_explainer
from imdb_lstm.runs.files import make_folder, write_json, write_text

FILE, GRADIENTS = "report.html", "integrated-gradients"


def write_report(
    run: Path,
    data: str | None = None,
    split: str | None = None,
    device: str = "auto",
    backend: str = "auto",
    output: Path | None = None,
    others: Sequence[Path] = (),
    **columns: str,
) -> Path:
    """Evaluate and explain a run, write its report, and return the file.

    ``output``: by default ``evaluation/DATA-SPLIT/report.html`` in the run. ``others``: runs that
    are also asked which labels are likely wrong. The other arguments, and the errors raised, are
    those of ``evaluate``; also raises ``OutputError`` when the file cannot be written.
    """
    if output is not None and not output.parent.is_dir():  # before the work
        raise OutputError(f"{output} cannot be written: there is no folder {output.parent}")
    if same := [each for each in others if each.resolve() == run.resolve()]:
        raise ConfigError(f"{same[0]} is the run of the report: give another one as --other-run")
    check_names([run, *others])
    held_out = HeldOut([run, *others])
    found = [
        evaluate(each, data, split, device, backend, held_out, **columns) for each in (run, *others)
    ]
    check_same_reviews(found)
    method = "both" if load_config(run / "config.toml").uses_ngrams else GRADIENTS
    whole = build_page(found[0], load_explainer(run, method), found[1:], columns)
    path = output
    if path is None:
        path = evaluation_folder(found[0]) / FILE
        make_folder(path.parent)
        write_json(path.with_name("metrics.json"), found[0].metrics)
    write_text(path, whole)
    return path


def build_page(
    evaluation: Evaluation,
    explainer: Explainer,
    others: Sequence[Evaluation] = (),
    columns: Mapping[str, str] | None = None,
) -> str:
    """Return the page of an evaluation, given the explainer of its run.

    ``others`` and ``columns``: as for ``write_report``, the others evaluated on the same reviews.
    """
    run = explainer.run
    figures = {name: svg(figure) for name, figure in evaluation_figures(evaluation).items()}
    mistakes, anchors = mistakes_section(evaluation, explainer.explain)
    own = evaluation.split == "train" and evaluation.data == run.config.data
    in_sample = own or bool(evaluation.metrics.get("learned_reviews"))
    sections = [
        model_section(evaluation.run, run.config, run.manifest, run.classes.names),
        cost_section(evaluation),
        training_section(evaluation.run, run.config, figures),
        scores_section(evaluation, figures),
        calibration_section(evaluation, figures),
        subgroups_section(evaluation, figures, run.knows),
        mistakes,
        label_errors_section(evaluation, anchors, others, in_sample),
        _command_section(evaluation, others, columns or {}, run.config.data),
    ]
    return report_page(f"Report of {evaluation.name}", lead(evaluation), sections)


def lead(evaluation: Evaluation) -> list[str]:
    """The summary at the top."""
    metrics, names = evaluation.metrics, evaluation.reviews.classes.names
    classes = class_list(names[::-1] if len(names) == 2 else names, "or")
    interval = between((metrics["accuracy_low"], metrics["accuracy_high"]))
    paragraphs = [
        f"{evaluation.name} classifies reviews as {classes}. On "
        f"{metrics['reviews']:,} reviews, {_which(metrics)}, its accuracy is "
        f"{percent(metrics['accuracy'])} (95 % interval {interval})."
    ]
    if count := metrics.get("left_out_learned"):
        paragraphs.append(f"{count:,} reviews whose text was learned from are left out.")
    if count := metrics.get("learned_reviews"):
        paragraphs.append(f"{count:,} of the reviews have a text that was learned from.")
    if evaluation.data == "sample":
        paragraphs.append("These figures are of the small bundled sample, not of IMDb.")
    return paragraphs


def _which(metrics: Mapping[str, Any]) -> str:
    split = "all splits" if metrics["split"] == "all" else f"the {metrics['split']} split"
    return f"{split} of {metrics['data']}"


def _command_section(
    evaluation: Evaluation,
    others: Sequence[Evaluation],
    columns: Mapping[str, str],
    trained_on: str,
) -> Section:
    """Give the date and the command."""
    words = ["imdb-lstm", "report", evaluation.run.name]
    for other in others:
        words += ["--other-run", other.run.name]
    if evaluation.data != trained_on:
        words += ["--data", Path(evaluation.data).name]
    words += ["--split", evaluation.split]
    for name, value in columns.items():
        words += [f"--{name.replace('_', '-')}", value]
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Section(
        "command",
        "How this report was made",
        [
            f"Made {made}, from {_which(evaluation.metrics)}. The page loads nothing and runs no "
            "script. It quotes reviews: respect their copyright before you publish it.",
            Command(shlex.join(words), "To make it again:"),
        ],
    )
