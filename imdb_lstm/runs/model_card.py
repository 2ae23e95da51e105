"""The model card of a run (Mitchell et al. 2019): what the model is, its training, its accuracy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.data.labels import Classes, is_sentiment
from imdb_lstm.runs.description import (
    SOURCES,
    data_sentences,
    joined,
    joined_names,
    model_sentences,
    short_names,
    unlabelled_sources,
)
from imdb_lstm.runs.files import write_text
from imdb_lstm.runs.manifest import CARD_FILE
from imdb_lstm.runs.training_description import (
    copy_sentences,
    made_sentence,
    training_sentences,
)
from imdb_lstm.runs.unfinished import run_name

TEMPLATES = Path(__file__).parent


def write_card(
    folder: Path,
    config: Config,
    metrics: Mapping[str, Any],
    classes: tuple[str, ...],
    name: str | None = None,
) -> None:
    """Write ``MODEL_CARD.md`` into the folder, from the configuration and metrics of a run.

    ``classes``: their names. ``name``: of the run; by default the name of its folder. Raises
    ``OutputError``.
    """
    names = classes[::-1] if len(classes) == 2 else classes
    _write(
        folder,
        "model_card.md.j2",
        name=name or run_name(folder),
        config=config,
        metrics=metrics,
        films=config.data in SOURCES,
        source=Path(config.data).name,
        sentiment=is_sentiment(Classes(classes)),
        classes=len(classes),
        names=escaped(joined_names(names, "or")),
        second=escaped(short_names(classes)[1]),
        model=" ".join(
            [
                *model_sentences(
                    config, [escaped(each) for each in classes], metrics.get("threshold", 0.0)
                ),
                *copy_sentences(metrics),
            ]
        ),
        data=" ".join(data_sentences(config, metrics)),
        training=" ".join(training_sentences(config)),
        made=made_sentence(config, metrics),
    )


def escaped(words: str) -> str:
    r"""Return words in which no character has a meaning in Markdown.

    >>> escaped("so so"), escaped("<b>_x_")
    ('so so', '\\<b\\>\\_x\\_')
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~$&!])", r"\\\1", words)


def write_language_model_card(
    folder: Path, config: Config, metrics: Mapping[str, Any], name: str
) -> None:
    """Write ``MODEL_CARD.md`` of a language model into its folder. Raises ``OutputError``."""
    directions = DIRECTIONS[config.encoder]
    texts = [f"The train reviews of `{Path(config.data).name}`", *unlabelled_sources(config)]
    _write(
        folder,
        "language_model_card.md.j2",
        name=name,
        config=config,
        metrics=metrics,
        texts=joined(texts),
        directions=joined(directions),
        perplexities={each: metrics[f"held_out_{each}"] for each in directions},
    )


def _write(folder: Path, template: str, **values: Any) -> None:
    """Fill in a template from the folder of this module, and write the card."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    write_text(folder / CARD_FILE, environment.get_template(template).render(values))
