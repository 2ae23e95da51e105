"""Where a run does well and where badly: accuracy by what is known of the reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from imdb_lstm import plots
from imdb_lstm.evaluate import Evaluation
from imdb_lstm.metrics import by_group
from imdb_lstm.report.page import Heading, Part, Picture, Section, Table
from imdb_lstm.report.wording import between, percent
from imdb_lstm.text import tokenise
from imdb_lstm.text_groups import negation_share, share_group

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
        "by_unknown": by_group(labels, logits, share_group(unknowns, UNKNOWN_LIMITS)),
        "by_negation": by_group(labels, logits, share_group(negations, NEGATION_LIMITS)),
    }
    parts: list[Part] = []
    for key, (name, title, of, remark) in DRAWN.items():
        rows = shares.get(key) or evaluation.metrics.get(key)
        if rows:
            heading = f"Accuracy {title[0].lower()}{title[1:]}"
            label = f"Share of {of}"
            picture = drawn.get(name) or svg(plots.accuracy_by_group_figure(rows, heading, label))
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
