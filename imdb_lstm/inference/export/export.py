"""A finished run in the format of other programs; see ``FORMATS``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from imdb_lstm.device import import_backend
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference.export.check import Checked, check
from imdb_lstm.runs.files import make_folder, writing
from imdb_lstm.runs.find import results_folder
from imdb_lstm.runs.outputs import check_folder
from imdb_lstm.runs.run import NgramRun, load_run

# The module of each format and its function, which writes a run into a folder.
FORMATS = {
    "keras": ("keras_file", "write_keras"),
    "onnx": ("onnx_file", "write_onnx"),
    "saved_model": ("saved_model", "write_saved_model"),
    "numpy": ("numpy_folder", "write_numpy"),
}


@dataclass(frozen=True)
class Exported:
    """What was written, and how it compares with the run."""

    folder: Path
    bytes: int
    checked: Checked


def export(folder: Path, format: str, output: Path | None = None) -> Exported:
    """Write a finished run as a folder of another format, which a fresh process has tried.

    ``format``: one of ``FORMATS``. ``output``: by default beside the run, under its name and the
    format's. Raises ``ConfigError``, ``OutputError``, and ``RunError`` for a run that cannot be
    exported so, and where a logit would differ; nothing is written then.
    """
    if format not in FORMATS:
        raise ConfigError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    output = output or results_folder(folder).with_name(f"{folder.name}-{format}")
    if output.exists():
        raise RunError(f"{output} exists: choose another --output, or delete it")
    check_folder(output)
    run = load_run(folder)
    if isinstance(run, NgramRun) and format != "numpy":
        raise RunError(f"{folder} is an n-gram classifier: only --format numpy exports it")
    unfinished = output.with_name(f".{output.name}.exporting")
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a killed process
    try:
        with writing(output):
            make_folder(unfinished)
            _writer(format)(run, unfinished)
            checked = check(run, unfinished)
            shutil.rmtree(unfinished / "__pycache__", ignore_errors=True)
            os.replace(unfinished, output)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    return Exported(output, size, checked)


def _writer(format: str) -> Callable[..., Any]:
    """The function that writes a format; its packages are imported only now."""
    module, function = FORMATS[format]
    if format in ("keras", "saved_model"):
        import_backend()
    return getattr(import_module(f"imdb_lstm.inference.export.{module}"), function)
