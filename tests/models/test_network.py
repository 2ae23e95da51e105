"""What every network must satisfy, numbers worked out by hand, and logits in order."""

import os
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from imdb_lstm.config.options import ENCODER_NAMES, POOLINGS, Config
from imdb_lstm.config.values import load_config
from imdb_lstm.data.batches import as_targets, pad
from imdb_lstm.models import network
from imdb_lstm.models.network import (
    ENCODERS,
    PREDICTION_BATCH_SIZE,
    build_model,
    layer_depths,
    network_logits,
    split_at_embedding,
)

ROOT = Path(__file__).parents[2]
VOCABULARY_SIZE = 30
ALL_POOLINGS = "+".join(POOLINGS)

# Every encoder and pooling; stacked or not, in chunks or not, and every regularisation.
CASES = {
    "lstm": {"encoder": "lstm", "chunk_length": 0, "pooling": "last"},
    "lstm, stacked": {"encoder": "lstm", "layers": 2, "chunk_length": 4},
    "bilstm": {"encoder": "bilstm", "chunk_length": 0, "pooling": ALL_POOLINGS},
    "bilstm, stacked": {"encoder": "bilstm", "layers": 3, "chunk_length": 5, "pooling": "last"},
    "gru": {"encoder": "gru", "chunk_length": 64, "pooling": "attention"},
    "bigru, regularised": {"encoder": "bigru", "chunk_length": 6, "recurrent_dropout": 0.2,
                           "l2": 0.01, "pooling": "mean"},
    "cnn": {"encoder": "cnn", "layers": 2, "l2": 0.01},
    "transformer": {"encoder": "transformer", "layers": 2, "recurrent_dropout": 0.1,
                    "pooling": "max+last"},
    "bag, mean": {"encoder": "bag", "pooling": "mean"},
    "bag, attention": {"encoder": "bag", "pooling": "attention+max"},
    "bilstm, bigrams": {"encoder": "bilstm", "chunk_length": 4, "bigram_dim": 3},
    "bilstm, bfloat16": {"encoder": "bilstm", "chunk_length": 5, "precision": "mixed_bfloat16"},
}  # fmt: skip


def make_config(**options):
    return Config(**{"embedding_dim": 8, "units": 5, **options})


# Numbers of classes in turn; that the number changes the last layer alone is a test of its own.
CLASSES = dict(zip(CASES, cycle((2, 3, 8)), strict=False))


def make_model(config, classes=2):
    """The configured network, its weights drawn large enough for every path to show in a logit."""
    keras.config.set_dtype_policy(config.precision)
    model = build_model(config, VOCABULARY_SIZE, classes)
    keras.config.set_dtype_policy("float32")
    random = np.random.default_rng(4)
    model.set_weights([random.normal(size=w.shape) * 0.6 for w in model.get_weights()])
    return model


def make_reviews(lengths=(1, 4, 9, 65), seed=2):
    random = np.random.default_rng(seed)
    return [random.integers(1, VOCABULARY_SIZE, length).astype("int32") for length in lengths]


FAST = ("lstm", "bilstm", "cnn", "transformer", "bag, attention")  # the others are slow tests


@pytest.fixture(
    scope="module",
    params=[name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in CASES],
)
def case(request):
    """A configuration and its network."""
    config = make_config(**CASES[request.param])
    return config, make_model(config, CLASSES[request.param])


def test_the_cases_cover_every_encoder_and_pooling():
    configs = [make_config(**options) for options in CASES.values()]
    assert set(CLASSES.values()) == {2, 3, 8}
    assert {config.encoder for config in configs} == set(ENCODERS) == set(ENCODER_NAMES)
    assert {part for config in configs for part in config.pooling.split("+")} == set(POOLINGS)


def test_a_batch_gives_one_float32_logit_per_review_or_one_for_each_of_several_classes(case):
    _, model = case
    result = model(pad(make_reviews()))
    assert (result.shape, result.dtype) == ((4, model.output_shape[1]), tf.float32)
    assert model.output_shape[1] in (1, 3, 8)
    assert all(len(set(column)) == 4 for column in np.array(result).T)


