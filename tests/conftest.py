"""A tiny hand-written world: sixty short reviews in a CSV, and a run trained on them once."""

import csv
import gc
import gzip
import itertools
import json
import os
import shutil
import socket
from hashlib import sha256

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported anywhere
# Traced graphs stay, as hundreds of thousands of objects that are looked through again and again.
gc.set_threshold(50_000, 20, 20)
for library in ("OMP", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")  # pytest has a process for every core

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


def make_earlier(run, *keys):
    """Make a run one of an earlier version: no temperature, no validation.csv, no such metrics."""
    manifest = json.loads((run / "manifest.json").read_text())
    metrics = json.loads((run / "metrics.json").read_text())
    for key in ("temperature", *keys):
        del metrics[key]
    (run / "metrics.json").write_text(json.dumps(metrics))
    manifest["files"]["metrics.json"] = sha256((run / "metrics.json").read_bytes()).hexdigest()
    del manifest["files"]["validation.csv"]
    (run / "validation.csv").unlink()
    (run / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(autouse=True, scope="session")
def cache_of_its_own(tmp_path_factory):
    """Word vectors learned here stay here."""
    os.environ["IMDB_LSTM_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def no_network_and_no_imdb(monkeypatch, tmp_path):
    """Refuse every connection, and hide the data sets that this machine may hold."""

    def refuse(*_):
        raise OSError("the tests have no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.delenv("IMDB_ARCHIVE", raising=False)


@pytest.fixture(scope="session")
def tiny_csv(tmp_path_factory):
    """The sixty reviews as a file without splits."""
    return write_csv(tmp_path_factory.mktemp("reviews") / "tiny.csv", tiny_rows())


@pytest.fixture(scope="session")
def tiny_config(tiny_csv):
    """A network whose sizes all differ, so that a swapped axis shows."""
    from imdb_lstm.config import Config

    return Config(
        data=str(tiny_csv), encoder="lstm", units=5, embedding_units=7, vocabulary_size=43,
        minimum_count=1, maximum_length=12, segment_length=3, batch_size=8, epochs=2,
        validation_fraction=0.25, device="cpu",
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny_run(tiny_config, tmp_path_factory):
    """Folder of a finished run on the tiny world. To be read only: ``home`` holds a copy."""
    from imdb_lstm.train import train

    return train(tiny_config, tmp_path_factory.mktemp("runs"), "tiny")


@pytest.fixture(scope="session")
def tiny_linear(tiny_config, tmp_path_factory):
    """Folder of a finished linear run on the tiny world. To be read only."""
    from dataclasses import replace

    from imdb_lstm.train import train

    config = replace(tiny_config, encoder="linear")
    return train(config, tmp_path_factory.mktemp("runs"), "linear")


@pytest.fixture
def home(tiny_run, tmp_path, monkeypatch):
    """A working directory of the test's own, with a copy of the run in saved_models/tiny."""
    shutil.copytree(tiny_run, tmp_path / "saved_models" / "tiny")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def world(home, tiny_csv):
    """``home`` with one good file of reviews, and many bad ones of every kind."""
    shutil.copy(tiny_csv, "good.csv")
    write_csv(home / "columns.csv", tiny_rows(), ("review", "label", "rating"))
    write_csv(home / "label.csv", [*tiny_rows()[:3], ("So so.", "mixed", 5)])
    write_csv(home / "one.csv", tiny_rows()[:30])
    (home / "empty.csv").write_text("")
    (home / "damaged.csv.gz").write_bytes(gzip.compress((home / "good.csv").read_bytes())[:-50])
    (home / "latin.csv").write_bytes("text,label\ncafé,pos\n".encode("latin-1"))
    (home / "bad.toml").write_text("units = many")
    (home / "odd.toml").write_text("unit = 3\n")
    (home / "damaged.tar.gz").write_bytes(b"<html>404</html>")
    return home


@pytest.fixture(scope="session")
def base(tiny_config):
    """What a search begins from: trials of one epoch."""
    from dataclasses import replace

    return replace(tiny_config, encoder="bag", epochs=1, learning_rate=0.01, word_dropout=0.0)


@pytest.fixture
def fake_worker(monkeypatch):
    """The class of workers that train nothing; it stands for the real one in the test."""
    from searching import FakeWorker

    from imdb_lstm.tune import workers

    monkeypatch.setattr(workers, "Worker", FakeWorker)
    return FakeWorker
