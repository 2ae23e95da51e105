"""Write ``RESULTS.md`` from the recorded rows: means and spreads first, then every row.

    python -m benchmarks.table [FIGURES]

Into the folder of figures: accuracy by seconds, of those that were trained on a processor and still
stand, and what every part brings.
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
from imdb_lstm.metrics.plots import BLUE, GREY, PALE_ORANGE
from imdb_lstm.metrics.tradeoff_plots import pareto_figure
from imdb_lstm.runs.files import write_figures

Row = dict[str, Any]

HEADER = (
    "model", "seeds", "test accuracy", "95 % interval of the last", "validation", "seconds",
    "seconds an epoch", "parameters", "peak MiB",
)  # fmt: skip
MARKS = (0.90, 0.916)
CHARTED = {
    "TF-IDF 1-grams + logistic regression": "words, TF-IDF",
    "TF-IDF 1-2-grams + logistic regression": "1-2-grams, TF-IDF",
    "NB-weighted 1-3-grams + logistic regression": "n-grams by counts",
    "latent, beside standard": "n-grams by vectors",
    "keras-io example": "keras.io's example",
    "TensorFlow RNN tutorial": "TensorFlow's tutorial",
    "quick": "quick",
    "quick and linear": "quick + n-grams",
    "standard": "standard",
    "standard and linear and latent": "standard + n-grams",
    "finetuned": "finetuned",
    "finetuned and linear and latent": "finetuned + n-grams",
}  # what a row is called in the figure
PROVENANCE = {"kind", "name", "command", "commit", "date", "machine"}
SHARES = ("accuracy", "share", "both_right", "same_verdict")  # words of a key in percent


def _table(header: tuple[str, ...] | list[str], lines: list[list[str]]) -> list[str]:
    """Markdown, closed by an empty line."""
    rule = "|" + "---|" * len(header)
    return [f"| {' | '.join(header)} |", rule, *(f"| {' | '.join(x)} |" for x in lines), ""]


def _by(rows: list[Row], key: str) -> dict[str, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _percent(values: list[float]) -> str:
    """Mean, with the standard deviation over seeds where there are several."""
    mean = f"{statistics.mean(values):.2%}"
    return f"{mean} ± {statistics.stdev(values):.2%}" if len(values) > 1 else mean


def _mean(rows: list[Row], key: str, form: str) -> str:
    values = [row[key] for row in rows if key in row]
    return format(statistics.mean(values), form) if values else ""


def _seeds(rows: list[Row]) -> str:
    return ", ".join(str(row["seed"]) for row in rows if "seed" in row) or "-"


def summary(rows: list[Row], _: list[Row]) -> list[str]:
    """One line a name: accuracies, and what they cost."""
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
    """Percentage points of every ablation from the whole by the same seed, where there is one."""
    whole = {(row["name"], row["seed"]): row["test_accuracy"] for row in rows}
    return {
        name: [100 * (row["test_accuracy"] - whole[row["whole"], row["seed"]])
               for row in same if (row["whole"], row["seed"]) in whole]
        for name, same in _by(rows, "name").items()
    }  # fmt: skip


def ablations(rows: list[Row], _: list[Row]) -> list[str]:
    """Accuracy with one part changed, and how far it is from the whole's by the same seeds."""
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
    header = ("what", "seeds", "test accuracy", "from the whole", "test log loss")
    return _table(header, lines)


def times_to_accuracy(rows: list[Row]) -> list[str]:
    """Seconds of the cheapest whole training of each model that reached a mark on test."""
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
        "Whole trainings as they were recorded: none was stopped at a mark. Of several, the "
        "cheapest that reached it, and how many did."
    )
    header = ["model", *(f"seconds to {mark:.1%}" for mark in MARKS)]
    table = _table(header, [cells for _, cells in sorted(lines)])
    return ["## Seconds to an accuracy on test", "", note, "", *table]