@pytest.mark.parametrize(
    ("name", "classes"),
    [("bilstm, bigrams", 3), ("cnn", 8), ("transformer", 3), ("bag, attention", 8)],
)
def test_the_number_of_classes_changes_the_last_layer_alone(name, classes):
    config = make_config(**CASES[name])
    one, several = make_model(config), make_model(config, classes)
    *body, kernel, bias = one.get_weights()
    kernels = np.random.default_rng(5).normal(size=(len(kernel), classes))
    several.set_weights([*body, kernels, np.arange(classes)])
    found, ids = np.array(several(pad(make_reviews()))), pad(make_reviews())
    for number in range(classes):
        one.set_weights([*body, kernels[:, number : number + 1], bias * 0 + number])
        np.testing.assert_allclose(found[:, number], np.array(one(ids))[:, 0], atol=1e-5)


def test_every_weight_gets_a_gradient(case):
    _, model = case
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(pad(make_reviews((3, 8, 6))), training=True) ** 2)
    weights = model.trainable_weights
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    missing = [w.path for w, g in zip(weights, gradients, strict=True) if g is None]
    assert weights and not missing
    assert all(np.isfinite(tf.convert_to_tensor(gradient)).all() for gradient in gradients)


def test_padding_does_not_change_a_logit(case):
    config, model = case
    tolerance = 1e-5 if config.precision == "float32" else 2e-2
    reviews = make_reviews()
    run = tf.function(model, input_signature=[tf.TensorSpec((None, None), tf.int32)])
    alone = [run(review[None])[0] for review in reviews]
    np.testing.assert_allclose(run(pad(reviews)), alone, atol=tolerance)
    for padding in (1, 63, 64, 200):
        padded = np.pad(reviews[2][None], ((0, 0), (0, padding)))
        np.testing.assert_allclose(run(padded), alone[2:3], atol=tolerance)


@pytest.mark.slow
def test_the_written_config_builds_the_same_architecture(case, tmp_path):
    config, model = case
    (tmp_path / "config.toml").write_text(config.to_toml())
    again = load_config(tmp_path / "config.toml")
    descriptions = []
    for written in (config, again):
        keras.utils.clear_session(free_memory=False)  # it numbers layers that have no name
        keras.config.set_dtype_policy(written.precision)
        descriptions.append(build_model(written, VOCABULARY_SIZE).to_json())
    assert descriptions[0] == descriptions[1]
    found = make_model(again, max(2, model.output_shape[1]))
    assert [w.shape for w in found.weights] == [w.shape for w in model.weights]


# Between them they have every layer that a network has.
STORED = ("bilstm", "bigru, regularised", "cnn", "transformer", "bilstm, bigrams")


