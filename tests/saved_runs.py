"""Small runs written without training, for tests of run folders."""

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes
from imdb_lstm.metrics.classification import evaluate_logits
from imdb_lstm.models.network import build_model
from imdb_lstm.runs.files import write_history, write_json, write_text
from imdb_lstm.runs.keras_network import KerasNetwork, write_network
from imdb_lstm.runs.learned import write_learned
from imdb_lstm.runs.manifest import CHECKPOINT_FILE, NETWORK_FILE, VALIDATION_FILE, finalize
from imdb_lstm.runs.model_card import write_card
from imdb_lstm.runs.unfinished import check_run_name, create
from imdb_lstm.text.vocabulary import Vocabulary

CONFIG = Config(encoder="bag", embedding_dim=4, pooling="mean", data="films.csv")
VOCABULARY = Vocabulary(["dull", "film", "lovely", "café"])
HISTORY = [
    {"epoch": 1, "loss": 0.75, "validation_loss": 0.5, "seconds": 1.25},
    {"epoch": 2, "loss": 0.5, "validation_loss": 0.625, "seconds": 0.5},
]
METRICS = {
    "validation": evaluate_logits([0, 1, 1], [-1.0, 2.0, -0.5]),
    "train_reviews": 1_000, "parameters": 1234, "seconds": 61.5, "machine": "an abacus",
}  # fmt: skip
FINGERPRINTS = {"train": "a" * 64, "validation": "b" * 64}


def start(output, name):
    """Create the folder of an unfinished run."""
    folder = check_run_name(output, name, CONFIG, resume=False)
    create(folder, CONFIG, {"train": "1a"})
    return folder


def write_unfinished(output, name, vocabulary=VOCABULARY, model=None):
    """Everything that a run holds before it is finalized, written as training does."""
    folder = start(output, name)
    write_network(folder, model or build_model(CONFIG, len(VOCABULARY)), vocabulary)
    write_history(folder / "history.csv", HISTORY)
    write_json(folder / "metrics.json", METRICS)
    write_card(folder, CONFIG, METRICS, ("negative", "positive"))
    write_text(folder / VALIDATION_FILE, "name,label,logit\n")
    write_learned(folder, Classes(), np.array([7], np.uint64))
    (folder / CHECKPOINT_FILE).write_bytes(b"needed no longer")
    return folder


def keras_model(folder):
    """The network of a finished run in Keras."""
    return KerasNetwork.read(folder / NETWORK_FILE).model


def write_run(output, name, **parts):
    """A finished run."""
    return finalize(write_unfinished(output, name, **parts), output / name, FINGERPRINTS)
