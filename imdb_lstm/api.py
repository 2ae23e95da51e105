"""The five functions of ``imdb_lstm``: load, train, evaluate, predict, explain.

Each does what the command of its name does, and raises the same errors, each with one line (see
``errors``). A run is given by its folder, or by its name in ``saved_models``; by default it is the
newest finished one, or the bundled one where there is none. Keras and its backend are imported by
``train`` only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import resolve_file
from imdb_lstm.config.unread import unread_options
from imdb_lstm.config.values import with_values
from imdb_lstm.data.frames import as_file, saved_rows
from imdb_lstm.data.texts import texts_of
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.find import SAVED_MODELS, find_run
from imdb_lstm.runs.names import check_name, data_name

if TYPE_CHECKING:
    import numpy as np

    from imdb_lstm.evaluation.evaluate import Evaluation
    from imdb_lstm.explanation.result import Explanation
    from imdb_lstm.inference.classifier import Classifier


RunName = str | PathLike[str]
log = logging.getLogger(__name__)
Data = Any  # a name, a file, or rows: see data.frames
DID_NOT_LEARN = (
    "warning: the run did not learn: its validation accuracy could be that of always predicting "
    "the more common label. Give more reviews, more --epochs, or another --learning-rate"
)


def load(run: RunName | Sequence[RunName] | None = None) -> Classifier:
    """Load a finished run, or an ensemble of several, to predict with repeatedly.

    >>> classifier = load("first")  # doctest: +SKIP
    >>> classifier.predict(["A joy from start to finish."])  # doctest: +SKIP
    array([0.97], dtype=float32)
    """
    from imdb_lstm.inference.classifier import load_classifier

    return load_classifier(run)


def train(
    data: Data | None = None,
    name: str | None = None,
    *,
    preset: str | None = None,
    config: RunName | None = None,
    output: RunName = SAVED_MODELS,
    resume: bool = False,
    quiet: bool = False,
    **options: Any,
) -> Path:
    """Train a model and return the folder of the finished run.

    ``data``: imdb (the default), sample, a file, a data frame of pandas or polars, a
    ``datasets.Dataset``, or a list of dictionaries; rows are first written to a file in ``output``.
    ``options``: any field of ``Config``, such as ``text_column``; they override ``config``, a TOML
    file, which overrides the preset. ``resume`` continues an unfinished run. Progress is printed,
    in a notebook below the cell, unless ``quiet``.

    >>> train("sample", "first", encoder="lstm", units=32)  # doctest: +SKIP
    PosixPath('saved_models/first')
    """
    output = Path(output)
    given = options if data is None else {"data": saved_rows(data, output), **options}
    file = None if config is None else Path(config)
    chosen, name = configured(output, name, resume, preset, file, given)
    from imdb_lstm.training.results import did_not_learn
    from imdb_lstm.training.train import train

    if quiet:
        return train(chosen, output, name, resume)
    from imdb_lstm.runs.files import read_metrics
    from imdb_lstm.training.progress import progress_here

    with progress_here() as reporter:
        folder = train(chosen, output, name, resume, reporter=reporter)
        reporter.line(f"saved {folder}")
        if did_not_learn(read_metrics(folder)):
            reporter.line(DID_NOT_LEARN)
    return folder


def configured(
    output: Path,
    name: str | None,
    resume: bool,
    preset: str | None,
    file: Path | None,
    options: dict[str, Any],
) -> tuple[Config, str]:
    """The configuration to train and the name of the run: by default data, encoder and time."""
    if resume and (preset or file):
        raise ConfigError("--resume keeps the run's own values: leave out --preset and --config")
    if resume:
        from imdb_lstm.runs.unfinished import find_unfinished

        name, saved = find_unfinished(output, name)
        chosen = with_values(saved, options, "the options")
    else:
        chosen = resolve_file(preset, file, options)
    if name is None:
        name = f"{data_name(chosen.data)}-{chosen.encoder}-{datetime.now():%Y%m%d-%H%M%S}"
    check_name(name, "run")
    for option, needed in unread_options(chosen, [key for key in options if options[key]]).items():
        log.warning("%s has no effect here: it needs %s", option, needed)
    return chosen, name


def evaluate(
    run: RunName | Sequence[RunName] | None = None,
    data: Data | None = None,
    split: str | None = None,
    **columns: Any,
) -> Evaluation:
    """Evaluate a finished run, or an ensemble of several, and write nothing.

    The reviews are by default the test split of what the run was trained on, or all of another
    file, less those that the run has learned from. ``data`` and ``columns`` are as in ``train``; a
    data frame is read once. The result has all scores in ``metrics`` and the logits, float32 (n,),
    in ``logits``.

    >>> evaluate("first").metrics["accuracy"]  # doctest: +SKIP
    0.7888888888888889
    """
    from imdb_lstm.evaluation.evaluate import evaluate, evaluate_ensemble
    from imdb_lstm.evaluation.held_out import HeldOut
    from imdb_lstm.inference.classifier import run_folders
    from imdb_lstm.inference.ensemble import logit_deviations

    folders = run_folders(run)
    deviations = logit_deviations(folders) if len(folders) > 1 else []
    held_out = HeldOut(folders)
    with as_file(data) as path:
        found = [evaluate(each, path, split, held_out=held_out, **columns) for each in folders]
    return evaluate_ensemble(found, deviations) if deviations else found[0]


def predict(texts: Iterable[str], run: RunName | Sequence[RunName] | None = None) -> np.ndarray:
    """Probabilities of "positive", float32 (n,), for n raw texts; of several classes (n, classes).

    ``texts``: any iterable of str. The run is loaded at every call; to predict repeatedly, keep
    what ``load`` returns. Raises ``TypeError`` for a bare string and for an item that is no str.

    >>> predict(["A joy from start to finish.", "What a waste."], "first")  # doctest: +SKIP
    array([0.97, 0.02], dtype=float32)
    """
    return load(run).predict(texts)


def explain(
    texts: Iterable[str],
    run: RunName | None = None,
    method: str = "both",
    of: str | None = None,
    against: str | None = None,
) -> list[Explanation]:
    """What each word of the texts contributes to the logit of one run: one explanation per text.

    ``method``: integrated-gradients, occlusion or both. ``of`` and ``against``: names of the class
    to explain, and of the one to compare it with. By default they are the second and the first of
    two classes; of more, the predicted class and the most probable other one of each text. A
    notebook displays an explanation as the text with its words marked. Raises ``TypeError`` for a
    bare string, ``ConfigError`` for an unknown class and for a list of runs.

    >>> [found] = explain(["I wanted to like it, but it is dull."], "first")  # doctest: +SKIP
    >>> [found.words[index].token for index in found.strongest(1, sign=-1)]  # doctest: +SKIP
    ['dull']
    """
    found = texts_of(texts)
    from imdb_lstm.explanation.explainer import load_explainer

    if not isinstance(run, (str, PathLike, type(None))):
        raise ConfigError(f"explain reads one run, not a {type(run).__name__}: name one")
    explainer = load_explainer(find_run(run, SAVED_MODELS), method)
    return [explainer.explain(text, of, against) for text in found]
