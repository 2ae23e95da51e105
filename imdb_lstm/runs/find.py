"""Finding a finished run: by folder, by name, the newest, or the one shipped with the package.

The shipped runs are in ``saved_models/`` of the repository; an installed package holds a copy.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from imdb_lstm.errors import RunError
from imdb_lstm.runs.hub import cache_folder, download, is_hub_name

MANIFEST_FILE = "manifest.json"  # every finished run has one, and no other folder
UNFINISHED = ".unfinished"  # suffix of the folder of an unfinished run
LANGUAGE_MODEL_FILE = "language_model.npz"
SAVED_MODELS = Path("saved_models")
SHIPPED = "shipped"  # where no run is named and none was trained
SHIPPED_SMALL = "shipped_small"
SHIPPED_LANGUAGE_MODEL = "shipped_encoder"  # a language model to train from
BUNDLED = (SHIPPED, SHIPPED_SMALL, SHIPPED_LANGUAGE_MODEL)
PACKAGE = Path(__file__).parents[1]
SHIPPED_FOLDERS = (PACKAGE, PACKAGE.parent / SAVED_MODELS)
MOST_NAMED = 12  # names in a message


def find_run(run: str | os.PathLike[str] | None, saved_models: Path) -> Path:
    """Find the folder of a run, which is given by its folder or name; ``None``: the newest run.

    Without a run in ``saved_models`` the newest is the shipped one. The names "shipped" and
    "shipped_small" always find those, and "shipped_encoder" the bundled language model. Raises
    ``RunError`` when there is no run; where none has the name, the message says which there are. A
    run of the Hugging Face Hub, hf://OWNER/NAME, is downloaded; see ``hub``.
    """
    if run is not None and is_hub_name(run):
        return download(run)
    if run is not None:
        return _named(Path(run), saved_models)
    own = [folder for folder in _finished(saved_models) if not is_language_model(folder)]
    folder = own[0] if own else shipped_folder()
    if folder is None:
        raise RunError(f"no finished run in {saved_models}: make one with imdb-lstm train")
    return folder


def default_run_line(folder: Path, saved_models: Path) -> str:
    """A line that names the run which ``find_run`` found where none was named."""
    if folder == shipped_folder():
        why = f"since {saved_models} has no finished run"
        return f"run: {SHIPPED} (bundled with the package), {why}"
    return f"run: {folder}"


def _named(run: Path, saved_models: Path) -> Path:
    """The folder with this path or name; if there are several, the one that holds a run."""
    shipped = shipped_folder(str(run)) if str(run) in BUNDLED else None
    places = [run, saved_models / run, *([shipped] if shipped else [])]
    found = [place for place in places if (place / MANIFEST_FILE).exists()]
    found = found or [place for place in reversed(places) if place.exists()]
    if not found:
        raise RunError(_unknown(str(run), saved_models))
    return found[0]


def _unknown(name: str, saved_models: Path) -> str:
    """What to say where no run has this name: a similar name, and the names that there are."""
    if (saved_models / f".{name}{UNFINISHED}").exists():
        return f"{name} is unfinished: finish it with imdb-lstm train --resume --name {name}"
    folders = _finished(saved_models)
    models = [each.name for each in folders if is_language_model(each)]
    runs = [each.name for each in folders if each.name not in models]
    runs += [each for each in (SHIPPED, SHIPPED_SMALL) if shipped_folder(each)]
    models += [SHIPPED_LANGUAGE_MODEL] if shipped_folder(SHIPPED_LANGUAGE_MODEL) else []
    near = difflib.get_close_matches(name, [*runs, *models], n=1, cutoff=0.5)
    return (
        f"no run named {name}; there are: {_listed(runs)}"
        + (f"; and language models: {_listed(models)}" if models else "")
        + (f"; did you mean {near[0]}?" if near else "")
    )


def _listed(names: list[str]) -> str:
    more = [f"and {len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more]) or "none"


def _finished(saved_models: Path) -> list[Path]:
    """The runs and language models that were trained here, the newest first."""
    found = saved_models.glob(f"[!.]*/{MANIFEST_FILE}")
    manifests = [path for path in found if path.parent.name not in BUNDLED]
    manifests.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent for path in manifests]


def is_language_model(folder: Path) -> bool:
    """Return whether a folder is that of a language model, and not of a classifier."""
    return (folder / LANGUAGE_MODEL_FILE).exists()


def results_folder(run: Path) -> Path:
    """Where evaluations of a run are written: its own folder.

    What belongs to those of an installed package, or of a download, is written beside other runs.

    >>> results_folder(Path("saved_models/films")).as_posix()
    'saved_models/films'
    """
    elsewhere = run.parent == SHIPPED_FOLDERS[0] or run.is_relative_to(cache_folder())
    return SAVED_MODELS / run.name if elsewhere else run


def shipped_folder(name: str = SHIPPED) -> Path | None:
    """The folder of the run that the package ships under this name, if there is one."""
    places = [folder / name for folder in SHIPPED_FOLDERS]
    return next((place for place in places if (place / MANIFEST_FILE).exists()), None)
