"""Exports to NumPy predict in a fresh process, without this package, what the run predicts."""

import pytest

from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.inference.export.write import export


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
