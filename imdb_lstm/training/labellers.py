"""The models that are trained first and give pseudo-labels to a network, each a run of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from imdb_lstm.config.options import NGRAM_ENCODERS, Config
from imdb_lstm.config.values import load_config
from imdb_lstm.data.training_data import TrainingData
from imdb_lstm.errors import RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.pretrained import Pretrained
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.unfinished import changed_options, check_run_name, create, unfinished_folder
from imdb_lstm.training.network import train_network
from imdb_lstm.training.ngrams import train_ngrams
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.pseudo_labels import Predictions, PseudoLabels, recombined, soft_labels
from imdb_lstm.training.reporter import Reporter


@dataclass(frozen=True)
class Labeller:
    """A model that is trained first, and the names of those whose pseudo-labels it learns."""

    name: str
    config: Config
    labelled_by: tuple[str, ...] = ()


def labellers(config: Config, name: str) -> list[Labeller]:
    """The models whose pseudo-labels a run learns, in the order in which they are trained.

    A network among them has itself learned the pseudo-labels of the n-grams.

    >>> both = Config(pseudo_labels_from="ngrams-nb+network")
    >>> [(each.name, each.labelled_by) for each in labellers(both, "imdb")]
    [('imdb-ngrams-nb', ()), ('imdb-network', ('imdb-ngrams-nb',))]
    """
    kinds = [] if config.pseudo_labels_from == "none" else config.pseudo_labels_from.split("+")
    ngrams = [kind for kind in kinds if kind in NGRAM_ENCODERS]
    alone = replace(config, pseudo_labels_from="none")
    first = name.removesuffix("-network")  # whose n-grams label for the network, too
    found = [Labeller(f"{first}-{kind}", replace(alone, encoder=kind)) for kind in ngrams]
    if "network" in kinds:
        own = replace(config, pseudo_labels_from="+".join(ngrams) or "none")
        found.append(Labeller(f"{first}-network", own, tuple(each.name for each in found)))
    return found


def labels_of_labellers(
    config: Config,
    data: TrainingData,
    output: Path,
    name: str,
    language_model: Pretrained | None,
    reporter: Reporter,
) -> PseudoLabels | None:
    """The pseudo-labels for the run of this name; the models that give them are trained in turn.

    A model that is finished in ``output`` is not trained again. Where there is no text to label,
    none is trained, and there are no pseudo-labels. Raises ``RunError`` when a finished one was
    trained with other options or reviews, and all that training raises.
    """
    made = recombined([*data.train.texts, *data.unlabelled], config)
    texts = [*data.unlabelled, *made]
    if not texts:
        reporter.line(
            f"{config.data} has no unlabelled reviews, so there are no pseudo-labels: see "
            "--unlabelled and --recombined-texts"
        )
        return None
    create(unfinished_folder(output, name), config, data.fingerprints)  # from now on resumable
    given: dict[str, Given] = {}
    for each in labellers(config, name):
        if not _is_finished(each, output):
            labels = _together(data, made, given, each.labelled_by)
            _train(each, data, labels, output, language_model, reporter)
        given[each.name] = _given(each, data, texts, output, reporter)
    return _together(data, made, given, tuple(given))


@dataclass(frozen=True)
class Given:
    """What a labeller predicts, and the seconds that it took, with those of its own labellers."""

    predictions: Predictions
    seconds: float
    labelled_by: tuple[str, ...]


def _is_finished(labeller: Labeller, output: Path) -> bool:
    """Whether it is trained already. Raises ``RunError`` when it was with other options."""
    finished = output / labeller.name / "config.toml"
    if not finished.exists():
        begun = unfinished_folder(output, labeller.name).exists()
        check_run_name(output, labeller.name, labeller.config, resume=begun)
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
    """Train one of them as a run of its own."""
    config, name = labeller.config, labeller.name
    folder, finished = unfinished_folder(output, name), output / name
    reporter.line(f"training {name}: {config.encoder} on {config.data}, seed {config.seed}")
    if config.uses_ngrams:
        train_ngrams(config, data, folder, finished, reporter)
    else:
        prepared = prepare(config, data, labels, language_model)
        train_network(config, prepared, folder, finished, reporter)


def _given(
    labeller: Labeller, data: TrainingData, texts: Sequence[str], output: Path, reporter: Reporter
) -> Given:
    """What a finished run predicts for the validation reviews and the texts."""
    run = load_run(output / labeller.name)
    if run.manifest["reviews"] != data.fingerprints:
        raise RunError(
            f"{run.folder} was trained on other reviews: choose another --name, or delete it"
        )
    reporter.line(f"predicting {len(texts):,} texts with {labeller.name}")
    began = time.perf_counter()
    validation = run.predict_logits(data.validation.texts)
    predictions = Predictions(validation, run.predict_logits(texts))
    seconds = read_metrics(run.folder)["seconds"] + time.perf_counter() - began
    return Given(predictions, seconds, labeller.labelled_by)


def _together(
    data: TrainingData, made: list[str], given: Mapping[str, Given], names: tuple[str, ...]
) -> PseudoLabels | None:
    """The pseudo-labels of the named ones together; none of none."""
    if not names:
        return None
    chosen = [given[name] for name in names]
    labels = soft_labels([each.predictions for each in chosen], data.validation.labels)
    counted = {name for each in chosen for name in each.labelled_by}  # in the seconds of another
    seconds = sum(given[name].seconds for name in names if name not in counted)
    return PseudoLabels(data.unlabelled, made, labels, seconds)
