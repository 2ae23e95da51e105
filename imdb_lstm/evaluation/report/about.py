"""What a run is, what it learned from, what it cost, how it trained."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import Config
from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Command, Part, Picture, Section, Table
from imdb_lstm.evaluation.report.wording import percent
from imdb_lstm.runs.description import (
    data_sentences,
    joined,
    model_sentences,
    quantization_sentences,
    training_sentences,
)
from imdb_lstm.runs.files import read_history, read_metrics
from imdb_lstm.runs.manifest import model_bytes

FACT = ("fact", "value")


def what_it_is(run: Path, config: Config, manifest: Mapping[str, Any]) -> Section:
    """The model in words, its versions and checksums, how to make it again."""
    trained = read_metrics(run)
    prints = [[f"reviews: {part}", sha] for part, sha in manifest["reviews"].items()]
    files = [[name, sha] for name, sha in manifest["files"].items()]
    versions = joined([f"{name} {version}" for name, version in manifest["versions"].items()])
    words = ["imdb-lstm", "train", "--config", "config.toml", "--name", f"{run.name}-2"]
    return Section(
        "what",
        "What it is",
        [
            *model_sentences(config),
            *training_sentences(config),
            learned_from(config, trained),
            Table("Where it was made", FACT, [
                ["finished", manifest["created"].replace("T", " ").replace("+00:00", " UTC")],
                ["machine", f"{trained['machine']}, computed on {trained.get('device', 'cpu')}"],
                ["versions", versions],
                ["seed", str(config.seed)],
            ]),
            Command(shlex.join(words), "To train it again, in its folder and with the same reviews:"),
            Table("Every option", ("option", "value", "what it is"), _options(config), folded=True),
            Table("Fingerprints, SHA-256", ("of", "fingerprint"), prints + files, folded=True),
        ],
    )  # fmt: skip


def learned_from(config: Config, trained: Mapping[str, Any]) -> str:
    """Which reviews, and how many, in a few sentences."""
    lost = ""
    if not config.uses_ngrams:
        lost = (
            f" Of its train reviews {percent(trained['cut_share'])} were cut, and "
            f"{percent(trained['unknown_share'])} of their words are unknown to it."
        )
    sentences = data_sentences(config, trained) + quantization_sentences(trained)
    return " ".join(sentences) + lost


def _options(config: Config) -> list[list[str]]:
    """Name, value and help of every option; of files the name alone."""
    rows = []
    for option in fields(config):
        value = getattr(config, option.name)
        if option.name in ("data", "extra_reviews"):
            value = Path(value).name
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        rows.append([option.name, shown or "(none)", option.metadata["help"]])
    return rows


def what_it_cost(evaluation: Evaluation) -> Section:
    """Seconds, memory, parameters, bytes."""
    run, trained = evaluation.run, read_metrics(evaluation.run)
    everything = sum(path.stat().st_size for path in run.iterdir() if path.is_file())
    speed = len(evaluation.reviews) / max(evaluation.seconds, 1e-9)
    rows = [
        [
            "training",
            f"{trained['seconds']:,.0f} seconds, with those of the models that gave it pseudo-labels",
        ],
        ["peak memory of the training", f"{trained['peak_memory_megabytes']:,} MiB"],
        ["parameters", f"{trained['parameters']:,}"],
        ["weights on disk", megabytes(model_bytes(run))],
        ["the run on disk", f"{megabytes(everything)}, evaluations and figures left out"],
        ["scoring, here and now", f"{speed:,.0f} reviews a second, from raw texts"],
    ]
    return Section("cost", "What it cost", [Table("Cost", FACT, rows)])


def megabytes(count: int) -> str:
    """Bytes as they are read.

    >>> megabytes(31_400_000), megabytes(8_000)
    ('31.4 MB', '0.01 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e6:.2f} MB"


def how_it_trained(run: Path, config: Config, drawn: Mapping[str, bytes]) -> Section:
    """Loss and accuracy by epoch."""
    if config.uses_ngrams:
        parts: list[Part] = ["It was fitted at one go: there are no epochs to show."]
        return Section("training", "How it trained", parts)
    history, best = read_history(run), read_metrics(run)["best_epoch"]
    epochs = [int(epoch) for epoch in history["epoch"]]
    shown = [name for name in ("loss", "accuracy", "validation_loss", "validation_accuracy")
             if name in history]  # fmt: skip
    rows = [
        [f"{epoch}, kept" if epoch == best else str(epoch),
         *(_score(name, history[name][index]) for name in shown)]
        for index, epoch in enumerate(epochs)
    ]  # fmt: skip
    ends = joined([
        f"{name.replace('_', ' ')} from {_score(name, history[name][0])} to "
        f"{_score(name, history[name][-1])}"
        for name in shown
    ])  # fmt: skip
    words = f"Training history over {len(epochs)} epochs: {ends}. Epoch {best} was kept."
    head = ("epoch", *(name.replace("_", " ") for name in shown))
    return Section(
        "training",
        "How it trained",
        [
            "Loss is in nats. That of training is measured while weights still change and words "
            "are dropped, so it may lie above that of validation.",
            Picture(drawn["history"], words),
            Table("Loss and accuracy by epoch", head, rows),
        ],
    )


def _score(name: str, value: float) -> str:
    return f"{value:.4f}" if name.endswith("loss") else percent(value)