def charted(rows: list[Row]) -> list[Row]:
    """Mean accuracy and least seconds of each model in ``CHARTED``, as ``pareto_figure`` wants it.

    The interval is that of one run as accurate as the mean.
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
    """Figure: a dot a seed, a bar from nothing to their mean, the most that is lost on top."""
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
    axes.set(xlabel=f"Percentage points of test accuracy from {whole}, a dot a seed")
    axes.grid(True, axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _cell(key: str, value: Any) -> str:
    """One measured value, as a reader wants it."""
    if isinstance(value, list):
        return " / ".join(_cell(key, part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(key, part)}" for name, part in value.items())
    if isinstance(value, float) and any(word in key for word in SHARES):
        return f"{value:.2%}"
    if isinstance(value, float) and key.startswith("p_"):
        return f"{value:.2g}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def columns(rows: list[Row], _: list[Row]) -> list[str]:
    """One line a row, one column a measured value."""
    keys = list(dict.fromkeys(key for row in rows for key in row if key not in PROVENANCE))
    keys = [key for key in keys if key != "peak_memory_megabytes" or rows[0]["kind"] == "peer"]
    lines = [[row["name"], *(_cell(key, row.get(key, "")) for key in keys)] for row in rows]
    return _table(["what", *(key.replace("_", " ") for key in keys)], lines)


def facts(rows: list[Row], _: list[Row]) -> list[str]:
    """One line a row, its values in words: for rows that measured different things."""
    hidden = PROVENANCE | {"peak_memory_megabytes"}
    lines = []
    for row in rows:
        measured = {key.replace("_", " "): _cell(key, row[key]) for key in row if key not in hidden}
        lines.append([row["name"], "; ".join(f"{key}: {it}" for key, it in measured.items())])
    return _table(("what", "measured"), lines)


SECTIONS: dict[str, tuple[str, Callable[[list[Row], list[Row]], list[str]]]] = {
    "preset": ("Presets, all of IMDb", summary),
    "ensemble": ("Ensembles, all of IMDb", summary),
    "baseline": ("Baselines, all of IMDb", summary),
    "encoder": (
        "Encoders, all of IMDb: `plain` in three epochs (bag ten), a dozen side by side on a GPU",
        summary,
    ),
    "ablation": ("Ablations, all of IMDb: what each part brings", ablations),
    "mcnemar": ("Whether two models differ: McNemar's exact test, on the same reviews", columns),
    "challenge": ("Challenge sentences and pairs", columns),
    "peer": ("Beside PyTorch, on the same batches", columns),
    "recurrence": ("Forms of the recurrence: one layer, forward and backward", columns),
    "growth": ("Growth with the reviews and with their length", columns),
    "explanation": ("Explanations: a tenth of the words deleted", facts),
    "speed": ("Speed", facts),
}
TRAINED = ("preset", "ensemble", "baseline")  # whose seconds can be set side by side


def provenance(rows: list[Row]) -> list[str]:
    """Every row with its command, commit, date and machine."""
    lines = []
    for row in rows:
        name = f"{row['name']}, seed {row['seed']}" if "seed" in row else row["name"]
        lines.append([name, f"`{row['command']}`", row["commit"], row["date"], row["machine"]])
    header = ("row", "command", "commit", "date", "machine")
    return ["## Where each row comes from", "", *_table(header, lines)]


def page(rows: list[Row], log: str) -> str:
    """The whole page. Raises ``KeyError`` for a row of a kind that no section shows."""
    by_kind = _by(rows, "kind")
    if unknown := set(by_kind) - set(SECTIONS):
        raise KeyError(f"no section in table.py shows rows of kind {', '.join(sorted(unknown))}")
    lines = ["# Results", "", "Written by `python -m benchmarks.table` from `results.jsonl`; "
             "`LOG.md` tells what was tried.", ""]  # fmt: skip
    for kind, (title, write) in SECTIONS.items():
        if kind == "mcnemar":
            lines += times_to_accuracy(rows)
        if by_kind[kind]:
            lines += [f"## {title}", "", *write(by_kind[kind], rows)]
    return "\n".join([*lines, *provenance(rows), log])


def main(figures: str | None = None) -> None:
    """Write the page, and the figures."""
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    log = (Path(__file__).parent / "LOG.md").read_text(encoding="utf-8")
    RESULTS.with_name("RESULTS.md").write_text(page(rows, log), encoding="utf-8")
    if figures:
        seconds = "Seconds from start to saved run, on one or two cores"
        drawn = {
            "accuracy_by_seconds": pareto_figure(charted(rows), "seconds", seconds),
            "ablations": ablation_figure(_by(rows, "kind")["ablation"]),
        }
        write_figures(Path(figures), drawn)


if __name__ == "__main__":
    main(*sys.argv[1:])
