"""The reviews to read oneself: the most confident mistakes, and labels that may be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import unescape

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import (
    Explained,
    Heading,
    Key,
    Listed,
    Part,
    ReviewList,
    Section,
    Table,
)
from imdb_lstm.evaluation.report.wording import percent
from imdb_lstm.explanation.result import CONTRIBUTIONS, GAP, Explanation
from imdb_lstm.metrics.label_errors import (
    label_probability,
    likely_label_errors,
    mean_self_confidence,
)
from imdb_lstm.runs.description import joined

MISTAKES = 10  # of each kind
SHOWN_WORDS = 120  # of a mistake
NAMED_WORDS = 5  # for each verdict
LISTED, LISTED_CHARACTERS = 25, 400
MOST_ROWS = 1_000
VERDICTS = ("negative", "positive")


def confident_mistakes(labels: np.ndarray, logits: np.ndarray, verdict: int) -> list[int]:
    """Indices of the mistakes with one verdict, 0 or 1, the largest logits first, at most ten.

    >>> confident_mistakes(np.array([0, 0, 1, 1]), np.array([0.5, 3.0, 9.0, -1.0]), verdict=1)
    [1, 0]
    """
    wrong = np.flatnonzero((labels != verdict) & ((logits > 0) == verdict))
    order = np.argsort(-np.abs(logits[wrong]), kind="stable")
    return wrong[order][:MISTAKES].tolist()


def mistakes(
    evaluation: Evaluation, explain: Callable[[str], Explanation]
) -> tuple[Section, dict[int, str]]:
    """The section of the most confident mistakes, and index → anchor of the reviews in it."""
    labels = evaluation.reviews.labels
    parts: list[Part] = []
    anchors: dict[int, str] = {}
    for verdict in (1, 0):
        called, labelled = VERDICTS[verdict], VERDICTS[1 - verdict]
        parts.append(Heading(f"Called {called}, labelled {labelled}"))
        found = confident_mistakes(labels, evaluation.logits, verdict)
        if not found:
            parts.append("There is none.")
        for index in found:
            anchors[index] = f"mistake-{len(anchors) + 1}"
            explanation = explain(evaluation.reviews.texts[index])
            parts.append(_explained(evaluation, index, anchors[index], explanation))
    whole = [_how_explained(parts), *([Key()] if anchors else []), *parts]
    return Section("mistakes", "Its most confident mistakes", whole), anchors


def _how_explained(parts: Sequence[Part]) -> str:
    """One sentence of how the words were weighed."""
    explained = [part.found.coloured for part in parts if isinstance(part, Explained)]
    if not explained:
        return "It made no mistake on these reviews."
    return (
        f"The {MISTAKES} of each kind that it was surest of, or as many as there are, with what "
        f"each word adds, by {CONTRIBUTIONS[explained[0]]}. Of a long review those words are shown "
        "that add most, and what stands around them. Probabilities are those after the temperature."
    )


def _explained(evaluation: Evaluation, index: int, anchor: str, found: Explanation) -> Explained:
    called = VERDICTS[int(evaluation.logits[index] > 0)]
    probability = 1 - _own_probability(evaluation)[index]
    heading = f"{anchor.rpartition('-')[2]}. {_named(evaluation, index)}"
    shown = found.excerpt(SHOWN_WORDS)
    words = f"{len(found.words):,} tokens"
    if len(shown.words) < len(found.words):
        words += f", {len(shown.words):,} of them shown"
    remarks = [f"Called {called} with a probability of {_fine(probability)}; {words}."]
    for sign, verdict in ((1, "positive"), (-1, "negative")):
        strongest = [
            f"“{found.text[found.words[i].start : found.words[i].end]}” "
            f"{found.contributions()[i]:+.2f}"
            for i in found.strongest(NAMED_WORDS, sign)
        ]
        remarks.append(f"Most for {verdict}: {', '.join(strongest) or 'no word'}.")
    return Explained(anchor, heading, remarks, shown)


def _named(evaluation: Evaluation, index: int) -> str:
    """Where a review came from, its label, and its stars where they are known."""
    reviews = evaluation.reviews
    rating = int(reviews.ratings[index])
    stars = f", {rating} star{'s' * (rating != 1)}" if rating else ""
    return f"{reviews.names[index]}, labelled {VERDICTS[reviews.labels[index]]}{stars}"


def _own_probability(evaluation: Evaluation) -> np.ndarray:
    """Of each review's label, after the temperature."""
    logits = evaluation.logits / evaluation.metrics["temperature"]
    return label_probability(evaluation.reviews.labels, logits)


def _fine(share: float) -> str:
    """A probability that may lie near to 0 or 1.

    >>> _fine(0.00042), _fine(0.99958), _fine(0.25)
    ('0.042 %', '99.958 %', '25 %')
    """
    digits = 1 - int(np.floor(np.log10(max(min(share, 1 - share), 1e-9)))) - 2
    return f"{100 * share:.{max(0, digits)}f} %"


