"""Finding a finished run: by folder, by name, the newest, or the one shipped with the package.

The shipped runs are in ``saved_models/`` of the repository; an installed package holds a copy.
"""

from __future__ import annotations

import os
from pathlib import Path

from imdb_lstm.errors import RunError

MANIFEST_FILE = "manifest.json"  # every finished run has one, and no other folder
LANGUAGE_MODEL_FILE = "language_model.npz"
SAVED_MODELS = Path("saved_models")
SHIPPED = "shipped"
SHIPPED_LANGUAGE_MODEL = "shipped_encoder"  # a language model to train from
PACKAGE = Path(__file__).parents[1]
SHIPPED_FOLDERS = (PACKAGE, PACKAGE.parent / SAVED_MODELS)


def find_run(run: str | os.PathLike[str] | None, saved_models: Path) -> Path:
    """Find the folder of a run, which is given by its folder or name; ``None``: the newest run.

    Without a run in ``saved_models`` the newest is the shipped one. The name "shipped" always
    finds it, and "shipped_encoder" the bundled language model. Raises ``RunError`` when there is no
    run.
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
    """The folder with this path or name; if there are several, the one that holds a run."""
    shipped = shipped_folder(str(run)) if str(run) in (SHIPPED, SHIPPED_LANGUAGE_MODEL) else None
    places = [run, saved_models / run, *([shipped] if shipped else [])]
    found = [place for place in places if (place / MANIFEST_FILE).exists()]
    return (found or [place for place in reversed(places) if place.exists()] or [run])[0]


def _is_own_run(folder: Path) -> bool:
    """Whether the run was trained here and is a classifier."""
    return folder.name != SHIPPED and not (folder / LANGUAGE_MODEL_FILE).exists()


def results_folder(run: Path) -> Path:
    """Where evaluations of a run are written: its own folder, but never an installed package.

    >>> results_folder(Path("saved_models/films")).as_posix()
    'saved_models/films'
    """
    return SAVED_MODELS / run.name if run.parent == SHIPPED_FOLDERS[0] else run


def shipped_folder(name: str = SHIPPED) -> Path | None:
    """The folder of the run that the package ships under this name, if there is one."""
    places = [folder / name for folder in SHIPPED_FOLDERS]
    return next((place for place in places if (place / MANIFEST_FILE).exists()), None)
