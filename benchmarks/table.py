"""Write ``RESULTS.md`` from the recorded rows: means and standard deviations, then every row.

    python -m benchmarks.table [FIGURES]

Into the folder FIGURES it draws the accuracy by training time of the models that were trained on a
CPU, and the ablations.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS
from imdb_lstm.metrics.figure_style import BLUE, GREY, PALE_ORANGE
from imdb_lstm.metrics.tradeoff_plots import pareto_figure
from imdb_lstm.runs.files import write_figures

Row = dict[str, Any]

HEADER = (
    "model", "seeds", "test accuracy", "95 % interval of the last", "validation", "seconds",
    "seconds per epoch", "parameters", "peak MiB",
)  # fmt: skip
INTRODUCTION = """\
Written by `python -m benchmarks.table` from `results.jsonl`. [LOG.md](LOG.md) describes the
experiments behind these figures.

The commands of rows measured before version 0.2 contain the names of their time; the
[glossary](../docs/glossary.md) gives the current names. Some of their options no longer
exist: mixup, adversarial and virtual adversarial training, and weight averaging."""
MARKS = (0.90, 0.916)
CHARTED = {
    "TF-IDF 1-grams + logistic regression": "1-grams, TF-IDF",
    "TF-IDF 1-2-grams + logistic regression": "1-2-grams, TF-IDF",
    "NB-weighted 1-3-grams + logistic regression": "ngrams-nb",
    "ngrams-embedded, beside standard": "ngrams-embedded",
    "keras-io example": "keras.io example",
    "TensorFlow RNN tutorial": "TensorFlow tutorial",
    "quick": "quick",
    "quick and ngrams-nb": "quick + n-grams",
    "standard": "standard",
    "standard and ngrams-nb and ngrams-embedded": "standard + n-grams",
    "finetuned": "finetuned",
    "finetuned and ngrams-nb and ngrams-embedded": "finetuned + n-grams",
}  # the name of a row, as recorded → its name in the figure
PROVENANCE = {"kind", "name", "command", "commit", "date", "machine"}
SHARES = ("accuracy", "share", "both_right", "same_verdict")  # words of a key in percent


def _table(header: tuple[str, ...] | list[str], lines: list[list[str]]) -> list[str]:
    """A Markdown table, followed by an empty line."""
    rule = "|" + "---|" * len(header)
    return [f"| {' | '.join(header)} |", rule, *(f"| {' | '.join(x)} |" for x in lines), ""]


def _by(rows: list[Row], key: str) -> dict[str, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _percent(values: list[float]) -> str:
    """Mean, with the standard deviation when there are several values."""
    mean = f"{statistics.mean(values):.2%}"
    return f"{mean} ± {statistics.stdev(values):.2%}" if len(values) > 1 else mean


def _mean(rows: list[Row], key: str, form: str) -> str:
    values = [row[key] for row in rows if key in row]
    return format(statistics.mean(values), form) if values else ""


def _seeds(rows: list[Row]) -> str:
    return ", ".join(str(row["seed"]) for row in rows if "seed" in row) or "-"


def summary(rows: list[Row]) -> list[str]:
    """One line per name: accuracy and cost."""
    lines = []
    for name, same in _by(rows, "name").items():
        low, high = same[-1]["test_accuracy_low"], same[-1]["test_accuracy_high"]
        validation = [row["validation_accuracy"] for row in same if "validation_accuracy" in row]
        memory = [row.get("training_peak_memory_megabytes", row.get("peak_memory_megabytes", 0))
                  for row in same]  # fmt: skip
        lines.append([
            name, _seeds(same), _percent([row["test_accuracy"] for row in same]),
            f"{low:.2%} to {high:.2%}", _percent(validation) if validation else "",
            _mean(same, "seconds", ".0f"), _mean(same, "seconds_per_epoch", ".0f"),
            _mean(same, "parameters", ",.0f"), f"{max(memory):,}" if any(memory) else "",
        ])  # fmt: skip
    return _table(HEADER, lines)


def differences(rows: list[Row]) -> dict[str, list[float]]:
    """Difference of each ablation from the reference of the same seed, in percentage points."""
    reference = {(row["name"], row["seed"]): row["test_accuracy"] for row in rows}
    return {
        name: [100 * (row["test_accuracy"] - reference[row["whole"], row["seed"]])
               for row in same if (row["whole"], row["seed"]) in reference]
        for name, same in _by(rows, "name").items()
    }  # fmt: skip


def ablations(rows: list[Row]) -> list[str]:
    """Accuracy with one option changed, and its difference from the reference, seed by seed."""
    lines = []
    found = differences(rows)
    for name, same in _by(rows, "name").items():
        points = found[name]
        spread = f" ± {statistics.stdev(points):.2f}" if len(points) > 1 and any(points) else ""
        difference = f"{statistics.mean(points):+.2f}{spread} points" if points else ""
        difference += f" (seeds compared: {len(points)})" if 0 < len(points) < len(same) else ""
        accuracy = _percent([row["test_accuracy"] for row in same])
        log_loss = _mean(same, "test_log_loss", ".4f")
        lines.append([name, _seeds(same), accuracy, difference, log_loss])
    header = ("ablation", "seeds", "test accuracy", "difference", "test log loss")
    return _table(header, lines)


def times_to_accuracy(rows: list[Row]) -> list[str]:
    """Seconds of the fastest training of each model that reached a test accuracy."""
    trained = [row for row in rows if row["kind"] in TRAINED and "seconds" in row]
    lines = []
    for name, same in _by(trained, "name").items():
        reached = [[row["seconds"] for row in same if row["test_accuracy"] >= mark]
                   for mark in MARKS]  # fmt: skip
        if reached[0]:
            cells = [f"{min(found):.0f}, by {len(found)} of {len(same)}" if found else "-"
                     for found in reached]  # fmt: skip
            lines.append((min(reached[0]), [name, *cells]))
    note = (
        "Seconds of whole trainings, which do not stop at the accuracy. Of several runs, the "
        "fastest that reached it, and how many did."
    )
    header = ["model", *(f"seconds to {mark:.1%}" for mark in MARKS)]
    table = _table(header, [cells for _, cells in sorted(lines)])
    return ["## Training time to a test accuracy", "", note, "", *table]


def charted(rows: list[Row]) -> list[Row]:
    """Mean accuracy and least seconds of each model in ``CHARTED``, as ``pareto_figure`` needs it.

    The interval is the mean of the intervals of the runs.
    """
    trained = _by([row for row in rows if row["kind"] in TRAINED], "name")
    points = []
    for name, label in CHARTED.items():
        accuracy, low, high = (
            statistics.mean(row[f"test_accuracy{end}"] for row in trained[name])
            for end in ("", "_low", "_high")
        )
        seconds = min(row["seconds"] for row in trained[name] if "seconds" in row)
        points.append({"run": label, "accuracy": accuracy, "accuracy_low": low,
                       "accuracy_high": high, "seconds": seconds})  # fmt: skip
    return points


def ablation_figure(rows: list[Row]) -> Any:
    """Figure: a bar for the mean of each ablation, a dot per seed, the largest loss on top."""
    from matplotlib.figure import Figure

    [whole] = {row["whole"] for row in rows}
    found = {
        name.removeprefix(f"{whole}, "): points
        for name, points in differences(rows).items()
        if name != whole and points
    }
    names = sorted(found, key=lambda name: statistics.mean(found[name]), reverse=True)
    figure = Figure(figsize=(8, 0.26 * len(names) + 1.2), layout="constrained")
    axes = figure.subplots()
    axes.barh(names, [statistics.mean(found[name]) for name in names], color=PALE_ORANGE)
    for name in names:
        axes.plot(found[name], [name] * len(found[name]), "o", color=BLUE, markersize=4)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.margins(y=0.01)
    axes.set(
        xlabel=f"Difference in test accuracy from {whole}, percentage points; one dot per seed"
    )
    axes.grid(True, axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def several_classes(rows: list[Row]) -> list[str]:
    """One line per name: accuracy, macro F1, and of ordered classes error and kappa."""
    shown = {
        "test accuracy": ("test_accuracy", _percent),
        "macro F1": ("test_macro_f1", _decimals),
        "mean absolute error": ("test_mean_absolute_error", _decimals),
        "quadratic kappa": ("test_quadratic_kappa", _decimals),
        "accuracy as two classes": ("test_accuracy_as_sentiment", _percent),
        "log loss, temperature-scaled": ("temperature_scaled_log_loss", _decimals),
        "log loss, vector-scaled": ("vector_scaled_log_loss", _decimals),
    }
    lines = []
    for name, same in _by(rows, "name").items():
        values = {
            title: [row[key] for row in same if key in row] for title, (key, _) in shown.items()
        }
        cells = [form(values[title]) if values[title] else "" for title, (_, form) in shown.items()]
        lines.append([name, _seeds(same), *cells, _mean(same, "seconds", ".0f")])
    return _table(["model", "seeds", *shown, "seconds"], lines)


def _decimals(values: list[float]) -> str:
    """Mean, with the standard deviation when there are several values."""
    mean = f"{statistics.mean(values):.3f}"
    return f"{mean} ± {statistics.stdev(values):.3f}" if len(values) > 1 else mean


def _cell(key: str, value: Any) -> str:
    """One measured value as text."""
    if isinstance(value, list):
        return " / ".join(_cell(key, part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(key, part)}" for name, part in value.items())
    if isinstance(value, float) and any(word in key for word in SHARES):
        return f"{value:.2%}"
    if isinstance(value, float) and key.startswith("p_"):
        return f"{value:.2g}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def columns(rows: list[Row]) -> list[str]:
    """One line per row, one column per measured value."""
    keys = list(dict.fromkeys(key for row in rows for key in row if key not in PROVENANCE))
    keys = [key for key in keys if key != "peak_memory_megabytes" or rows[0]["kind"] == "peer"]
    lines = [[row["name"], *(_cell(key, row.get(key, "")) for key in keys)] for row in rows]
    return _table(["row", *(key.replace("_", " ") for key in keys)], lines)


def listed(rows: list[Row]) -> list[str]:
    """One line per row with its values as a list, for rows of different measurements."""
    hidden = PROVENANCE | {"peak_memory_megabytes"}
    lines = []
    for row in rows:
        measured = {key.replace("_", " "): _cell(key, row[key]) for key in row if key not in hidden}
        lines.append([row["name"], "; ".join(f"{key}: {it}" for key, it in measured.items())])
    return _table(("row", "measured"), lines)


SECTIONS: dict[str, tuple[str, Callable[[list[Row]], list[str]]]] = {
    "preset": ("Presets, all of IMDb", summary),
    "ensemble": ("Ensembles, all of IMDb", summary),
    "baseline": ("Baselines, all of IMDb", summary),
    "encoder": (
        "Encoders, all of IMDb: `plain` with three epochs (bag: ten), a dozen at once on a GPU",
        summary,
    ),
    "ablation": ("Ablations, all of IMDb", ablations),
    "mcnemar": (
        "Differences between two models: McNemar's exact test on the same reviews",
        columns,
    ),
    "classes": ("Several classes: stars of IMDb, topics", several_classes),
    "challenge": ("Challenge set and counterfactual pairs", columns),
    "peer": ("Comparison with PyTorch on the same batches", columns),
    "recurrence": ("Implementations of the recurrence: one layer, forward and backward", columns),
    "growth": ("Growth with the number and the length of reviews", columns),
    "stars": ("Stars as a second target, in training alone", listed),
    "explanation": ("Explanations: a tenth of the words deleted", listed),
    "answer": ("What an answer costs: NumPy and Keras in turns", listed),
    "page": ("The HTML page of a run in a browser", listed),
    "service": ("Serving over HTTP, under load", listed),
    "reliability": (
        "Commands killed and resumed, the same seed again, faults that tests find",
        listed,
    ),
    "speed": ("Speed", listed),
}
TRAINED = ("preset", "ensemble", "baseline")  # kinds whose seconds can be compared


def provenance(rows: list[Row]) -> list[str]:
    """Every row with its command, commit, date and machine."""
    lines = []
    for row in rows:
        name = f"{row['name']}, seed {row['seed']}" if "seed" in row else row["name"]
        lines.append([name, f"`{row['command']}`", row["commit"], row["date"], row["machine"]])
    header = ("row", "command", "commit", "date", "machine")
    return ["## Provenance of each row", "", *_table(header, lines)]


def page(rows: list[Row]) -> str:
    """The whole page. Raises ``KeyError`` for a row of a kind that no section shows."""
    by_kind = _by(rows, "kind")
    if unknown := set(by_kind) - set(SECTIONS):
        raise KeyError(f"no section in table.py shows rows of kind {', '.join(sorted(unknown))}")
    lines = ["# Results", "", INTRODUCTION, ""]
    for kind, (title, write) in SECTIONS.items():
        if kind == "mcnemar":
            lines += times_to_accuracy(rows)
        if by_kind[kind]:
            lines += [f"## {title}", "", *write(by_kind[kind])]
    return "\n".join([*lines, *provenance(rows)])


def main(figures: str | None = None) -> None:
    """Write the page and the figures."""
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    RESULTS.with_name("RESULTS.md").write_text(page(rows), encoding="utf-8")
    if figures:
        seconds = "Seconds from start to saved run, on one or two cores"
        drawn = {
            "accuracy_by_seconds": pareto_figure(charted(rows), "seconds", seconds),
            "ablations": ablation_figure(_by(rows, "kind")["ablation"]),
        }
        write_figures(Path(figures), drawn)


if __name__ == "__main__":
    main(*sys.argv[1:])
