"""The section of calibration and selective accuracy."""

from __future__ import annotations

from collections.abc import Mapping

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Heading, Part, Picture, Section, Table
from imdb_lstm.evaluation.report.wording import all_named, between, percent
from imdb_lstm.metrics.classification import calibration_bins, top_label_bins

BINS = 15  # as in the figure


def calibration_section(evaluation: Evaluation, figures: Mapping[str, bytes]) -> Section:
    """Show calibration before and after temperature scaling, and accuracy by coverage."""
    metrics = evaluation.metrics
    temperature, scaled = metrics["temperature"], metrics["temperature_scaled"]
    before, after = metrics["expected_calibration_error"], scaled["expected_calibration_error"]
    shares = "predicted and observed shares"
    if len(evaluation.reviews.classes) > 2:
        shares = "the confidence, which is the probability of the predicted class, and the accuracy"
    parts: list[Part] = [
        f"The logits are divided by one temperature, {temperature:.3f}, fitted to the validation "
        "reviews after training (Guo et al. 2017). This changes the probabilities but not the "
        "verdicts. A temperature above 1 corrects an overconfident model, one below 1 an "
        "underconfident one; with few validation reviews it is uncertain.",
        Heading("Calibration"),
        Picture(figures["calibration"], (
            f"Reliability diagram. Expected calibration error {before:.3f} before temperature "
            f"scaling, {after:.3f} after. The table gives {shares}."
        )),
        _reliability(evaluation, 1.0, "before temperature scaling"),
    ]  # fmt: skip
    if temperature != 1.0:
        parts.append(_reliability(evaluation, temperature, "after temperature scaling"))
    return Section(
        "calibration",
        "Calibration and selective accuracy",
        parts + _selective(metrics["by_coverage"], figures["coverage"]),
    )


def _selective(by_coverage: list[dict[str, float]], image: bytes) -> list[Part]:
    """Accuracy by coverage, as a figure and as a table."""
    rows = [
        [percent(row["coverage"], 0), f"{row['reviews']:,}", percent(row["accuracy"]),
         between((row["accuracy_low"], row["accuracy_high"]))]
        for row in by_coverage
    ]  # fmt: skip
    values = "; ".join(f"at {row[0]}, {row[2]}" for row in rows)
    return [
        Heading("Selective accuracy"),
        "Coverage is the share of reviews that get a verdict, the most confident ones; the others "
        "are “unsure”.",
        Picture(image, f"Accuracy by coverage: {values}."),
        Table("Accuracy by coverage", ("coverage", "reviews", "accuracy", "95 % interval"), rows),
    ]


def _reliability(evaluation: Evaluation, temperature: float, when: str) -> Table:
    logits = evaluation.logits / temperature
    of_two = len(evaluation.reviews.classes) == 2
    bins = calibration_bins if of_two else top_label_bins
    found = bins(evaluation.reviews.labels, logits, BINS)
    rows = [
        [f"{found.edges[i]:.2f} to {found.edges[i + 1]:.2f}", f"{found.count[i]:,}",
         percent(found.mean_probability[i]), percent(found.fraction_positive[i])]
        for i in range(BINS)
        if found.count[i]
    ]  # fmt: skip
    if of_two:
        name = all_named(evaluation.reviews.classes.names)[1]
        head = (f"probability of {name}", "reviews", "predicted", "observed")
        caption = f"Predicted and observed share of {name}, {when}"
    else:
        head = ("confidence", "reviews", "mean confidence", "accuracy")
        caption = f"Confidence and accuracy, {when}"
    return Table(caption, head, rows, folded=True)
