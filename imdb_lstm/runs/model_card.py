"""The model card of a run (Mitchell et al. 2019): what it is, how it was made, how well it does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.runs.description import (
    data_sentences,
    joined,
    model_sentences,
    quantization_sentences,
    training_sentences,
)
from imdb_lstm.runs.files import TEMPORARY, write_text
from imdb_lstm.runs.manifest import CARD_FILE

TEMPLATES = Path(__file__).parent


def write_card(
    folder: Path, config: Config, metrics: Mapping[str, Any], name: str | None = None
) -> None:
    """Write ``MODEL_CARD.md`` into the folder, from a run's configuration and metrics.

    ``name``: that of the run, by default the folder's, unfinished or not. Raises ``OutputError``.
    """
    _write(
        folder,
        "model_card.md.j2",
        name=name or folder.name.removeprefix(".").removesuffix(TEMPORARY),
        config=config,
        metrics=metrics,
        model=" ".join(model_sentences(config) + quantization_sentences(metrics)),
        data=" ".join(data_sentences(config, metrics)),
        training=" ".join(training_sentences(config)),
    )


def write_language_model_card(
    folder: Path, config: Config, metrics: Mapping[str, Any], name: str
) -> None:
    """Write ``MODEL_CARD.md`` of a language model into its folder. Raises ``OutputError``."""
    directions = DIRECTIONS[config.encoder]
    _write(
        folder,
        "language_model_card.md.j2",
        name=name,
        config=config,
        data=Path(config.data).name,
        metrics=metrics,
        directions=joined(directions),
        perplexities={each: metrics[f"held_out_{each}"] for each in directions},
    )


def _write(folder: Path, template: str, **values: Any) -> None:
    """Write the card from one of the templates beside this module."""
    import jinja2

    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    write_text(folder / CARD_FILE, environment.get_template(template).render(values))
