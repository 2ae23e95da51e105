"""Runs of the Hugging Face Hub, named hf://OWNER/NAME or hf://OWNER/NAME@REVISION.

They are read like any run of somebody else: only files of the kinds that a run has are downloaded,
none of them a pickle, and nothing is loaded before its checksum is verified.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imdb_lstm.errors import ConfigError, RunError, UserError

SCHEME = re.compile(r"hf:/{1,2}")  # a path has one slash of the two
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}", re.ASCII)
DEFAULT_REVISION = "main"
PATTERNS = ["*.json", "*.toml", "*.txt", "*.csv", "*.keras", "*.npz", "*.npy", "MODEL_CARD.md"]
IN_FOLDERS = "*/*"  # no file of a run that is loaded is in one


def cache_folder() -> Path:
    """Folder of what can be made again: ``$IMDB_LSTM_CACHE``, or ``~/.cache/imdb_lstm``."""
    return Path(os.environ.get("IMDB_LSTM_CACHE") or Path.home() / ".cache" / "imdb_lstm")


def is_hub_name(run: str | os.PathLike[str]) -> bool:
    """Return whether this names a run of the Hub.

    >>> is_hub_name("hf://owner/films"), is_hub_name(Path("hf://owner/films")), is_hub_name("hf")
    (True, True, False)
    """
    return bool(SCHEME.match(os.fspath(run)))


def parsed(run: str | os.PathLike[str]) -> tuple[str, str]:
    """Return OWNER/NAME and the revision. Raises ``ConfigError`` for a name that cannot be.

    >>> parsed("hf://owner/films@v2")
    ('owner/films', 'v2')
    """
    name, mark, revision = SCHEME.sub("", os.fspath(run), count=1).partition("@")
    revision = revision if mark else DEFAULT_REVISION
    check_repository(name)
    if not REVISION.fullmatch(revision) or ".." in revision:
        raise ConfigError(f"{revision[:60]!r} is no revision: give hf://OWNER/NAME@REVISION")
    return name, revision


def check_repository(name: str) -> None:
    """Raise ``ConfigError`` unless this is OWNER/NAME."""
    if not NAME.fullmatch(name) or ".." in name:
        raise ConfigError(
            f"{name[:60]!r} is no repository of the Hugging Face Hub: give OWNER/NAME"
        )


def download(run: str | os.PathLike[str]) -> Path:
    """Download the files of a run, those that are new, and return their folder.

    It is in ``cache_folder``. Raises ``ConfigError`` for a name that cannot be and without the
    extra ``hub``, ``RunError`` when there is no such run or the Hub cannot be reached.
    """
    name, revision = parsed(run)
    hub = hub_library()
    owner, _, own = name.partition("/")
    folder = cache_folder() / "hub" / owner / revision.replace("/", "--") / own
    with told(RunError, f"hf://{name}", "cannot be read"):
        hub.snapshot_download(
            name, revision=revision, local_dir=folder, allow_patterns=PATTERNS,
            ignore_patterns=IN_FOLDERS,
        )  # fmt: skip
    return folder


def hub_library() -> Any:
    """Import huggingface_hub. Raises ``ConfigError`` where it is missing."""
    try:
        import huggingface_hub
    except ImportError as error:
        raise ConfigError("hf:// and push need: pip install 'imdb-lstm[hub]'") from error
    return huggingface_hub


@contextmanager
def told(kind: type[UserError], name: str, what: str) -> Iterator[None]:
    """Turn an error of the Hub, of the network or of a file into one line."""
    from huggingface_hub.errors import (
        GatedRepoError,
        LocalTokenNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except (GatedRepoError, LocalTokenNotFoundError) as error:
        raise kind(f"{name} {what} without a token: run hf auth login, or set HF_TOKEN") from error
    except RevisionNotFoundError as error:
        raise kind(f"{name} {what}: there is no such revision") from error
    except RepositoryNotFoundError as error:
        raise kind(
            f"{name} {what}: there is no such repository, or it is private and needs HF_TOKEN"
        ) from error
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise kind(f"{name} {what}: {reason}") from error
