"""Options that several commands have: every field of ``Config``, and the columns of a file."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any

import typer

from imdb_lstm.cli.console import Column
from imdb_lstm.config import Config

COLUMNS = (
    "text_column", "label_column", "split_column", "rating_column", "group_column", "pair_column",
    "positive_label", "negative_label",
)  # fmt: skip
Command = Callable[..., None]


def config_options(command: Command) -> Command:
    """Give a command one option for every field of ``Config``, collected into its ``options``."""
    return _collecting(command, "options", [_parameter(field) for field in fields(Config)])


def column_options(command: Command) -> Command:
    """Give a command the names of a file's columns and labels, collected into its ``columns``."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(name, keyword, default=None, annotation=Column) for name in COLUMNS]
    return _collecting(command, "columns", added)


def _collecting(command: Command, into: str, added: list[inspect.Parameter]) -> Command:
    """The command with options added; those that are given come to it as one dictionary."""

    def wrapped(**values: Any) -> None:
        named = {key: values.pop(key) for key in own}
        given = {key: value for key, value in values.items() if value is not None}
        command(**named, **{into: given})

    signature = inspect.signature(command, eval_str=True)
    own = [name for name in signature.parameters if name != into]
    parameters = [*(signature.parameters[name] for name in own), *added]
    wrapped.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    return wrapped


def _parameter(field: Any) -> inspect.Parameter:
    kind = type(field.default)
    choices = field.metadata["choices"]
    help = f"{field.metadata['help']} (default: {field.default})"
    metavar = "|".join(choices) if choices else None
    option = typer.Option(help=help, metavar=metavar, show_default=False)
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )
