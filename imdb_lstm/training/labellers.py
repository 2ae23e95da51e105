"""Labellers: models that are trained first, as runs of their own, and give pseudo-labels."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from imdb_lstm.config.options import NGRAM_ENCODERS, Config
from imdb_lstm.config.values import load_config
from imdb_lstm.data.training_data import TrainingData
from imdb_lstm.device import choose_backend
from imdb_lstm.errors import RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.pretrained import Pretrained
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.unfinished import changed_options, check_run_name, created, unfinished_folder
from imdb_lstm.training.network import train_network
from imdb_lstm.training.ngrams import train_ngrams
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.pseudo_labels import Predictions, PseudoLabels, recombined, soft_labels
from imdb_lstm.training.reporter import Reporter


@dataclass(frozen=True)
class Labeller:
    """A model to train before the run, and the names of those whose pseudo-labels it learns."""

    name: str
    config: Config
    labelled_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labelled:
    """Predictions of a labeller, and its seconds, including those of its own labellers."""

    predictions: Predictions
    seconds: float
    labelled_by: tuple[str, ...]


def labellers(config: Config, name: str) -> list[Labeller]:
    """List the models whose pseudo-labels a run learns, in the order in which they are trained.

    A network among them learns the pseudo-labels of the n-gram classifiers. None of them learns
    counterfactual reviews: with these, n-grams are wrong on other reviews more often.

    >>> both = Config(pseudo_labels_from="ngrams-nb+network")
    >>> [(each.name, each.labelled_by) for each in labellers(both, "imdb")]
    [('imdb-ngrams-nb', ()), ('imdb-network', ('imdb-ngrams-nb',))]
    """
    kinds = [] if config.pseudo_labels_from == "none" else config.pseudo_labels_from.split("+")
    ngrams = [kind for kind in kinds if kind in NGRAM_ENCODERS]
    config = replace(config, counterfactual=0.0, counterfactual_excerpts=False, antonyms="")
    alone = replace(config, pseudo_labels_from="none")
    first = name.removesuffix("-network")  # a run and its labelling network share n-grams
    found = [Labeller(f"{first}-{kind}", replace(alone, encoder=kind)) for kind in ngrams]
    if "network" in kinds:
        own = replace(config, pseudo_labels_from="+".join(ngrams) or "none")
        found.append(Labeller(f"{name}-network", own, tuple(each.name for each in found)))
    return found


def labels_of_labellers(
    config: Config,
    data: TrainingData,
    output: Path,
    name: str,
    language_model: Pretrained | None,
    reporter: Reporter,
) -> PseudoLabels | None:
    """Train the labellers of the run of this name, and return their pseudo-labels.

    A labeller that is finished in ``output`` is reused. Without any text to label, no labeller is
    trained and the result is None. Raises ``RunError`` when a finished labeller was trained with
    other options or reviews, and whatever training raises.
    """
    written = data.written()
    made = recombined([*written.train.texts, *written.unlabelled], config)
    texts = [*written.unlabelled, *made]
    if not texts:
        reporter.line(
            f"{config.data} has no unlabelled reviews, so there are no pseudo-labels: see "
            "--unlabelled and --recombined-texts"
        )
        return None
    labelled: dict[str, Labelled] = {}
    folder = unfinished_folder(output, name)
    with created(folder, output / name, config, data.fingerprints):  # resumable from here on
        for each in labellers(config, name):
            if not _is_finished(each, output):
                labels = _combined(written, made, labelled, each.labelled_by)
                unread = replace(
                    written, seconds=0.0
                )  # the run itself counts the seconds of reading
                _train(each, unread, labels, output, language_model, reporter)
            labelled[each.name] = _labelled(each, written, texts, output, reporter)
    return _combined(written, made, labelled, tuple(labelled))


def _is_finished(labeller: Labeller, output: Path) -> bool:
    """Return whether it is already trained. Raises ``RunError`` if with other options."""
    finished = output / labeller.name / "config.toml"
    if not finished.exists():
        unfinished = unfinished_folder(output, labeller.name).exists()
        check_run_name(output, labeller.name, labeller.config, resume=unfinished)
        return False
    if changed := changed_options(labeller.config, load_config(finished)):
        raise RunError(
            f"{finished.parent} was trained with other values of {', '.join(changed)}: choose "
            "another --name, or delete it"
        )
    return True


def _train(
    labeller: Labeller,
    data: TrainingData,
    labels: PseudoLabels | None,
    output: Path,
    language_model: Pretrained | None,
    reporter: Reporter,
) -> None:
    """Train a labeller as a run of its own, or resume that run."""
    config, name = labeller.config, labeller.name
    folder, finished = unfinished_folder(output, name), output / name
    reporter.started(name, config)
    if config.uses_ngrams:
        train_ngrams(config, data, folder, finished, reporter)
    else:
        prepared = prepare(config, data, labels, language_model)
        train_network(config, prepared, folder, finished, reporter)


def _labelled(
    labeller: Labeller, data: TrainingData, texts: Sequence[str], output: Path, reporter: Reporter
) -> Labelled:
    """Predict the validation reviews and the texts with a finished labeller."""
    run = load_run(output / labeller.name, choose_backend(device=labeller.config.device))
    if run.manifest["reviews"] != data.fingerprints:
        raise RunError(
            f"{run.folder} was trained on other reviews: choose another --name, or delete it"
        )
    reporter.line(f"predicting {len(texts):,} texts with {labeller.name}")
    began = time.perf_counter()
    validation = run.predict_logits(data.validation.texts)
    predictions = Predictions(validation, run.predict_logits(texts))
    seconds = read_metrics(run.folder)["seconds"] + time.perf_counter() - began
    return Labelled(predictions, seconds, labeller.labelled_by)


def _combined(
    data: TrainingData, made: list[str], labelled: Mapping[str, Labelled], names: tuple[str, ...]
) -> PseudoLabels | None:
    """Combine the predictions of the named labellers to pseudo-labels; None without a name."""
    if not names:
        return None
    chosen = [labelled[name] for name in names]
    labels = soft_labels([each.predictions for each in chosen], data.validation.labels)
    counted = {name for each in chosen for name in each.labelled_by}  # in the seconds of another
    seconds = sum(labelled[name].seconds for name in names if name not in counted)
    return PseudoLabels(data.unlabelled, made, labels, seconds)
