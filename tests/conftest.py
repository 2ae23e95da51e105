"""A tiny hand-written world: sixty short reviews in a CSV, and a run trained on them once."""

import gc
import gzip
import logging
import os
import shutil
import socket
import sys

import pytest
from matplotlib.figure import Figure
from tiny_world import tiny_rows, write_csv
from undrawn import DRAW, savefig_undrawn

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported anywhere
# Traced graphs are never freed: hundreds of thousands of objects that every collection would visit.
gc.set_threshold(50_000, 20, 20)
for library in ("OMP", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")  # pytest runs a process per core


def pytest_collection_modifyitems(items):
    """Run the longest tests first, so that no process is left alone with them at the end."""
    items.sort(key=lambda item: "test_notebooks" not in item.nodeid)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory):
    """Cache the word vectors that the tests learn in a temporary folder."""
    os.environ["IMDB_LSTM_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True, scope="session")
def undrawn_figures():
    """Write figures without drawing them; ``drawn_figures`` draws those of one test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", savefig_undrawn)
        yield


@pytest.fixture
def drawn_figures(monkeypatch):
    """Draw the figures that a test writes into files."""
    monkeypatch.setattr(Figure, "savefig", DRAW)


@pytest.fixture(autouse=True)
def no_network_and_no_imdb(monkeypatch, tmp_path):
    """Refuse every connection to other machines, and hide the data sets that this one may hold."""
    connect = socket.socket.connect

    def refuse(self, address):
        if address[0] != "127.0.0.1":
            raise OSError("the tests have no network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.delenv("IMDB_ARCHIVE", raising=False)


@pytest.fixture(autouse=True)
def logs_of_a_library():
    """Undo what commands and the service do with the logs, so that ``caplog`` sees them."""
    yield
    for name in ("imdb_lstm", "imdb_lstm.service"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True


@pytest.fixture(autouse=True)
def float32_again():
    """Undo a change of the precision, without importing Keras for tests that do without it."""
    yield
    if keras := sys.modules.get("keras"):
        keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def tiny_csv(tmp_path_factory):
    """The sixty reviews as a file without splits."""
    return write_csv(tmp_path_factory.mktemp("reviews") / "tiny.csv", tiny_rows())


@pytest.fixture(scope="session")
def tiny_config(tiny_csv):
    """A network whose sizes all differ, so that a swapped axis shows."""
    from imdb_lstm.config.options import Config

    return Config(
        data=str(tiny_csv), encoder="lstm", units=5, embedding_dim=7, vocabulary_size=43,
        minimum_count=1, maximum_length=12, chunk_length=3, batch_size=8, epochs=2,
        validation_fraction=0.25, device="cpu",
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny_run(tiny_config, tmp_path_factory):
    """Folder of a finished run on the tiny world. Do not change it: ``home`` holds a copy."""
    from imdb_lstm.training.train import train

    return train(tiny_config, tmp_path_factory.mktemp("runs"), "tiny")


@pytest.fixture(scope="session")
def tiny_ngrams(tiny_config, tmp_path_factory):
    """Folder of a finished n-gram run on the tiny world. Do not change it."""
    from dataclasses import replace

    from imdb_lstm.training.train import train

    config = replace(tiny_config, encoder="ngrams-nb")
    return train(config, tmp_path_factory.mktemp("runs"), "ngrams")


@pytest.fixture
def home(tiny_run, tmp_path, monkeypatch):
    """A working directory for one test, with a copy of the run in saved_models/tiny."""
    shutil.copytree(tiny_run, tmp_path / "saved_models" / "tiny")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def world(home, tiny_csv):
    """``home`` with one good file of reviews, and many bad ones of every kind."""
    shutil.copy(tiny_csv, "good.csv")
    write_csv(home / "columns.csv", tiny_rows(), ("page", "verdict", "day"))
    write_csv(home / "label.csv", [*tiny_rows()[:3], tiny_rows()[-1], ("So so.", "mixed", 5)])
    write_csv(home / "one.csv", tiny_rows()[:30])
    (home / "empty.csv").write_text("")
    (home / "damaged.csv.gz").write_bytes(gzip.compress((home / "good.csv").read_bytes())[:-50])
    (home / "byte.csv").write_bytes("text,label\né,pos\né,neg\né,pos\n".encode() + b"\xff,neg\n")
    (home / "bad.toml").write_text("units = many")
    (home / "list.toml").write_text('data = ["a.csv", "b.csv"]\n')
    (home / "odd.toml").write_text("unit = 3\n")
    (home / "damaged.tar.gz").write_bytes(b"<html>404</html>")
    return home


@pytest.fixture(scope="session")
def base(tiny_config):
    """The configuration that a search varies: trials of one epoch."""
    from dataclasses import replace

    return replace(tiny_config, encoder="bag", epochs=1, learning_rate=0.01, word_dropout=0.0)


@pytest.fixture
def fake_worker(monkeypatch):
    """Replace the class of workers by one that trains nothing, and return that class."""
    from searching import FakeWorker

    from imdb_lstm.training.tuning import workers

    monkeypatch.setattr(workers, "Worker", FakeWorker)
    return FakeWorker
