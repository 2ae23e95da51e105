"""Train reviews that say the opposite of others, see ``text.counterfactual``."""

from __future__ import annotations

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes, is_sentiment
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError, DataError
from imdb_lstm.text.antonyms import read_lexicon
from imdb_lstm.text.counterfactual import Counterfactual, balanced


def check_sentiment(classes: Classes, config: Config) -> None:
    """Raise ``ConfigError`` for other classes than negative and positive."""
    if len(classes) != 2 or not is_sentiment(classes):
        raise ConfigError(
            "reviews are turned between negative and positive, and the classes of "
            f"{config.data} are {', '.join(classes.names)[:200]}"
        )


def turned_reviews(
    reviews: Reviews, config: Config, most: int | None = None
) -> list[tuple[int, Counterfactual]]:
    """Return reviews turned, as many of either label: (number of the review, what it becomes).

    They are tried in an order that ``config.seed`` decides, and ``most`` of them are taken at most.
    Raises ``ConfigError`` where the classes are not negative and positive, or for ``antonyms``.
    """
    check_sentiment(reviews.classes, config)
    lexicon = read_lexicon(config.antonyms)
    order = np.random.default_rng([5, config.seed]).permutation(len(reviews))
    texts, labels = [reviews.texts[i] for i in order], reviews.labels[order].tolist()
    found = [(int(order[i]), each) for i, each in balanced(texts, labels, lexicon, most)]
    return sorted(found, key=lambda pair: pair[0])


def counterfactual_reviews(train: Reviews, config: Config) -> Reviews:
    """Return the reviews that ``config.counterfactual`` adds to train, perhaps with excerpts.

    They are fewer than the share asked for where fewer can be turned. Raises ``ConfigError`` as
    ``turned_reviews`` does, and ``DataError`` where none can be turned.
    """
    found = turned_reviews(train, config, round(config.counterfactual * len(train)))
    if not found:
        raise DataError(
            f"no train review of {config.data} can be turned into its opposite: leave out "
            "counterfactual, or give a larger share or --antonyms with their words"
        )
    texts = [each.text for _, each in found]
    labels = [each.label for _, each in found]
    names = [f"{train.names[number]}, turned" for number, _ in found]
    if config.counterfactual_excerpts:
        for number, each in found:
            texts += each.excerpts()
            labels += [1 - each.label, each.label]
            names += [f"{train.names[number]}, excerpt", f"{train.names[number]}, excerpt, turned"]
    ratings = np.full(len(texts), np.nan, np.float32)
    return Reviews(texts, np.array(labels, np.int8), ratings, names, classes=train.classes)
