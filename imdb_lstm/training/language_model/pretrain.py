"""Pretraining of a language model: reviews → token stream → trained network → saved model.

It learns from the train reviews, extra ones included, and the unlabelled reviews, never from
validation or test. The same call resumes a training that was stopped or killed, with the same
result as without the interruption.
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
from imdb_lstm.runs.files import read_history, reading, write_figures, write_history, write_json
from imdb_lstm.runs.lock import locked
from imdb_lstm.runs.manifest import CHECKPOINT_FILE, finalize
from imdb_lstm.runs.model_card import write_language_model_card
from imdb_lstm.runs.pretrained import (
    check_pretraining_name,
    create_pretraining,
    pretraining_folder,
    write_language_model,
)
from imdb_lstm.runs.unfinished import TRAINED
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
from imdb_lstm.training.reporter import SILENT, Reporter

ROWS_PER_EPOCH = 4  # of the history


@dataclass
class Progress:
    """Progress of a training: all of its state that is not in the network.

    ``rows``: the history. ``loss``: sum over the ``summed`` steps since its last row of the mean
    loss per token, in nats. ``seconds``: time spent on steps, over all calls.
    """

    step: int = 0
    steps: int = 0
    loss: float = 0.0
    summed: int = 0
    seconds: float = 0.0
    rows: list[dict[str, float]] = field(default_factory=list)


Watch = Callable[[Progress, float], None]  # is given the progress and the tokens per second


def pretrain_language_model(
    config: Config,
    output: Path,
    name: str,
    minutes: float = 0.0,
    prepare_only: bool = False,
    reporter: Reporter = SILENT,
    watch: Watch = lambda progress, tokens_per_second: None,
) -> Path | None:
    """Train a language model, or resume its training; return its folder, ``output / name``.

    With ``minutes``, stop after that time and return None, unless training is finished by then.
    With ``prepare_only``, write a prepared training file, stop before the first step and return
    None. ``watch`` is called after every step.

    Raises ``DataError``, ``ConfigError``, ``RunError`` or ``OutputError``, each with a message of
    one line.
    """
    deadline = time.monotonic() + minutes * 60 if minutes else float("inf")
    _check(config)
    check_pretraining_name(output, name)  # before the reviews are read
    device = set_up_device(config.device, config.seed, config.precision)
    corpus = read_prepared_corpus(pretraining_folder(output, name), config)
    if corpus is None:
        reporter.line(f"reading the reviews of {config.data}")
        corpus = read_corpus(config)
    folder = create_pretraining(output, name, config, corpus.fingerprints)
    with locked(folder, name, TRAINED):
        if prepare_only:
            reporter.line(f"prepared {write_corpus(folder, corpus)}")
            return None
        model = compiled_language_model(config, corpus)
        progress = fit_language_model(model, corpus, config, folder, deadline, reporter, watch)
        if progress.step < progress.steps:
            return None
        _write(folder, name, model, corpus.vocabulary, progress, config, device)
        return finalize(folder, output / name, corpus.fingerprints)


def _check(config: Config) -> None:
    """Raise ``ConfigError`` for options that a language model does not support."""
    if config.encoder not in DIRECTIONS or config.layers != 1:
        raise ConfigError(
            f"a language model has one layer of {' or '.join(DIRECTIONS)}, "
            f"not {config.layers} of {config.encoder}"
        )
    if config.devices:
        raise ConfigError("a language model is trained on one device: leave out devices")
    if config.optimizer != "adam":
        raise ConfigError(f"a language model is trained with adam, not {config.optimizer}")


def compiled_language_model(config: Config, corpus: Corpus) -> LanguageModel:
    """Build the network, initialise it, and compile it with its optimizer."""
    model = LanguageModel(config, len(corpus.vocabulary))
    model.start(corpus.vectors, corpus.train.counts())
    steps = config.epochs * corpus.train.steps
    schedule = Schedule(
        config.schedule, config.learning_rate, steps, round(config.warmup_fraction * steps)
    )
    model.compile(optimizer=RowAdam(schedule, gradient_clip=config.gradient_clip))
    model.optimizer.build(model.trainable_variables)  # otherwise TensorFlow traces two steps
    return model


def fit_language_model(
    model: LanguageModel,
    corpus: Corpus,
    config: Config,
    folder: Path,
    deadline: float,
    reporter: Reporter,
    watch: Watch,
) -> Progress:
    """Train from the checkpoint to the last step, or until the deadline, but at least one step.

    ``deadline``: a value of ``time.monotonic()``.
    """
    found = read_checkpoint(folder, model)
    with reading(folder / CHECKPOINT_FILE):
        progress = Progress(**found[0]) if found else Progress()
        numbers = [progress.loss, progress.seconds, *(v for r in progress.rows for v in r.values())]
        if min(progress.step, progress.summed) < 0 or not all(
            type(number) in (int, float) for number in numbers
        ):
            raise ValueError("its progress is none")
    epoch = corpus.train.steps
    progress.steps = config.epochs * epoch
    if progress.step:
        reporter.line(f"resuming at step {progress.step:,} of {progress.steps:,}")
    saved, speed = time.monotonic(), 0.0
    while progress.step < progress.steps:
        took = take_step(model, corpus.train, progress)
        tokens = config.batch_size * config.bptt_length / took
        speed = 0.95 * speed + 0.05 * tokens if speed else tokens
        rows_due = progress.step * ROWS_PER_EPOCH // epoch
        if rows_due > (progress.step - 1) * ROWS_PER_EPOCH // epoch:
            progress.rows.append(_row(model, corpus.held_out, progress, epoch))
            progress.loss, progress.summed = 0.0, 0
            reporter.line(_line(progress.rows[-1]))
        if time.monotonic() - saved > SECONDS_BETWEEN:
            write_checkpoint(folder, model, asdict(progress))
            saved = time.monotonic()
        watch(progress, speed)
        if time.monotonic() > deadline:
            break
    write_checkpoint(folder, model, asdict(progress))
    return progress


def take_step(model: LanguageModel, windows: Windows, progress: Progress) -> float:
    """Train on the next window; return the seconds it took."""
    began = time.perf_counter()
    if progress.step % windows.steps == 0:
        model.reset_states()  # a new epoch has another order of reviews
    model.reset_metrics()
    loss = float(model.train_on_batch(windows.batch(progress.step)))
    progress.step += 1
    if not np.isfinite(loss):
        raise DivergedError(
            f"the loss is not finite at step {progress.step}: start another language model with a "
            "lower --learning-rate, or --precision float32"
        )
    took = time.perf_counter() - began
    progress.loss, progress.summed = progress.loss + loss, progress.summed + 1
    progress.seconds += took
    return took


def held_out_losses(model: LanguageModel, windows: Windows) -> list[float]:
    """Mean loss per token under the full softmax, in nats, by direction. Restores the states."""
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
    """Measure a row of the history; its training perplexity is that of the sampled softmax."""
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
    """Format a row of the history for the console."""
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
    """Write all files of a language model except its manifest."""
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
