"""The checkpoint of n-gram embeddings is restored, and a damaged one is refused."""

import numpy as np
import pytest

from imdb_lstm.errors import RunError
from imdb_lstm.runs.manifest import CHECKPOINT_FILE
from imdb_lstm.training.vector_checkpoint import read_vector_checkpoint, write_vector_checkpoint


def test_vectors_are_restored_and_damaged_ones_are_refused(tmp_path):
    assert read_vector_checkpoint(tmp_path) is None
    vectors = np.arange(6, dtype=np.float32).reshape(2, 3)
    write_vector_checkpoint(tmp_path, 4, 1.5, vectors)
    epoch, seconds, found = read_vector_checkpoint(tmp_path)
    assert (epoch, seconds) == (4, 1.5)
    np.testing.assert_array_equal(found, vectors)
    content = (tmp_path / CHECKPOINT_FILE).read_bytes()
    for damaged in (
        content[: len(content) // 2],
        b"",
        b"no archive",
        content.replace(b"epoch", b"epach"),
    ):
        (tmp_path / CHECKPOINT_FILE).write_bytes(damaged)
        with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
            read_vector_checkpoint(tmp_path)
