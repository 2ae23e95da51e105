"""The folder of a run while it trains: created, found again, and checked before it is resumed."""

from __future__ import annotations

import json
from pathlib import Path

from imdb_lstm.config.fields import NETWORK, NGRAMS
from imdb_lstm.config.groups import options_for
from imdb_lstm.config.options import Config
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.runs.files import make_folder, write_json, write_text
from imdb_lstm.runs.manifest import REVIEWS_FILE


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
    chosen = name or next((own for own in names if _is_teacher_of(output, names[0], own)), names[0])
    return chosen, load_config(unfinished_folder(output, chosen) / "config.toml")


def _is_teacher_of(output: Path, teacher: str, name: str) -> bool:
    """Whether an unfinished run is one of the teachers of another."""
    config = load_config(unfinished_folder(output, name) / "config.toml")
    kinds = [] if config.pseudo_labels_from == "none" else config.pseudo_labels_from.split("+")
    return teacher in [f"{name}-{kind}" for kind in kinds]


def check_run_name(output: Path, name: str, config: Config, resume: bool) -> Path:
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
    read = options_for(NGRAMS if config.uses_ngrams else NETWORK)
    kept = set(read) - {"device", "tensorboard"}
    return sorted(key for key in kept if getattr(config, key) != getattr(before, key))


def create(folder: Path, config: Config, fingerprints: dict[str, str]) -> None:
    """Make the folder of an unfinished run, which from now on can be resumed.

    Raises ``RunError`` when it was begun with other reviews.
    """
    make_folder(folder / "figures")
    begun = folder / REVIEWS_FILE
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
