"""The section on accuracy by subgroup: length, stars, group, unknown words, negation, pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from imdb_lstm.data.reviews import Reviews
from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Heading, Part, Picture, Section, Table, svg
from imdb_lstm.evaluation.report.wording import all_named, between, percent
from imdb_lstm.metrics.group_plots import MOST_GROUPS, accuracy_by_group_figure, largest_groups
from imdb_lstm.metrics.subgroups import accuracy_by_group
from imdb_lstm.text.tokenizer import tokenise

MOST_ROWS = 1_000
UNKNOWN_LIMITS = (1, 2, 5)  # per cent of a review's tokens
NEGATION_LIMITS = (1, 2, 3)
GROUPINGS = {  # key of the metrics: figure, title, meaning of a group, remark
    "by_length": ("accuracy_by_length", "By length", "tokens", ""),
    "by_rating": ("accuracy_by_rating", "By star rating", "stars", ""),
    "by_group": ("accuracy_by_group", "By group", "group", ""),
    "by_unknown": ("", "By share of unknown words", "unknown words", (
        "The share of a review's tokens, including punctuation, that are unknown to the model."
    )),
    "by_negation": ("", "By share of negation words", "negation words", (
        "The share of a review's tokens that negate: no, not, never, nothing, everything that ends "
        "in n't, and others (the list of Potts 2011, with cannot, neither, nobody and nor). "
        "The words are counted, not the words in their scope."
    )),
}  # fmt: skip
# The list of C. Potts (2011), Sentiment Symposium Tutorial,
# sentiment.christopherpotts.net/lingstruc, with cannot, neither, nobody and nor added.
NEGATIONS = frozenset([
    "never", "no", "nothing", "nowhere", "noone", "none", "not", "havent", "hasnt", "hadnt", "cant",
    "couldnt", "shouldnt", "wont", "wouldnt", "dont", "doesnt", "didnt", "isnt", "arent", "aint",
    "cannot", "neither", "nobody", "nor",
])  # fmt: skip


def subgroups_section(
    evaluation: Evaluation, figures: Mapping[str, bytes], knows: Callable[[str], bool]
) -> Section:
    """Show the accuracy in each subgroup, and on contrast pairs.

    ``knows``: whether a token is known to the model.
    """
    labels, logits = evaluation.reviews.labels, evaluation.margins
    unknowns, negations = text_shares(evaluation.reviews.texts, knows)
    shares = {
        "by_unknown": accuracy_by_group(labels, logits, share_group(unknowns, UNKNOWN_LIMITS)),
        "by_negation": accuracy_by_group(labels, logits, share_group(negations, NEGATION_LIMITS)),
    }
    parts: list[Part] = []
    for key, (name, title, meaning, remark) in GROUPINGS.items():
        if rows := shares.get(key) or evaluation.metrics.get(key):
            heading = f"Accuracy {title[0].lower()}{title[1:]}"
            image = figures.get(name) or svg(
                accuracy_by_group_figure(rows, heading, f"Share of {meaning}")
            )
            parts += [Heading(title), *([remark] if remark else [])]
            parts += _grouping(rows, heading, meaning, image)
        elif count := _unreported(key, evaluation.reviews):
            parts += [Heading(title), _too_many(count)]
    return Section("subgroups", "Accuracy by subgroup", parts + _pairs(evaluation))


def _unreported(key: str, reviews: Reviews) -> int:
    """The number of groups, or of different stars, that the reviews have."""
    if key == "by_group":
        return len(set(reviews.groups) - {""})
    return len(np.unique(reviews.ratings[~np.isnan(reviews.ratings)])) if key == "by_rating" else 0


def _too_many(count: int) -> str:
    return (
        f"The reviews are in {count:,} groups, which are too many for the accuracy of each to be "
        "reported."
    )


def _grouping(
    rows: Sequence[Mapping[str, Any]], heading: str, meaning: str, image: bytes
) -> list[Part]:
    """One grouping as a figure and as a table."""
    drawn, listed = largest_groups(rows), largest_groups(rows, MOST_ROWS)
    described = zip(all_named(row["group"] for row in drawn), drawn, strict=True)
    values = ", ".join(f"{name}: {percent(row['accuracy'])}" for name, row in described)
    cells = [
        [name, f"{row['reviews']:,}", percent(row["accuracy"]),
         between((row["accuracy_low"], row["accuracy_high"]))]
        for name, row in zip(all_named(row["group"] for row in listed), listed, strict=True)
    ]  # fmt: skip
    caption = heading
    if len(listed) < len(rows):
        caption += f": the {len(listed):,} largest of {len(rows):,} groups"
    return [
        Picture(image, f"{heading} ({meaning}). {values}."),
        Table(caption, (meaning, "reviews", "accuracy", "95 % interval"), cells,
              folded=len(listed) > MOST_GROUPS),
    ]  # fmt: skip


def _pairs(evaluation: Evaluation) -> list[Part]:
    """The contrast consistency: how many pairs have both reviews right."""
    pairs = evaluation.metrics["pairs"]
    if not pairs:
        return []
    both = percent(pairs["both_right"])
    interval = between((pairs["both_right_low"], pairs["both_right_high"]))
    differ = "opposite" if len(evaluation.reviews.classes) == 2 else "different"
    return [
        Heading("Contrast pairs"),
        f"The two reviews of a contrast pair differ in a few words and have {differ} labels. "
        f"Both predictions are right in {both} of {pairs['pairs']:,} pairs (95 % interval "
        f"{interval}); in {percent(pairs['same_verdict'])} both reviews get the same verdict.",
    ]


def text_shares(
    texts: Sequence[str], knows: Callable[[str], bool]
) -> tuple[list[float], list[float]]:
    """Return the shares of unknown and of negation words among the tokens that a model reads.

    >>> text_shares(["Not bad", ""], lambda token: token == "not")
    ([0.5, 0.0], [0.5, 0.0])
    """
    unknowns, negations = [], []
    for text in texts:
        tokens = tokenise(text, knows)
        unknowns.append(sum(not knows(token) for token in tokens) / max(1, len(tokens)))
        negations.append(negation_share(tokens))
    return unknowns, negations


def is_negation(token: str) -> bool:
    """Return whether a token of ``tokenise`` is a negation word.

    >>> [token for token in ("wasn't", "never", "dont", "knot") if is_negation(token)]
    ["wasn't", 'never', 'dont']
    """
    return token in NEGATIONS or token.endswith("n't")


def negation_share(tokens: Sequence[str]) -> float:
    """Return the share of negation words among the tokens; 0.0 without tokens.

    >>> negation_share(["not", "bad", "at", "all"])
    0.25
    """
    return sum(map(is_negation, tokens)) / len(tokens) if tokens else 0.0


def share_group(shares: ArrayLike, limits: Sequence[int]) -> list[str]:
    """Return the name of the group of each share, (n,) from 0 to 1.

    ``limits``: increasing upper limits in per cent, inclusive; zero is a group of its own.

    >>> share_group([0.0, 0.01, 0.011, 0.9], limits=(1, 3))
    ['0 %', '0-1 %', '1-3 %', 'over 3 %']
    """
    lower = (0, *limits[:-1])
    ranges = [f"{low}-{high} %" for low, high in zip(lower, limits, strict=True)]
    names = ["0 %", *ranges, f"over {limits[-1]} %"]
    places = np.searchsorted(np.array((0, *limits)) / 100, np.asarray(shares), side="left")
    return [names[place] for place in places.tolist()]