def doubtful_labels(
    evaluation: Evaluation, anchors: Mapping[int, str], others: Sequence[Evaluation], learned: bool
) -> Section:
    """The labels that confident learning's rule doubts, those first that all runs doubt.

    ``others`` are of the same reviews; ``learned``: whether the run learned from any of them.
    """
    found, agreeing = _doubted(evaluation, others)
    told = _what_it_means(evaluation, len(found), learned)
    if others:
        names = joined([each.run.name for each in others])
        count = sum(len(agreeing[index]) == len(others) for index in found)
        told.append(
            f"Of these labels, {count:,} are doubted by {names} too, each by its own probabilities "
            "and means; they come first, and are the ones to look at."
        )
    parts: list[Part] = [*told]
    if found:
        parts.append(Heading(f"The {min(LISTED, len(found))} least probable labels"))
        parts.append(ReviewList([
            _listed(evaluation, index, anchors.get(index, ""), agreeing[index] if others else None)
            for index in found[:LISTED]
        ]))  # fmt: skip
    if len(found) > LISTED:
        parts.append(_every_doubt(evaluation, found, agreeing if others else {}))
    return Section("labels", "Labels that may be wrong", parts)


def _doubted(
    evaluation: Evaluation, others: Sequence[Evaluation]
) -> tuple[list[int], dict[int, list[str]]]:
    """Indices in the order of the list, and the names of the others that doubt each, too."""
    lists = [
        likely_label_errors(each.reviews.labels, each.logits / each.metrics["temperature"]).tolist()
        for each in (evaluation, *others)
    ]
    names = [each.run.name for each in others]
    agreeing = {
        index: [name for name, other in zip(names, lists[1:], strict=True) if index in other]
        for index in lists[0]
    }
    return sorted(lists[0], key=lambda index: -len(agreeing[index])), agreeing


def _what_it_means(evaluation: Evaluation, count: int, learned: bool) -> list[str]:
    labels = evaluation.reviews.labels
    if len(np.unique(labels)) < 2:
        return ["All reviews have one label: the rule needs both."]
    logits = evaluation.logits / evaluation.metrics["temperature"]
    negative, positive = mean_self_confidence(labels, logits)
    told = [
        "A label is doubted when the model, after the temperature, gives the other one a "
        "probability as high as it gives, in the mean, to reviews with that other label: "
        f"{percent(negative)} for negative, {percent(positive)} for positive. This is the rule of "
        "confident learning (Northcutt, Jiang & Chuang 2021). It doubts "
        f"{count:,} of {len(labels):,} labels ({percent(count / len(labels))}).",
        "That a review stands here means that the model finds its label improbable, and that a "
        "reader should look: in ten well-known data sets about half of such labels were wrong when "
        "people did (Northcutt, Athalye & Mueller 2021). It does not mean that the label is wrong. "
        "These are the model's most confident mistakes, too: irony, a grim plot praised, a verdict "
        "against the run of the words. Nor is every wrong label here: not those that the model "
        "would give itself. Nothing was relabelled, and all figures above go by the labels as "
        "given.",
    ]
    if learned:
        told.append(
            "The model learned from these labels, or some of them: it believes them more than it "
            "should, and doubts too few."
        )
    return told


def _listed(
    evaluation: Evaluation, index: int, anchor: str, doubting: Sequence[str] | None
) -> Listed:
    """``doubting``: the other runs that doubt the label; None where none was asked."""
    remark = f"the model gives this label {_fine(_own_probability(evaluation)[index])}"
    if doubting is not None:
        remark += f"; also doubted by {joined(doubting)}" if doubting else "; doubted by no other"
    text = _ends(evaluation.reviews.texts[index])
    return Listed(_named(evaluation, index), f"{remark}.", text, anchor)


def _ends(text: str) -> str:
    """The beginning and the end of a text, where verdicts stand.

    >>> len(_ends("so " * 500)) <= LISTED_CHARACTERS + len(GAP)
    True
    """
    text = " ".join(unescape(text.replace("<br />", " ")).split())
    if len(text) <= LISTED_CHARACTERS:
        return text
    half = LISTED_CHARACTERS // 2
    return f"{text[:half].rpartition(' ')[0]}{GAP}{text[-half:].partition(' ')[2]}"


def _every_doubt(
    evaluation: Evaluation, found: Sequence[int], agreeing: Mapping[int, list[str]]
) -> Table:
    """All of them in a table, folded, ``MOST_ROWS`` at most."""
    reviews, probability = evaluation.reviews, _own_probability(evaluation)
    rows = [
        [reviews.names[index], VERDICTS[reviews.labels[index]],
         str(reviews.ratings[index] or "–"), _fine(probability[index]),
         *([joined(agreeing[index]) or "–"] if agreeing else [])]
        for index in found[:MOST_ROWS]
    ]  # fmt: skip
    caption = f"All {len(found):,} doubted labels"
    if len(found) > MOST_ROWS:
        caption = f"The first {MOST_ROWS:,} of {len(found):,} doubted labels"
    head = ("review", "label", "stars", "probability of the label",
            *(["also doubted by"] if agreeing else []))  # fmt: skip
    return Table(caption, head, rows, folded=True)
