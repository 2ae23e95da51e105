"""Checkpoints: all state that training changes, so that a killed run resumes exactly."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from imdb_lstm.errors import RunError, one_line
from imdb_lstm.runs.files import stored_arrays, write_arrays
from imdb_lstm.runs.manifest import CHECKPOINT_FILE
from imdb_lstm.stored.text import parse_json

SECONDS_BETWEEN = 300.0  # between two checkpoints within an epoch


@dataclass(frozen=True)
class ResumePoint:
    """How far a fit has come within an epoch.

    ``batches``: number of batches done; ``seconds``: time they took; ``sums``: values of the
    variables of all metrics. ``stopped``: early stopping has ended the fit.
    """

    stopped: bool = False
    batches: int = 0
    seconds: float = 0.0
    sums: list[float] = field(default_factory=list)


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras' early stopping, except that it can start from a ``restored`` state."""

    def __init__(self, patience: int) -> None:
        super().__init__("val_loss", patience=patience, mode="min", restore_best_weights=True)
        self.restored: dict[str, Any] = {}

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        for name, value in self.restored.items():
            setattr(self, name, value)


class Checkpoint(keras.callbacks.Callback):
    """Save a checkpoint after every epoch, and every ``SECONDS_BETWEEN`` within one.

    It must come after every callback that changes or stops the model. ``resumed``: the point from
    which the first epoch continues; the metrics must have been built by then.
    """

    def __init__(
        self, folder: Path, stopping: EarlyStopping, history: list[dict], resumed: ResumePoint
    ) -> None:
        super().__init__()
        self.folder, self.stopping, self.history = folder, stopping, history
        self.resumed = resumed

    def on_epoch_begin(self, epoch, logs=None):
        self.before, self.resumed = self.resumed, ResumePoint()
        self.began = self.saved = time.monotonic()
        for variable, value in zip(self.model.metrics_variables, self.before.sums, strict=False):
            variable.assign(value)

    def on_train_batch_end(self, batch, logs=None):
        now, last = time.monotonic(), batch + 1 == self.params["steps"]
        if now - self.saved < SECONDS_BETWEEN or last:
            return
        point = ResumePoint(
            batches=self.before.batches + batch + 1,
            seconds=self.before.seconds + now - self.began,
            sums=[float(np.asarray(value)) for value in self.model.metrics_variables],
        )
        save_fit(self.folder, self.model, self.stopping, self.history, point)
        self.saved = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        point = ResumePoint(stopped=bool(self.model.stop_training))
        save_fit(self.folder, self.model, self.stopping, self.history, point)


def _variables(model: keras.Model) -> list[keras.Variable]:
    """All variables that training changes: weights, random states, moments, step count."""
    return [*model.variables, *model.optimizer.variables]


def save_fit(
    folder: Path,
    model: keras.Model,
    stopping: EarlyStopping,
    history: list[dict],
    point: ResumePoint,
) -> None:
    """Save the current state of a fit and the best weights so far."""
    progress = {"history": history, "resume_point": asdict(point)}
    if history:
        progress["stopping"] = {
            "best": float(stopping.best),
            "best_epoch": int(stopping.best_epoch),
            "wait": int(stopping.wait),
        }
    write_checkpoint(folder, model, progress, stopping.best_weights if history else [])


def write_checkpoint(
    folder: Path, model: keras.Model, progress: Any, best: Sequence[np.ndarray] = ()
) -> None:
    """Write ``checkpoint.npz`` atomically. Raises ``OutputError``.

    ``progress``: a value that JSON can represent.
    """
    arrays = {f"variable_{i}": np.asarray(v) for i, v in enumerate(_variables(model))}
    arrays |= {f"best_{i}": weight for i, weight in enumerate(best)}
    write_arrays(
        folder / CHECKPOINT_FILE, np.savez, progress=np.array(json.dumps(progress)), **arrays
    )


def read_checkpoint(folder: Path, model: keras.Model) -> tuple[Any, list[np.ndarray]] | None:
    """Restore the checkpoint into a compiled model; return its progress and best weights.

    Without a checkpoint, return None and change nothing. Raises ``RunError`` when the file is
    damaged or belongs to another network.
    """
    path = folder / CHECKPOINT_FILE
    if not path.exists():
        return None
    if not model.optimizer.built:  # that of loss scaling would have its variables twice
        model.optimizer.build(model.trainable_variables)
    with stored_arrays(path, "damaged, or belongs to another network") as stored:
        for i, variable in enumerate(_variables(model)):
            variable.assign(stored[f"variable_{i}"])
        count = sum(name.startswith("best_") for name in stored)
        best = [stored[f"best_{i}"] for i in range(count)]
        progress = parse_json(str(stored["progress"]))
        if not isinstance(progress, dict):
            raise ValueError("it holds no progress")
        return progress, best


def restore_fit(
    folder: Path, model: keras.Model, stopping: EarlyStopping, history: list[dict]
) -> ResumePoint:
    """Restore a fit from the checkpoint, if there is one; return its resume point.

    The finished epochs are appended to ``history``.
    """
    found = read_checkpoint(folder, model)
    if found is None:
        return ResumePoint()
    try:
        restored = _restored(*found, model)
    except Exception as error:  # a foreign file can raise many kinds of errors
        raise RunError(
            f"{folder / CHECKPOINT_FILE} is damaged: {one_line(error)}. "
            f"Delete {folder} to start over"
        ) from error
    rows, stopping.restored, point = restored
    history.extend(rows)
    return point


def _restored(
    progress: dict[str, Any], best: list[np.ndarray], model: keras.Model
) -> tuple[list[dict[str, float]], dict[str, Any], ResumePoint]:
    """The history, the state of early stopping and the point of a checkpoint.

    Raises ``ValueError``, ``TypeError`` and ``KeyError`` for what no fit has written.
    """
    rows, point = progress["history"], ResumePoint(**progress["resume_point"])
    shapes = [tuple(weight.shape) for weight in model.weights] if rows else []
    if [weight.shape for weight in best] != shapes:
        raise ValueError("the best weights are not those of the network")
    numbers = [point.seconds, *point.sums, *(value for row in rows for value in row.values())]
    state: dict[str, Any] = {}
    if rows:
        state = {key: progress["stopping"][key] for key in ("best", "best_epoch", "wait")}
        numbers += [*state.values(), *(row["seconds"] for row in rows)]
    if not all(type(number) in (int, float) for number in numbers):
        raise ValueError("a value is no number")
    if type(point.stopped) is not bool or type(point.batches) is not int or point.batches < 0:
        raise ValueError("the point to resume from is none")
    if rows and not 0 <= int(state["best_epoch"]) < len(rows):
        raise ValueError("the best epoch is none of the history")
    return rows, {**state, "best_weights": best} if rows else {}, point
