"""The folder of a study: locked by one process, fixed to one question, written atomically."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import Config
from imdb_lstm.errors import RunError
from imdb_lstm.runs import lock
from imdb_lstm.runs.files import csv_text, make_folder, write_json, write_text
from imdb_lstm.training.tuning.space import Space
from imdb_lstm.training.tuning.trials import SCRATCH, Outcome, Trial

ABOUT = "study.json"
CHANGEABLE = ("device", "tensorboard")  # options that may change when a study is resumed


@contextmanager
def locked(folder: Path, base: Config, space: Space, reviews: dict[str, str]) -> Iterator[None]:
    """Create the folder, or reuse an existing study, and lock it for the duration of the block.

    Raises ``RunError`` when another process has locked it, or when the study was started with
    another base, space or other reviews, and ``OutputError`` when it cannot be created.
    """
    asked = {
        "base": {key: value for key, value in asdict(base).items() if key not in CHANGEABLE},
        "space": {key: asdict(values) for key, values in space.items()},
        "reviews": reviews,
    }
    _check_same_study(folder, json.loads(json.dumps(asked)))
    make_folder(folder)
    with lock.locked(folder, folder.name, "searched"):
        write_json(folder / ABOUT, asked)
        _sweep(folder)
        try:
            yield
        finally:
            _sweep(folder)


def _check_same_study(folder: Path, asked: dict[str, Any]) -> None:
    """Raise ``RunError`` when the folder holds another study or something else."""
    about = folder / ABOUT
    if not about.exists():
        if folder.is_dir() and any(path.name[0] != "." for path in folder.iterdir()):
            raise RunError(f"{folder} exists and is not a study: choose another --name")
        return
    try:
        before = json.loads(about.read_text(encoding="utf-8"))
        changed = [
            f"{part} {key}".removeprefix("base ")
            for part in asked
            for key in sorted(asked[part].keys() | before[part].keys())
            if asked[part].get(key) != before[part].get(key)
        ]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise RunError(f"{about} is damaged: {error}") from error
    if changed:
        raise RunError(
            f"{folder} was started with other values of {', '.join(changed)}: "
            "resume with the same values, or start another study with --name"
        )


def _sweep(folder: Path) -> None:
    """Remove the temporary folders of killed trials."""
    for scratch in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(scratch, ignore_errors=True)


def write_trials(folder: Path, trials: Sequence[Trial], space: Space) -> None:
    """Write ``trials.csv``, one row per trial: its number, outcome and values."""
    head = ["trial", *(field.name for field in fields(Outcome)), *space]
    rows = [
        [trial.number, *asdict(trial.outcome).values(), *(trial.values[name] for name in space)]
        for trial in trials
    ]
    write_text(folder / "trials.csv", csv_text([head, *rows]))


def write_best(folder: Path, base: Config, best: Trial) -> None:
    """Write ``best.toml``: all options of the best trial, for ``train --config``."""
    found = best.outcome
    comment = (
        f"# Trial {best.number} of {folder.name}: validation log loss {found.log_loss:.4f}, "
        f"accuracy {found.accuracy:.4f}, best epoch {found.best_epoch}.\n"
    )
    write_text(folder / "best.toml", comment + replace(base, **best.values).to_toml())
