"""Writes ``options.md`` from the fields of ``Config``: ``python docs/generate_options.py``."""

from __future__ import annotations

import math
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from imdb_lstm.config.fields import ALL_MODELS, GROUPS, toml_value
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import LANGUAGE_MODEL_PRESETS, PRESETS

PAGE = Path(__file__).with_name("options.md")
LEAD = """\
# Options

Generated from `imdb_lstm/config/options.py` by `python docs/generate_options.py`; do not edit it.

The options that a network or an n-gram classifier reads can be given to `imdb-lstm train`, those
that a language model reads to `imdb-lstm pretrain`, all of them to `imdb_lstm.train`, with
underscores instead of hyphens, and in a TOML file for `--config`. Options given by hand override
the file, and the file overrides the preset. A run saves all of them in its `config.toml`.

The defaults below are those of preset `plain`; [Presets](#presets) lists what the others change.
"Read by" names the kinds of models that use an option: a network, an n-gram classifier (n-grams),
or a language model (`imdb-lstm pretrain --language-model`). `imdb-lstm COMMAND --help` shows the
values that a command would use.
"""
COLUMNS = """\
| option | default | values | read by | meaning |
|---|---|---|---|---|
"""


def page() -> str:
    """The text of ``options.md``."""
    return "\n".join([LEAD, *(_group(name) for name in GROUPS), _presets()])


def _group(name: str) -> str:
    rows = [_row(field) for field in fields(Config) if field.metadata["group"] == name]
    return f"## {name.capitalize()}\n\n{COLUMNS}" + "\n".join(rows) + "\n"


def _row(field: Field[Any]) -> str:
    models = field.metadata["models"]
    read_by = "all" if set(models) == set(ALL_MODELS) else ", ".join(models)
    default = f"`{toml_value(field.default)}`" if field.default != "" else "none"
    cells = (_option(field), default, _values(field), read_by, field.metadata["help"])
    return f"| {' | '.join(cells)} |"


def _option(field: Field[Any]) -> str:
    name = field.name.replace("_", "-")
    return f"`--{name}`, `--no-{name}`" if isinstance(field.default, bool) else f"`--{name}`"


def _values(field: Field[Any]) -> str:
    """What the option accepts, in words."""
    rules = field.metadata
    if rules["choices"]:
        return ", ".join(f"`{choice}`" for choice in rules["choices"])
    kind = {bool: "yes or no", int: "whole number", float: "number", str: "text"}
    words = kind[type(field.default)]
    low, high = rules["minimum"], rules["maximum"]
    if low == -math.inf:
        return words
    return f"{words}, {f'at least {low:g}' if high == math.inf else f'{low:g} to {high:.12g}'}"


def _presets() -> str:
    """For each preset the values that differ from the defaults."""
    parts = ["## Presets\n", "`imdb-lstm train --preset NAME`, or for the language models"]
    parts += ["`imdb-lstm pretrain --language-model --preset NAME`.\n"]
    parts += ["| preset | values that differ from the defaults |", "|---|---|"]
    for name, config in PRESETS.items():
        changed = [
            f"`{field.name} = {toml_value(getattr(config, field.name))}`"
            for field in fields(Config)
            if getattr(config, field.name) != field.default
        ]
        kind = " (language model)" if name in LANGUAGE_MODEL_PRESETS else ""
        parts.append(f"| `{name}`{kind} | {', '.join(changed) or 'none'} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
