"""The report of a finished run: everything worth knowing of it, on one page of HTML."""

from __future__ import annotations

import io
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError, OutputError
from imdb_lstm.evaluation.evaluate import (
    Evaluation,
    ReadReviews,
    check_same_reviews,
    evaluate,
    evaluation_figures,
)
from imdb_lstm.evaluation.report.about import how_it_trained, what_it_cost, what_it_is
from imdb_lstm.evaluation.report.groups import where_good
from imdb_lstm.evaluation.report.page import Command, Section, report_page
from imdb_lstm.evaluation.report.reviews import doubtful_labels, mistakes
from imdb_lstm.evaluation.report.scores import how_good, how_sure
from imdb_lstm.evaluation.report.wording import between, percent
from imdb_lstm.explanation.explainer import Explainer, load_explainer
from imdb_lstm.runs.files import make_folder, write_text
from imdb_lstm.runs.find import results_folder

FILE, GRADIENTS = "report.html", "integrated-gradients"


def write_report(
    run: Path,
    data: str | None = None,
    split: str | None = None,
    device: str = "auto",
    output: Path | None = None,
    others: Sequence[Path] = (),
    **columns: str,
) -> Path:
    """Evaluate and explain a run, and write its report; return the file.

    ``output``: by default ``evaluation/DATA-SPLIT/report.html`` in the run. ``others``: runs that
    are asked which labels they doubt. All else is as for ``evaluate.evaluate``, and raises the
    same; ``OutputError`` where the file cannot be written.
    """
    if output is not None and not output.parent.is_dir():  # before the work
        raise OutputError(f"{output} cannot be written: there is no folder {output.parent}")
    if twice := [each for each in others if each.resolve() == run.resolve()]:
        raise ConfigError(f"{twice[0]} cannot give a second opinion on itself: name another run")
    read: ReadReviews = {}
    found = [evaluate(each, data, split, device, read, **columns) for each in (run, *others)]
    check_same_reviews(found)
    method = "both" if load_config(run / "config.toml").uses_ngrams else GRADIENTS
    whole = build_page(found[0], load_explainer(run, method, device), found[1:], columns)
    path = output or results_folder(run) / "evaluation" / found[0].data_and_split / FILE
    make_folder(path.parent)
    write_text(path, whole)
    return path


def build_page(
    evaluation: Evaluation,
    explainer: Explainer,
    others: Sequence[Evaluation] = (),
    columns: Mapping[str, str] | None = None,
) -> str:
    """The page of an evaluation; the explainer is that of its run, the rest as for ``report``."""
    run = explainer.run
    drawn = {name: svg(figure) for name, figure in evaluation_figures(evaluation).items()}
    explained, anchors = mistakes(evaluation, explainer.explain)
    learned = evaluation.split in ("train", "all") and evaluation.data == run.config.data
    sections = [
        what_it_is(evaluation.run, run.config, run.manifest),
        what_it_cost(evaluation),
        how_it_trained(evaluation.run, run.config, drawn),
        how_good(evaluation, drawn),
        how_sure(evaluation, drawn),
        where_good(evaluation, drawn, lambda token: not run.knows(token), svg),
        explained,
        doubtful_labels(evaluation, anchors, others, learned),
        how_made(evaluation, others, columns or {}),
    ]
    return report_page(f"Report of {evaluation.name}", _lead(evaluation), sections)


def svg(figure: Any) -> bytes:
    """A matplotlib figure as an SVG image, the same for the same figure but for its identifiers."""
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", bbox_inches="tight", metadata={"Date": None})
    return stream.getvalue()


def _lead(evaluation: Evaluation) -> list[str]:
    """What a reader in a hurry should know."""
    metrics = evaluation.metrics
    interval = between((metrics["accuracy_low"], metrics["accuracy_high"]))
    accuracy = percent(metrics["accuracy"])
    told = [
        f"{evaluation.name} tells positive film reviews from negative ones. Of "
        f"{metrics['reviews']:,} reviews, {_which(metrics)}, it gets {accuracy} right (95 % "
        f"interval {interval})."
    ]
    if evaluation.data == "sample":
        told.append("These are figures of the small bundled sample, not of IMDb.")
    return told


def _which(metrics: Mapping[str, Any]) -> str:
    parts = "all parts" if metrics["split"] == "all" else f"the {metrics['split']} split"
    return f"{parts} of {metrics['data']}"


def how_made(
    evaluation: Evaluation, others: Sequence[Evaluation], columns: Mapping[str, str]
) -> Section:
    """When, and by which command."""
    words = ["imdb-lstm", "report", evaluation.run.name]
    for other in others:
        words += ["--other-run", other.run.name]
    words += ["--data", Path(evaluation.data).name, "--split", evaluation.split]
    for name, value in columns.items():
        words += [f"--{name.replace('_', '-')}", value]
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Section(
        "made",
        "How this report was made",
        [
            f"Made {made}, from {_which(evaluation.metrics)}. The page loads nothing and runs no "
            "script. It quotes reviews: mind their authors' rights before you publish it.",
            Command(shlex.join(words), "To make it again:"),
        ],
    )
