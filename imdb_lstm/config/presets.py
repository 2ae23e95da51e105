"""Presets: configurations that were measured. docs/results.md has their scores.

>>> resolve("small", {}, {"units": 32}).units
32
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imdb_lstm.config.fields import read_options
from imdb_lstm.config.options import Config
from imdb_lstm.config.values import with_values
from imdb_lstm.errors import ConfigError

# With soft labels on three times as many reviews a network hardly overfits, so it needs little
# regularisation, and bigram embeddings find enough to learn from (see benchmarks/LOG.md).
PSEUDO_LABELLED: dict[str, Any] = {
    "maximum_length": 400,
    "word_dropout": 0.05,
    "embedding_dropout": 0.1,
    "output_dropout": 0.2,
    "label_smoothing": 0.0,
    "bigram_dim": 32,
    "precision": "auto",
}

# A language model fine-tunes its initial word vectors.
LANGUAGE: dict[str, Any] = {
    "freeze_embeddings": False,
    "learning_rate": 3e-3,
    "warmup_fraction": 0.02,
    "precision": "auto",
}

# A network that starts from a language model reads whole reviews, trains its upper layers first and
# at a higher rate, and learns excerpts too (see benchmarks/LOG.md).
FROM_LANGUAGE: dict[str, Any] = {
    "pseudo_labels_from": "ngrams-nb+ngrams-embedded",
    "excerpts": 2.0,
    "chunk_length": 0,
    "pooling": "last+max+mean",
    "batch_size": 128,
    "gradual_unfreezing": 0.05,
    "layer_decay": 0.5,
    "learning_rate": 3e-3,
    "warmup_fraction": 0.05,
}

PRESETS: dict[str, Config] = {
    # One BiLSTM on labelled reviews only: the default for your own files.
    #   imdb-lstm train --data reviews.csv
    "plain": Config(),
    # The default for IMDb: the same BiLSTM, which also learns pseudo-labels that n-grams give to
    # the unlabelled reviews.
    #   imdb-lstm train
    # 7 minutes on two cores, 11 where they have AVX2 only; 91.9 % on IMDb's test split, 92.6 %
    # as an ensemble with the n-grams.
    "quick": Config(pseudo_labels_from="ngrams-nb", epochs=1, **PSEUDO_LABELLED),
    # Reads whole reviews, with pseudo-labels by n-grams of both kinds and a first such network,
    # also of as many recombined texts as there are reviews.
    #   imdb-lstm train --preset standard
    # 40 minutes on one core; 92.6 % on IMDb's test split, 93.2 % as an ensemble
    # with the n-grams.
    "standard": Config(
        pseudo_labels_from="ngrams-nb+ngrams-embedded+network",
        recombined_texts=1.0,
        epochs=1,
        **PSEUDO_LABELLED | {"maximum_length": 1_024},
    ),
    # A forward and backward language model of the reviews, to start from.
    #   imdb-lstm pretrain --language-model
    # 79 minutes on two cores, beside other work; perplexity 74 on held-out reviews.
    "language": Config(
        units=512,
        batch_size=128,
        embedding_dropout=0.05,
        output_dropout=0.0,
        epochs=2,
        **LANGUAGE,
    ),
    # One twice as wide, trained longer, for a GPU.
    #   imdb-lstm pretrain --language-model --preset large-language --name large-language-model
    # 12 minutes on an H200, beside another one.
    "large-language": Config(
        units=1_024,
        batch_size=256,
        sampled_softmax_size=4_096,
        embedding_dropout=0.2,
        weight_drop=0.3,
        output_dropout=0.2,
        epochs=10,
        **LANGUAGE,
    ),
    # The small one that comes with the package.
    #   imdb-lstm pretrain --language-model --preset small-language --name small-language-model
    # 8 minutes on an H100, beside another one; perplexity 90 on held-out reviews.
    "small-language": Config(
        units=128,
        batch_size=256,
        sampled_softmax_size=4_096,
        embedding_dropout=0.05,
        output_dropout=0.0,
        epochs=6,
        **LANGUAGE | {"learning_rate": 4e-3},
    ),
    # A BiLSTM that starts from the bundled language model, with pseudo-labels by n-grams of both
    # kinds and excerpts.
    #   imdb-lstm train --preset finetuned
    # 53 minutes on two cores, 29 of them its own two epochs; 93.6 % on IMDb's test split, 93.9 %
    # as an ensemble with the n-grams, three seeds.
    "finetuned": Config(
        pretrained="shipped_encoder",
        units=128,
        weight_drop=0.05,
        epochs=2,
        **FROM_LANGUAGE | PSEUDO_LABELLED | {"bigram_dim": 0},
    ),
    # The same from the large language model, for a GPU.
    #   imdb-lstm train --preset best --name best
    # 53 s on an H200 once its n-grams are trained; 94.5 % on IMDb's test split, three seeds.
    "best": Config(
        pretrained="large-language-model",
        units=1_024,
        weight_drop=0.2,
        epochs=1,
        **FROM_LANGUAGE | PSEUDO_LABELLED | {"bigram_dim": 0, "output_dropout": 0.3},
    ),
    # A small network that starts from the bundled language model, distilled from `best`, one of 512
    # units (see docs/distillation.md) and n-grams. The bundled run was trained on from it.
    #   imdb-lstm train --preset distilled
    # 4 minutes on an H100, beside another one, once those are trained; 94.2 % on IMDb's test
    # split, one seed.
    "distilled": Config(
        pretrained="shipped_encoder",
        distilled_from="best+wide+best-ngrams-nb+best-ngrams-embedded",
        recombined_texts=1.0,
        units=128,
        weight_drop=0.05,
        epochs=4,
        **FROM_LANGUAGE
        | PSEUDO_LABELLED
        | {
            "pseudo_labels_from": "none",
            "bigram_dim": 0,
            "batch_size": 256,
            "learning_rate": 4e-3,
            "output_dropout": 0.1,
        },
    ),
    # The bundled network, trained on with your own reviews: their words keep its meaning, and a few
    # hundred reviews are enough.
    #   imdb-lstm train --data reviews.csv --preset adapted
    "adapted": Config(
        pretrained="shipped",
        units=128,
        maximum_length=400,
        chunk_length=0,
        pooling="last+max+mean",
        freeze_embeddings=False,
        batch_size=16,
        learning_rate=1e-3,
        layer_decay=0.5,
        warmup_fraction=0.05,
        epochs=3,
        word_dropout=0.05,
        embedding_dropout=0.1,
        output_dropout=0.1,
        label_smoothing=0.0,
    ),
    # For a few hundred to a few thousand reviews: a smaller network, smaller batches, more epochs,
    # and no word vectors, for which there is too little text.
    #   imdb-lstm train --data sample --preset small
    "small": Config(
        minimum_count=1,
        embedding_dim=32,
        word_vectors=False,
        units=16,
        batch_size=16,
        word_dropout=0.4,
        embedding_dropout=0.5,
        epochs=20,
        patience=5,
    ),
}

LANGUAGE_MODEL_PRESETS = tuple(name for name in PRESETS if name.endswith("language"))
TRAINING_PRESETS = tuple(name for name in PRESETS if name not in LANGUAGE_MODEL_PRESETS)
DEFAULTS = {
    "imdb": "quick",
    "imdb-stars": "quick",
    "sample": "small",
}  # data → preset; plain for any other


def resolve(
    preset: str | None, file_values: Mapping[str, Any], options: Mapping[str, Any]
) -> Config:
    """The preset, overridden by a TOML file's values, overridden by the options given.

    The default preset depends on the reviews. Raises ``ConfigError`` for an unknown one.
    """
    if preset is None:
        given = {**file_values, **options}
        data = given.get("train_file") or given.get("data", Config.data)
        preset = DEFAULTS.get(str(data), "plain")
    if preset not in PRESETS:
        raise ConfigError(f"unknown preset {preset!r}; there are {', '.join(PRESETS)}")
    config = with_values(PRESETS[preset], file_values, "the configuration file")
    return with_values(config, options, "the options")


def resolve_file(preset: str | None, file: Path | None, options: Mapping[str, Any]) -> Config:
    """``resolve`` with the values of a TOML file, if one is given. Raises ``ConfigError``."""
    return resolve(preset, read_options(file) if file else {}, options)
