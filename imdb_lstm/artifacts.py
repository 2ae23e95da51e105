"""Run folders, the only code that writes or reads them, but ``validation`` and ``pretrained``.

While it trains, a run is ``.NAME.unfinished``; finished, it is sealed with a manifest of checksums
and renamed to ``NAME``. What stands under a run's own name is therefore always whole.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

from imdb_lstm import checkpoints, inference, runtime
from imdb_lstm.config import Config, load_config
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.linear import NgramModel
from imdb_lstm.runs import LANGUAGE_MODEL, MANIFEST
from imdb_lstm.text import Vocabulary, encode_texts

FORMAT_VERSION = 2  # the layers of a bidirectional encoder got other names
PREPARED = "prepared.npz"  # what an unfinished run is to learn from, where it is to be carried
REVIEWS = "reviews.json"  # fingerprints, until the manifest has them
NGRAMS = "ngrams.npz"
CARD = "MODEL_CARD.md"
LINEAR_FILES = (NGRAMS, "config.toml", "metrics.json", CARD)
CORE_FILES = ("model.keras", "vocabulary.txt", "history.csv", *LINEAR_FILES[1:])
VALIDATION = "validation.csv"  # of runs of earlier versions there is none
LANGUAGE_FILES = (LANGUAGE_MODEL, "vocabulary.txt", "history.csv", "config.toml", "metrics.json")
LATER_FILES = (VALIDATION, CARD)  # not every run or language model was made with
NGRAM_OPTIONS = {  # all that n-grams read
    "data", "text_column", "label_column", "split_column", "rating_column", "group_column",
    "pair_column", "positive_label", "negative_label", "validation_fraction", "test_fraction",
    "train_limit", "extra_reviews", "unlabelled", "encoder", "ngrams", "ngram_units",
    "minimum_count", "seed",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A finished run, loaded and checked. A linear one has no vocabulary but its n-grams."""

    folder: Path
    model: keras.Model | NgramModel
    vocabulary: Vocabulary | None
    config: Config
    manifest: dict[str, Any]

    def predict_logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits of "positive", float32 (n,), for n raw texts of any length."""
        if not len(texts):
            return np.zeros(0, dtype=np.float32)
        if self.vocabulary is None:
            return self.model.predict_logits(texts)
        ids = encode_texts(texts, self.vocabulary, self.config.maximum_length)
        return inference.predict_logits(self.model, ids)


def unfinished_folder(output: Path, name: str) -> Path:
    """Where a run of this name lies while it trains."""
    return output / f".{name}.unfinished"


def find_unfinished(output: Path, name: str | None) -> tuple[str, Config]:
    """Name and configuration of a run to go on with; without a name, of the one changed last.

    Where that is the teacher of another, it is the other, which goes on with its teachers. Raises
    ``RunError`` when there is none, naming those there are.
    """
    folders = [config.parent for config in output.glob(".*.unfinished/config.toml")]
    folders.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    names = [folder.name.removeprefix(".").removesuffix(".unfinished") for folder in folders]
    if not names or name not in (None, *names):
        raise RunError(f"nothing to resume: unfinished in {output}: {', '.join(names) or 'none'}")
    chosen = name or next((own for own in names if _teaches(output, names[0], own)), names[0])
    return chosen, load_config(unfinished_folder(output, chosen) / "config.toml")


def _teaches(output: Path, teacher: str, name: str) -> bool:
    """Whether an unfinished run is one of the teachers of another."""
    config = load_config(unfinished_folder(output, name) / "config.toml")
    kinds = [] if config.teacher == "none" else config.teacher.split("+")
    return teacher in [f"{name}-{kind}" for kind in kinds]


def check_name(output: Path, name: str, config: Config, resume: bool) -> Path:
    """The folder to train in, not made yet. Raises ``RunError`` when that would lose something."""
    if Path(name).name != name:
        raise ConfigError(f"{name!r} cannot be the name of a run: choose one without /")
    folder, finished = unfinished_folder(output, name), output / name
    if finished.exists():
        raise RunError(f"{finished} exists: choose another --name, or delete it")
    if (folder / "config.toml").exists() and not resume:
        raise RunError(f"{name} is unfinished in {output}: go on with --resume --name {name}")
    changed = resume and changed_options(config, find_unfinished(output, name)[1])
    if changed:
        raise RunError(
            f"{name} was begun with other values of {', '.join(changed)}: "
            "resume with the same, or begin another run with --name"
        )
    return folder


def changed_options(config: Config, before: Config) -> list[str]:
    """Names of the options, of those that decide a result, of which the values differ."""
    read = NGRAM_OPTIONS if config.is_linear else vars(config).keys()
    kept = read - {"device", "tensorboard"}
    return sorted(key for key in kept if getattr(config, key) != getattr(before, key))


def begin(folder: Path, config: Config, fingerprints: dict[str, str]) -> None:
    """Make the folder of an unfinished run, which from now on can be resumed.

    Raises ``RunError`` when it was begun with other reviews.
    """
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error
    begun = folder / REVIEWS
    before = json.loads(begun.read_text(encoding="utf-8")) if begun.exists() else fingerprints
    changed = [part for part, found in fingerprints.items() if before.get(part) != found]
    if changed:
        origins = {
            "extra": config.extra_reviews,
            "unlabelled": config.unlabelled,
            "teachers": config.distilled_from,
        }
        file = origins.get(changed[0], config.data)
        raise RunError(f"{file} has changed since {folder} was begun: begin another run")
    write_json(begun, fingerprints)
    write_text(folder / "config.toml", config.to_toml())


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises ``OutputError`` when there is no room for it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def write_json(path: Path, value: Any) -> None:
    """``write_text`` of indented JSON."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_array(path: Path, array: np.ndarray) -> None:
    """Write ``.npy`` whole or not at all, in a folder made if need be."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as stream:
            np.save(stream, array)
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def write_model(folder: Path, model: keras.Model, vocabulary: Vocabulary) -> None:
    """Save the network, without its optimizer, and the words it reads."""
    bare = keras.Model(model.input, model.output, name=model.name)
    try:
        bare.save(folder / "model.keras")
        vocabulary.save(folder / "vocabulary.txt")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error


def write_ngrams(folder: Path, model: NgramModel) -> None:
    """Save the n-grams of a linear run and their weights."""
    try:
        model.save(folder / NGRAMS)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error


def write_history(path: Path, history: list[dict[str, float]]) -> None:
    """One CSV row an epoch."""
    rows = [",".join(history[0])] + [",".join(map(str, row.values())) for row in history]
    write_text(path, "\n".join(rows) + "\n")


def read_history(folder: Path) -> dict[str, list[float]]:
    """Column → values of a run's ``history.csv``."""
    with (folder / "history.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {key: [float(row[key]) for row in rows] for key in rows[0]}


def write_figures(folder: Path, figures: Mapping[str, Any]) -> None:
    """Save matplotlib figures as ``NAME.png`` in the folder, made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            unfinished = folder / f".{name}.unfinished"
            figure.savefig(unfinished, dpi=120, bbox_inches="tight", format="png")
            unfinished.replace(folder / f"{name}.png")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}") from error


def model_bytes(folder: Path) -> int:
    """Size of the file that holds a run's weights."""
    name = NGRAMS if (folder / NGRAMS).exists() else CORE_FILES[0]
    return (folder / name).stat().st_size


def read_metrics(folder: Path) -> dict[str, Any]:
    """What training measured: a run's ``metrics.json``."""
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _core_files(names: Iterable[str]) -> tuple[str, ...]:
    """The files that a run, or a language model, must hold, which holds those named."""
    core: tuple[str, ...] = LINEAR_FILES if NGRAMS in names else CORE_FILES
    core = LANGUAGE_FILES if LANGUAGE_MODEL in names else core
    return (*core, *(name for name in LATER_FILES if name in names and name not in core))


def seal(folder: Path, finished: Path, fingerprints: dict[str, str]) -> Path:
    """Write the manifest, then give the run its name; only then the checkpoint is not needed."""
    manifest = {
        "format": FORMAT_VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": runtime.versions(),
        "reviews": fingerprints,
        "files": {name: _sha256(folder / name) for name in _core_files(os.listdir(folder))},
    }
    write_json(folder / MANIFEST, manifest)
    os.replace(folder, finished)
    for name in (checkpoints.FILE, REVIEWS, PREPARED):
        (finished / name).unlink(missing_ok=True)
    return finished


def check(folder: Path) -> dict[str, Any]:
    """The manifest of a run that agrees with itself. Raises ``RunError``, naming what does not."""
    if not (folder / MANIFEST).is_file():
        raise RunError(f"{folder} is no finished run: it holds no {MANIFEST}")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version, files = manifest["format"], dict(manifest["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder / MANIFEST} is damaged: {error}") from error
    if version != FORMAT_VERSION:
        raise RunError(f"{folder} is of format {version}; this version reads {FORMAT_VERSION}")
    for name in _core_files(files):
        if not (folder / name).is_file():
            raise RunError(f"{folder} is damaged: {name} is missing")
        if files.get(name) != _sha256(folder / name):
            raise RunError(f"{folder} is damaged: {name} does not have the checksum it should")
    return manifest


def load_run(folder: Path) -> Run:
    """Load a finished run, its checksums checked first and no code of it executed.

    Raises ``RunError`` when the folder is missing, damaged, or disagrees with itself.
    """
    manifest = check(folder)
    if LANGUAGE_MODEL in manifest["files"]:
        raise RunError(f"{folder} is a language model: imdb-lstm train --pretrained {folder.name}")
    from imdb_lstm import layers, recurrent  # noqa: F401  registers what model.keras is made of

    try:
        config = load_config(folder / "config.toml")
        if NGRAMS in manifest["files"]:
            return Run(folder, NgramModel.load(folder / NGRAMS), None, config, manifest)
        vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        model = keras.saving.load_model(folder / "model.keras", compile=False, safe_mode=True)
        words = model.get_layer("embedding").input_dim
    except Exception as error:  # whatever Keras meets in a foreign file
        raise RunError(f"{folder} cannot be loaded: {error}") from error
    if words != len(vocabulary):
        raise RunError(f"{folder} disagrees with itself: embedding and vocabulary differ in size")
    return Run(folder, model, vocabulary, config, manifest)
