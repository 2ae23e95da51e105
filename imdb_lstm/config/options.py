"""The configuration of a training run: every option with its meaning, bounds and default.

The command line, TOML files and the Python interface read this dataclass and its defaults.

>>> Config(units=32).units
32
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from itertools import combinations

from imdb_lstm.config.fields import (
    ALL_MODELS,
    GROUPS,
    LANGUAGE_MODEL,
    NETWORK,
    NGRAMS,
    option,
    toml_value,
)
from imdb_lstm.config.review_options import ReviewOptions
from imdb_lstm.errors import ConfigError

ENCODER_NAMES = ("lstm", "bilstm", "gru", "bigru", "cnn", "transformer", "bag")
NGRAMS_NB, NGRAMS_EMBEDDED = "ngrams-nb", "ngrams-embedded"
NGRAM_ENCODERS = (NGRAMS_NB, NGRAMS_EMBEDDED)  # logistic regressions on n-grams, no network
DIRECTIONS = {"lstm": ("forward",), "bilstm": ("forward", "backward")}  # of a language model
LABELLERS, SHORT_TEXTS = (  # some of them, joined by +
    ("none", *("+".join(some) for count in range(1, 5) for some in combinations(names, count)))
    for names in ((*NGRAM_ENCODERS, "network"), ("sentences", "turned", "negated", "contrasts"))
)
POOLINGS = ("last", "max", "mean", "attention")
ATTENTION_HEADS = 4  # of a transformer layer
KERNEL_SIZE = 5  # tokens that a convolution reads at once
MOST_LAYERS = 16  # of an encoder
LONGEST_CHUNK = 16_384  # tokens; Keras pads every review to a multiple of its chunks
THRESHOLDS = ("half", "balanced-accuracy", "f1")
BOTH_NETWORKS = (NETWORK, LANGUAGE_MODEL)

# What makes an option of each group.
_text = partial(option, group="text", models=BOTH_NETWORKS, prepares=True)
_network = partial(option, group="network")
_regularisation = partial(option, group="regularisation")
_augmentation = partial(option, group="augmentation", prepares=True)
_counterfactual = partial(_augmentation, models=(NETWORK, NGRAMS))
_optimisation = partial(option, group="optimisation", models=BOTH_NETWORKS)
_pseudo_labels = partial(option, group="pseudo-labels", prepares=True)
_pretraining = partial(option, group="pretraining")
_machine = partial(option, group="machine", models=ALL_MODELS)


@dataclass(frozen=True)
class Config(ReviewOptions):
    """Every option of a training run. Immutable; ``replace`` makes variants.

    Raises ``ConfigError`` when a value has the wrong type, or lies outside its choices or bounds.
    """

    # fmt: off
    # Text
    vocabulary_size: int = _text(
        30_000, "Words in the vocabulary, the two special ones included.", minimum=3,
    )
    minimum_count: int = _text(
        2, "Occurrences in train that a known word needs.", models=ALL_MODELS, minimum=1,
    )
    maximum_length: int = _text(
        1_024, "Tokens of a review that are read; of a longer one, its head and its tail.",
        minimum=2,
    )

    # Network
    encoder: str = _network(
        "bilstm",
        "Encoder of the network; ngrams-nb and ngrams-embedded are n-gram classifiers "
        "instead.",
        models=ALL_MODELS, choices=(*ENCODER_NAMES, *NGRAM_ENCODERS),
    )
    ngrams: int = _network(
        3, "Tokens of the longest n-gram (n-gram models).", models=(NGRAMS,), minimum=1, maximum=20,
    )
    layers: int = _network(1, "Encoder layers, stacked.", minimum=1, maximum=MOST_LAYERS)
    units: int = _network(
        64, "Width of an encoder layer, per direction.", models=BOTH_NETWORKS, minimum=1,
    )
    embedding_dim: int = _network(
        256, "Width of a word embedding.", models=BOTH_NETWORKS, minimum=1, prepares=True,
    )
    word_vectors: bool = _network(
        True, "Initialise embeddings with vectors learned on the train and unlabelled reviews.",
        models=BOTH_NETWORKS, prepares=True,
    )
    freeze_embeddings: bool = _network(
        True, "Keep them, or pretrained ones, fixed, so that rare words stay near similar ones.",
        models=BOTH_NETWORKS,
    )
    bigram_dim: int = _network(0, "Width of a hashed bigram embedding; 0: none.", minimum=0)
    chunk_length: int = _network(
        64, "Tokens after which a recurrent encoder starts from a new state; 0: whole reviews.",
        minimum=0, maximum=LONGEST_CHUNK,
    )
    pooling: str = _network(
        "max+mean",
        "Pooling over time: last (with --chunk-length 0), max, mean, attention, or several "
        "joined by +.",
    )

    # Regularisation
    word_dropout: float = _regularisation(
        0.1, "Share of words made unknown in training.", minimum=0, maximum=0.95,
    )
    embedding_dropout: float = _regularisation(
        0.2, "Dropout of embedding dimensions, one mask per review.",
        models=BOTH_NETWORKS, minimum=0, maximum=0.95,
    )
    recurrent_dropout: float = _regularisation(
        0.0, "Dropout of recurrent connections (no cuDNN then), or of attention.",
        minimum=0, maximum=0.95,
    )
    weight_drop: float = _regularisation(
        0.0, "DropConnect on the recurrent matrix, one mask per batch.",
        models=BOTH_NETWORKS, minimum=0, maximum=0.95,
    )
    output_dropout: float = _regularisation(
        0.5, "Dropout before the last layer.", models=BOTH_NETWORKS, minimum=0, maximum=0.95)
    label_smoothing: float = _regularisation(
        0.1, "Label smoothing (Szegedy et al. 2016).", minimum=0, maximum=0.5,
    )
    class_weights: bool = _regularisation(
        False, "Weight each label by its rarity in the loss, so that all count the same.",
        models=(NETWORK, NGRAMS),
    )
    l2: float = _regularisation(
        0.0, "L2 penalty of the recurrent, convolution and last kernels.", minimum=0,
    )

    # Augmentation
    swap: float = _augmentation(0.0, "Share of neighbouring tokens swapped.", minimum=0, maximum=1)
    deletion: float = _augmentation(0.0, "Share of tokens deleted.", minimum=0, maximum=0.95)
    substitution: float = _augmentation(
        0.0, "Share of words replaced by a similar one, where there is one (needs --word-vectors).",
        minimum=0, maximum=1,
    )
    excerpts: float = _augmentation(
        0.0, "Excerpts of one to three sentences per review, with the label of the review.",
        minimum=0,
    )
    counterfactual: float = _counterfactual(
        0.0, "Texts of the opposite verdict to add, as a share of the train reviews.",
        minimum=0, maximum=1,
    )
    counterfactual_excerpts: bool = _counterfactual(
        False, "Also add the sentences that are changed in these, before and after.",
    )
    antonyms: str = _counterfactual("", "TOML file of opposites, beside those of the package.")

    # Optimisation
    batch_size: int = _optimisation(64, "Reviews per training step.", minimum=1)
    optimizer: str = _optimisation(
        "adam", "Optimizer.", models=(NETWORK,), choices=("adam", "adamw", "rmsprop", "sgd"),
    )
    learning_rate: float = _optimisation(3e-3, "Peak learning rate.", minimum=1e-8, maximum=10)
    schedule: str = _optimisation(
        "cosine", "Decay of the learning rate over the run.",
        choices=("constant", "linear", "cosine"),
    )
    warmup_fraction: float = _optimisation(
        0.0, "Share of the steps over which the learning rate rises.", minimum=0, maximum=0.9,
    )
    weight_decay: float = _optimisation(
        0.01, "Decoupled weight decay (adamw only).", models=(NETWORK,), minimum=0,
    )
    gradient_clip: float = _optimisation(
        1.0, "Gradient clipping: largest global norm; 0: none.", minimum=0,
    )
    epochs: int = _optimisation(5, "Epochs at most.", minimum=1)
    patience: int = _optimisation(
        2, "Early stopping: epochs without a lower validation loss.", models=(NETWORK,), minimum=1,
    )
    threshold: str = _optimisation(
        "half", "Threshold of the verdict, of two classes: a probability of one half, or the one "
        "that has the best balanced accuracy or F1 on validation reviews.",
        models=(NETWORK, NGRAMS), choices=THRESHOLDS,
    )

    # Pseudo-labels
    pseudo_labels_from: str = _pseudo_labels(
        "none", "Models that are trained first and label the unlabelled reviews.",
        choices=LABELLERS,
    )
    recombined_texts: float = _pseudo_labels(
        0.0, "Texts recombined from sentences, per review, that are labelled too.", minimum=0,
    )
    distilled_from: str = _pseudo_labels(
        "", "Finished runs, names or folders joined by +, whose joint prediction on train and "
        "unlabelled reviews is learned (distillation).",
    )
    short_texts: str = _pseudo_labels(
        "none", "Texts made in a distillation of sentences that those runs are sure of.",
        choices=SHORT_TEXTS,
    )
    distillation_share: float = _pseudo_labels(
        0.5, "Share of that prediction in the label of a train review; the rest is its true label.",
        minimum=0, maximum=1,
    )

    # Pretraining
    pretrained: str = _pretraining(
        "", "Language model or finished network to start from: its name, or its folder.",
        prepares=True,
    )
    gradual_unfreezing: float = _pretraining(
        0.0, "Epochs after which each next lower layer is unfrozen; 0: none is frozen.", minimum=0,
    )
    layer_decay: float = _pretraining(
        1.0, "Layer-wise learning-rate decay: the rate of a layer, as a share of the one above it.",
        minimum=0.001, maximum=1,
    )
    bptt_length: int = _pretraining(
        64, "Tokens per step of backpropagation through time.", models=(LANGUAGE_MODEL,), minimum=1,
    )
    sampled_softmax_size: int = _pretraining(
        1_024, "Words sampled for the softmax; 0: all.", models=(LANGUAGE_MODEL,), minimum=0,
    )

    # Machine
    seed: int = _machine(
        0, "Seed of the split, the weights, the order of the batches and the dropouts.",
        minimum=0, maximum=2**31 - 1, prepares=True,
    )
    device: str = _machine("auto", "Where to compute.", choices=("auto", "cpu", "gpu"))
    devices: str = _machine(
        "", "GPUs that train a network together, by their numbers in doctor: 0,1. Without it: one.",
        models=(NETWORK,),
    )
    precision: str = _machine(
        "float32", "Arithmetic in training; auto: bfloat16 where the processor supports it.",
        models=BOTH_NETWORKS, choices=("auto", "float32", "mixed_float16", "mixed_bfloat16"),
    )
    tensorboard: bool = _machine(
        False, "Also write TensorBoard logs (needs the tensorboard extra).", models=(NETWORK,),
    )
    # fmt: on

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_combination(self)

    @property
    def uses_ngrams(self) -> bool:
        """Whether the model is an n-gram classifier and not a network."""
        return self.encoder in NGRAM_ENCODERS

    @property
    def learns_word_vectors(self) -> bool:
        """Whether embeddings are initialised with vectors learned from the reviews."""
        return self.word_vectors and not self.pretrained and not self.uses_ngrams

    def to_toml(self) -> str:
        """The configuration as a TOML file, one section a group; see ``values.load_config``."""
        sections: dict[str, list[str]] = {group: [f"[{group}]"] for group in GROUPS}
        for field in fields(self):
            value = toml_value(getattr(self, field.name))
            sections[field.metadata["group"]].append(f"{field.name} = {value}")
        return "\n\n".join("\n".join(lines) for lines in sections.values()) + "\n"


def _check_combination(config: Config) -> None:
    """Raise ``ConfigError`` for values that do not go together."""
    parts = config.pooling.split("+")
    if odd := [part for part in parts if part not in POOLINGS or parts.count(part) > 1]:
        raise ConfigError(f"pooling is {', '.join(POOLINGS)}, each once, with +, not {odd[0]!r}")
    if config.recurrent_dropout and config.weight_drop:
        raise ConfigError("recurrent_dropout and weight_drop exclude each other: choose one")
    if config.distilled_from and (config.pseudo_labels_from != "none" or config.uses_ngrams):
        raise ConfigError(
            "distilled_from trains a network: choose pseudo_labels_from = none, and an encoder "
            f"other than {' or '.join(NGRAM_ENCODERS)}"
        )
    if config.short_texts != "none" and not config.distilled_from:
        raise ConfigError("short_texts are those that distilled_from is sure of: set it too")
    if config.encoder == "transformer" and config.embedding_dim % ATTENTION_HEADS:
        raise ConfigError(f"embedding_dim of a transformer is a multiple of {ATTENTION_HEADS}")
    if config.pretrained and config.encoder not in (*DIRECTIONS, *NGRAM_ENCODERS):
        raise ConfigError(f"only {', '.join(DIRECTIONS)} can be pretrained, not {config.encoder}")
    if config.optimizer == "adamw" and (config.gradual_unfreezing or config.layer_decay < 1):
        raise ConfigError("gradual_unfreezing and layer_decay do not work with adamw: choose adam")
    if config.substitution and not config.word_vectors:
        raise ConfigError("substitution finds similar words by vectors: set word_vectors = true")
