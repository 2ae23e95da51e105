"""Quantized runs: a finished network in fewer bytes, as a run folder like any other.

Most of a network is its embedding table. Each row of it, and of a bigram table, becomes integers of
8 or 4 bits with a scale of its own, as Keras quantizes embeddings; rare words may be dropped, and
are then read as unknown ones. Each column of the recurrent matrices, which Keras does not quantize,
is rounded to integers of 8 bits times a power of two: two bytes of each value are then zero, and
the file, which is a zip, is compressed. Other weights are unchanged.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.device import set_up_device
from imdb_lstm.errors import ConfigError, DataError, RunError
from imdb_lstm.metrics.calibration import fit_temperature
from imdb_lstm.metrics.classification import accuracy, evaluate_logits
from imdb_lstm.metrics.logits import logit_deviation
from imdb_lstm.models.network import build_model
from imdb_lstm.models.recurrent import Recurrent
from imdb_lstm.runs.files import make_folder, read_metrics, replacing, write_json, writing
from imdb_lstm.runs.find import MANIFEST_FILE, results_folder
from imdb_lstm.runs.keras_network import KerasNetwork, write_network
from imdb_lstm.runs.manifest import (
    CLASSES_FILE,
    LEARNED_FILE,
    NETWORK_FILE,
    finalize,
    verify,
)
from imdb_lstm.runs.model_card import write_card
from imdb_lstm.runs.names import check_name
from imdb_lstm.runs.outputs import check_folder
from imdb_lstm.runs.run import NetworkRun, load_run
from imdb_lstm.runs.validation import write_validation
from imdb_lstm.text.vocabulary import SPECIAL_WORDS, Vocabulary

MODES = {8: "int8", 4: "int4"}


@dataclass(frozen=True)
class Quantized:
    """What quantizing changed: bytes of the files, and predictions on the validation reviews."""

    folder: Path
    bytes_before: int
    bytes_after: int
    reviews: int
    largest_change: float  # of a logit, on these reviews
    accuracy_before: float
    accuracy_after: float


def quantize(
    folder: Path,
    output: Path | None = None,
    bits: int = 8,
    max_vocabulary: int = 0,
    device: str = "auto",
) -> Quantized:
    """Write a quantized copy of a finished run, and measure what it changes.

    ``output``: by default beside the run, under its name and "-quantized". ``bits``: 8 or 4, of an
    embedding value. ``max_vocabulary``: keep this many words, the most frequent, the two special
    ones included; 0: all. Raises ``ConfigError``, ``RunError`` for a run that is no network,
    ``DataError`` when its validation reviews cannot be read, and ``OutputError``.
    """
    if bits not in MODES:
        raise ConfigError(f"bits must be 8 or 4, not {bits}")
    if max_vocabulary and max_vocabulary <= len(SPECIAL_WORDS):
        raise ConfigError(
            f"max_vocabulary must be 0 or more than {len(SPECIAL_WORDS)}, not {max_vocabulary}"
        )
    set_up_device(device)
    output = output or results_folder(folder).with_name(f"{folder.name}-quantized")
    check_name(output.name, "run", "--output")
    if output.exists():
        raise RunError(f"{output} exists: choose another --output, or delete it")
    check_folder(output)
    run = load_run(folder, "keras")
    metrics = read_metrics(folder)
    if not isinstance(run, NetworkRun):
        raise RunError(f"{folder} is an n-gram classifier: only a network can be quantized")
    if "quantized" in metrics:
        raise RunError(f"{folder} is quantized already: name the run that it was made from")
    smaller = quantized_run(run, bits, max_vocabulary)
    held_out = _validation(run)
    before, after = (each.predict_logits(held_out.texts) for each in (run, smaller))
    threshold, scale = run.threshold, run.classes.scale
    measured = evaluate_logits(held_out.labels, after, threshold, scale)
    words = len(smaller.vocabulary)
    fewer = len(run.vocabulary) - words
    metrics |= {
        "validation": measured,
        "logit_std": logit_deviation(after),
        "temperature": fit_temperature(held_out.labels, after),
        "parameters": metrics["parameters"] - fewer * run.config.embedding_dim,
        "quantized": {"bits": bits, "words": words, "recurrent_bits": 8},
    }
    _write(smaller, output, metrics, held_out, after)
    return Quantized(
        output,
        _bytes(folder),
        _bytes(output),
        len(held_out),
        float(np.abs(after - before).max()),
        accuracy(held_out.labels, before - threshold),
        measured["accuracy"],
    )


def _validation(run: NetworkRun) -> Reviews:
    """The validation reviews of a run, the same that it was trained with."""
    held_out = load_train_and_validation(run.config, run.classes)[1]
    if held_out.fingerprint() != run.manifest["reviews"]["validation"]:
        raise DataError(f"{run.config.data} has changed since {run.folder} was trained on it")
    return held_out


def quantized_run(run: NetworkRun, bits: int, max_vocabulary: int = 0) -> NetworkRun:
    """A copy of the run with its embedding tables quantized and cut; the run stays as it is."""
    known = run.vocabulary.words
    kept = known[: max_vocabulary - len(SPECIAL_WORDS)] if max_vocabulary else known
    vocabulary = Vocabulary(kept)
    model = keras_model(run)
    table = model.get_layer("embedding").embeddings
    network = build_model(run.config, len(vocabulary), len(run.classes))
    network.set_weights(
        [
            np.asarray(weight)[: len(vocabulary)] if weight is table else np.asarray(weight)
            for weight in model.weights
        ]
    )
    for layer in network.layers:
        if isinstance(layer, keras.layers.Embedding):
            layer.quantize(MODES[bits])
        if isinstance(layer, Recurrent):
            layer.set_weights([_rounded(np.asarray(weight)) for weight in layer.weights])
    return replace(run, network=KerasNetwork(network), vocabulary=vocabulary)


def keras_model(run: NetworkRun) -> keras.Model:
    """The network of a run that Keras has loaded."""
    assert isinstance(run.network, KerasNetwork)
    return run.network.model


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


def _compress(path: Path) -> None:
    """Compress the parts of a zip file, in place."""
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(path) as old,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, old.read(part), compresslevel=9)


def _write(
    run: NetworkRun, output: Path, metrics: dict, held_out: Reviews, logits: np.ndarray
) -> None:
    """Write the run in an unfinished folder first, which then takes its name."""
    unfinished = output.with_name(f".{output.name}.quantizing")
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a killed process
    try:
        with writing(output):
            make_folder(unfinished)
            for name in ("config.toml", "history.csv", CLASSES_FILE, LEARNED_FILE):
                shutil.copy(run.folder / name, unfinished)
            write_network(unfinished, keras_model(run), run.vocabulary)
            _compress(unfinished / NETWORK_FILE)
            write_json(unfinished / "metrics.json", metrics)
            write_validation(unfinished, held_out.names, held_out.labels, logits)
            write_card(unfinished, run.config, metrics, run.classes.names, output.name)
            finalize(unfinished, output, run.manifest["reviews"])
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _bytes(folder: Path) -> int:
    """Size of the files that a run consists of, without figures and evaluations."""
    names = (*verify(folder)["files"], MANIFEST_FILE)
    return sum((folder / name).stat().st_size for name in names)
