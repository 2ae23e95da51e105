"""Every field of ``Config`` as a command-line option."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any

import typer

from imdb_lstm.config import Config


def config_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for every field of ``Config``, collected into its ``options``."""

    def wrapped(**values: Any) -> None:
        named = {key: values.pop(key) for key in own}
        given = {key: value for key, value in values.items() if value is not None}
        command(**named, options=given)

    own = [name for name in inspect.signature(command).parameters if name != "options"]
    signature = inspect.signature(command, eval_str=True)
    parameters = [signature.parameters[name] for name in own]
    for field in fields(Config):
        parameters.append(_parameter(field))
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
