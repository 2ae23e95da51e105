"""``imdb-lstm pretrain``."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.cli.console import PREPARE_ONLY, Folder, app, console, errors
from imdb_lstm.cli.options import config_options
from imdb_lstm.cli.train import resolved
from imdb_lstm.config import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs import SAVED_MODELS

EXAMPLES = ("excellent", "boring", "not", "actor", "7/10")
NEIGHBOURS = 6
SECONDS_A_LINE = 30.0


@app.command()
@config_options
def pretrain(
    *,
    language_model: Annotated[
        bool,
        typer.Option("--language-model", help="Learn a language model instead, for hours."),
    ] = False,
    preset: Annotated[
        str | None,
        typer.Option(help="Values to begin from, as for train; of a language model: language."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of values, over the preset's.")
    ] = None,
    output: Folder = SAVED_MODELS,
    name: Annotated[str, typer.Option(help="Name of the language model.")] = "language-model",
    minutes: Annotated[
        float,
        typer.Option(help="Stop after so many; the same command goes on. 0: never.", min=0),
    ] = 0,
    prepare_only: Annotated[bool, PREPARE_ONLY] = False,
    options: dict[str, Any],
) -> None:
    """Learn word vectors from the train and unlabelled reviews, for train to start from.

    Train does so itself where none are cached; here one can look at them. With --language-model,
    learn to foretell words, forwards and backwards: train --pretrained NAME begins from that.
    """
    if language_model:
        chosen = resolved(preset or "language", config, options)
        _language_model(chosen, output, name, minutes, prepare_only)
        return
    if prepare_only:
        raise ConfigError(
            "word vectors are learned where the reviews are: leave out --prepare-only"
        )
    from imdb_lstm import pretrain as pretraining

    vocabulary, vectors, path = pretraining.pretrain(resolved(preset, config, options))
    console.print(f"{len(vocabulary):,} words, vectors of {vectors.shape[1]}, in {path}")
    for word in EXAMPLES:
        if word in vocabulary.words:
            near = pretraining.nearest_words(word, vocabulary, vectors, NEIGHBOURS)
            console.print(f"{word:10} is near {', '.join(near)}")


def _language_model(
    config: Config, output: Path, name: str, minutes: float, prepare_only: bool
) -> None:
    """Learn one, or go on with it, and tell how far it is twice a minute."""
    from imdb_lstm.language_training import Progress, pretrain_language_model

    told = time.monotonic()

    def watch(progress: Progress, tokens_per_second: float) -> None:
        nonlocal told
        if progress.summed and time.monotonic() - told > SECONDS_A_LINE:
            told = time.monotonic()
            left = (progress.steps - progress.step) * config.batch_size * config.window
            loss = progress.loss / progress.summed
            console.print(
                f"step {progress.step:,} of {progress.steps:,}, loss {loss:.3f}, perplexity "
                f"{math.exp(loss):.1f}, {tokens_per_second:,.0f} tokens a second, "
                f"{left / tokens_per_second / 3600:.1f} hours left"
            )

    try:
        folder = pretrain_language_model(
            config, output, name, minutes, prepare_only, console.print, watch
        )
    except KeyboardInterrupt:
        errors.print("interrupted; the same command goes on from the last checkpoint, if there is")
        raise
    if prepare_only:
        console.print("carry its folder; there, the same command without --prepare-only goes on")
        return
    if folder is None:
        console.print(f"stopped after {minutes:g} minutes; the same command goes on")
        return
    console.print(f"{folder}: train from it with imdb-lstm train --pretrained {name}")
