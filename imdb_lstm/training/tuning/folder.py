"""The folder of a study: one process at a time, one question for good, results always whole."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import Config
from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.runs.files import write_json, write_text
from imdb_lstm.training.tuning.space import Space
from imdb_lstm.training.tuning.trials import SCRATCH, Outcome, Trial

ABOUT = "study.json"
ANYWHERE = ("device", "tensorboard")  # may change while a study goes on


@contextmanager
def owned(folder: Path, base: Config, space: Space, reviews: dict[str, str]) -> Iterator[None]:
    """Make the folder, or take up the one there is, for this process alone while the block lasts.

    Raises ``RunError`` when another process has it, or when it was begun with another base, space
    or other reviews, and ``OutputError`` when it cannot be made.
    """
    asked = {
        "base": {key: value for key, value in asdict(base).items() if key not in ANYWHERE},
        "space": {key: asdict(values) for key, values in space.items()},
        "reviews": reviews,
    }
    _refuse_another(folder, json.loads(json.dumps(asked)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("a")
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # freed when the process ends
        except BlockingIOError as error:
            raise RunError(f"{folder} is in use by another process: wait for it") from error
        write_json(folder / ABOUT, asked)
        _sweep(folder)
        try:
            yield
        finally:
            _sweep(folder)


def _refuse_another(folder: Path, asked: dict[str, Any]) -> None:
    about = folder / ABOUT
    if not about.exists():
        if folder.is_dir() and any(path.name[0] != "." for path in folder.iterdir()):
            raise RunError(f"{folder} exists and is no study: choose another --name")
        return
    try:
        begun = json.loads(about.read_text(encoding="utf-8"))
        changed = [
            f"{part} {key}".removeprefix("base ")
            for part in asked
            for key in sorted(asked[part].keys() | begun[part].keys())
            if asked[part].get(key) != begun[part].get(key)
        ]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise RunError(f"{about} is damaged: {error}") from error
    if changed:
        raise RunError(
            f"{folder} was begun with other values of {', '.join(changed)}: "
            "go on with the same, or begin another study with --name"
        )


def _sweep(folder: Path) -> None:
    """Remove what killed trials left behind."""
    for scratch in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(scratch, ignore_errors=True)


def write_trials(folder: Path, trials: Sequence[Trial], space: Space) -> None:
    """Write ``trials.csv``, one row a trial: how it ended, what it measured, what it tried."""
    lines = io.StringIO()
    names = ["trial", *(field.name for field in fields(Outcome)), *space]
    writer = csv.DictWriter(lines, names, lineterminator="\n")
    writer.writeheader()
    for trial in trials:
        writer.writerow({"trial": trial.number, **asdict(trial.outcome), **trial.values})
    write_text(folder / "trials.csv", lines.getvalue())


def write_best(folder: Path, base: Config, best: Trial) -> None:
    """Write ``best.toml``: every option as the best trial had it, for ``train --config``."""
    found = best.outcome
    comment = (
        f"# Trial {best.number} of {folder.name}: validation log loss {found.log_loss:.4f}, "
        f"accuracy {found.accuracy:.4f}, best epoch {found.best_epoch}.\n"
    )
    write_text(folder / "best.toml", comment + replace(base, **best.values).to_toml())
