"""Sections about a run itself: the model, its cost, its training."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import Config
from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Command, Part, Picture, Section, Table
from imdb_lstm.evaluation.report.wording import all_named, megabytes, percent
from imdb_lstm.runs.description import data_sentences, joined, model_sentences
from imdb_lstm.runs.files import read_history, read_metrics
from imdb_lstm.runs.manifest import model_bytes
from imdb_lstm.runs.training_description import copy_sentences, training_sentences

PROPERTY = ("property", "value")
PATHS = ("data", "extra_reviews", "unlabelled", "antonyms", "distilled_from", "pretrained")
HISTORY = ("loss", "accuracy", "validation_loss", "validation_accuracy")


def model_section(
    run: Path, config: Config, manifest: Mapping[str, Any], classes: Sequence[str]
) -> Section:
    """Describe the model and its data, and list versions, options and checksums.

    ``classes``: the names of those of the run.
    """
    metrics = read_metrics(run)
    fingerprints = [[f"reviews: {split}", sha] for split, sha in manifest["reviews"].items()]
    files = [[name, sha] for name, sha in manifest["files"].items()]
    versions = joined([f"{name} {version}" for name, version in manifest["versions"].items()])
    return Section(
        "model",
        "Model",
        [
            *model_sentences(config, all_named(classes), metrics.get("threshold", 0.0)),
            *training_sentences(config),
            data_paragraph(config, metrics),
            Table("Where it was trained", PROPERTY, [
                ["finished", manifest["created"].replace("T", " ").replace("+00:00", " UTC")],
                ["machine", f"{metrics['machine']}, computed on {metrics['device']}"],
                ["versions", versions],
                ["seed", str(config.seed)],
            ]),
            *([] if copy_sentences(metrics) else [_training_command(run.name)]),
            Table("All options", ("option", "value", "meaning"), _options(config), folded=True),
            Table("SHA-256 checksums", ("of", "checksum"), fingerprints + files, folded=True),
        ],
    )  # fmt: skip


def _training_command(name: str) -> Command:
    return Command(
        f"imdb-lstm train --config config.toml --name {shlex.quote(name)}-2",
        "To train it again, in the folder of the run:",
    )


def data_paragraph(config: Config, metrics: Mapping[str, Any]) -> str:
    """The training data in sentences, with how much of the text the network reads."""
    sentences = data_sentences(config, metrics) + copy_sentences(metrics)
    if not config.uses_ngrams:
        sentences.append(
            f"{percent(metrics['cut_share'])} of its train reviews were cut, and "
            f"{percent(metrics['unknown_share'])} of their words are not in its vocabulary."
        )
    return " ".join(sentences)


def _options(config: Config) -> list[list[str]]:
    """Name, value and help of every option; of files and runs the name only."""
    rows = []
    for option in fields(config):
        value = getattr(config, option.name)
        if option.name in PATHS:
            value = "+".join(Path(part).name for part in value.split("+"))
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        rows.append([option.name, shown or "(none)", option.metadata["help"]])
    return rows


def cost_section(evaluation: Evaluation) -> Section:
    """List seconds, memory, parameters and bytes."""
    run, metrics = evaluation.run, read_metrics(evaluation.run)
    run_bytes = sum(path.stat().st_size for path in run.iterdir() if path.is_file())
    speed = len(evaluation.reviews) / max(evaluation.seconds, 1e-9)
    rows = [
        [
            "training",
            f"{metrics['seconds']:,.0f} seconds, including the models that gave it pseudo-labels",
        ],
        ["peak memory of the training", f"{metrics['peak_memory_megabytes']:,} MiB"],
        ["parameters", f"{metrics['parameters']:,}"],
        ["weights on disk", megabytes(model_bytes(run))],
        ["run on disk", f"{megabytes(run_bytes)}, without evaluations and figures"],
        ["prediction for this report", f"{speed:,.0f} reviews per second, from raw texts"],
    ]
    return Section("cost", "Cost", [Table("Cost", PROPERTY, rows)])


def training_section(run: Path, config: Config, figures: Mapping[str, bytes]) -> Section:
    """Show loss and accuracy by epoch."""
    if config.uses_ngrams:
        parts: list[Part] = ["N-gram classifiers are fitted in one step, without epochs."]
        return Section("training", "Training", parts)
    history, best = read_history(run), read_metrics(run)["best_epoch"]
    epochs = [int(epoch) for epoch in history["epoch"]]
    shown = [name for name in HISTORY if name in history]
    rows = [
        [f"{epoch}, saved" if epoch == best else str(epoch),
         *(_score(name, history[name][index]) for name in shown)]
        for index, epoch in enumerate(epochs)
    ]  # fmt: skip
    changes = joined([
        f"{name.replace('_', ' ')} from {_score(name, history[name][0])} to "
        f"{_score(name, history[name][-1])}"
        for name in shown
    ])  # fmt: skip
    words = f"Training history over {len(epochs)} epochs: {changes}. Epoch {best} was saved."
    head = ("epoch", *(name.replace("_", " ") for name in shown))
    return Section(
        "training",
        "Training",
        [
            "Loss is in nats. The training loss is the mean over an epoch in which the weights "
            "change and dropout is active, so it can be higher than the validation loss.",
            Picture(figures["history"], words),
            Table("Loss and accuracy by epoch", head, rows),
        ],
    )


def _score(name: str, value: float) -> str:
    return f"{value:.4f}" if name.endswith("loss") else percent(value)
