"""Options that several commands have: the fields of ``Config``, and the columns of a file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.config import groups
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import resolve_file
from imdb_lstm.errors import ConfigError

Command = Callable[..., None]


def config_options(*models: str, preset: str | None = None) -> Callable[[Command], Command]:
    """Give a command the options that these kinds of models read, collected into its ``options``.

    Their help shows the values that a run would use: those of the ``preset``, unless the command
    line names another one, other data or a file.
    """

    def decorate(command: Command) -> Command:
        names = groups.options_for(*models)
        return _collecting(command, "options", lambda: _config_parameters(names, preset))

    return decorate


def file_options(command: Command) -> Command:
    """Give a command the options that say how a file is read, collected into its ``columns``."""
    return _collecting(
        command, "columns", lambda: _config_parameters(groups.file_options(), "plain")
    )


def text_options(command: Command) -> Command:
    """Give a command the options that say how a file of texts is read, as ``columns``."""
    names = ["text_column", *groups.options_of("file")]
    return _collecting(command, "columns", lambda: _config_parameters(names, "plain"))


def bulk_options(command: Command) -> Command:
    """Give a command the same options as ``text_options``; bad rows are skipped by default."""
    names = ["text_column", *groups.options_of("file")]
    return _collecting(
        command, "columns", lambda: _config_parameters(names, "plain", bad_rows="skip")
    )


def review_options(command: Command) -> Command:
    """Give a command all options on reviews, their files and splits, collected into ``options``."""
    names = groups.options_of("reviews", "file", "split")
    return _collecting(command, "options", lambda: _config_parameters(names, "plain"))


def _collecting(
    command: Command, into: str, added: Callable[[], Sequence[inspect.Parameter]]
) -> Command:
    """The command with options added; those that are given reach it as one dictionary."""

    def wrapped(**values: Any) -> None:
        named = {key: values.pop(key) for key in own}
        given = {key: value for key, value in values.items() if value is not None}
        command(**named, **{into: given})

    signature = inspect.signature(command, eval_str=True)
    own = [name for name in signature.parameters if name != into]

    def describe() -> None:
        parameters = [*(signature.parameters[name] for name in own), *added()]
        wrapped.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    describe()
    _describe[command.__name__.removesuffix("_command")] = describe
    return wrapped


_describe: dict[str, Callable[[], None]] = {}  # command → updates its options
_words: list[str] = []


def show_defaults_for(words: Sequence[str]) -> None:
    """Have the help of a command show the values that this command line leads to."""
    _words[:] = words
    for command in set(words) & _describe.keys():
        _describe[command]()


def _value_of(option: str) -> str | None:
    """What the command line gives for an option, in either spelling."""
    for word, following in pairwise([*_words, ""]):
        if word == option:
            return following
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None


def _shown_config(preset: str | None) -> Config:
    """The configuration whose values the help shows as defaults."""
    file, data = _value_of("--config"), _value_of("--data")
    try:
        options = {"data": data} if data else {}
        return resolve_file(_value_of("--preset") or preset, Path(file) if file else None, options)
    except ConfigError:  # the command itself reports it
        return Config()


def _config_parameters(
    names: Sequence[str], preset: str | None, **defaults: Any
) -> list[inspect.Parameter]:
    chosen = [field for field in fields(Config) if field.name in names]
    shown = replace(_shown_config(preset), **defaults)
    return [_parameter(field, getattr(shown, field.name)) for field in chosen]


def _parameter(field: Any, default: Any) -> inspect.Parameter:
    rules = field.metadata
    shown = str(default).lower() if isinstance(default, bool) else default
    option = typer.Option(
        help=f"{rules['help']} (default: {shown if shown != '' else 'none'})",
        metavar="|".join(rules["choices"]) or None,
        show_default=False,
        rich_help_panel=rules["group"].capitalize(),
    )
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[type(field.default) | None, option],
    )
