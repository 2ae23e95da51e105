"""Pretraining a language model: reviews → one stream → a fitted network → a folder to train from.

It learns from the train reviews, extra ones too, and the unlabelled, never from validation or test.
The same call goes on with one that was stopped or killed, to the same weights as if it never was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.device import describe_machine, peak_memory_megabytes, set_up_device
from imdb_lstm.errors import ConfigError, DivergedError
from imdb_lstm.models.language_model import LanguageModel
from imdb_lstm.runs.files import read_history, write_figures, write_history, write_json
from imdb_lstm.runs.manifest import finalize
from imdb_lstm.runs.model_card import write_language_model_card
from imdb_lstm.runs.pretrained import create_pretraining, pretraining_folder, write_language_model
from imdb_lstm.text.vocabulary import Vocabulary
from imdb_lstm.training.checkpoints import SECONDS_BETWEEN, read_checkpoint, write_checkpoint
from imdb_lstm.training.language_model.corpus import (
    Corpus,
    read_corpus,
    read_prepared_corpus,
    write_corpus,
)
from imdb_lstm.training.language_model.plots import perplexity_figure
from imdb_lstm.training.language_model.windows import Windows
from imdb_lstm.training.optimizers import RowAdam, Schedule

ROWS_AN_EPOCH = 4  # of the history


@dataclass
class Progress:
    """How far a training is: all of it that is not in the network.

    ``rows``: the history. ``loss``: sum of the losses of the steps since its last row, in nats a
    token. ``seconds``: spent on steps, over all calls.
    """

    step: int = 0
    steps: int = 0
    loss: float = 0.0
    summed: int = 0
    seconds: float = 0.0
    rows: list[dict[str, float]] = field(default_factory=list)


def pretrain_language_model(
    config: Config,
    output: Path,
    name: str,
    minutes: float = 0.0,
    prepare_only: bool = False,
    report: Callable[[str], None] = lambda message: None,
    watch: Callable[[Progress, float], None] = lambda progress, tokens_per_second: None,
) -> Path | None:
    """Learn a language model, or go on with it; return its folder, ``output / name``.

    With ``minutes``, stop after so many and return None unless it is finished by then; with
    ``prepare_only``, before the first step (see ``parcel.py``). ``watch`` is called after every
    step. Raises ``DataError``, ``ConfigError``, ``RunError`` or ``OutputError``,
    each with one line.
    """
    deadline = time.monotonic() + minutes * 60 if minutes else float("inf")
    _check(config)
    device = set_up_device(config.device, config.seed, config.precision)
    words = read_prepared_corpus(pretraining_folder(output, name), config)
    if words is None:
        report(f"reading the reviews of {config.data}")
        words = read_corpus(config)
    folder = create_pretraining(output, name, config, words.fingerprints)
    if prepare_only:
        report(f"prepared {write_corpus(folder, words)}")
        return None
    model = compiled_language_model(config, words)
    progress = fit_language_model(model, words, config, folder, deadline, report, watch)
    if progress.step < progress.steps:
        return None
    _write(folder, name, model, words.vocabulary, progress, config, device)
    return finalize(folder, output / name, words.fingerprints)


def _check(config: Config) -> None:
    """Refuse what a language model does not have."""
    if config.encoder not in DIRECTIONS or config.layers != 1:
        raise ConfigError(
            f"a language model has one layer of {' or '.join(DIRECTIONS)}, "
            f"not {config.layers} of {config.encoder}"
        )
    if config.optimizer != "adam":
        raise ConfigError(f"a language model learns by adam, not {config.optimizer}")


def compiled_language_model(config: Config, words: Corpus) -> LanguageModel:
    """The network as training begins, with its optimizer."""
    model = LanguageModel(config, len(words.vocabulary))
    model.start(words.vectors, words.learned.counts())
    steps = config.epochs * words.learned.steps
    schedule = Schedule(
        config.schedule, config.learning_rate, steps, round(config.warmup_fraction * steps)
    )
    model.compile(optimizer=RowAdam(schedule, gradient_clip=config.gradient_clip))
    model.optimizer.build(model.trainable_variables)  # or the first step is traced twice
    return model


def fit_language_model(
    model: LanguageModel,
    words: Corpus,
    config: Config,
    folder: Path,
    deadline: float,
    report: Callable[[str], None],
    watch: Callable[[Progress, float], None],
) -> Progress:
    """Take all steps that are left, or those until the deadline but one at least, from the
    checkpoint on."""
    found = read_checkpoint(folder, model)
    progress = Progress(**found[0]) if found else Progress()
    epoch = words.learned.steps
    progress.steps = config.epochs * epoch
    if progress.step:
        report(f"going on at step {progress.step:,} of {progress.steps:,}")
    saved, speed = time.monotonic(), 0.0
    while progress.step < progress.steps:
        took = take_step(model, words.learned, progress)
        tokens = config.batch_size * config.bptt_length / took
        speed = 0.95 * speed + 0.05 * tokens if speed else tokens
        rows_due = progress.step * ROWS_AN_EPOCH // epoch
        if rows_due > (progress.step - 1) * ROWS_AN_EPOCH // epoch:
            progress.rows.append(_row(model, words.held_out, progress, epoch))
            progress.loss, progress.summed = 0.0, 0
            report(_line(progress.rows[-1]))
        if time.monotonic() - saved > SECONDS_BETWEEN:
            write_checkpoint(folder, model, asdict(progress))
            saved = time.monotonic()
        watch(progress, speed)
        if time.monotonic() > deadline:
            break
    write_checkpoint(folder, model, asdict(progress))
    return progress


def take_step(model: LanguageModel, windows: Windows, progress: Progress) -> float:
    """Learn from the next window; return the seconds it took."""
    began = time.perf_counter()
    if progress.step % windows.steps == 0:
        model.reset_states()  # another epoch's order, other streams
    model.reset_metrics()
    loss = float(model.train_on_batch(windows.batch(progress.step)))
    progress.step += 1
    if not np.isfinite(loss):
        raise DivergedError(
            f"the loss is no longer a number at step {progress.step}: begin another language model "
            "with a lower --learning-rate, or --precision float32"
        )
    took = time.perf_counter() - began
    progress.loss, progress.summed = progress.loss + loss, progress.summed + 1
    progress.seconds += took
    return took


def held_out_losses(model: LanguageModel, windows: Windows) -> list[float]:
    """Mean loss of a token under the full softmax, in nats, by direction. Keeps the states."""
    states = [state for direction in model.directions for state in direction.states]
    before = [np.array(state) for state in states]
    model.reset_states()
    losses = [model.predict_on_batch(windows.batch(step)) for step in range(windows.steps)]
    for state, value in zip(states, before, strict=True):
        state.assign(value)
    return np.concatenate(losses, axis=2).mean(axis=(1, 2), dtype=float).tolist()


def _row(
    model: LanguageModel, held_out: Windows, progress: Progress, epoch: int
) -> dict[str, float]:
    """A row of the history. The perplexity in training is that of the sampled softmax."""
    names = DIRECTIONS[model.config.encoder]
    losses = dict(zip(names, held_out_losses(model, held_out), strict=True))
    loss = progress.loss / progress.summed
    return {
        "step": progress.step,
        "epoch": round(progress.step / epoch, 3),
        "loss": round(loss, 5),
        "perplexity": round(float(np.exp(loss)), 3),
        **{f"held_out_{name}": round(float(np.exp(v)), 3) for name, v in losses.items()},
        "seconds": round(progress.seconds, 1),
    }


def _line(row: dict[str, float]) -> str:
    """What the console tells of a row."""
    held_out = [
        f"{name.removeprefix('held_out_')} {value:.1f}"
        for name, value in row.items()
        if name.startswith("held_out_")
    ]
    return (
        f"epoch {row['epoch']:.2f}: perplexity {row['perplexity']:.1f}; on held-out reviews "
        f"{', '.join(held_out)}"
    )


def _write(
    folder: Path,
    name: str,
    model: LanguageModel,
    vocabulary: Vocabulary,
    progress: Progress,
    config: Config,
    device: str,
) -> None:
    """Everything that the folder of a language model holds, but for its manifest."""
    tokens = progress.steps * config.batch_size * config.bptt_length
    metrics: dict[str, Any] = {
        **progress.rows[-1],
        "words": len(vocabulary),
        "tokens": tokens,
        "tokens_per_second": round(tokens / max(progress.seconds, 1e-9)),
        "parameters": sum(int(np.prod(w.shape)) for w in model.weights_by_name().values()),
        "device": device,
        "machine": describe_machine(),
        "peak_memory_megabytes": round(peak_memory_megabytes()),
    }
    write_language_model(folder, model.weights_by_name(), vocabulary)
    write_history(folder / "history.csv", progress.rows)
    write_json(folder / "metrics.json", metrics)
    write_language_model_card(folder, config, metrics, name)
    figure = perplexity_figure(read_history(folder))
    write_figures(folder / "figures", {"perplexity": figure})
