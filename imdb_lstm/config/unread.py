"""What a training reads of its configuration, and which options have no effect on it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from imdb_lstm.config.fields import NGRAMS
from imdb_lstm.config.groups import options_for
from imdb_lstm.config.options import DIRECTIONS, NGRAM_ENCODERS, NGRAMS_EMBEDDED, Config

RECURRENT = (*DIRECTIONS, "gru", "bigru")
Reads = Callable[[Config], object]


def has_labellers(config: Config) -> bool:
    """Return whether a network learns what other models predict.

    >>> has_labellers(Config(pseudo_labels_from="ngrams-nb"))
    True
    """
    return config.pseudo_labels_from != "none" or bool(config.distilled_from)


def reads_unlabelled(config: Config) -> bool:
    """Return whether training reads the reviews without a label."""
    if config.uses_ngrams:
        return config.encoder == NGRAMS_EMBEDDED
    return has_labellers(config) or config.learns_word_vectors


# Whether an option is read, and what it needs; the options that are not here need nothing.
CONDITIONS: dict[str, tuple[Reads, str]] = {
    "layers": (lambda c: c.encoder != "bag", "an encoder other than bag"),
    "units": (lambda c: c.encoder != "bag", "an encoder other than bag"),
    "chunk_length": (lambda c: c.encoder in RECURRENT, "a recurrent encoder"),
    "weight_drop": (lambda c: c.encoder in RECURRENT, "a recurrent encoder"),
    "recurrent_dropout": (
        lambda c: c.encoder in (*RECURRENT, "transformer"), "a recurrent encoder or a transformer",
    ),
    "ngrams": (
        lambda c: {c.encoder, *c.pseudo_labels_from.split("+")} & {*NGRAM_ENCODERS},
        "an n-gram classifier",
    ),
    "freeze_embeddings": (lambda c: c.word_vectors or c.pretrained, "word_vectors or pretrained"),
    "counterfactual_excerpts": (lambda c: c.counterfactual, "counterfactual"),
    "antonyms": (
        lambda c: c.counterfactual or c.short_texts != "none", "counterfactual or short_texts",
    ),
    "weight_decay": (lambda c: c.optimizer == "adamw", "optimizer adamw"),
    "recombined_texts": (has_labellers, "pseudo_labels_from or distilled_from"),
    "distillation_share": (lambda c: c.distilled_from, "distilled_from"),
    "gradual_unfreezing": (lambda c: c.pretrained, "pretrained"),
    "layer_decay": (lambda c: c.pretrained, "pretrained"),
    "unlabelled": (reads_unlabelled, "pseudo_labels_from, distilled_from or word_vectors"),
}  # fmt: skip


def unread_options(config: Config, names: Collection[str]) -> dict[str, str]:
    """Return those of the named options that training does not read, and what each one needs.

    >>> unread_options(Config(encoder="bag", weight_drop=0.5), ["weight_drop", "epochs"])
    {'weight_drop': 'a recurrent encoder'}
    """
    of_ngrams = {*options_for(NGRAMS)}
    found = {}
    for name in names:
        if config.uses_ngrams and name not in of_ngrams:
            found[name] = "a network"
        elif name in CONDITIONS and not CONDITIONS[name][0](config):
            found[name] = CONDITIONS[name][1]
    return found
