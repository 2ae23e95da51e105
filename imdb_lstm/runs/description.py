"""A model and its data in sentences, for its model card and its report.

The sentences on its training are in ``training_description``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import ATTENTION_HEADS, NGRAMS_EMBEDDED, NGRAMS_NB, Config
from imdb_lstm.config.unread import RECURRENT

ENCODERS = {
    "lstm": "an LSTM of {units} units",
    "bilstm": "a bidirectional LSTM of {units} units per direction",
    "gru": "a GRU of {units} units",
    "bigru": "a bidirectional GRU of {units} units per direction",
    "cnn": "a convolution of {units} filters",
    "transformer": "a Transformer of {units} units and {heads} attention heads",
    "bag": "none: the embeddings are pooled, and the order of the words does not count",
}
POOLINGS = {
    "last": "the last state", "max": "the maximum", "mean": "the mean",
    "attention": "the attention-weighted mean",
}  # fmt: skip
LABELLERS = {
    NGRAMS_NB: "NB-weighted n-grams",
    NGRAMS_EMBEDDED: "n-gram embeddings",
    "network": "a first network",
}
MOST_NAMED, LONGEST_NAME = 10, 60  # classes in a sentence, and characters of a name
SOURCES = {
    "imdb": "IMDb (Maas et al. 2011)",
    "imdb-stars": "IMDb (Maas et al. 2011), labelled by stars",
    "sample": "the bundled sample",
}
NGRAM_WEIGHTS = {
    NGRAMS_NB: "Each n-gram is weighted by its log-count ratio (Wang & Manning 2012).",
    NGRAMS_EMBEDDED: (
        "It is trained on the mean of n-gram embeddings, which were learned from all reviews, "
        "those without a label included, to predict the n-grams of a review from the vector "
        "of the review (Li et al. 2016, Thongtan & Phienthrakul 2019)."
    ),
}


def joined(words: Sequence[str], last: str = "and") -> str:
    """Join words as in a sentence, with ``last`` before the last one.

    >>> joined(["one"]), joined(["one", "two", "three"])
    ('one', 'one, two and three')
    """
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def short_name(name: str) -> str:
    r"""Return the name of a class on one line, cut where it is long.

    >>> short_name("so\nso"), len(short_name("n" * 1000))
    ('so so', 60)
    """
    line = " ".join(name.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def short_names(names: Sequence[str]) -> list[str]:
    """Return the ``short_name`` of classes; of many, the first ones, and how many more there are.

    >>> short_names([*"abcdefghijkl"])[-2:]
    ['j', '2 more']
    """
    more = len(names) - MOST_NAMED
    short = [short_name(name) for name in names[:MOST_NAMED]]
    return [*short, f"{more:,} more"] if more > 0 else short


def joined_names(names: Sequence[str], last: str = "and") -> str:
    """Join the ``short_names`` of classes as in a sentence.

    >>> joined_names(["good", "bad"], "or"), joined_names([*"abcdefghijkl"], "or")[-12:]
    ('good or bad', 'j and 2 more')
    """
    return joined(short_names(names), "and" if len(names) > MOST_NAMED else last)


def model_sentences(config: Config, classes: Sequence[str], threshold: float = 0.0) -> list[str]:
    """Describe the model: the n-grams it counts, or its input and its layers.

    ``classes``: their names. ``threshold``: of the logit of two classes.

    >>> model_sentences(Config(encoder="ngrams-nb", ngrams=2), ("ham", "spam"))[0][:50]
    'A logistic regression on the n-grams of up to 2 to'
    """
    if config.uses_ngrams:
        return [
            f"A logistic regression on the n-grams of up to {config.ngrams} tokens that occur in "
            f"at least {config.minimum_count} of the train reviews.",
            NGRAM_WEIGHTS[config.encoder],
        ]
    return [_input_sentence(config), _network_sentence(config, classes, threshold)]


def _input_sentence(config: Config) -> str:
    bigrams = ""
    if config.bigram_dim:
        bigrams = f" A hashed bigram embedding adds {config.bigram_dim} dimensions to each."
    return (
        f"A network that reads up to {config.maximum_length:,} tokens of a review, lower-cased; of "
        f"a longer one, its head and its tail. Its vocabulary is up to {config.vocabulary_size:,} "
        f"words, embedded in {config.embedding_dim} dimensions.{bigrams}"
    )


def _network_sentence(config: Config, classes: Sequence[str], threshold: float) -> str:
    encoder = ENCODERS[config.encoder].format(units=config.units, heads=ATTENTION_HEADS)
    stacked = config.layers > 1 and config.encoder != "bag"
    details = f", in {config.layers} layers" if stacked else ""
    if config.chunk_length and config.encoder in RECURRENT:
        details += f", which starts from a new state every {config.chunk_length} tokens"
    pooled = joined([POOLINGS[kind] for kind in config.pooling.split("+")])
    place = f"{threshold:.3g}" if threshold else "zero"
    logits = f"one logit: above {place}, the review is classified as {short_names(classes)[-1]}"
    if len(classes) > 2:
        logits = (
            f"one logit for each of the {len(classes)} classes: the largest decides, and their "
            "softmax gives the probabilities"
        )
    return (
        f"The encoder is {encoder}{details}. Pooling over time takes {pooled}, and a dense layer "
        f"gives {logits}."
    )


def data_sentences(config: Config, metrics: Mapping[str, Any]) -> list[str]:
    """Describe the texts and labels that the model was trained on."""
    found = [_reviews_sentence(config, metrics)]
    if not config.uses_ngrams:
        found += [_start_sentence(config, metrics), *_label_sentences(config, metrics)]
    return [*found, *_outside_sentences(config, metrics)]


def _reviews_sentence(config: Config, metrics: Mapping[str, Any]) -> str:
    chose = "fitted the temperature"
    if not config.uses_ngrams:
        chose = "chose the epoch and the temperature"
    extra = ""
    if count := metrics.get("extra_added", 0):
        extra = f" and {count:,} extra ones from {Path(config.extra_reviews).name}"
    if turned := metrics.get("counterfactual_texts", 0):
        extra += f" and {_turned_phrase(turned, config.counterfactual_excerpts)}"
    return (
        f"It was trained on {metrics['train_reviews'] - count - turned:,} reviews of "
        f"{SOURCES.get(config.data, Path(config.data).name)}{extra}; "
        f"{metrics['validation']['reviews']:,} other reviews, the validation split, {chose}."
    )


def _turned_phrase(texts: int, excerpts: bool) -> str:
    """Describe counterfactual texts: reviews alone, or each with two excerpts."""
    each = ", each with its changed sentences, before and after" if excerpts else ""
    reviews = texts // 3 if excerpts else texts
    return f"{reviews:,} texts in which the verdict of such reviews is turned{each}"


def _start_sentence(config: Config, metrics: Mapping[str, Any]) -> str:
    """Describe the weights before training."""
    if config.pretrained and metrics.get("started_from_run"):
        name = Path(config.pretrained).name
        held_out = "the same" if metrics.get("pretrained_on_same_split") else "other"
        return (
            f"It started from the finished network {name}, which had {held_out} validation reviews."
        )
    if config.pretrained:
        texts = ["the same reviews", *unlabelled_sources(replace(config, unlabelled=""))]
        learned = f"learned from {joined(texts)}"
        if not metrics.get("pretrained_on_same_split"):
            learned = "which may have read texts of the validation split"
        name = Path(config.pretrained).name
        return f"Embedding and encoder were pretrained as the language model {name}, {learned}."
    if config.word_vectors:
        source = joined(["the train reviews", *unlabelled_sources(config)])
        kept = "kept fixed" if config.freeze_embeddings else "fine-tuned"
        return (
            "Its embeddings were initialised with word vectors, learned by co-occurrence from "
            f"{source}, and {kept}."
        )
    return "Its weights were initialised at random."


def unlabelled_sources(config: Config) -> list[str]:
    """Where reviews without a label come from; empty if there are none.

    >>> unlabelled_sources(Config(data="films.csv", unlabelled="data/more.txt"))
    ['the reviews without a label in more.txt']
    """
    found = ["the 50,000 reviews of IMDb without a label"] if config.of_imdb else []
    if config.unlabelled:
        found.append(f"the reviews without a label in {Path(config.unlabelled).name}")
    return found


def _label_sentences(config: Config, metrics: Mapping[str, Any]) -> list[str]:
    """Describe the labels that models gave, and the texts that were made."""
    found = []
    count = metrics.get("pseudo_labelled_reviews", 0)
    if config.distilled_from:
        found.append(_distillation_sentence(config, count))
    elif count:
        names = joined([LABELLERS[kind] for kind in config.pseudo_labels_from.split("+")])
        found.append(
            f"It was also trained on {count:,} unlabelled reviews with pseudo-labels by {names}."
        )
    if made := metrics.get("recombined_texts"):
        found.append(
            f"{made:,} texts recombined from sentences of reviews were labelled in the same way."
        )
    if cut := metrics.get("excerpts"):
        found.append(f"{cut:,} excerpts of reviews were added with the labels of their reviews.")
    if short := metrics.get("short_texts"):
        found.append(
            f"{short:,} short texts were made of sentences that those models are sure of: "
            f"{joined(config.short_texts.split('+'))}."
        )
    return found


def _distillation_sentence(config: Config, count: int) -> str:
    names = [Path(name).name for name in config.distilled_from.split("+")]
    predict = "together predict" if len(names) > 1 else "predicts"
    others = f" and {count:,} unlabelled ones" if count else ""
    return (
        f"It was distilled: it learned what {joined(names)} {predict} for the train reviews"
        f"{others}."
    )


def _outside_sentences(config: Config, metrics: Mapping[str, Any]) -> list[str]:
    """Say that nothing else was used, as far as the configuration shows it."""
    if not config.uses_ngrams and config.pretrained and not metrics.get("pretrained_on_same_split"):
        return []
    outside = config.extra_reviews or config.unlabelled
    runs = config.distilled_from or metrics.get("started_from_run")
    unless = ", unless by the runs named here" if runs else ""
    return [f"No outside {'vectors' if outside else 'text or vectors'} were used{unless}."]
