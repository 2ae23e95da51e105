"""The section of the most confident mistakes, with the contribution of each word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import ExplainedReview, Heading, Legend, Part, Section
from imdb_lstm.evaluation.report.reviews import named_review, scaled_logits
from imdb_lstm.evaluation.report.wording import all_named, fine_percent, isolated, named
from imdb_lstm.explanation.result import CONTRIBUTIONS, Explanation
from imdb_lstm.metrics.logits import confidence, predicted_classes, probabilities
from imdb_lstm.metrics.per_class import most_confused

MISTAKES = 10  # of each kind of two classes, or of all
PAIRS, MISTAKES_OF_PAIR = 5, 3  # of three and more classes
SHOWN_WORDS = 120  # of a mistake
NAMED_WORDS = 5  # for each verdict


def confident_mistakes(
    labels: np.ndarray,
    logits: np.ndarray,
    verdict: int | None = None,
    label: int | None = None,
    most: int = MISTAKES,
) -> list[int]:
    """Return the indices of mistakes, the most confident first.

    ``verdict`` and ``label``: the number of the predicted class and of the label, if only those
    mistakes are asked for.

    >>> confident_mistakes(np.array([0, 0, 1, 1]), np.array([0.5, 3.0, 9.0, -1.0]), verdict=1)
    [1, 0]
    """
    said = predicted_classes(logits)
    asked = (verdict is None or said == verdict) & (label is None or labels == label)
    wrong = np.flatnonzero((said != labels) & asked)
    order = np.argsort(-confidence(logits)[wrong], kind="stable")
    return wrong[order][:most].tolist()


def mistakes_section(
    evaluation: Evaluation, explain: Callable[..., Explanation]
) -> tuple[Section, dict[int, str]]:
    """Show the most confident mistakes; also return index → anchor of the reviews shown.

    ``explain``: text → its explanation; with three and more classes it is also given ``of``, the
    name of the predicted class, and ``against``, the label.
    """
    parts: list[Part] = []
    anchors: dict[int, str] = {}
    for heading, found in _kinds(evaluation):
        parts.append(Heading(heading))
        if not found:
            parts.append("There are none.")
        for index in found:
            anchors[index] = f"mistake-{len(anchors) + 1}"
            pair = _pair(evaluation, index)
            explanation = explain(evaluation.reviews.texts[index], **pair)
            parts.append(_explained(evaluation, index, anchors[index], explanation))
    names = all_named(evaluation.reviews.classes.names)
    legend = Legend(names[1], names[0]) if len(names) == 2 else Legend()
    parts = [_method(parts, len(names)), *([legend] if anchors else []), *parts]
    return Section("mistakes", "Most confident mistakes", parts), anchors


def _kinds(evaluation: Evaluation) -> Iterator[tuple[str, list[int]]]:
    """Yield the heading and the indices of each kind of mistake.

    With two classes there are two kinds. With more: all mistakes, then those of the most confused
    pairs that are not among them.
    """
    labels, margins = evaluation.reviews.labels, evaluation.margins
    names = all_named(evaluation.reviews.classes.names)
    if len(names) == 2:
        for verdict in (1, 0):
            heading = f"Predicted {names[verdict]}, labelled {names[1 - verdict]}"
            yield heading, confident_mistakes(labels, margins, verdict)
        return
    shown = confident_mistakes(labels, margins)
    yield "Of all classes", shown
    for label, said, count in most_confused(evaluation.metrics["confusion_matrix"], PAIRS):
        found = confident_mistakes(labels, margins, said, label, MISTAKES_OF_PAIR + len(shown))
        if new := [index for index in found if index not in shown][:MISTAKES_OF_PAIR]:
            heading = f"Predicted {names[said]}, labelled {names[label]}"
            yield f"{heading}: {len(new)} more of {count:,}", new


def _predicted(evaluation: Evaluation, index: int) -> int:
    """The number of the predicted class of a review."""
    return int(predicted_classes(evaluation.margins[index : index + 1])[0])


def _pair(evaluation: Evaluation, index: int) -> dict[str, str]:
    """The classes to explain: of two, the explanation is always of the same one."""
    names = evaluation.reviews.classes.names
    if len(names) == 2:
        return {}
    label = names[evaluation.reviews.labels[index]]
    return {"of": names[_predicted(evaluation, index)], "against": label}


def _method(parts: Sequence[Part], classes: int) -> str:
    """How the contributions were computed."""
    explained = [part.found.coloured for part in parts if isinstance(part, ExplainedReview)]
    if not explained:
        return "It made no mistake on these reviews."
    which = "mistakes of each kind, the most confident first,"
    if classes > 2:
        which = (
            "mistakes, the most confident first, then at most "
            f"{MISTAKES_OF_PAIR} more of each of the {PAIRS} most confused pairs of classes,"
        )
    return (
        f"At most {MISTAKES} {which} with the "
        f"contribution of each word by {CONTRIBUTIONS[explained[0]]}. Long reviews are shown "
        "around their strongest words. Probabilities are temperature-scaled."
    )


def _explained(
    evaluation: Evaluation, index: int, anchor: str, found: Explanation
) -> ExplainedReview:
    number = _predicted(evaluation, index)
    predicted = named(evaluation.reviews.classes.names[number])
    probability = probabilities(scaled_logits(evaluation)[index : index + 1])[0, number]
    heading = f"{anchor.rpartition('-')[2]}. {named_review(evaluation, index)}"
    shown = found.excerpt(SHOWN_WORDS)
    length = f"{found.length:,} tokens"
    if len(shown.words) < found.length:
        length += f", {len(shown.words):,} of them shown"
    remarks = [f"Predicted {predicted} with probability {fine_percent(probability)}; {length}."]
    for sign, verdict in ((1, found.of), (-1, found.against)):
        strongest = [
            f"“{isolated(found.text[found.words[i].start : found.words[i].end])}” "
            f"{found.contributions()[i]:+.2f}"
            for i in found.strongest(NAMED_WORDS, sign)
        ]
        remarks.append(f"Strongest for {named(verdict)}: {', '.join(strongest) or 'no word'}.")
    return ExplainedReview(anchor, heading, remarks, shown)
