"""The section of likely label errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import (
    Heading,
    ListedReview,
    Part,
    ReviewList,
    Section,
    Table,
)
from imdb_lstm.evaluation.report.reviews import (
    ends,
    named_review,
    scaled_label_probability,
    scaled_logits,
)
from imdb_lstm.evaluation.report.wording import all_named, fine_percent, named, percent, stars
from imdb_lstm.metrics.label_errors import likely_label_errors, mean_self_confidence
from imdb_lstm.metrics.logits import predicted_classes
from imdb_lstm.runs.description import joined

LISTED = 25
MOST_ROWS = 1_000
MOST_MEANS = 10  # classes


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
        likely_label_errors(each.reviews.labels, scaled_logits(each)).tolist()
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
    labels, classes = evaluation.reviews.labels, evaluation.reviews.classes
    of_two = len(classes) == 2
    if len(np.unique(labels)) < 2:
        return [f"All reviews have one label: the rule needs {'both' if of_two else 'two'}."]
    other = "the other" if of_two else "another"
    this = "this other label" if of_two else "that label"
    unless = "" if of_two else ", unless its own label does so too and is more probable"
    paragraphs = [
        f"A label is likely wrong if the temperature-scaled probability of {other} label reaches "
        f"the mean that {this} has over the reviews that carry it{unless}: {_means(evaluation)}. "
        "This is the rule of confident learning (Northcutt, Jiang & Chuang 2021). It selects "
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


def _means(evaluation: Evaluation) -> str:
    """The mean probability of each class over its reviews; of many classes, the first ones."""
    means = mean_self_confidence(evaluation.reviews.labels, scaled_logits(evaluation))
    named_means = zip(all_named(evaluation.reviews.classes.names), means, strict=True)
    found = [f"{percent(mean)} for {name}" for name, mean in named_means if not np.isnan(mean)]
    more = [f"and {len(found) - MOST_MEANS:,} more"] if len(found) > MOST_MEANS else []
    return ", ".join([*found[:MOST_MEANS], *more])


def _listed(
    evaluation: Evaluation, index: int, anchor: str, agreeing: Sequence[str] | None
) -> ListedReview:
    """``agreeing``: the other runs that agree; None if there are no other runs."""
    [probability] = scaled_label_probability(evaluation, slice(index, index + 1))
    remark = f"probability of this label {fine_percent(probability)}"
    if len(evaluation.reviews.classes) > 2:
        remark += f", predicted {_predicted(evaluation, index)}"
    if agreeing is not None:
        remark += f"; also according to {joined(agreeing)}" if agreeing else "; no other run agrees"
    text = ends(evaluation.reviews.texts[index])
    return ListedReview(named_review(evaluation, index), f"{remark}.", text, anchor)


def _full_table(
    evaluation: Evaluation, found: Sequence[int], agreeing: Mapping[int, list[str]]
) -> Table:
    """All likely label errors, at most ``MOST_ROWS``, as a folded table."""
    reviews, probability = evaluation.reviews, scaled_label_probability(evaluation)
    several = len(reviews.classes) > 2
    said = predicted_classes(evaluation.margins)
    rows = [
        [named(reviews.names[index]), named(reviews.classes.names[reviews.labels[index]]),
         *([named(reviews.classes.names[said[index]])] if several else []),
         stars(reviews.ratings[index]) or "–", fine_percent(probability[index]),
         *([joined(agreeing[index]) or "–"] if agreeing else [])]
        for index in found[:MOST_ROWS]
    ]  # fmt: skip
    caption = f"All {len(found):,} likely label errors"
    if len(found) > MOST_ROWS:
        caption = f"The first {MOST_ROWS:,} of {len(found):,} likely label errors"
    head = ("review", "label", *(["predicted"] if several else []), "stars",
            "probability of the label",
            *(["also according to"] if agreeing else []))  # fmt: skip
    return Table(caption, head, rows, folded=True)


def _predicted(evaluation: Evaluation, index: int) -> str:
    """The name of the predicted class of a review."""
    number = predicted_classes(evaluation.margins[index : index + 1])[0]
    return named(evaluation.reviews.classes.names[number])
