"""Exports to NumPy predict in a fresh process, without this package, what the run predicts."""

from dataclasses import replace

import pytest
from tiny_world import random_network

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.inference.export import write
from imdb_lstm.inference.export.numpy_folder import write_numpy
from imdb_lstm.inference.export.write import export
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.runs.run import NetworkRun
from imdb_lstm.text.vocabulary import Vocabulary

BASE = Config(word_vectors=False, embedding_dim=8, units=6, maximum_length=50)
NETWORKS = [
    ({"encoder": "gru", "layers": 2, "chunk_length": 8}, 2),
    ({"encoder": "bilstm", "bigram_dim": 3, "pooling": "attention+max"}, 3),
    ({"encoder": "cnn"}, 3),
    ({"encoder": "transformer"}, 2),
]


@pytest.mark.slow
@pytest.mark.parametrize(("options", "classes"), NETWORKS, ids=str)
def test_every_kind_of_network_predicts_by_itself(options, classes, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "TEXTS", ("a b c d e a j", "zzz", "", "a b c i h " * 12))
    model = random_network(replace(BASE, **options), classes)
    model.get_layer("embedding").quantize("int4")
    model.save(tmp_path / "model.keras")
    network = NumpyNetwork.read(tmp_path / "model.keras")
    names = Classes(tuple(f"class {number}" for number in range(classes)), {})
    run = NetworkRun(tmp_path, BASE, {}, network, Vocabulary("abcdefghij"), names)
    (tmp_path / "alone").mkdir()
    write_numpy(run, 1.5, tmp_path / "alone")
    assert write._difference(run, 1.5, tmp_path / "alone") < 1e-5


@pytest.mark.slow
def test_a_folder_predicts_by_itself(tiny_run, tmp_path):
    done = export(tiny_run, "numpy", tmp_path / "alone")  # raises if a logit differs
    names = {path.name for path in done.folder.iterdir()}
    assert names == {"predict.py", "tokenizer.py", "patterns.py", "vocabulary.txt", "weights.npz"}
    assert done.difference < 1e-5
    assert [path.name for path in tmp_path.iterdir()] == ["alone"]
    with pytest.raises(OutputError, match="exists"):
        export(tiny_run, "numpy", done.folder)


def test_what_cannot_be_exported_leaves_nothing(tiny_ngrams, tmp_path):
    with pytest.raises(RunError, match="n-gram"):
        export(tiny_ngrams, "numpy", tmp_path / "new")
    with pytest.raises(ConfigError, match="must be one of numpy"):
        export(tiny_ngrams, "pickle", tmp_path / "new")
    assert not list(tmp_path.iterdir())