@pytest.mark.slow
def test_saved_networks_give_the_same_logits_in_a_fresh_process(tmp_path):
    batch = pad(make_reviews((2, 7, 11)))
    models = [make_model(make_config(**CASES[name]), CLASSES[name]) for name in STORED]
    for number, model in enumerate(models):
        model.save(tmp_path / f"{number}.keras")
    np.save(tmp_path / "batch.npy", batch)
    code = (
        "import sys, keras, numpy as np, imdb_lstm.models.layers, imdb_lstm.models.recurrent\n"
        "for number in range(int(sys.argv[1])):\n"
        "    model = keras.saving.load_model(f'{number}.keras', compile=False, safe_mode=True)\n"
        "    np.save(f'{number}.npy', np.array(model(np.load('batch.npy'))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(len(models))]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    for number, model in enumerate(models):
        np.testing.assert_allclose(np.load(tmp_path / f"{number}.npy"), model(batch), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoder", "classes"),
    [("bilstm", 2), ("gru", 8), ("cnn", 2), ("transformer", 3), ("bag", 2)],
)
def test_eight_reviews_can_be_overfitted(encoder, classes):
    config = make_config(
        encoder=encoder, pooling="max+mean", chunk_length=4,
        word_dropout=0.0, embedding_dropout=0.0, output_dropout=0.0, word_vectors=False,
    )  # fmt: skip
    keras.utils.set_random_seed(3)
    model = build_model(config, VOCABULARY_SIZE, classes)
    of_two, of_several = keras.losses.BinaryCrossentropy, keras.losses.CategoricalCrossentropy
    loss = (of_two if classes == 2 else of_several)(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss=loss)
    ids = pad(make_reviews(range(3, 11)))
    numbers = np.array([0, 1, 1, 0, 1, 0, 0, 1] if classes == 2 else [0, 1, 2, 0, 7, 3, 0, 1])
    labels = as_targets(numbers % classes, classes).reshape(8, -1)
    before = loss(labels, model(ids))
    model.fit(np.tile(ids, (40, 1)), np.tile(labels, (40, 1)), 8, shuffle=False, verbose=0)
    assert loss(labels, model(ids)) < 0.1 < before


def test_vectors_are_frozen_when_they_were_learned_before():
    def trains(**options):
        model = build_model(make_config(encoder="bag", **options), VOCABULARY_SIZE)
        return model.get_layer("embedding").trainable

    assert trains(word_vectors=False, freeze_embeddings=True)  # there are none to keep
    assert not trains(word_vectors=True, freeze_embeddings=True)
    assert trains(word_vectors=True, freeze_embeddings=False)
    lstm = {"encoder": "lstm", "word_vectors": False}
    for freeze in (True, False):
        config = make_config(**lstm, pretrained="words", freeze_embeddings=freeze)
        assert build_model(config, VOCABULARY_SIZE).get_layer("embedding").trainable != freeze


@pytest.mark.slow
def test_dropouts_act_in_training_only_and_depend_on_the_seed():
    rates = ("word_dropout", "embedding_dropout", "recurrent_dropout", "output_dropout")
    nothing = dict.fromkeys(rates, 0.0)
    reviews = pad(make_reviews((5, 8)))
    for rate in rates:
        config = make_config(chunk_length=3, **{**nothing, rate: 0.5})
        first, second = make_model(config), make_model(config)
        np.testing.assert_array_equal(first(reviews), second(reviews))
        trained = np.array(first(reviews, training=True))
        assert (trained != np.array(first(reviews))).any(), rate
        np.testing.assert_array_equal(trained, second(reviews, training=True))


@pytest.mark.slow
def test_all_dropouts_have_different_seeds():
    for encoder in ENCODERS:
        model = build_model(make_config(encoder=encoder, layers=3), VOCABULARY_SIZE)
        configs = [layer.get_config() for layer in model.layers]
        seeds = [config["seed"] for config in configs if "seed" in config]
        assert len(seeds) >= 3
        assert len(set(seeds)) == len(seeds), encoder


def test_l2_penalises_every_kernel_of_encoder_and_last_layer():
    for encoder, kernels in (("bilstm", 5), ("gru", 3), ("cnn", 2), ("bag", 1)):
        model = make_model(make_config(encoder=encoder, l2=0.5))
        penalised = [w for w in model.trainable_weights if w.regularizer is not None]
        assert all(weight.name in ("kernel", "recurrent_kernel") for weight in penalised)
        assert len(penalised) == kernels
        wanted = sum(0.5 * float((np.array(weight) ** 2).sum()) for weight in penalised)
        assert float(sum(model.losses)) == pytest.approx(wanted, rel=1e-5)
        assert not make_model(make_config(encoder=encoder)).losses


def test_a_bag_with_constant_weights_gives_the_number_worked_out_by_hand():
    model = build_model(Config(encoder="bag", pooling="mean", embedding_dim=3), 5)
    table = np.arange(15, dtype="float32").reshape(5, 3) / 10  # word i: 0.3 i + (0, 0.1, 0.2)
    model.set_weights([table, np.array([[1.0], [2.0], [-4.0]]), np.array([0.25])])
    ids = np.array([[2, 4, 4, 1], [3, 0, 0, 0]])
    # Means of the words: 2.75 and 3; logit: 0.25 + 0.3 i (1 + 2 - 4) + 0.2 - 0.8.
    np.testing.assert_allclose(model(ids), [[-1.175], [-1.25]], atol=1e-6)


@pytest.mark.slow
def test_the_two_parts_of_a_split_network_give_its_logits():
    model = make_model(make_config())
    ids = np.array([[2, 4, 3, 1], [3, 0, 0, 0]])
    front, rest = split_at_embedding(model)
    values, mask = front(ids)
    assert values.shape[:2] == mask.shape == ids.shape
    np.testing.assert_allclose(rest([values, mask]), model(ids), atol=1e-6)
    assert rest.get_layer("encoder_1") is model.get_layer("encoder_1")


def test_an_lstm_equals_its_equations_worked_in_numpy():
    """Hochreiter & Schmidhuber (1997) with a forget gate; gates in the order i, f, c, o."""
    model = build_model(Config(encoder="lstm", pooling="last", embedding_dim=2, units=1), 4)
    table = np.array([[9, 9], [0.5, -1], [1, 0.25], [-2, 0.75]])
    kernel = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, -0.6, 0.7, -0.8]])
    recurrent, bias = np.array([[-0.9, 1.0, 1.1, -1.2]]), np.array([0.0, 1.0, 0.1, 0.2])
    model.set_weights([table, kernel, recurrent, bias, np.array([[2.0]]), np.array([-0.5])])

    def sigmoid(value):
        return 1 / (1 + np.exp(-value))

    state = memory = 0.0
    for word, pinned in ((2, 0.168130), (3, 0.052394)):
        i, f, c, o = table[word] @ kernel + state * recurrent[0] + bias
        memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(c)
        state = sigmoid(o) * np.tanh(memory)
        assert state == pytest.approx(pinned, abs=1e-6)
    np.testing.assert_allclose(model(np.array([[2, 3, 0]])), [[2 * state - 0.5]], atol=1e-6)


