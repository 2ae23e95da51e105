"""Training: reviews → pseudo-labels → ids and batches → a fitted model → one run folder.

A training that was interrupted or killed can be resumed.
"""

from __future__ import annotations

from pathlib import Path

from imdb_lstm.config.options import Config
from imdb_lstm.config.unread import reads_unlabelled
from imdb_lstm.data.training_data import TrainingData, read_training_data
from imdb_lstm.device import set_up_device
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.pretrained import Pretrained
from imdb_lstm.runs.starting_run import starting_model
from imdb_lstm.runs.unfinished import check_run_name, created
from imdb_lstm.training.ngrams import train_ngrams
from imdb_lstm.training.pseudo_labels import PseudoLabels, distillation_labels
from imdb_lstm.training.reporter import SILENT, Reporter


def train(
    config: Config,
    output: Path,
    name: str,
    resume: bool = False,
    prepare_only: bool = False,
    reporter: Reporter = SILENT,
) -> Path:
    """Train one model, after the models that give its pseudo-labels; return ``output / name``.

    With ``prepare_only``, stop before the first step and return the folder of the unfinished run,
    which can be copied to another machine: see ``prepared_file``. With ``resume``, continue an
    unfinished run of this name.

    Raises ``DataError``, ``ConfigError``, ``RunError`` or ``OutputError``, each with a message of
    one line.
    """
    train_kind = _train_ngrams if config.uses_ngrams else _train_network
    return train_kind(config, output, name, resume, prepare_only, reporter)


def _train_ngrams(
    config: Config, output: Path, name: str, resume: bool, prepare_only: bool, reporter: Reporter
) -> Path:
    """Train an n-gram classifier, without loading Keras and TensorFlow."""
    if config.devices or config.device == "gpu":
        option = "--devices" if config.devices else "--device"
        raise ConfigError(f"{config.encoder} trains on the processor: leave out {option}")
    folder = check_run_name(output, name, config, resume)
    if prepare_only:
        raise ConfigError(
            "an n-gram classifier has no prepared training file: leave out --prepare-only"
        )
    reporter.started(name, config)
    return train_ngrams(config, _read(config), folder, output / name, reporter)


def _train_network(
    config: Config, output: Path, name: str, resume: bool, prepare_only: bool, reporter: Reporter
) -> Path:
    """Train a network, after the models that give its pseudo-labels."""
    set_up_device(config.device)  # loads Keras and TensorFlow, which the modules below import
    from imdb_lstm.training.devices import training_devices
    from imdb_lstm.training.network import train_network
    from imdb_lstm.training.prepare import prepare
    from imdb_lstm.training.prepared_file import read_prepared, write_prepared

    if not prepare_only:  # otherwise another machine trains
        training_devices(config)  # refuses what cannot be trained, before reviews are read
    folder, finished = check_run_name(output, name, config, resume), output / name
    reporter.started(name, config)
    prepared = read_prepared(folder, config)  # perhaps written on another machine
    if prepared is None:
        language_model = starting_model(config, output)
        data = _read(config)
        labels = _pseudo_labels(config, data, output, name, language_model, reporter)
        prepared = prepare(config, data, labels, language_model)
    if prepare_only:
        with created(folder, finished, config, prepared.fingerprints):
            reporter.line(f"prepared {write_prepared(folder, prepared)}")
        return folder
    return train_network(config, prepared, folder, finished, reporter)


def _read(config: Config) -> TrainingData:
    """Read the reviews. Raises ``ConfigError`` for a threshold with three or more classes."""
    data = read_training_data(config, reads_unlabelled(config))
    classes = data.train.classes
    if config.threshold != "half" and len(classes) > 2:
        raise ConfigError(
            f"--threshold {config.threshold} is for two classes, and {config.data} has "
            f"{len(classes)}: leave it out; --class-weights makes rare classes count as much"
        )
    return data


def _pseudo_labels(
    config: Config,
    data: TrainingData,
    output: Path,
    name: str,
    language_model: Pretrained | None,
    reporter: Reporter,
) -> PseudoLabels | None:
    """Return the pseudo-labels that a network learns, if any."""
    from imdb_lstm.training.labellers import labels_of_labellers

    if config.distilled_from:
        return distillation_labels(config, data, output, reporter)
    if config.pseudo_labels_from == "none":
        return None
    labels = labels_of_labellers(config, data, output, name, language_model, reporter)
    if labels is not None:
        reporter.line(f"training {name} itself")
    return labels
