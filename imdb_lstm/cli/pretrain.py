"""``imdb-lstm pretrain``."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.cli.console import (
    PREPARE_ONLY,
    ConfigFile,
    Folder,
    app,
    console,
    end_if_unread,
    errors,
    examples,
)
from imdb_lstm.cli.options import config_options
from imdb_lstm.config.fields import LANGUAGE_MODEL
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import LANGUAGE_MODEL_PRESETS, resolve_file
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.find import SAVED_MODELS
from imdb_lstm.runs.names import check_name

EXAMPLES = ("excellent", "boring", "not", "actor", "7/10")
NEIGHBOURS = 6
SECONDS_PER_LINE = 30.0


@app.command(
    "pretrain",
    epilog=examples("imdb-lstm pretrain", "imdb-lstm pretrain --language-model --minutes 50"),
)
@config_options(LANGUAGE_MODEL, preset="language")
def pretrain_command(
    *,
    language_model: Annotated[
        bool,
        typer.Option("--language-model", help="Train a language model instead; this takes hours."),
    ] = False,
    preset: Annotated[
        str | None,
        typer.Option(
            help=f"Preset of options; of a language model {', '.join(LANGUAGE_MODEL_PRESETS)}. "
            "(default: by the data; language)"
        ),
    ] = None,
    config: ConfigFile = None,
    output: Folder = SAVED_MODELS,
    name: Annotated[str, typer.Option(help="Name of the language model.")] = "language-model",
    minutes: Annotated[
        float,
        typer.Option(
            help="Stop after this many minutes; the same command resumes. 0: never.", min=0
        ),
    ] = 0,
    prepare_only: Annotated[bool, PREPARE_ONLY] = False,
    options: dict[str, Any],
) -> None:
    """Learn word vectors from the train and unlabelled reviews, and show nearest neighbours.

    Training does the same where no vectors are cached. With --language-model, train a language
    model that predicts the next token, forwards and backwards; train --pretrained NAME starts from
    it.
    """
    if language_model:
        check_name(name, "language model")
        chosen = resolve_file(preset or "language", config, options)
        _language_model(chosen, output, name, minutes, prepare_only)
        return
    if prepare_only:
        raise ConfigError(
            "word vectors are learned where the reviews are: leave out --prepare-only"
        )
    from imdb_lstm.training.word_embeddings import nearest_words, pretrain_word_vectors

    vocabulary, vectors, path = pretrain_word_vectors(resolve_file(preset, config, options))
    console.print(f"{len(vocabulary):,} words, vectors of {vectors.shape[1]}, in {path}")
    for word in EXAMPLES:
        if word in vocabulary.words:
            near = nearest_words(word, vocabulary, vectors, NEIGHBOURS)
            console.print(f"{word:10} is near {', '.join(near)}")


def _language_model(
    config: Config, output: Path, name: str, minutes: float, prepare_only: bool
) -> None:
    """Train one, or resume it, and report its progress twice a minute."""
    from imdb_lstm.training.language_model.pretrain import Progress, pretrain_language_model
    from imdb_lstm.training.reporter import Reporter

    reported = time.monotonic()

    def watch(progress: Progress, tokens_per_second: float) -> None:
        nonlocal reported
        if progress.summed and time.monotonic() - reported > SECONDS_PER_LINE:
            reported = time.monotonic()
            left = (progress.steps - progress.step) * config.batch_size * config.bptt_length
            loss = progress.loss / progress.summed
            console.print(
                f"step {progress.step:,} of {progress.steps:,}, loss {loss:.3f}, perplexity "
                f"{math.exp(loss):.1f}, {tokens_per_second:,.0f} tokens a second, "
                f"{left / tokens_per_second / 3600:.1f} hours left"
            )

    try:
        folder = pretrain_language_model(
            config, output, name, minutes, prepare_only, Reporter(line=console.print), watch
        )
    except (KeyboardInterrupt, OSError) as error:  # an OSError: its lines are no longer read
        errors.print("interrupted; the same command resumes from the last checkpoint")
        end_if_unread(error)
        raise
    if prepare_only:
        console.print(
            "copy its folder to another machine and resume there by the same command without "
            "--prepare-only"
        )
        return
    if folder is None:
        console.print(f"stopped after {minutes:g} minutes; the same command resumes")
        return
    console.print(f"{folder}: train from it with imdb-lstm train --pretrained {name}")
