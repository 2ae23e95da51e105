"""Training: reviews → ids → batches → a fitted model → one run folder.

A run that is to be taught trains its teachers first, as runs of their own. A killed run goes on
where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from imdb_lstm import artifacts, checkpoints, linear, parcel, plots, runtime, validation
from imdb_lstm.calibration import fit_temperature
from imdb_lstm.config import LATENT, NGRAMS, Config, load_config
from imdb_lstm.data import load_unlabelled
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.fitting import Fitted, begun_model, fit, in_float32
from imdb_lstm.inference import predict_logits
from imdb_lstm.metrics import evaluate_logits
from imdb_lstm.model_card import write_card
from imdb_lstm.ngram_vectors import EPOCHS
from imdb_lstm.prepare import Prepared, Taught, prepare, read
from imdb_lstm.teacher import distilled, pieces, soft_labels
from imdb_lstm.text import Vocabulary


def train(
    config: Config,
    output: Path,
    name: str,
    resume: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    report: Callable[[str], None] = lambda message: None,
    prepare_only: bool = False,
) -> Path:
    """Train one model, its teachers first, and return its run folder, ``output / name``.

    With ``prepare_only``, stop before the first step and return the folder of the unfinished run,
    which can be carried: see ``parcel.py``.

    Raises ``DataError``, ``ConfigError``, ``RunError`` or ``OutputError``, each with one line; an
    interrupted run stays resumable.
    """
    runtime.set_up(config.device)
    folder = artifacts.check_name(output, name, config, resume)
    report(f"training {name}: {config.encoder} on {config.data}, seed {config.seed}")
    if config.is_linear:
        if prepare_only:
            raise ConfigError("n-grams learn where the reviews are: leave out --prepare-only")
        return _train_linear(config, folder, output / name, report)
    prepared, before = _prepared(config, output, name, callbacks, report)
    artifacts.begin(folder, config, prepared.fingerprints)
    if prepare_only:
        report(f"prepared {parcel.write(folder, config, prepared, before)}")
        return folder
    began = time.perf_counter()
    device = runtime.set_up(config.device, config.seed, config.precision)
    model = begun_model(config, prepared)
    fitted = fit(model, prepared, config, folder, callbacks)
    model = in_float32(model, config)
    logits = predict_logits(model, prepared.validation.ids)
    metrics = _measured(prepared.validation_labels, logits) | {
        "best_epoch": fitted.best_epoch,
        "parameters": model.count_params(),
        "seconds": round(before + fitted.earlier_seconds + time.perf_counter() - began, 1),
        "device": device,
        **prepared.facts,
    }
    validation.write(folder, prepared.validation_names, prepared.validation_labels, logits)
    _write(folder, model, prepared.vocabulary, config, fitted, metrics)
    return artifacts.seal(folder, output / name, prepared.fingerprints)


def _prepared(
    config: Config,
    output: Path,
    name: str,
    callbacks: Sequence[keras.callbacks.Callback],
    report: Callable[[str], None],
) -> tuple[Prepared, float]:
    """What the network is to learn from, and the seconds that it took, teachers included.

    It may have been brought along from another machine, where it took them.
    """
    carried = parcel.read(artifacts.unfinished_folder(output, name), config)
    if carried is not None:
        return carried
    taught = None
    if config.teacher != "none":
        taught = _taught(config, output, name, callbacks, report)
    elif config.distilled_from:
        taught = distilled(config, output, report)
    began = time.perf_counter()
    prepared = prepare(config, taught, output)
    return prepared, (taught.seconds if taught else 0.0) + time.perf_counter() - began


def _measured(labels: np.ndarray, logits: np.ndarray) -> dict[str, Any]:
    """What every run measures: its validation reviews, and what this process took."""
    return {
        "validation": evaluate_logits(labels, logits),
        "logit_spread": float(logits.std()),
        "temperature": fit_temperature(labels, logits),
        "peak_memory_megabytes": round(runtime.peak_memory_megabytes()),
        "machine": runtime.machine(),
    }


def _taught(
    config: Config,
    output: Path,
    name: str,
    callbacks: Sequence[keras.callbacks.Callback],
    report: Callable[[str], None],
) -> Taught | None:
    """Train the teachers, or find them trained, and let them label the unlabelled texts.

    A network that teaches beside n-grams has itself been taught by them. Where there are no
    texts to label, no teacher is trained.
    """
    material, texts = read(config), load_unlabelled(config)
    pieced = pieces([*material.train.texts, *texts], config)
    if not texts and not pieced:
        report(
            f"{config.data} has no unlabelled reviews, so no teacher is trained: see --unlabelled "
            "and --patchwork"
        )
        return None
    folder = artifacts.unfinished_folder(output, name)
    artifacts.begin(folder, config, material.fingerprints)  # can be resumed from here on
    kinds = config.teacher.split("+")
    own = replace(config, teacher="none")
    others = "+".join(kind for kind in kinds if kind != "network") or "none"
    learns = {kind: replace(own, encoder=kind) for kind in NGRAMS}
    learns["network"] = replace(own, teacher=others)
    first = name.removesuffix("-network")  # whose n-grams teach the teacher too
    runs = [
        _teacher(learns[kind], material.fingerprints, output, f"{first}-{kind}", callbacks, report)
        for kind in kinds
    ]
    metrics = [artifacts.read_metrics(run.folder) for run in runs]
    if kinds[-1] == "network":  # whose seconds are with those of its teachers
        metrics = metrics[-1:]
    trained = sum(each["seconds"] for each in metrics)
    began = time.perf_counter()
    held_out = material.validation
    report(f"labelling {len(texts) + len(pieced):,} texts")
    labels = soft_labels(
        [run.predict_logits(held_out.texts) for run in runs],
        held_out.labels,
        [run.predict_logits([*texts, *pieced]) for run in runs],
    )
    report(f"training {name} itself")
    return Taught(texts, labels, trained + time.perf_counter() - began, patchworks=pieced)


def _teacher(
    config: Config,
    fingerprints: dict[str, str],
    output: Path,
    name: str,
    callbacks: Sequence[keras.callbacks.Callback],
    report: Callable[[str], None],
) -> artifacts.Run:
    """A finished run of this configuration and these reviews, trained now unless it is there."""
    finished = output / name / "config.toml"
    if not finished.exists():
        resume = artifacts.unfinished_folder(output, name).exists()
        train(config, output, name, resume, callbacks, report)
    elif changed := artifacts.changed_options(config, load_config(finished)):
        raise RunError(
            f"{output / name} was trained with other values of {', '.join(changed)}: choose "
            "another --name, or delete it"
        )
    run = artifacts.load_run(output / name)
    if run.manifest["reviews"] != fingerprints:
        raise RunError(
            f"{run.folder} learned from other reviews: choose another --name, or delete it"
        )
    return run


def _write(
    folder: Path,
    model: keras.Model,
    vocabulary: Vocabulary,
    config: Config,
    fitted: Fitted,
    metrics: dict[str, Any],
) -> None:
    """Everything a run folder holds, but for its manifest."""
    artifacts.write_model(folder, model, vocabulary)
    artifacts.write_history(folder / "history.csv", fitted.history)
    artifacts.write_json(folder / "metrics.json", metrics)
    write_card(folder, config, metrics)
    columns = artifacts.read_history(folder)
    figure = plots.history_figure(columns, fitted.best_epoch)
    artifacts.write_figures(folder / "figures", {"history": figure})


def _train_linear(
    config: Config, folder: Path, finished: Path, report: Callable[[str], None]
) -> Path:
    """Fit n-grams instead of a network; their vectors go on from the epoch they had come to."""
    began, before = time.perf_counter(), 0.0
    material = read(config)
    train, held_out = material.train, material.validation
    artifacts.begin(folder, config, material.fingerprints)
    options = (config.ngrams, config.minimum_count, config.seed)
    if config.encoder == LATENT:
        texts, found = load_unlabelled(config), checkpoints.read_vectors(folder)
        before = found[1] if found else 0.0
        model = linear.fit_latent(
            train.texts, train.labels, texts, *options, config.ngram_units,
            begun=(found[0], found[2]) if found else None,
            done=_vectors_kept(folder, before, report),
        )  # fmt: skip
    else:
        model = linear.fit(train.texts, train.labels, *options)
    logits = model.predict_logits(held_out.texts)
    metrics = _measured(held_out.labels, logits) | {
        "parameters": len(model.weights) + 1,
        "seconds": round(before + time.perf_counter() - began, 1),
        "device": "cpu",
        "train_reviews": len(train),
        **material.facts,
    }
    artifacts.write_ngrams(folder, model)
    validation.write(folder, held_out.names, held_out.labels, logits)
    artifacts.write_json(folder / "metrics.json", metrics)
    write_card(folder, config, metrics)
    return artifacts.seal(folder, finished, material.fingerprints)


def _vectors_kept(
    folder: Path, before: float, report: Callable[[str], None]
) -> Callable[[int, np.ndarray], None]:
    """What is done after every epoch of n-gram vectors: keep them, and tell how long they take."""
    began = last = time.perf_counter()

    def done(epoch: int, vectors: np.ndarray) -> None:
        nonlocal last
        now = time.perf_counter()
        checkpoints.write_vectors(folder, epoch, before + now - began, vectors)
        left, last = (now - last) * (EPOCHS - epoch), now
        report(f"n-gram vectors: epoch {epoch} of {EPOCHS}, {left:.0f} s left")

    return done


def did_not_learn(metrics: dict[str, Any]) -> bool:
    """Whether the validation accuracy could be that of always giving the commoner label."""
    measured = metrics["validation"]
    commoner = max(measured["positive_fraction"], 1 - measured["positive_fraction"])
    return measured["accuracy_low"] <= commoner
