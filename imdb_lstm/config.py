"""The one configuration of a training run: every option, its meaning, its bounds and its presets.

The command line, the TOML files and the Python interface all read this dataclass; nothing else
holds a default.

>>> with_values(Config(), {"units": 32}, "an example").units
32
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from imdb_lstm.errors import ConfigError
from imdb_lstm.options import check, read_toml, toml_value
from imdb_lstm.options import option as _option

ENCODER_NAMES = ("lstm", "bilstm", "gru", "bigru", "cnn", "transformer", "bag")
LINEAR, LATENT = "linear", "latent"
NGRAMS = (LINEAR, LATENT)  # encoders that are no network: linear.py
DIRECTIONS = {"lstm": ("forward",), "bilstm": ("forward", "backward")}  # of a language model
TEACHERS = ("none", *("+".join(some) for count in (1, 2, 3)
            for some in combinations((*NGRAMS, "network"), count)))  # fmt: skip
POOLINGS = ("last", "max", "mean", "attention")


@dataclass(frozen=True)
class Config:
    """Everything that decides what a training run does. Immutable; ``replace`` makes variants.

    Raises ``ConfigError`` when a value has the wrong type, or lies outside its choices or bounds.
    """

    # Reviews
    data: str = _option("imdb", "Reviews to learn from: imdb, sample, or a CSV, TSV or JSONL file.")
    text_column: str = _option("text", "Column of the text, in a file of your own.")
    label_column: str = _option("label", "Column of the label, in a file of your own.")
    split_column: str = _option("split", "Column naming train, validation or test, if any.")
    rating_column: str = _option("rating", "Column of a star rating, if any.")
    group_column: str = _option("group", "Column of a group to tell the accuracy of, if any.")
    pair_column: str = _option("pair", "Column that two reviews of opposite labels share, if any.")
    positive_label: str = _option(
        "", "Label that means positive; without it 1, pos, positive, true, yes."
    )
    negative_label: str = _option(
        "", "Label that means negative; without it 0, neg, negative, false, no."
    )
    validation_fraction: float = _option(
        0.1, "Share of train held out for validation.", minimum=0.01, maximum=0.5
    )
    test_fraction: float = _option(
        0.2, "Share of a file without splits held out for testing.", minimum=0.01, maximum=0.5
    )
    train_limit: int = _option(0, "Learn from this many train reviews only; 0: all.", minimum=0)
    extra_reviews: str = _option(
        "", "CSV, TSV or JSONL file of more train reviews, paraphrases for example."
    )
    unlabelled: str = _option(
        "", "TXT, CSV, TSV or JSONL file of reviews without a label, beside the 50,000 of IMDb."
    )
    teacher: str = _option(
        "none",
        "Which models, trained first as runs of their own, label the unlabelled reviews.",
        choices=TEACHERS,
    )
    distilled_from: str = _option(
        "",
        "Finished runs, names or folders joined by +, whose joint opinion of train and unlabelled "
        "reviews the network learns.",
    )
    distillation_share: float = _option(
        0.5,
        "Share of that opinion in the label of a train review; the rest is its true label.",
        minimum=0,
        maximum=1,
    )
    patchwork: float = _option(
        0.0, "Texts pieced together for teachers to label too, for each review there is.", minimum=0
    )

    excerpts: float = _option(
        0.0,
        "Excerpts of one to three sentences, labelled as their review is, for each review.",
        minimum=0,
    )

    # Text and batches
    vocabulary_size: int = _option(30_000, "Words known, the two special ones included.", minimum=3)
    minimum_count: int = _option(2, "A known word stands this often in train.", minimum=1)
    maximum_length: int = _option(
        1_024, "Tokens kept of a review; of a longer one, head and tail.", minimum=2
    )
    batch_size: int = _option(64, "Reviews per training step.", minimum=1)

    # Language model: learning one (pretrain --language-model alone), and training from one
    window: int = _option(64, "Tokens a language model reads in a step.", minimum=1)
    candidates: int = _option(1_024, "Words its softmax is sampled from; 0: all.", minimum=0)
    pretrained: str = _option("", "Language model to train from: its name, or its folder.")
    unfreeze_epochs: float = _option(
        0.0, "Epochs until the next lower layer learns too; 0: all at once.", minimum=0
    )
    depth_decay: float = _option(
        1.0, "Learning rate of a layer, of the one above it: a share.", minimum=0.001, maximum=1
    )

    # Network
    encoder: str = _option(
        "bilstm",
        "Kind of the encoder; weighted n-grams, no network: linear; by their vectors: latent.",
        choices=(*ENCODER_NAMES, *NGRAMS),
    )
    ngrams: int = _option(3, "Tokens of the longest n-gram (linear, latent).", minimum=1)
    ngram_units: int = _option(200, "Width of an n-gram's vector (latent).", minimum=1)
    layers: int = _option(1, "Encoder layers, stacked.", minimum=1, maximum=16)
    embedding_units: int = _option(256, "Width of a word's embedding.", minimum=1)
    word_vectors: bool = _option(
        True, "Start the embedding from vectors learned on train and unlabelled reviews."
    )
    frozen_vectors: bool = _option(
        True, "Keep those vectors as learned: words rare in train then stay near their like."
    )
    pair_units: int = _option(
        0, "Width of an embedding of word pairs, learned in training; 0: none.", minimum=0
    )
    pair_rows: int = _option(
        131_071, "Rows of that embedding's table, which pairs share by a hash.", minimum=1
    )
    units: int = _option(64, "Width of an encoder layer, per direction.", minimum=1)
    segment_length: int = _option(
        64, "Tokens a recurrent encoder reads at a stretch; 0: the whole review.", minimum=0
    )
    kernel_size: int = _option(5, "Words a convolution sees at once.", minimum=1)
    heads: int = _option(4, "Attention heads of a transformer layer.", minimum=1)
    pooling: str = _option(
        "max+mean",
        "How words become one vector: last (with --segment-length 0), max, mean, attention, or "
        "several joined by +.",
    )

    # Regularisation
    word_dropout: float = _option(
        0.1, "Share of words made unknown in training.", minimum=0, maximum=0.95
    )
    embedding_dropout: float = _option(
        0.2, "Dropout of embedding values, one mask a review.", minimum=0, maximum=0.95
    )
    recurrent_dropout: float = _option(
        0.0,
        "Dropout of recurrent connections (no cuDNN then), or of attention.",
        minimum=0,
        maximum=0.95,
    )
    weight_drop: float = _option(
        0.0, "Dropout of a recurrent matrix, one mask a batch.", minimum=0, maximum=0.95
    )
    output_dropout: float = _option(0.5, "Dropout before the last layer.", minimum=0, maximum=0.95)
    label_smoothing: float = _option(
        0.1, "Share of a label spread over both (Szegedy et al. 2016).", minimum=0, maximum=0.5
    )
    mixup: float = _option(
        0.0,
        "Mix the embeddings of two reviews by shares drawn from Beta(this, this); 0: never.",
        minimum=0,
        maximum=10,
    )
    adversarial_weight: float = _option(
        0.0, "Weight of the loss under the worst small change of the embeddings.", minimum=0
    )
    virtual_weight: float = _option(
        0.0,
        "Weight of the divergence that such a change makes, with a label or without; 0: none.",
        minimum=0,
    )
    adversarial_radius: float = _option(
        1.0, "Length of these changes, in standard deviations of an embedding value.", minimum=0
    )
    entropy_weight: float = _option(
        0.0, "Weight of the entropy of predictions, with a label or without; 0: none.", minimum=0
    )
    unlabelled_share: float = _option(
        0.5,
        "Share of a batch without a label, where virtual or entropy weight brings such reviews "
        "into training and no teacher labels them.",
        minimum=0,
        maximum=0.95,
    )
    l2: float = _option(
        0.0, "L2 penalty of the recurrent, convolution and last kernels.", minimum=0
    )

    # Augmentation of the train reviews, differently in every epoch (Wei & Zou 2019)
    swap: float = _option(
        0.0, "Share of tokens that change places with a neighbour.", minimum=0, maximum=1
    )
    deletion: float = _option(0.0, "Share of tokens left out.", minimum=0, maximum=0.95)
    substitution: float = _option(
        0.0,
        "Share of words replaced by a near one, of those that have any (needs --word-vectors).",
        minimum=0,
        maximum=1,
    )

    # Optimisation
    optimizer: str = _option("adam", "Optimizer.", choices=("adam", "adamw", "rmsprop", "sgd"))
    learning_rate: float = _option(3e-3, "Highest learning rate.", minimum=1e-8, maximum=10)
    schedule: str = _option(
        "cosine", "Learning rate over the run.", choices=("constant", "linear", "cosine")
    )
    warmup_fraction: float = _option(
        0.0, "Share of the steps over which the learning rate rises.", minimum=0, maximum=0.9
    )
    weight_decay: float = _option(0.01, "Decoupled weight decay (adamw alone).", minimum=0)
    gradient_clip: float = _option(1.0, "Largest global norm of a gradient; 0: any.", minimum=0)
    weight_average: float = _option(
        0.0, "Momentum of the weights' moving average; 0: none.", minimum=0, maximum=0.99999
    )
    epochs: int = _option(5, "Most passes over the train reviews.", minimum=1)
    patience: int = _option(
        2, "Stop after this many epochs without a lower validation loss.", minimum=1
    )

    # Machine
    seed: int = _option(
        0,
        "Seed of the split, the weights, the order and the dropouts.",
        minimum=0,
        maximum=2**31 - 1,  # NumPy takes no higher one than 2**32 - 1
    )
    device: str = _option("auto", "Where to compute.", choices=("auto", "cpu", "gpu"))
    precision: str = _option(
        "float32",
        "Arithmetic of the layers in training; auto: bfloat16 where the processor has it.",
        choices=("auto", "float32", "mixed_float16", "mixed_bfloat16"),
    )
    tensorboard: bool = _option(False, "Also write TensorBoard logs (needs the tensorboard extra).")

    def __post_init__(self) -> None:
        for option in fields(self):
            check(option, getattr(self, option.name))
        if odd := [part for part in self.pooling.split("+") if part not in POOLINGS]:
            raise ConfigError(f"pooling knows {', '.join(POOLINGS)}, joined by +, not {odd[0]!r}")
        if self.recurrent_dropout and self.weight_drop:
            raise ConfigError("recurrent_dropout and weight_drop do not go together: choose one")
        if self.distilled_from and (self.teacher != "none" or self.is_linear):
            raise ConfigError(
                "distilled_from names the teachers of a network: it goes with teacher = none and "
                f"no encoder = {' or '.join(NGRAMS)}"
            )
        if self.encoder == "transformer" and self.embedding_units % self.heads:
            raise ConfigError(
                f"a transformer's embedding_units ({self.embedding_units}) must be "
                f"a multiple of its heads ({self.heads})"
            )
        if self.pretrained and self.encoder not in (*DIRECTIONS, *NGRAMS):
            raise ConfigError(f"only {', '.join(DIRECTIONS)} can be pretrained, not {self.encoder}")
        if self.optimizer == "adamw" and (self.unfreeze_epochs or self.depth_decay < 1):
            raise ConfigError("unfreeze_epochs and depth_decay do not go with adamw: choose adam")
        if self.substitution and not self.word_vectors:
            raise ConfigError(
                "substitution finds near words by their vectors: it needs word_vectors = true"
            )

    @property
    def is_linear(self) -> bool:
        """Whether the model is no network, but weighted n-grams."""
        return self.encoder in NGRAMS

    @property
    def reads_unlabelled(self) -> bool:
        """Whether a term of the loss needs no label."""
        return bool(self.virtual_weight or self.entropy_weight)

    def to_toml(self) -> str:
        """The configuration as a TOML file that ``read_toml`` reads back to an equal one."""
        lines = [f"{key} = {toml_value(value)}" for key, value in asdict(self).items()]
        return "\n".join(lines) + "\n"


def with_values(config: Config, values: Mapping[str, Any], origin: str) -> Config:
    """A copy with the values put in; whole numbers are welcome where a fraction is meant."""
    defaults = {option.name: option.default for option in fields(Config)}
    accepted: dict[str, Any] = {}
    for key, value in values.items():
        if key not in defaults:
            near = difflib.get_close_matches(key, defaults, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"unknown key {key!r} in {origin}{hint}")
        whole = type(value) is int and type(defaults[key]) is float
        accepted[key] = float(value) if whole else value
    return replace(config, **accepted)


def load_config(path: Path) -> Config:
    """The configuration that a run saved."""
    return with_values(Config(), read_toml(path), str(path))
