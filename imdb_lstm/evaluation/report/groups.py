"""Where a run does well and where badly: accuracy by what is known of the reviews."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Heading, Part, Picture, Section, Table
from imdb_lstm.evaluation.report.wording import between, percent
from imdb_lstm.metrics.plots import accuracy_by_group_figure
from imdb_lstm.metrics.subgroups import accuracy_by_group
from imdb_lstm.text.tokenizer import tokenise

UNKNOWN_LIMITS = (1, 2, 5)  # per cent of a review's tokens
NEGATION_LIMITS = (1, 2, 3)
DRAWN = {  # key of the metrics: figure, title, what a group is, remark
    "by_length": ("accuracy_by_length", "By length", "tokens", ""),
    "by_rating": ("accuracy_by_rating", "By star rating", "stars", ""),
    "by_group": ("accuracy_by_group", "By group", "group", ""),
    "by_unknown": ("", "By share of unknown words", "unknown words", (
        "Of all tokens of a review, punctuation among them, those that the model does not know."
    )),
    "by_negation": ("", "By share of negation words", "negation words", (
        "Of all tokens of a review, those that deny: no, not, never, nothing, everything that ends "
        "in n't, and their like (the list of Potts 2011, with cannot, neither, nobody and nor). "
        "Only the words are counted, not what they turn round."
    )),
}  # fmt: skip


def text_shares(
    texts: Sequence[str], unknown: Callable[[str], bool]
) -> tuple[list[float], list[float]]:
    """The shares of unknown and of negation words among the tokens of each text.

    ``unknown`` tells of a token whether the model does not know it.

    >>> text_shares(["Not bad", ""], lambda token: token == "bad")
    ([0.5, 0.0], [0.5, 0.0])
    """
    unknowns, negations = [], []
    for text in texts:
        tokens = tokenise(text)
        unknowns.append(sum(map(unknown, tokens)) / max(1, len(tokens)))
        negations.append(negation_share(tokens))
    return unknowns, negations


def where_good(
    evaluation: Evaluation, drawn: Mapping[str, bytes], unknown: Callable[[str], bool],
    svg: Callable[[Any], bytes],
) -> Section:  # fmt: skip
    """Accuracy by length, stars, group, unknown words, negation words, and pairs.

    ``svg`` makes a picture of a matplotlib figure.
    """
    labels, logits = evaluation.reviews.labels, evaluation.logits
    unknowns, negations = text_shares(evaluation.reviews.texts, unknown)
    shares = {
        "by_unknown": accuracy_by_group(labels, logits, share_group(unknowns, UNKNOWN_LIMITS)),
        "by_negation": accuracy_by_group(labels, logits, share_group(negations, NEGATION_LIMITS)),
    }
    parts: list[Part] = []
    for key, (name, title, of, remark) in DRAWN.items():
        rows = shares.get(key) or evaluation.metrics.get(key)
        if rows:
            heading = f"Accuracy {title[0].lower()}{title[1:]}"
            label = f"Share of {of}"
            picture = drawn.get(name) or svg(accuracy_by_group_figure(rows, heading, label))
            parts += [
                Heading(title),
                *([remark] if remark else []),
                *_told(rows, heading, of, picture),
            ]
    return Section("where", "Where it does well, and where badly", parts + _pairs(evaluation))


def _told(rows: Sequence[Mapping[str, Any]], heading: str, of: str, picture: bytes) -> list[Part]:
    """One grouping as a figure and as a table."""
    told = ", ".join(f"{row['group']}: {percent(row['accuracy'])}" for row in rows)
    cells = [
        [str(row["group"]), f"{row['reviews']:,}", percent(row["accuracy"]),
         between((row["accuracy_low"], row["accuracy_high"]))]
        for row in rows
    ]  # fmt: skip
    return [
        Picture(picture, f"{heading} ({of}). {told}."),
        Table(heading, (of, "reviews", "accuracy", "95 % interval"), cells),
    ]


def _pairs(evaluation: Evaluation) -> list[Part]:
    """How many pairs, in which a few words turn the verdict, have both reviews right."""
    pairs = evaluation.metrics["pairs"]
    if not pairs:
        return []
    both = percent(pairs["both_right"])
    interval = between((pairs["both_right_low"], pairs["both_right_high"]))
    return [
        Heading("Pairs in which a few words turn the verdict"),
        f"Of {pairs['pairs']:,} pairs {both} have both reviews right (95 % interval {interval}); "
        f"{percent(pairs['one_verdict'])} get one verdict for both, so that the words that turn it "
        "were missed.",
    ]


# Those of C. Potts (2011), Sentiment Symposium Tutorial, sentiment.christopherpotts.net/lingstruc,
# to which cannot, neither, nobody and nor come. Every token that ends in n't is one, too.
NEGATIONS = frozenset(
    re.findall(
        r"\w+",
        "never no nothing nowhere noone none not havent hasnt hadnt cant couldnt shouldnt wont "
        "wouldnt dont doesnt didnt isnt arent aint cannot neither nobody nor",
    )
)


def is_negation(token: str) -> bool:
    """Whether a token of ``text.tokenise`` denies.

    >>> [token for token in ("wasn't", "never", "dont", "knot") if is_negation(token)]
    ["wasn't", 'never', 'dont']
    """
    return token in NEGATIONS or token.endswith("n't")


def negation_share(tokens: Sequence[str]) -> float:
    """The share of the tokens that deny; 0.0 without tokens.

    >>> negation_share(["not", "bad", "at", "all"])
    0.25
    """
    return sum(map(is_negation, tokens)) / len(tokens) if tokens else 0.0


def share_group(shares: ArrayLike, limits: Sequence[int]) -> list[str]:
    """The name of the group of each share, (n,) from 0 to 1: none, or between limits in per cent.

    ``limits`` rise; a share that equals one lies below it.

    >>> share_group([0.0, 0.01, 0.011, 0.9], limits=(1, 3))
    ['0 %', '0-1 %', '1-3 %', 'over 3 %']
    """
    lower = (0, *limits[:-1])
    between = [f"{low}-{high} %" for low, high in zip(lower, limits, strict=True)]
    names = ["0 %", *between, f"over {limits[-1]} %"]
    places = np.searchsorted(np.array((0, *limits)) / 100, np.asarray(shares), side="left")
    return [names[place] for place in places.tolist()]
