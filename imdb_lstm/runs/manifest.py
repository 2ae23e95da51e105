"""The manifest of a finished run: its format, versions, data fingerprints and file checksums.

While it trains, a run is the folder ``.NAME.unfinished``; finished, it gets a manifest and is
renamed to ``NAME``. A folder under a run's own name is therefore always complete.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imdb_lstm.device import package_versions
from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.runs.files import TEMPORARY, write_json
from imdb_lstm.runs.find import LANGUAGE_MODEL_FILE, MANIFEST_FILE

FORMAT_VERSION = 3  # since options, metrics and layers have the field's names
CHECKPOINT_FILE = "checkpoint.npz"
PREPARED_FILE = "prepared.npz"  # the ids and labels that an unfinished run is trained on
REVIEWS_FILE = "reviews.json"  # the data fingerprints of an unfinished run
NGRAMS_FILE = "ngrams.npz"
NETWORK_FILE = "model.keras"
CARD_FILE = "MODEL_CARD.md"
VALIDATION_FILE = "validation.csv"
NGRAM_FILES = (NGRAMS_FILE, "config.toml", "metrics.json", CARD_FILE, VALIDATION_FILE)
NETWORK_FILES = (NETWORK_FILE, "vocabulary.txt", "history.csv", *NGRAM_FILES[1:])
LANGUAGE_MODEL_FILES = (
    LANGUAGE_MODEL_FILE, "vocabulary.txt", "history.csv", "config.toml", "metrics.json", CARD_FILE,
)  # fmt: skip


def finalize(folder: Path, finished: Path, fingerprints: dict[str, str]) -> Path:
    """Write the manifest and give the run its name; what only an unfinished run needs is removed.

    Raises ``OutputError`` when that is not possible.
    """
    manifest = {
        "format": FORMAT_VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": package_versions(),
        "reviews": fingerprints,
        "files": {name: _sha256(folder / name) for name in _required_files(os.listdir(folder))},
    }
    write_json(folder / MANIFEST_FILE, manifest)
    try:
        os.replace(folder, finished)
    except OSError as error:
        raise OutputError(f"{finished} cannot be written: {error.strerror}") from error
    for name in (CHECKPOINT_FILE, REVIEWS_FILE, PREPARED_FILE):
        (finished / name).unlink(missing_ok=True)
    for left_over in finished.glob(f".*{TEMPORARY}"):  # by a process that was killed
        left_over.unlink()
    return finished


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a run whose files have its checksums. Raises ``RunError`` for any other."""
    if not (folder / MANIFEST_FILE).is_file():
        raise RunError(f"{folder} is no finished run: it holds no {MANIFEST_FILE}")
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        version, files = manifest["format"], dict(manifest["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder / MANIFEST_FILE} is damaged: {error}") from error
    if version != FORMAT_VERSION:
        raise RunError(
            f"{folder} has run format {version}; this version reads format {FORMAT_VERSION}: "
            "train it again"
        )
    for name in _required_files(files):
        if not (folder / name).is_file():
            raise RunError(f"{folder} is damaged: {name} is missing")
        if files.get(name) != _sha256(folder / name):
            raise RunError(f"{folder} is damaged: {name} does not have the checksum it should")
    return manifest


def model_bytes(folder: Path) -> int:
    """Size of the file that holds a run's weights."""
    names = (NGRAMS_FILE, NETWORK_FILE)
    return next((folder / name).stat().st_size for name in names if (folder / name).exists())


def _required_files(names: Iterable[str]) -> tuple[str, ...]:
    """The files that make up a run, or a language model, that holds those named."""
    if NGRAMS_FILE in names:
        return NGRAM_FILES
    return LANGUAGE_MODEL_FILES if LANGUAGE_MODEL_FILE in names else NETWORK_FILES


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
