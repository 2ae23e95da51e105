"""Smaller copies of a finished network, as run folders like any other.

What a copy changes is measured on the validation reviews that the run was trained beside.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import DataError, RunError
from imdb_lstm.metrics.calibration import fit_temperature
from imdb_lstm.metrics.classification import accuracy, evaluate_logits
from imdb_lstm.metrics.logits import logit_deviation
from imdb_lstm.runs.files import (
    make_folder,
    read_metrics,
    replacing,
    write_json,
    write_text,
    writing,
)
from imdb_lstm.runs.find import MANIFEST_FILE, results_folder
from imdb_lstm.runs.keras_network import KerasNetwork, write_network
from imdb_lstm.runs.learned import read_learned, write_learned
from imdb_lstm.runs.manifest import (
    NETWORK_FILE,
    finalize,
    verify,
)
from imdb_lstm.runs.model_card import write_card
from imdb_lstm.runs.names import check_name
from imdb_lstm.runs.outputs import check_folder
from imdb_lstm.runs.run import NetworkRun, Run
from imdb_lstm.runs.validation import write_validation


@dataclass(frozen=True)
class Copied:
    """What a copy changed: bytes of the files, and predictions on the validation reviews."""

    folder: Path
    bytes_before: int
    bytes_after: int
    reviews: int
    largest_change: float  # of a logit, on these reviews
    accuracy_before: float
    accuracy_after: float


def copy_folder(folder: Path, output: Path | None, ending: str) -> Path:
    """The folder of a copy, ``output`` or beside the run, with an ending after its name.

    Raises ``ConfigError`` for a name that cannot be that of a run, ``RunError`` when it exists, and
    ``OutputError`` when it cannot be made.
    """
    output = output or results_folder(folder).with_name(f"{folder.name}-{ending}")
    check_name(output.name, "run", "--output")
    if output.exists():
        raise RunError(f"{output} exists: choose another --output, or delete it")
    check_folder(output)
    return output


def network_to_copy(run: Run, done: str) -> NetworkRun:
    """The run, if it is a network. Raises ``RunError``."""
    if not isinstance(run, NetworkRun):
        raise RunError(f"{run.folder} is an n-gram classifier: only a network can be {done}")
    return run


def reviews_of(run: NetworkRun) -> tuple[Reviews, Reviews]:
    """The train and validation reviews of a run. Raises ``DataError`` if they have changed."""
    both = load_train_and_validation(run.config, run.classes)
    if both[1].fingerprint() != run.manifest["reviews"]["validation"]:
        raise DataError(f"{run.config.data} has changed since {run.folder} was trained on it")
    return both


def write_copy(
    run: NetworkRun,
    smaller: NetworkRun,
    held_out: Reviews,
    output: Path,
    metrics: Mapping[str, Any],
    others: Sequence[Path] = (),
) -> Copied:
    """Measure a copy on the validation reviews, and write it with these ``metrics`` added.

    ``others``: further runs that it is made from, whose texts it has learned too.
    """
    before, after = (each.predict_logits(held_out.texts) for each in (run, smaller))
    threshold = run.threshold
    measured = evaluate_logits(held_out.labels, after, threshold, run.classes.scale)
    found = {
        **read_metrics(run.folder),
        "validation": measured,
        "logit_std": logit_deviation(after),
        "temperature": fit_temperature(held_out.labels, after),
        **metrics,
    }
    learned = np.concatenate([read_learned(each) for each in (run.folder, *others)])
    _write(smaller, output, found, held_out, after, learned)
    return Copied(
        output,
        _bytes(run.folder),
        _bytes(output),
        len(held_out),
        float(np.abs(after - before).max()),
        accuracy(held_out.labels, before - threshold),
        measured["accuracy"],
    )


def _write(
    run: NetworkRun,
    output: Path,
    metrics: dict,
    held_out: Reviews,
    logits: np.ndarray,
    learned: np.ndarray,
) -> None:
    """Write the run in an unfinished folder first, which then takes its name."""
    unfinished = output.with_name(f".{output.name}.copying")
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a killed process
    assert isinstance(run.network, KerasNetwork)
    try:
        with writing(output):
            make_folder(unfinished)
            shutil.copy(run.folder / "history.csv", unfinished)
            write_learned(unfinished, run.classes, learned)
            write_network(unfinished, run.network.model, run.vocabulary)
            _compress(unfinished / NETWORK_FILE)
            write_text(unfinished / "config.toml", run.config.to_toml())
            write_json(unfinished / "metrics.json", metrics)
            write_validation(unfinished, held_out.names, held_out.labels, logits)
            write_card(unfinished, run.config, metrics, run.classes.names, output.name)
            finalize(unfinished, output, run.manifest["reviews"])
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _compress(path: Path) -> None:
    """Compress the parts of a zip file, in place."""
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(path) as old,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, old.read(part), compresslevel=9)


def _bytes(folder: Path) -> int:
    """Size of the files that a run consists of, without figures and evaluations."""
    names = (*verify(folder)["files"], MANIFEST_FILE)
    return sum((folder / name).stat().st_size for name in names)
