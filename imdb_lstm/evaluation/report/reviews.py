"""The sections of reviews to read: the most confident mistakes, and likely label errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import unescape

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import (
    ExplainedReview,
    Heading,
    Legend,
    ListedReview,
    Part,
    ReviewList,
    Section,
    Table,
)
from imdb_lstm.evaluation.report.wording import fine_percent, isolated, named, percent, stars
from imdb_lstm.explanation.result import CONTRIBUTIONS, Explanation
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


def confident_mistakes(labels: np.ndarray, logits: np.ndarray, verdict: int) -> list[int]:
    """Return the indices of at most ten mistakes with one verdict, the largest logits first.

    ``verdict``: 0 for negative, 1 for positive.

    >>> confident_mistakes(np.array([0, 0, 1, 1]), np.array([0.5, 3.0, 9.0, -1.0]), verdict=1)
    [1, 0]
    """
    wrong = np.flatnonzero((labels != verdict) & ((logits > 0) == verdict))
    order = np.argsort(-np.abs(logits[wrong]), kind="stable")
    return wrong[order][:MISTAKES].tolist()


def mistakes_section(
    evaluation: Evaluation, explain: Callable[[str], Explanation]
) -> tuple[Section, dict[int, str]]:
    """Show the most confident mistakes; also return index → anchor of the reviews shown."""
    labels = evaluation.reviews.labels
    parts: list[Part] = []
    anchors: dict[int, str] = {}
    names = evaluation.reviews.classes.names
    for verdict in (1, 0):
        predicted, labelled = names[verdict], names[1 - verdict]
        parts.append(Heading(f"Predicted {predicted}, labelled {labelled}"))
        found = confident_mistakes(labels, evaluation.margins, verdict)
        if not found:
            parts.append("There are none.")
        for index in found:
            anchors[index] = f"mistake-{len(anchors) + 1}"
            explanation = explain(evaluation.reviews.texts[index])
            parts.append(_explained(evaluation, index, anchors[index], explanation))
    legend = [Legend()] if anchors else []
    parts = [_method(parts), *legend, *parts]
    return Section("mistakes", "Most confident mistakes", parts), anchors


def _method(parts: Sequence[Part]) -> str:
    """How the contributions were computed."""
    explained = [part.found.coloured for part in parts if isinstance(part, ExplainedReview)]
    if not explained:
        return "It made no mistake on these reviews."
    return (
        f"At most {MISTAKES} mistakes of each kind, the most confident first, with the "
        f"contribution of each word by {CONTRIBUTIONS[explained[0]]}. Long reviews are shown "
        "around their strongest words. Probabilities are temperature-scaled."
    )


def _explained(
    evaluation: Evaluation, index: int, anchor: str, found: Explanation
) -> ExplainedReview:
    names = evaluation.reviews.classes.names
    predicted = names[int(evaluation.margins[index] > 0)]
    probability = 1 - _label_probability(evaluation)[index]
    heading = f"{anchor.rpartition('-')[2]}. {_named(evaluation, index)}"
    shown = found.excerpt(SHOWN_WORDS)
    length = f"{found.length:,} tokens"
    if len(shown.words) < found.length:
        length += f", {len(shown.words):,} of them shown"
    remarks = [f"Predicted {predicted} with probability {fine_percent(probability)}; {length}."]
    for sign, verdict in ((1, names[1]), (-1, names[0])):
        strongest = [
            f"“{isolated(found.text[found.words[i].start : found.words[i].end])}” "
            f"{found.contributions()[i]:+.2f}"
            for i in found.strongest(NAMED_WORDS, sign)
        ]
        remarks.append(f"Strongest for {verdict}: {', '.join(strongest) or 'no word'}.")
    return ExplainedReview(anchor, heading, remarks, shown)


def _named(evaluation: Evaluation, index: int) -> str:
    """The name of a review, its label, and its stars where they are known."""
    reviews = evaluation.reviews
    rating = stars(reviews.ratings[index])
    given = f", {rating} star{'s' * (rating != '1')}" if rating else ""
    label = reviews.classes.names[reviews.labels[index]]
    return f"{named(reviews.names[index])}, labelled {label}{given}"


def _scaled_logits(evaluation: Evaluation) -> np.ndarray:
    return evaluation.logits / evaluation.metrics["temperature"]


def _label_probability(evaluation: Evaluation) -> np.ndarray:
    """The temperature-scaled probability of the label of each review."""
    return label_probability(evaluation.reviews.labels, _scaled_logits(evaluation))


def label_errors_section(
    evaluation: Evaluation,
    anchors: Mapping[int, str],
    others: Sequence[Evaluation],
    in_sample: bool,
) -> Section:
    """List likely label errors, first those on which all runs agree.

    ``others`` are evaluations on the same reviews; ``in_sample``: whether the run was trained on
    some of the reviews.
    """
    found, agreeing = _likely_errors(evaluation, others)
    parts: list[Part] = [*_rule(evaluation, len(found), in_sample)]
    if others:
        names = joined([each.run.name for each in others])
        count = sum(len(agreeing[index]) == len(others) for index in found)
        parts.append(
            f"{count:,} of these labels are also likely wrong according to {names}, each by its "
            "own probabilities and means. They come first; check these."
        )
    if found:
        parts.append(Heading(f"The {min(LISTED, len(found))} least probable labels"))
        parts.append(ReviewList([
            _listed(evaluation, index, anchors.get(index, ""), agreeing[index] if others else None)
            for index in found[:LISTED]
        ]))  # fmt: skip
    if len(found) > LISTED:
        parts.append(_full_table(evaluation, found, agreeing if others else {}))
    return Section("labels", "Likely label errors", parts)


def _likely_errors(
    evaluation: Evaluation, others: Sequence[Evaluation]
) -> tuple[list[int], dict[int, list[str]]]:
    """Indices in the order of the list, and the names of the other runs that agree with each."""
    lists = [
        likely_label_errors(each.reviews.labels, _scaled_logits(each)).tolist()
        for each in (evaluation, *others)
    ]
    names, sets = [each.run.name for each in others], [set(each) for each in lists[1:]]
    agreeing = {
        index: [name for name, other in zip(names, sets, strict=True) if index in other]
        for index in lists[0]
    }
    return sorted(lists[0], key=lambda index: -len(agreeing[index])), agreeing


def _rule(evaluation: Evaluation, count: int, in_sample: bool) -> list[str]:
    """The rule that finds likely label errors, and how to read the list."""
    labels = evaluation.reviews.labels
    if len(np.unique(labels)) < 2:
        return ["All reviews have one label: the rule needs both."]
    negative, positive = mean_self_confidence(labels, _scaled_logits(evaluation))
    paragraphs = [
        "A label is likely wrong if the temperature-scaled probability of the other label reaches "
        "the mean that this other label has over the reviews that carry it: "
        f"{percent(negative)} for negative, {percent(positive)} for positive. This is the rule of "
        "confident learning (Northcutt, Jiang & Chuang 2021). It selects "
        f"{count:,} of {len(labels):,} labels ({percent(count / len(labels))}).",
        "A listed label is improbable to the model and worth checking, not necessarily wrong: in "
        "ten well-known data sets, people found about half of such labels wrong (Northcutt, "
        "Athalye & Mueller 2021). The list also contains confident mistakes of the model, such as "
        "irony or praise for a grim plot. Wrong labels that the model would predict itself are "
        "missing. No review was relabelled; all scores above use the labels as given.",
    ]
    if in_sample:
        paragraphs.append(
            "The model was trained on some of these labels, so it is too confident in them and the "
            "rule selects too few."
        )
    return paragraphs


def _listed(
    evaluation: Evaluation, index: int, anchor: str, agreeing: Sequence[str] | None
) -> ListedReview:
    """``agreeing``: the other runs that agree; None if there are no other runs."""
    remark = f"probability of this label {fine_percent(_label_probability(evaluation)[index])}"
    if agreeing is not None:
        remark += f"; also according to {joined(agreeing)}" if agreeing else "; no other run agrees"
    text = _ends(evaluation.reviews.texts[index])
    return ListedReview(_named(evaluation, index), f"{remark}.", text, anchor)


def _ends(text: str) -> str:
    """The beginning and the end of a text, which often hold its verdict, with what is cut between.

    >>> _ends("so " * 500)[185:228]
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


def _full_table(
    evaluation: Evaluation, found: Sequence[int], agreeing: Mapping[int, list[str]]
) -> Table:
    """All likely label errors, at most ``MOST_ROWS``, as a folded table."""
    reviews, probability = evaluation.reviews, _label_probability(evaluation)
    rows = [
        [named(reviews.names[index]), reviews.classes.names[reviews.labels[index]],
         stars(reviews.ratings[index]) or "–", fine_percent(probability[index]),
         *([joined(agreeing[index]) or "–"] if agreeing else [])]
        for index in found[:MOST_ROWS]
    ]  # fmt: skip
    caption = f"All {len(found):,} likely label errors"
    if len(found) > MOST_ROWS:
        caption = f"The first {MOST_ROWS:,} of {len(found):,} likely label errors"
    head = ("review", "label", "stars", "probability of the label",
            *(["also according to"] if agreeing else []))  # fmt: skip
    return Table(caption, head, rows, folded=True)