def test_depths_are_counted_from_the_top_over_all_trainable_weights():
    config = make_config(encoder="bilstm", layers=2, bigram_dim=3, word_vectors=False)
    model = make_model(config)
    depths = layer_depths(model, 2)
    assert set(depths) == {weight.path for weight in model.trainable_weights}
    wanted = {"embedding": 3, "bigrams": 3, "encoder_1": 2, "encoder_2": 1, "logit": 0}
    assert {path.split("/")[0]: depth for path, depth in depths.items()} == wanted


@pytest.fixture(scope="module")
def gru():
    """A small network, to predict with."""
    return make_model(make_config(encoder="gru", units=3, chunk_length=4))


def test_logits_are_in_the_order_given_and_equal_those_of_each_review_alone(gru, monkeypatch):
    monkeypatch.setattr(network, "PREDICTION_BATCH_SIZE", 3)
    ids = make_reviews([9, 1, 6, 2, 6, 13, 4, 1, 7, 3])
    logits = network_logits(gru, ids)
    assert (logits.shape, logits.dtype) == ((10,), np.float32)
    alone = [float(gru(review[None])[0, 0]) for review in ids]
    assert len({round(logit, 3) for logit in alone}) == 10
    np.testing.assert_allclose(logits, alone, atol=1e-5)
    np.testing.assert_allclose(network_logits(gru, ids[::-1])[::-1], logits, atol=1e-6)
    np.testing.assert_array_equal(network_logits(gru, ids), logits)  # without dropout


def test_batches_of_different_widths_are_predicted(gru):
    ids = [np.full(10, 2)] * (2 * PREDICTION_BATCH_SIZE + 1) + [np.full(13, 3)] * 4
    logits = network_logits(gru, ids)
    np.testing.assert_allclose(logits[:-4], logits[0], atol=1e-6)
    np.testing.assert_allclose(logits[-4:], logits[-1], atol=1e-6)
