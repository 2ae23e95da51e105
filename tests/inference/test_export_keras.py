"""Networks of Keras' own layers: the same logits as in NumPy, and nothing of this package."""

import json
import zipfile

import keras
import numpy as np
import pytest
from exporting import CASES, column_or_matrix, numpy_network, some_ids

from imdb_lstm.inference.export.plain_keras import plain_network
from imdb_lstm.metrics.logits import reported_probabilities

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", CASES)
def test_logits_and_probabilities_are_those_of_the_saved_network(case, tmp_path):
    network = numpy_network(case, tmp_path)
    ids, padded = some_ids()
    plain_network(network.layers, temperature=1.5).save(tmp_path / "plain.keras")
    with zipfile.ZipFile(tmp_path / "plain.keras") as parts:
        assert "imdb_lstm" not in json.dumps(json.loads(parts.read("config.json")))
    found = keras.saving.load_model(tmp_path / "plain.keras", compile=False, safe_mode=True)
    both = keras.Model(found.input, [found.get_layer("logit").output, found.output])
    logits, probabilities = map(column_or_matrix, both(padded))
    expected = network.logits(ids)
    np.testing.assert_allclose(logits, expected, atol=5e-5)
    np.testing.assert_allclose(probabilities, reported_probabilities(expected / 1.5), atol=1e-5)
    wider = both(np.pad(padded, [[0, 0], [0, 5]]))[0]
    np.testing.assert_allclose(column_or_matrix(wider), expected, atol=5e-5)
