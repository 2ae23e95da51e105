"""Numbers and configurations in words."""

from __future__ import annotations

from collections.abc import Sequence

from imdb_lstm.config import LATENT, Config
from imdb_lstm.intervals import Interval

ENCODERS = {
    "lstm": "an LSTM of {units} units",
    "bilstm": "a bidirectional LSTM of {units} units per direction",
    "gru": "a GRU of {units} units",
    "bigru": "a bidirectional GRU of {units} units per direction",
    "cnn": "a convolution of {units} filters that each see {kernel_size} words",
    "transformer": "a transformer of {units} units and {heads} attention heads",
    "bag": "none, so that the words' order does not count",
}
RECURRENT = ("lstm", "bilstm", "gru", "bigru")
POOLED = {
    "last": "the last word's", "max": "their maximum", "mean": "their mean",
    "attention": "their mean, weighed by attention",
}  # fmt: skip
REGULARISATION = (
    "word_dropout", "embedding_dropout", "recurrent_dropout", "weight_drop", "output_dropout",
    "label_smoothing", "mixup", "adversarial_weight", "virtual_weight", "entropy_weight",
    "l2", "swap", "deletion", "substitution", "weight_average",
)  # fmt: skip


def percent(share: float, digits: int = 1) -> str:
    """A share as it is read.

    >>> percent(0.9163)
    '91.6 %'
    """
    return f"{100 * share:.{digits}f} %"


def between(interval: Interval | None, shares: bool = True) -> str:
    """An interval as it is read; a dash where there is none.

    >>> between((0.9, 0.9251)), between((0.2, 0.31), shares=False), between(None)
    ('90.0 to 92.5 %', '0.200 to 0.310', '–')
    """
    if interval is None:
        return "–"
    low, high = interval
    return f"{100 * low:.1f} to {100 * high:.1f} %" if shares else f"{low:.3f} to {high:.3f}"


def joined(words: Sequence[str]) -> str:
    """Words as a sentence lists them.

    >>> joined(["one"]), joined(["one", "two", "three"])
    ('one', 'one, two and three')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def in_words(config: Config) -> list[str]:
    """What model a configuration is, and how it is trained, one sentence each.

    >>> in_words(Config(encoder="linear", ngrams=2))[0][:56]
    'A logistic regression on which n-grams of up to 2 tokens'
    """
    if config.encoder == LATENT:
        return [
            f"A logistic regression on the mean vector of the n-grams of up to {config.ngrams} "
            f"tokens in a review. The vectors, {config.ngram_units} numbers each, were learned "
            "from all reviews, those without a label too, so that a review's own vector foretells "
            "its n-grams (Li et al. 2016, Thongtan & Phienthrakul 2019).",
            f"It knows n-grams that stand in {config.minimum_count} or more train reviews.",
        ]
    if config.is_linear:
        return [
            f"A logistic regression on which n-grams of up to {config.ngrams} tokens stand in a "
            "review, each weighed by how much likelier it is in positive reviews (Wang & Manning "
            "2012). It is no network and is fitted at one go.",
            f"It knows the n-grams that stand in {config.minimum_count} or more train reviews.",
        ]
    return [_reading(config), _network(config), _training(config), _regularisation(config)]


def _reading(config: Config) -> str:
    vectors = "learned in training"
    if config.word_vectors:
        kept = "kept as they were" if config.frozen_vectors else "changed in training"
        vectors = f"learned beforehand from the company that words keep, and {kept}"
    pairs = ""
    if config.pair_units:
        pairs = (
            f" Every two neighbouring words are {config.pair_units} numbers more, learned in "
            f"training, in {config.pair_rows:,} rows that pairs share by a hash."
        )
    return (
        f"A network that reads up to {config.maximum_length:,} tokens of a review, of a longer one "
        f"the head and the tail. It knows {config.vocabulary_size:,} words at most, the commonest "
        f"of the train reviews (minimum count {config.minimum_count}), each as "
        f"{config.embedding_units} numbers, {vectors}.{pairs}"
    )


def _network(config: Config) -> str:
    encoder = ENCODERS[config.encoder].format(**vars(config))
    details = f", in {config.layers} layers" if config.layers > 1 else ""
    if config.segment_length and config.encoder in RECURRENT:
        details += f", which begins anew every {config.segment_length} words"
    pooled = joined([POOLED[kind] for kind in config.pooling.split("+")])
    return (
        f"Its encoder is {encoder}{details}. Of the words' vectors that come out, one is made "
        f"({pooled}), and of this one number, the logit: above zero, a review is called positive."
    )


def _training(config: Config) -> str:
    passes = "one epoch" if config.epochs == 1 else f"at most {config.epochs} epochs"
    stops = (
        f", and stops after {config.patience} without a lower validation loss. The epoch with the "
        "lowest is kept"
    )
    return (
        f"It is trained by {config.optimizer} with a learning rate of {config.learning_rate:g} "
        f"({config.schedule}), {config.batch_size} reviews a step, over "
        f"{passes}{stops if config.epochs > 1 else ''}."
    )


def _regularisation(config: Config) -> str:
    found = [
        f"{name.replace('_', ' ')} {getattr(config, name):g}"
        for name in REGULARISATION
        if getattr(config, name)
    ]
    return f"Against learning by heart: {joined(found) if found else 'nothing'}."
