"""Exports of a finished run to formats that need nothing of this package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.inference.export.numpy_folder import write_numpy
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.run import NetworkRun, load_run

TOLERANCE = 1e-4  # of a logit
TEXTS = (
    "A lovely film, and a joy to watch: 9/10!",
    "The plot is dull.<br />Every scene was bad, and the acting wasn't any better...",
    "#Must_See 😍 café &amp; 太棒了",
    "good " * 300 + "bad",
    "",
)
# In a process without this package: texts as JSON, in; probabilities as JSON, out.
CHECK = (
    "import json, os, sys; sys.path.insert(0, os.getcwd()); import predict\n"
    "found = predict.predict(json.load(sys.stdin))\n"
    "assert 'imdb_lstm' not in sys.modules\n"
    "print(json.dumps(found.tolist()))"
)
FORMATS: dict[str, Callable[[NetworkRun, float, Path], None]] = {
    "numpy": write_numpy,
}


class Exported(NamedTuple):
    """What was written, its bytes, and the largest difference of a logit from the run's own."""

    folder: Path
    size: int
    difference: float


def export(folder: Path, form: str, output: Path) -> Exported:
    """Write a run in another format to a new folder, which appears when it is complete.

    ``form``: a key of ``FORMATS``. A fresh process predicts with what was written. Raises
    ``ConfigError`` for an unknown format, ``OutputError``, and ``RunError`` when the run is no
    network, or a logit differs by more than ``TOLERANCE``; then nothing is left.
    """
    if form not in FORMATS:
        raise ConfigError(f"--format must be one of {', '.join(FORMATS)}, not {form!r}")
    if output.exists():
        raise OutputError(f"{output} exists: choose another --output, or delete it")
    run = load_run(folder)
    if not isinstance(run, NetworkRun):
        raise RunError(f"{folder} is an n-gram classifier: only a network can be exported")
    temperature = float(read_metrics(folder).get("temperature", 1.0))
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir(parents=True)
        FORMATS[form](run, temperature, temporary)
        difference = _difference(run, temperature, temporary)
        if not difference <= TOLERANCE:
            raise RunError(
                f"{folder} cannot be exported as {form}: a logit differs by {difference:.2g}"
            )
        shutil.rmtree(temporary / "__pycache__", ignore_errors=True)
        size = sum(path.stat().st_size for path in temporary.iterdir())
        temporary.rename(output)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Exported(output, size, difference)


def _difference(run: NetworkRun, temperature: float, folder: Path) -> float:
    """The largest difference of a logit, from the probabilities that a fresh process computes."""
    process = subprocess.run(
        [sys.executable, "-I", "-c", CHECK], cwd=folder, input=json.dumps(TEXTS),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if process.returncode:
        last = (process.stderr.strip().splitlines() or ["no message"])[-1]
        raise RunError(f"what was exported of {run.folder} does not predict: {last}")
    found = np.array(json.loads(process.stdout.splitlines()[-1]), np.float64)
    own = run.predict_logits(list(TEXTS)).astype(np.float64) / temperature
    if own.ndim == 2:  # a softmax does not change what all logits share
        own -= own.mean(axis=1, keepdims=True)
        logits = np.log(found)
        logits -= logits.mean(axis=1, keepdims=True)
    else:
        logits = np.log(found) - np.log1p(-found)
    return float(np.abs(logits - own).max() * temperature)
