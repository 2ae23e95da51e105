"""The manifest of a finished run: its format, versions, data fingerprints and file checksums.

During training, a run is the folder ``.NAME.unfinished``; a finished run gets a manifest and is
renamed to ``NAME``. A folder with the name of a run is therefore always complete.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imdb_lstm.device import package_versions
from imdb_lstm.errors import RunError, one_line
from imdb_lstm.runs.files import TEMPORARY, reading, write_json, writing
from imdb_lstm.runs.find import LANGUAGE_MODEL_FILE, MANIFEST_FILE
from imdb_lstm.runs.lock import LOCK_FILE
from imdb_lstm.stored.text import check_size, leading_out, parse_json, read_text

FORMAT_VERSION = 4  # no other is read
CHECKPOINT_FILE = "checkpoint.npz"
PREPARED_FILE = "prepared.npz"  # the training data of an unfinished run, as ids
REVIEWS_FILE = "reviews.json"  # the data fingerprints of an unfinished run
NGRAMS_FILE = "ngrams.npz"
NETWORK_FILE = "model.keras"
CARD_FILE = "MODEL_CARD.md"
VALIDATION_FILE = "validation.csv"
CLASSES_FILE = "classes.json"
LEARNED_FILE = "learned.npy"
NGRAM_FILES = (
    NGRAMS_FILE, "config.toml", "metrics.json", CARD_FILE, VALIDATION_FILE, CLASSES_FILE,
    LEARNED_FILE,
)  # fmt: skip
NETWORK_FILES = (NETWORK_FILE, "vocabulary.txt", "history.csv", *NGRAM_FILES[1:])
LANGUAGE_MODEL_FILES = (
    LANGUAGE_MODEL_FILE, "vocabulary.txt", "history.csv", "config.toml", "metrics.json", CARD_FILE,
)  # fmt: skip


def finalize(folder: Path, finished: Path, fingerprints: dict[str, str]) -> Path:
    """Write the manifest, rename the run to ``finished``, and remove what only training needs.

    ``fingerprints``: SHA-256 of the reviews of each split. Returns ``finished``. Raises
    ``OutputError``.
    """
    with writing(finished):
        manifest = {
            "format": FORMAT_VERSION,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": package_versions(),
            "reviews": fingerprints,
            "files": {name: _sha256(folder / name) for name in _required_files(os.listdir(folder))},
        }
        write_json(folder / MANIFEST_FILE, manifest)
        os.replace(folder, finished)
    _remove_training_files(finished)
    return finished


def _remove_training_files(finished: Path) -> None:
    """Remove what only an unfinished run needs; a file that stays does no harm."""
    temporary = finished.glob(f".*{TEMPORARY}.*")  # left by a process that was killed
    names = (CHECKPOINT_FILE, REVIEWS_FILE, PREPARED_FILE, LOCK_FILE)
    needless = [finished / name for name in names]
    for path in [*needless, *temporary]:
        with contextlib.suppress(OSError):
            path.unlink()


def verify(folder: Path) -> dict[str, Any]:
    """Check the files of a run by their checksums, and return its manifest.

    Raises ``RunError`` for a folder that is not a finished run, is damaged, or has another format.
    """
    check_links(folder)
    manifest = _read_manifest(folder)
    for name in _required_files(manifest["files"]):
        if not (folder / name).is_file():
            raise RunError(f"{folder} is damaged: {name} is missing")
        with reading(folder / name):
            check_size(folder / name)
            found = _sha256(folder / name)
        if manifest["files"].get(name) != found:
            raise RunError(f"{folder} is damaged: {name} does not match its checksum")
    return manifest


def verify_run(folder: Path) -> dict[str, Any]:
    """As ``verify``. Also raises ``RunError`` for a language model."""
    manifest = verify(folder)
    if LANGUAGE_MODEL_FILE in manifest["files"]:
        raise RunError(f"{folder} is a language model: imdb-lstm train --pretrained {folder.name}")
    return manifest


def _read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, its format checked. Raises ``RunError``."""
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise RunError(f"{folder} is not a finished run: it has no {MANIFEST_FILE}")
    try:
        manifest = parse_json(read_text(path))
        version, files = manifest["format"], dict(manifest["files"])
    except Exception as error:  # a foreign file can raise many kinds of errors
        raise RunError(f"{path} is damaged: {one_line(error)}") from error
    if version != FORMAT_VERSION:
        raise RunError(
            f"{folder} has run format {one_line(version, 20)}; this version reads format "
            f"{FORMAT_VERSION}: train it again"
        )
    if foreign := files.keys() - {*_required_files(files)}:
        raise RunError(f"{path} is damaged: it names {one_line(min(foreign), 60)}")
    for key in ("reviews", "versions", "files"):
        own = manifest.get(key)
        if not isinstance(own, dict) or not all(isinstance(value, str) for value in own.values()):
            raise RunError(f"{path} is damaged: {key} must be texts by name")
    if not isinstance(manifest.get("created"), str):
        raise RunError(f"{path} is damaged: it does not say when it was created")
    return manifest


def check_links(folder: Path) -> None:
    """Raise ``RunError`` for a symbolic link in a folder of a run that leads out of it.

    What is read from the folder, or written to it, would then be read or written elsewhere.
    """
    if name := leading_out(folder):
        raise RunError(f"{folder} is refused: {one_line(name)} is a link that leads out of it")


def model_bytes(folder: Path) -> int:
    """Size in bytes of the file that holds the weights of a run."""
    names = (NGRAMS_FILE, NETWORK_FILE)
    return next((folder / name).stat().st_size for name in names if (folder / name).exists())


def _required_files(names: Collection[str]) -> tuple[str, ...]:
    """The files of a complete run or language model, of the kind that the ``names`` show."""
    if NGRAMS_FILE in names:
        return NGRAM_FILES
    return LANGUAGE_MODEL_FILES if LANGUAGE_MODEL_FILE in names else NETWORK_FILES


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
