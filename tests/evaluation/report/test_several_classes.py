"""Reports of three and more classes: numbers of the evaluation, names of the run, bounds."""

import re
from dataclasses import replace

import numpy as np
import pytest
from pages import FOUND, HOSTILE, Page, check_landmarks, told
from several import evaluation_of

from imdb_lstm.data.labels import Classes
from imdb_lstm.evaluation.evaluate import measure_logits
from imdb_lstm.evaluation.report.build import lead
from imdb_lstm.evaluation.report.calibration import calibration_section
from imdb_lstm.evaluation.report.label_errors import label_errors_section
from imdb_lstm.evaluation.report.mistakes import MISTAKES, confident_mistakes, mistakes_section
from imdb_lstm.evaluation.report.page import (
    ExplainedReview,
    Heading,
    ReviewList,
    Table,
    report_page,
)
from imdb_lstm.evaluation.report.scores import scores_section
from imdb_lstm.explanation.class_pair import ClassPair
from imdb_lstm.metrics.label_errors import likely_label_errors

FIGURES = dict.fromkeys(
    ("confusion_matrix", "roc_and_precision_recall", "scores_by_class", "distances", "calibration",
     "coverage"), b"",
)  # fmt: skip


def explainer_of(found):
    """A function that explains any text as the same one, for the classes of an evaluation."""
    names = found.reviews.classes.names

    def explain(text, of=names[1], against=names[0]):
        return replace(FOUND, classes=names, pair=ClassPair(names.index(of), names.index(against)))

    return explain


def tables(section):
    return {part.caption: part for part in section.parts if isinstance(part, Table)}


def sections_of(found):
    """Every section that says something of the classes."""
    mistakes, anchors = mistakes_section(found, explainer_of(found))
    return [
        scores_section(found, FIGURES), calibration_section(found, FIGURES), mistakes,
        label_errors_section(found, anchors, [found], in_sample=False),
    ]  # fmt: skip


@pytest.mark.parametrize("ordered", [False, True])
def test_the_scores_are_those_of_the_evaluation(ordered):
    found = evaluation_of(4, ordered=ordered)
    section = scores_section(found, FIGURES)
    scores = {row[0]: row[1:] for row in tables(section)["Scores on 200 reviews"].rows}
    metrics = found.metrics
    for name in ("accuracy", "balanced accuracy", "macro F1", "weighted F1"):
        key = name.lower().replace(" ", "_")
        assert scores[name][0] == f"{100 * metrics[key]:.1f} %"
        assert scores[name][1].startswith(f"{100 * metrics[f'{key}_low']:.1f} to")
    assert scores["class-wise calibration error"][0] == f"{metrics['class_calibration_error']:.4f}"
    assert ("quadratic kappa" in scores) == ("mean absolute error" in scores) == ordered
    by_class = tables(section)["Scores by class, with 95 % intervals"].rows
    assert [row[1] for row in by_class] == [f"{row['reviews']:,}" for row in metrics["by_class"]]
    counts = tables(section)["Predictions by label"].rows
    shown = [[int(cell.split(" ")[0]) for cell in row[1:]] for row in counts]
    assert shown == metrics["confusion_matrix"]
    confused = tables(section)["Most confused classes"].rows
    assert int(confused[0][2]) == (np.array(shown) - np.diag(np.diag(shown))).max()


def test_the_scores_of_vector_scaling_are_shown_where_there_are_any():
    found = evaluation_of(3)
    scaled = found.metrics["temperature_scaled"] | {
        "accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6,
    }  # fmt: skip
    rows = scores_section(found, FIGURES).parts[0].rows
    assert not any("vector" in row[0] for row in rows)
    with_it = replace(found, metrics=found.metrics | {"vector_scaled": scaled})
    rows = {row[0]: row[1:] for row in scores_section(with_it, FIGURES).parts[0].rows}
    assert rows["accuracy, vector-scaled"] == ["50.0 %", "40.0 to 60.0 %"]
    assert rows["log loss, vector-scaled"][0] == f"{scaled['log_loss']:.4f}"


def test_no_other_class_is_named_than_those_of_the_run():
    for names in (("ham", "spam"), ("arts", "sport", "politics")):
        found = evaluation_of(len(names), names) if len(names) > 2 else two(names)
        page = told(report_page("run", lead(found), sections_of(found)))
        page = re.sub("(false|true) positive rate", "", page)
        assert not re.search("positive|negative", page, re.IGNORECASE)
        assert all(name in page for name in names)


def two(names):
    """An evaluation of two classes of these names, both of which have mistakes."""
    found = evaluation_of(3)
    labels = (np.arange(200) % 2).astype(np.int8)
    logits = np.random.default_rng(2).normal(2.0 * labels - 1, 2).astype(np.float32)
    reviews = replace(found.reviews, labels=labels, classes=Classes(names, {}))
    metrics = {"data": "a.csv", "split": "all"} | measure_logits(reviews, logits, 1.5)
    return replace(found, reviews=reviews, logits=logits, metrics=metrics)


def test_mistakes_are_the_most_confident_of_all_then_of_the_most_confused_pairs():
    found = evaluation_of(4, reviews=600)
    section, anchors = mistakes_section(found, explainer_of(found))
    labels, said = found.reviews.labels, found.logits.argmax(axis=1)
    shown = list(anchors)
    assert shown[:MISTAKES] == confident_mistakes(labels, found.logits)
    assert (said[shown] != labels[shown]).all() and len(set(shown)) == len(shown) <= 25
    kind = None
    names = found.metrics["classes"]
    for part in section.parts:
        if isinstance(part, Heading):
            kind = part.words
        elif isinstance(part, ExplainedReview):
            index = shown[int(part.anchor.partition("-")[2]) - 1]
            assert (part.found.of, part.found.against) == (names[said[index]], names[labels[index]])
            if kind != "Of all classes":
                pair = f"Predicted {names[said[index]]}, labelled {names[labels[index]]}: "
                assert kind.startswith(pair)
    right = replace(found, logits=(9 * np.eye(4))[labels].astype(np.float32))
    right = replace(right, metrics=right.metrics | {"confusion_matrix": np.diag([9] * 4).tolist()})
    section, anchors = mistakes_section(right, explainer_of(right))
    assert not anchors and section.parts[0] == "It made no mistake on these reviews."


def test_label_errors_say_what_is_predicted_instead():
    found = evaluation_of(4, reviews=600)
    section = label_errors_section(found, {}, [], in_sample=False)
    errors = likely_label_errors(found.reviews.labels, found.logits / 1.25)
    names, said = found.metrics["classes"], found.logits.argmax(axis=1)
    [listed] = [part.items for part in section.parts if isinstance(part, ReviewList)]
    for index, item in zip(errors, listed, strict=False):
        assert item.heading.startswith(found.reviews.names[index])
        assert item.remark.endswith(f"predicted {names[said[index]]}.")
    assert "another label" in section.parts[0] and "мнение" not in section.parts[0]  # no review


@pytest.mark.slow
def test_any_names_of_many_classes_are_text_and_the_page_is_bounded():
    hostile = (HOSTILE + [f"{'n' * 300}{k}" for k in range(100)])[:100]
    found = evaluation_of(100, hostile, ordered=True, reviews=500)
    page = report_page("run", lead(found), sections_of(found))
    check_landmarks(page)
    plain = evaluation_of(100, [f"c{k}" for k in range(100)], ordered=True, reviews=500)
    same = report_page("run", lead(plain), sections_of(plain))
    assert {tag for tag, _ in Page(page).tags} == {tag for tag, _ in Page(same).tags}
    assert len(page) < 400_000 and "Predictions by label" not in page
