"""One review in a report: its name and label, its probabilities, and a part of its text."""

from __future__ import annotations

from html import unescape

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.wording import named, stars
from imdb_lstm.metrics.label_errors import label_probability

LISTED_CHARACTERS = 400


def named_review(evaluation: Evaluation, index: int) -> str:
    """Return the name of a review, its label, and its stars where they are known."""
    reviews = evaluation.reviews
    rating = stars(reviews.ratings[index])
    given = f", {rating} star{'s' * (rating != '1')}" if rating else ""
    label = named(reviews.classes.names[reviews.labels[index]])
    return f"{named(reviews.names[index])}, labelled {label}{given}"


def scaled_logits(evaluation: Evaluation) -> np.ndarray:
    """Return the logits divided by the temperature, of the same shape."""
    return evaluation.logits / evaluation.metrics["temperature"]


def scaled_label_probability(evaluation: Evaluation) -> np.ndarray:
    """Return the temperature-scaled probability of the label of each review, float64 (n,)."""
    return label_probability(evaluation.reviews.labels, scaled_logits(evaluation))


def ends(text: str) -> str:
    """The beginning and the end of a text, which often hold its verdict, with what is cut between.

    >>> ends("so " * 500)[185:228]
    ' so so so so [… 1,105 characters cut …] so '
    """
    text = " ".join(unescape(text.replace("<br />", " ")).split())
    if len(text) <= LISTED_CHARACTERS:
        return text
    half = LISTED_CHARACTERS // 2
    head, tail = text[:half], text[-half:]
    head = head.rpartition(" ")[0] or head  # whole words, where there are spaces
    tail = tail.partition(" ")[2] or tail
    return f"{head} [… {len(text) - len(head) - len(tail):,} characters cut …] {tail}"
