"""Networks as ONNX graphs: ONNX Runtime finds the same logits as NumPy."""

import numpy as np
import pytest
from exporting import CASES, column_or_matrix, numpy_network, some_ids

from imdb_lstm.metrics.logits import reported_probabilities

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", CASES)
def test_logits_and_probabilities_are_those_of_the_saved_network(case, tmp_path):
    from imdb_lstm.inference.export.onnx_network import onnx_network

    network = numpy_network(case, tmp_path)
    ids, padded = some_ids()
    model = onnx_network(network.layers, temperature=1.5).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    expected = network.logits(ids)
    for width in (9, 14):
        batch = np.pad(padded, [[0, 0], [0, width - 9]]).astype(np.int64)
        found = session.run(["logits", "probabilities"], {"ids": batch})
        logits, probabilities = map(column_or_matrix, found)
        np.testing.assert_allclose(logits, expected, atol=5e-5)
        reported = reported_probabilities(expected / 1.5)
        np.testing.assert_allclose(probabilities, reported, atol=1e-5)


def test_a_table_of_8_bits_stays_one(tmp_path):
    from imdb_lstm.inference.export.onnx_network import onnx_network

    graph = onnx_network(numpy_network("gru", tmp_path).layers, 1.0).graph
    kinds = {tuple(each.dims): each.data_type for each in graph.initializer}
    assert kinds[12, 8] == 3  # TensorProto.INT8
