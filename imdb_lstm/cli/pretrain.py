"""``imdb-lstm pretrain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.cli.console import app, console
from imdb_lstm.cli.options import config_options
from imdb_lstm.cli.train import resolved

EXAMPLES = ("excellent", "boring", "not", "actor", "7/10")
NEIGHBOURS = 6


@app.command()
@config_options
def pretrain(
    *,
    preset: Annotated[str | None, typer.Option(help="Values to begin from, as for train.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of values, over the preset's.")
    ] = None,
    options: dict[str, Any],
) -> None:
    """Learn word vectors from the train and unlabelled reviews, for train to start from.

    Train does so itself where none are cached; here one can look at them.
    """
    from imdb_lstm import pretrain as pretraining

    vocabulary, vectors, path = pretraining.pretrain(resolved(preset, config, options))
    console.print(f"{len(vocabulary):,} words, vectors of {vectors.shape[1]}, in {path}")
    for word in EXAMPLES:
        if word in vocabulary.words:
            near = pretraining.nearest_words(word, vocabulary, vectors, NEIGHBOURS)
            console.print(f"{word:10} is near {', '.join(near)}")
