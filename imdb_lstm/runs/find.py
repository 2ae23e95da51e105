"""Which finished run is meant: a folder, a name, the newest, or one shipped with the package.

What is shipped lies in ``saved_models/`` of the repository; an installed package brings a copy.
"""

from __future__ import annotations

import os
from pathlib import Path

from imdb_lstm.errors import RunError

MANIFEST_FILE = "manifest.json"  # what a finished run holds, and nothing else
LANGUAGE_MODEL_FILE = "language_model.npz"
SAVED_MODELS = Path("saved_models")
SHIPPED = "shipped"
SHIPPED_LANGUAGE_MODEL = "shipped_encoder"  # a language model to train from
PACKAGE = Path(__file__).parents[1]
SHIPPED_FOLDERS = (PACKAGE, PACKAGE.parent / SAVED_MODELS)


def find_run(run: str | os.PathLike[str] | None, saved_models: Path) -> Path:
    """The folder of a run: given as a folder, by its name, or none: the one finished last.

    Where nobody has finished one here, it is the shipped one, which also goes by the name
    "shipped", as "shipped_encoder" names the language model beside it. Raises ``RunError`` when
    there is none.
    """
    if run is not None:
        return _named(Path(run), saved_models)
    found = saved_models.glob(f"[!.]*/{MANIFEST_FILE}")
    manifests = [path for path in found if _is_own_run(path.parent)]
    manifests.sort(key=lambda path: path.stat().st_mtime)
    folder = manifests[-1].parent if manifests else shipped_folder()
    if folder is None:
        raise RunError(f"no finished run in {saved_models}: make one with imdb-lstm train")
    return folder


def _named(run: Path, saved_models: Path) -> Path:
    """The folder of this path or name; of several places the one that holds a run."""
    shipped = shipped_folder(str(run)) if str(run) in (SHIPPED, SHIPPED_LANGUAGE_MODEL) else None
    places = [run, saved_models / run, *([shipped] if shipped else [])]
    found = [place for place in places if (place / MANIFEST_FILE).exists()]
    return (found or [place for place in reversed(places) if place.exists()] or [run])[0]


def _is_own_run(folder: Path) -> bool:
    """Whether it was trained here, and is no language model."""
    return folder.name != SHIPPED and not (folder / LANGUAGE_MODEL_FILE).exists()


def results_folder(run: Path) -> Path:
    """Where what is found out about a run goes: into it, but never into an installed package.

    >>> results_folder(Path("saved_models/films")).as_posix()
    'saved_models/films'
    """
    return SAVED_MODELS / run.name if run.parent == SHIPPED_FOLDERS[0] else run


def shipped_folder(name: str = SHIPPED) -> Path | None:
    """The folder of what comes with the package under this name: the run ready to predict."""
    places = [folder / name for folder in SHIPPED_FOLDERS]
    return next((place for place in places if (place / MANIFEST_FILE).exists()), None)
