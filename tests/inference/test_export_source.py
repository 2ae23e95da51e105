"""Bundled source: it runs without this package and says what the original says."""

import ast

import numpy as np
import pytest

from imdb_lstm.data.load import BUNDLED
from imdb_lstm.inference.export.folder import program_files
from imdb_lstm.inference.export.source import Bundle
from imdb_lstm.text.vocabulary import Vocabulary

STANDALONE = "imdb_lstm.inference.export.standalone"
VOCABULARY = "imdb_lstm.text.vocabulary"


def run(source):
    """What the source defines."""
    assert "imdb_lstm" not in source
    names = {"__name__": "bundled"}
    exec(compile(source, "bundled.py", "exec"), names)
    return names


def test_the_tokenizer_alone_reads_every_text_as_here():
    words = ["the", "www.imdb.com", "must", "😍", "good", ",", "太", "café"]
    texts = [path.read_text(encoding="utf-8") for path in BUNDLED.values()]
    texts += ["#Must_See 😍👍🏽", "caf&eacute;<br />太棒了", "e-mail a@b.co www.imdb.com", ""]
    bundled = run(Bundle([(VOCABULARY, "Vocabulary")], methods=["encode"]).text())
    bundled = bundled["Vocabulary"](words)
    for text in texts:
        np.testing.assert_array_equal(bundled.encode(text), Vocabulary(words).encode(text))


def test_only_what_is_needed_is_copied():
    source = Bundle([(VOCABULARY, "Vocabulary")], methods=["load"]).text()
    found = run(source)
    assert hasattr(found["Vocabulary"], "load")
    assert not hasattr(found["Vocabulary"], "from_texts")
    assert "locate" not in found
    assert ">>>" not in source


def test_of_two_definitions_of_one_name_each_stays_itself():
    layers = ("imdb_lstm.models.numpy.layers", "transformer_block")
    pooling = ("imdb_lstm.models.numpy.pooling", "KINDS")
    found = run(Bundle([layers, pooling]).text())
    pooled = found["KINDS"]["attention"]
    assert "attention weights" in pooled.__doc__
    other = found["layers_attention"] if found["attention"] is pooled else found["attention"]
    assert "several heads" in other.__doc__
    assert other.__name__ in found["transformer_block"].__code__.co_names


@pytest.mark.parametrize("program", ["numpy_network", "numpy_ngrams", "keras_network"])
def test_a_program_imports_the_files_beside_it_and_no_others(program):
    roots = [(f"{STANDALONE}.{program}", "Model"), (f"{STANDALONE}.predictor", "main")]
    files = program_files(roots, {"recurrent", "last"}, "mine")
    for source in files.values():
        assert len(source.splitlines()) < 400
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.py" in files:
                defined = ast.parse(files[f"{node.module}.py"]).body
                names = {getattr(each, "name", "") for each in defined}
                names |= {each.targets[0].id for each in defined if isinstance(each, ast.Assign)}
                assert {alias.name for alias in node.names} <= names
        top = {node.module.partition(".")[0] for node in ast.walk(ast.parse(source))
               if isinstance(node, ast.ImportFrom)}  # fmt: skip
        assert not top & {"imdb_lstm", "scipy", "h5py", "threadpoolctl", "tensorflow"}
