"""The folder of a run during training: created, found again, and checked before it is resumed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from imdb_lstm.config.fields import NGRAMS
from imdb_lstm.config.groups import options_for
from imdb_lstm.config.options import Config
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.runs.files import make_folder, read_json, write_json, write_text
from imdb_lstm.runs.find import UNFINISHED
from imdb_lstm.runs.lock import check_unlocked, locked
from imdb_lstm.runs.manifest import REVIEWS_FILE, check_links
from imdb_lstm.runs.names import check_name
from imdb_lstm.runs.outputs import check_folder

TRAINED = "trained"  # what happens to a locked folder


def unfinished_folder(output: Path, name: str) -> Path:
    """The folder of the run with this name during training."""
    return output / f".{name}{UNFINISHED}"


def run_name(folder: Path) -> str:
    """The name of a run, finished or not, from its folder.

    >>> run_name(Path("saved_models/films")), run_name(unfinished_folder(Path("x"), "films"))
    ('films', 'films')
    """
    return folder.name.removeprefix(".").removesuffix(UNFINISHED)


def find_unfinished(output: Path, name: str | None) -> tuple[str, Config]:
    """Name and configuration of the run to resume; without a name, of the one changed last.

    If that run gives pseudo-labels to another, the other is resumed, which resumes its labellers
    too. Raises ``RunError`` when there is no such run; the message lists the unfinished runs.
    """
    folders = [config.parent for config in output.glob(f".*{UNFINISHED}/config.toml")]
    folders.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    names = [run_name(folder) for folder in folders]
    if not names or name not in (None, *names):
        raise RunError(f"nothing to resume: unfinished in {output}: {', '.join(names) or 'none'}")
    last = names[0]
    chosen = name or next((own for own in names if _labels_for(output, last, own)), last)
    check_links(unfinished_folder(output, chosen))
    return chosen, load_config(unfinished_folder(output, chosen) / "config.toml")


def _labels_for(output: Path, labeller: str, name: str) -> bool:
    """Whether the run ``labeller`` gives pseudo-labels to the unfinished run ``name``."""
    try:
        config = load_config(unfinished_folder(output, name) / "config.toml")
    except ConfigError:  # of an earlier version
        return False
    return labeller in [f"{name}-{kind}" for kind in config.pseudo_labels_from.split("+")]


def check_new_name(output: Path, name: str, kind: str) -> None:
    """Raise an error for a name that cannot be used, before the work.

    ``ConfigError`` for an impossible name, ``RunError`` for one in use, and ``OutputError`` for a
    folder that cannot be written to.
    """
    check_name(name, kind)
    _check_unused(output / name)
    check_folder(output)


def _check_unused(finished: Path) -> None:
    if finished.exists():
        raise RunError(f"{finished} exists: choose another --name, or delete it")


def check_run_name(output: Path, name: str, config: Config, resume: bool) -> Path:
    """The folder to train in, which is not created yet.

    Raises ``ConfigError`` for an impossible name, ``OutputError`` for a folder that cannot be
    written to, and ``RunError`` when a run of this name is finished, is being trained, is
    unfinished and not resumed, or was started with other options.
    """
    check_new_name(output, name, "run")
    folder = unfinished_folder(output, name)
    check_unlocked(folder, name, TRAINED)
    if (folder / "config.toml").exists() and not resume:
        raise RunError(f"{name} is unfinished in {output}: resume it with --resume --name {name}")
    changed = resume and changed_options(config, find_unfinished(output, name)[1])
    if changed:
        raise RunError(
            f"{name} was started with other values of {', '.join(changed)}: "
            "resume it with the same, or start another run with --name"
        )
    return folder


def changed_options(config: Config, before: Config) -> list[str]:
    """Names of the options that differ, of those that influence the result, sorted."""
    every = [field.name for field in fields(Config)]
    read = options_for(NGRAMS) if config.uses_ngrams else every
    deciding = set(read) - {"device", "devices", "tensorboard"}
    return sorted(name for name in deciding if getattr(config, name) != getattr(before, name))


@contextlib.contextmanager
def created(
    folder: Path, finished: Path, config: Config, fingerprints: dict[str, str]
) -> Iterator[None]:
    """Create the folder of an unfinished run, or check one that exists, and lock it for the block.

    Raises ``RunError`` when another process trains the run of this name, has finished it since, or
    started it with other reviews, and ``OutputError``.
    """
    make_folder(folder)
    with locked(folder, finished.name, TRAINED):
        _check_unused(finished)
        create(folder, config, fingerprints)
        yield


def create(folder: Path, config: Config, fingerprints: dict[str, str]) -> None:
    """Create the folder of an unfinished run, or check one that exists. It can then be resumed.

    Raises ``RunError`` when it was started with other reviews, and ``OutputError``.
    """
    check_links(folder)
    make_folder(folder / "figures")
    path = folder / REVIEWS_FILE
    before = read_json(path) if path.exists() else fingerprints
    if not isinstance(before, dict):
        raise RunError(f"{path} cannot be read: it holds no fingerprints by name")
    changed = [part for part, found in fingerprints.items() if before.get(part) != found]
    if changed:
        origins = {
            "extra": config.extra_reviews,
            "counterfactual": config.antonyms or config.data,
            "unlabelled": config.unlabelled,
            "distilled_from": config.distilled_from,
        }
        source = origins.get(changed[0], config.data)
        raise RunError(f"{source} has changed since {folder} was started: start another run")
    write_json(path, fingerprints)
    write_text(folder / "config.toml", config.to_toml())
