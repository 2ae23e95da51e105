"""The five names of ``imdb_lstm``: load, train, evaluate, predict, explain.

Each does what the command of its name does, and raises the same errors, each with one line (see
``errors.py``). A run is named as there: by its folder, or its name in ``saved_models``; without a
name it is the one finished last. TensorFlow is imported when one of them is first called.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imdb_lstm.config import Config, with_values
from imdb_lstm.errors import ConfigError
from imdb_lstm.options import read_toml
from imdb_lstm.presets import resolve
from imdb_lstm.runs import SAVED_MODELS, find_run

if TYPE_CHECKING:
    import numpy as np

    from imdb_lstm.evaluate import Evaluation
    from imdb_lstm.explanation import Explanation
    from imdb_lstm.predict import Classifier

RunName = str | PathLike[str]
DID_NOT_LEARN = (
    "warning: the run did not learn: its validation accuracy could be that of always giving the "
    "commoner label. Give more reviews, more --epochs, or another --learning-rate"
)


def load(run: RunName | Sequence[RunName] | None = None) -> Classifier:
    """Load a finished run, or several as one, to predict with again and again.

    >>> classifier = load("first")  # doctest: +SKIP
    >>> classifier.predict(["A joy from start to finish."])  # doctest: +SKIP
    array([0.97], dtype=float32)
    """
    from imdb_lstm.predict import load

    return load(run)


def train(
    data: str | None = None,
    name: str | None = None,
    *,
    preset: str | None = None,
    config: RunName | None = None,
    output: RunName = SAVED_MODELS,
    resume: bool = False,
    quiet: bool = False,
    **options: Any,
) -> Path:
    """Train a model, its teachers first, and return the folder of the finished run.

    ``data``: imdb (the default), sample, or a file. ``options``: any of ``config.Config``; they go
    over ``config``, a TOML file, which goes over the preset. ``resume`` goes on with an unfinished
    run. Progress is told on standard output, in a notebook below the cell, unless ``quiet``.

    >>> train("sample", "first", encoder="lstm", units=32)  # doctest: +SKIP
    PosixPath('saved_models/first')
    """
    output = Path(output)
    given = options if data is None else {"data": data, **options}
    file = None if config is None else Path(config)
    chosen, name = configured(output, name, resume, preset, file, given)
    from imdb_lstm import train as training

    if quiet:
        return training.train(chosen, output, name, resume)
    from imdb_lstm.artifacts import read_metrics
    from imdb_lstm.progress import progress_here

    with progress_here() as (callback, report):
        folder = training.train(chosen, output, name, resume, [callback], report)
        report(f"saved {folder}")
        if training.did_not_learn(read_metrics(folder)):
            report(DID_NOT_LEARN)
    return folder


def configured(
    output: Path,
    name: str | None,
    resume: bool,
    preset: str | None,
    file: Path | None,
    options: dict[str, Any],
) -> tuple[Config, str]:
    """What to train, and under which name: by default data, encoder and time."""
    if resume and (preset or file):
        raise ConfigError("--resume keeps the run's own values: leave out --preset and --config")
    if resume:
        from imdb_lstm.artifacts import find_unfinished

        name, saved = find_unfinished(output, name)
        return with_values(saved, options, "the options"), name
    chosen = resolve(preset, read_toml(file) if file else {}, options)
    source = Path(chosen.data).name.partition(".")[0]
    return chosen, name or f"{source}-{chosen.encoder}-{datetime.now():%Y%m%d-%H%M%S}"


def evaluate(
    run: RunName | Sequence[RunName] | None = None,
    data: str | None = None,
    split: str | None = None,
    **columns: str,
) -> Evaluation:
    """Evaluate a finished run, or several as one, and write nothing.

    By default on the test split of what the run learned from, or on all of another file.
    ``columns``: ``text_column`` and the like, where a file has others than the run's. All that is
    measured is in ``metrics`` of what is returned, the logits, float32 (n,), in ``logits``.

    >>> evaluate("first").metrics["accuracy"]  # doctest: +SKIP
    0.7888888888888889
    """
    from imdb_lstm import evaluate as evaluation
    from imdb_lstm.ensemble import logit_spreads

    names = [run] if run is None or isinstance(run, (str, PathLike)) else run
    folders = [find_run(each, SAVED_MODELS) for each in names]
    spreads = logit_spreads(folders) if len(folders) > 1 else []
    read: evaluation.ReadReviews = {}
    found = [evaluation.evaluate(each, data, split, read=read, **columns) for each in folders]
    return evaluation.together(found, spreads) if spreads else found[0]


def predict(texts: Sequence[str], run: RunName | Sequence[RunName] | None = None) -> np.ndarray:
    """Probabilities of "positive", float32 (n,), for n raw texts of any length.

    The run is loaded every time: to predict again and again, keep what ``load`` returns. Raises
    ``TypeError`` for a bare string.

    >>> predict(["A joy from start to finish.", "What a waste."], "first")  # doctest: +SKIP
    array([0.97, 0.02], dtype=float32)
    """
    return load(run).predict(texts)


def explain(
    texts: Sequence[str], run: RunName | None = None, method: str = "both"
) -> list[Explanation]:
    """What each word of the texts adds to the logit: one explanation a text.

    ``method``: integrated-gradients, occlusion or both. In a notebook an explanation shows itself
    as the text with its words marked. Raises ``TypeError`` for a bare string.

    >>> [found] = explain(["I wanted to like it, but it is dull."], "first")  # doctest: +SKIP
    >>> [found.words[index].token for index in found.strongest(1, sign=-1)]  # doctest: +SKIP
    ['dull']
    """
    if isinstance(texts, str):
        raise TypeError("explain takes a list of texts, not one text")
    from imdb_lstm import explain as explanation

    explainer = explanation.load(find_run(run, SAVED_MODELS), method)
    return [explainer.explain(text) for text in texts]
