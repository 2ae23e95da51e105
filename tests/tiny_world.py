"""A tiny hand-written world: sixty short reviews, and files made of them."""

import csv
import itertools

SUBJECTS = (
    "The plot", "The acting", "The music", "Every scene", "The dialogue", "The ending",
    "The camera work", "The first half", "The cast", "This sequel",
)  # fmt: skip
PRAISE = ("is wonderful, a joy: 9/10!", "was great and moving.", "wasn't dull;<br />superb")
BLAME = ("is awful, a waste: 2/10!", "was bad and boring.", "wasn't good;<br />dreadful")


def tiny_rows():
    """Rows (text, label, rating): thirty clearly positive, then thirty clearly negative."""
    return [
        (f"{subject} {verdict}", label, rating)
        for label, rating, verdicts in (("positive", 9, PRAISE), ("negative", 2, BLAME))
        for subject, verdict in itertools.product(SUBJECTS, verdicts)
    ]


def write_csv(path, rows, header=("text", "label", "rating"), delimiter=","):
    """Write a CSV the way a spreadsheet would, and return its path."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def random_network(config, classes=2):
    """A network of 12 words, its weights large enough for its gates to be far from linear."""
    import keras
    import numpy as np

    from imdb_lstm.models.network import build_model

    keras.utils.set_random_seed(3)
    model = build_model(config, 12, classes)
    random = np.random.default_rng(4)
    model.set_weights(
        [random.normal(size=w.shape).astype(w.dtype) if w.dtype == np.float32 else w
         for w in model.get_weights()]
    )  # fmt: skip
    return model


def as_numpy(model):
    """A network of Keras in NumPy, by way of a file."""
    import tempfile
    from pathlib import Path

    from imdb_lstm.models.numpy.network import NumpyNetwork

    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        return NumpyNetwork.read(Path(folder) / "model.keras")


def random_runs(names):
    """A network and an n-gram classifier of some classes, with random weights; they are no files.

    They know ten words, a to j.
    """
    from pathlib import Path

    import numpy as np

    from imdb_lstm.config.options import Config
    from imdb_lstm.data.labels import Classes
    from imdb_lstm.models.ngram_classifier import NgramClassifier
    from imdb_lstm.runs.run import NetworkRun, NgramRun
    from imdb_lstm.text.vocabulary import Vocabulary

    config = Config(
        encoder="bag", embedding_dim=6, maximum_length=8,
        pooling="mean+attention",
    )  # fmt: skip
    logits = () if len(names) == 2 else (len(names),)
    random = np.random.default_rng(len(names))
    ngrams = NgramClassifier(
        [*"abcdefghij", "a b", "c d"],
        random.normal(size=(12, *logits)).astype(np.float32),
        np.float32(0.5) if len(names) == 2 else random.normal(size=logits).astype(np.float32),
    )
    classes, network = Classes(tuple(names), {}), as_numpy(random_network(config, len(names)))
    return (
        NetworkRun(Path("network"), config, {}, network, Vocabulary("abcdefghij"), classes),
        NgramRun(Path("ngrams"), config, {}, ngrams, classes),
    )
