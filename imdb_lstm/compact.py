"""Compact runs: a finished network in fewer bytes, as a run folder like any other.

Most of a network is the table of its words. In a compact run every row of it, and of a table of
word pairs, is whole numbers of 8 or 4 bits with a scale of its own, as Keras quantises embeddings;
the rare words at its end may go, and are then read as unknown ones. Of the recurrent matrices,
which Keras does not quantise, each column is rounded to whole numbers of 8 bits times a power of
two: two bytes of each value are then zero, and the file, which is a zip, is packed. Other weights
stay as they are.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from imdb_lstm import artifacts, runtime, validation
from imdb_lstm.artifacts import Run
from imdb_lstm.calibration import fit_temperature
from imdb_lstm.data import load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError, DataError, OutputError, RunError
from imdb_lstm.linear import NgramModel
from imdb_lstm.metrics import evaluate_logits
from imdb_lstm.model_card import write_card
from imdb_lstm.models import build_model
from imdb_lstm.recurrent import Recurrent
from imdb_lstm.text import SPECIAL_WORDS, Vocabulary

MODES = {8: "int8", 4: "int4"}


@dataclass(frozen=True)
class Compacted:
    """What making a run compact did: bytes of its files, and what its validation reviews show."""

    folder: Path
    bytes_before: int
    bytes_after: int
    reviews: int
    largest_change: float  # of a logit, on these reviews
    accuracy_before: float
    accuracy_after: float


def compact(
    folder: Path, output: Path | None = None, bits: int = 8, words: int = 0, device: str = "auto"
) -> Compacted:
    """Write a compact copy of a finished run, whole or not at all; say what was lost by it.

    ``output``: by default beside the run, under its name and "-compact". ``bits``: 8 or 4, of an
    embedding value. ``words``: so many are kept, the commonest, the two special ones included; 0:
    all. Raises ``ConfigError``, ``RunError`` for a run that cannot be made so, ``DataError`` when
    its validation reviews are not to be had, and ``OutputError``.
    """
    if bits not in MODES:
        raise ConfigError(f"bits must be 8 or 4, not {bits}")
    if words and words <= len(SPECIAL_WORDS):
        raise ConfigError(f"words must be 0 or more than {len(SPECIAL_WORDS)}, not {words}")
    runtime.set_up(device)
    output = output or folder.with_name(f"{folder.name}-compact")
    if output.exists():
        raise RunError(f"{output} exists: choose another --output, or delete it")
    run = artifacts.load_run(folder)
    metrics = artifacts.read_metrics(folder)
    if "compact" in metrics:
        raise RunError(f"{folder} is compact already: name the run that it was made from")
    smaller, vocabulary = compacted(run, bits, words)
    held_out = _validation(run)
    before, after = (each.predict_logits(held_out.texts) for each in (run, smaller))
    measured = evaluate_logits(held_out.labels, after)
    fewer = len(run.vocabulary or ()) - len(vocabulary)
    metrics |= {
        "validation": measured,
        "logit_spread": float(after.std()),
        "temperature": fit_temperature(held_out.labels, after),
        "parameters": metrics["parameters"] - fewer * run.config.embedding_units,
        "compact": {"bits": bits, "words": len(vocabulary), "recurrent_bits": 8},
    }
    _write(smaller, vocabulary, output, metrics, held_out, after)
    return Compacted(
        output,
        _bytes(folder),
        _bytes(output),
        len(held_out),
        float(np.abs(after - before).max()),
        evaluate_logits(held_out.labels, before)["accuracy"],
        measured["accuracy"],
    )


def _validation(run: Run) -> Reviews:
    """The validation reviews of a run, the same that it was trained with."""
    held_out = load_train_and_validation(run.config)[1]
    if held_out.fingerprint() != run.manifest["reviews"]["validation"]:
        raise DataError(f"{run.config.data} has changed since {run.folder} learned from it")
    return held_out


def compacted(run: Run, bits: int, words: int = 0) -> tuple[Run, Vocabulary]:
    """The run with its tables of words and pairs rounded and cut, and the words it then knows.

    The run that is given stays as it is. Raises ``RunError`` for a linear one.
    """
    if run.vocabulary is None or isinstance(run.model, NgramModel):
        raise RunError(f"{run.folder} is linear: only a network can be made compact")
    known = run.vocabulary.words
    vocabulary = Vocabulary(known[: words - len(SPECIAL_WORDS)] if words else known)
    table = run.model.get_layer("embedding").embeddings
    network = build_model(run.config, len(vocabulary))
    network.set_weights(
        [
            np.asarray(weight)[: len(vocabulary)] if weight is table else np.asarray(weight)
            for weight in run.model.weights
        ]
    )
    for layer in network.layers:
        if isinstance(layer, keras.layers.Embedding):
            layer.quantize(MODES[bits])
        if isinstance(layer, Recurrent):
            layer.set_weights([_rounded(np.asarray(weight)) for weight in layer.weights])
    return replace(run, model=network, vocabulary=vocabulary), vocabulary


def _rounded(weight: np.ndarray) -> np.ndarray:
    """A matrix whose columns hold whole numbers from -128 to 127 times a power of two; a vector or
    a random state as it is.

    >>> _rounded(np.array([[0.3], [-0.7]])).tolist()  # 38 and -90 of 128
    [[0.296875], [-0.703125]]
    """
    if weight.ndim < 2:
        return weight
    largest = np.maximum(np.abs(weight).max(axis=0), 1e-30)
    step = 2.0 ** (np.ceil(np.log2(largest)) - 7)
    return (np.clip(np.round(weight / step), -128, 127) * step).astype(weight.dtype)


def _pack(path: Path) -> None:
    """Compress the parts of a zip file, in place."""
    packed = path.with_name(f".{path.name}.packed")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part), compresslevel=9)
    packed.replace(path)


def _write(
    run: Run,
    vocabulary: Vocabulary,
    output: Path,
    metrics: dict,
    held_out: Reviews,
    logits: np.ndarray,
) -> None:
    """Write a run under another name first, so that it is whole or not there."""
    unfinished = output.with_name(f".{output.name}.compacting")
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a killed process
    try:
        unfinished.mkdir(parents=True)
        for name in ("config.toml", "history.csv"):
            shutil.copy(run.folder / name, unfinished)
        artifacts.write_model(unfinished, run.model, vocabulary)
        _pack(unfinished / "model.keras")
        artifacts.write_json(unfinished / "metrics.json", metrics)
        validation.write(unfinished, held_out.names, held_out.labels, logits)
        write_card(unfinished, run.config, metrics, output.name)
        artifacts.seal(unfinished, output, run.manifest["reviews"])
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _bytes(folder: Path) -> int:
    """Size of the files that a run consists of, without figures and evaluations."""
    names = (*artifacts.check(folder)["files"], artifacts.MANIFEST)
    return sum((folder / name).stat().st_size for name in names)
