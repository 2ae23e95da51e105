"""Logits of occluded reviews and of prefixes are those of the variants, one by one."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_world import as_numpy, random_network

from imdb_lstm.config.options import Config
from imdb_lstm.models.numpy.variants import occluded_logits, prefix_logits
from imdb_lstm.text.vocabulary import UNKNOWN_ID

BASE = Config(word_vectors=False, embedding_dim=8, units=6, pooling="last+max+mean")
IDS = np.random.default_rng(0).integers(2, 12, 19).astype(np.int32)
CASES = [
    *({"encoder": name, "chunk_length": chunk} for name in ("bilstm", "gru") for chunk in (0, 8)),
    {"encoder": "bigru", "chunk_length": 8, "pooling": "last"},
    {"encoder": "lstm", "layers": 2},
    {"encoder": "bilstm", "bigram_dim": 2},
    {"encoder": "cnn"},
]


@pytest.mark.parametrize("options", CASES, ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_variants_have_the_logits_that_they_have_alone(options, classes):
    own = as_numpy(random_network(replace(BASE, **options), classes))
    occluded = np.repeat(IDS[None], len(IDS), axis=0)
    np.fill_diagonal(occluded, UNKNOWN_ID)
    wanted = own.logits(list(occluded))
    assert np.ptp(wanted, axis=0).min() > 0.01
    np.testing.assert_allclose(occluded_logits(own, IDS), wanted, atol=1e-5)
    wanted = own.logits([IDS[:length] for length in range(1, len(IDS) + 1)])
    np.testing.assert_allclose(prefix_logits(own, IDS, 999), wanted, atol=1e-5)
    np.testing.assert_allclose(prefix_logits(own, IDS[:1], 999), wanted[:1], atol=1e-5)


def test_some_prefixes_are_interpolated_where_nothing_is_shared():
    own = as_numpy(random_network(replace(BASE, encoder="cnn"), 3))
    wanted, found = (prefix_logits(own, IDS[:9], most) for most in (999, 3))
    np.testing.assert_allclose(found[[0, 3, 6, 8]], wanted[[0, 3, 6, 8]], atol=1e-5)  # of 9 words
    np.testing.assert_allclose(found[1], (2 * wanted[0] + wanted[3]) / 3, atol=1e-5)
    assert found.dtype == np.float32
