"""The language model: its loss is that of a softmax, sampled or not; its LSTM fits a classifier."""

import keras
import numpy as np
import pytest
from keras import ops

from imdb_lstm.config.options import Config
from imdb_lstm.models.language_model import LanguageModel, softmax_loss
from imdb_lstm.models.recurrent import Recurrent
from imdb_lstm.training.language_model.windows import Windows

WORDS = 11


def make(**changed):
    values = {
        "encoder": "bilstm", "units": 4, "embedding_dim": 3, "batch_size": 2,
        "embedding_dropout": 0.0, "output_dropout": 0.0, "freeze_embeddings": False,
    }  # fmt: skip
    keras.utils.set_random_seed(0)
    model = LanguageModel(Config(**values | changed), WORDS)
    random = np.random.default_rng(1)
    model.start(random.normal(size=(WORDS, 3)).astype("float32"), np.arange(WORDS)[::-1])
    return model


def windows(sampled=0, length=5, seed=None, streams=2):
    random = np.random.default_rng(3)
    ids = [random.integers(1, WORDS, length).astype(np.int32) for length in (9, 14, 7, 20, 11)]
    return Windows(ids, WORDS, 2, streams, length, sampled, seed)


def hidden_and_words(count=40):
    """Values, targets, a table and a bias as ``softmax_loss`` takes them, of all words."""
    random = np.random.default_rng(0)
    hidden = random.normal(size=(2, count, 3)).astype("float32")
    targets = random.integers(0, WORDS, (2, count)).astype(np.int32)
    table = random.normal(size=(WORDS, 3)).astype("float32")
    return hidden, targets, table, random.normal(size=WORDS).astype("float32")


def full_loss(hidden, targets, table, bias):
    logits = hidden @ table.T + bias
    return np.array(keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True))


def test_the_loss_is_that_of_a_softmax_over_sampled_words_and_target():
    hidden, targets, table, bias = hidden_and_words()
    for words in (range(WORDS), [3], [0, 4, 5]):
        among = np.isin(targets, words)
        found = np.array(
            softmax_loss(hidden, targets, table, bias, np.array(words, np.int32), among)
        )
        for position in np.ndindex(targets.shape):
            over = sorted({*words, targets[position]})
            logits = table[over] @ hidden[position] + bias[over]
            wanted = np.log(np.exp(logits).sum()) - logits[over.index(targets[position])]
            assert found[position] == pytest.approx(wanted, abs=1e-5)
        if len(words) == WORDS:
            np.testing.assert_allclose(found, full_loss(hidden, targets, table, bias), atol=1e-5)


@pytest.mark.slow
def test_sampled_gradients_are_on_average_close_to_the_full_ones():
    tf = pytest.importorskip("tensorflow")
    hidden, targets, table, bias = hidden_and_words(count=6)

    def gradient(batch):
        value = tf.constant(hidden)
        with tf.GradientTape() as tape:
            tape.watch(value)
            loss = ops.mean(
                softmax_loss(value, targets, table, bias - batch["expected"], batch["candidates"],
                             np.isin(targets, batch["candidates"]))
            )  # fmt: skip
        return tape.gradient(loss, value).numpy()

    from imdb_lstm.training.language_model.windows import log_expected, sample_words

    full = gradient({"expected": 0.0, "candidates": np.arange(WORDS, dtype=np.int32)})
    random, sampled = np.random.default_rng(0), np.zeros_like(full)
    for _ in range(400):
        words, tries = sample_words(WORDS, 7, random)
        sampled += gradient(
            {"expected": log_expected(np.arange(WORDS), WORDS, tries), "candidates": words}
        )
    error = np.linalg.norm(sampled / 400 - full) / np.linalg.norm(full)
    assert error < 0.12, error


def test_the_loss_of_a_batch_is_that_of_the_layers_of_a_classifier():
    """A ``Recurrent`` layer with the same weights computes the same hidden values."""
    model, batch = make(), windows().batch(0)
    losses = np.array(model(batch))
    weights = model.weights_by_name()
    encoder = Recurrent("lstm", 4, bidirectional=True)
    encoder.build((None, None, 3))
    for name in ("forward", "backward"):
        getattr(encoder, f"{name}s").set_weights(
            [weights[f"{name}/{part}"] for part in ("kernel", "recurrent_kernel", "bias")]
        )
    for number, name in enumerate(("forward", "backward")):
        tokens = batch["tokens"][number]
        read = np.array(getattr(encoder, f"{name}s")(weights["embedding"][tokens[:, :-1]]))
        hidden = read @ weights[f"{name}/projection"] + weights[f"{name}/projection_bias"]
        wanted = full_loss(hidden, tokens[:, 1:], weights["embedding"], weights["softmax_bias"])
        np.testing.assert_allclose(losses[number], wanted, atol=1e-5)


@pytest.mark.slow
def test_the_bptt_length_does_not_change_the_loss_because_the_state_is_kept():
    short, long = make(), make()
    source = windows(length=3), windows(length=12)
    parts = [np.array(short(source[0].batch(step))) for step in range(4)]
    np.testing.assert_allclose(np.concatenate(parts, 2), long(source[1].batch(0)), atol=1e-5)
    short.reset_states()
    np.testing.assert_allclose(short(source[0].batch(0)), parts[0], atol=1e-6)


def test_the_first_predictions_are_the_word_frequencies():
    model = make()
    model.directions[0].projection.kernel.assign(np.zeros((4, 3)))
    model.directions[1].projection.kernel.assign(np.zeros((4, 3)))
    batch = windows().batch(0)
    counts = np.arange(WORDS)[::-1] + 1
    wanted = -np.log(counts / counts.sum())[batch["tokens"][..., 1:]]
    np.testing.assert_allclose(model(batch), wanted, atol=1e-5)


@pytest.mark.slow
def test_every_dropout_acts_in_training_only():
    def losses(model, training):
        model.reset_states()
        return np.array(model(batch, training=training))

    batch = windows().batch(0)
    for option in ("weight_drop", "embedding_dropout", "output_dropout"):
        model = make(**{option: 0.5})
        np.testing.assert_array_equal(losses(model, False), losses(model, False))
        assert np.abs(losses(model, True) - losses(model, False)).max() > 1e-4, option
        assert np.abs(losses(model, True) - losses(model, True)).max() > 1e-4, option


@pytest.mark.slow
def test_frozen_embeddings_do_not_change_and_others_do():
    for frozen in (True, False):
        model = make(freeze_embeddings=frozen)
        before = model.weights_by_name()
        model.compile(optimizer=keras.optimizers.Adam(0.01))
        model.train_on_batch(windows(sampled=4, seed=0).batch(0))
        changed = {name for name, weight in model.weights_by_name().items()
                   if (weight != before[name]).any()}  # fmt: skip
        assert changed == set(before) - ({"embedding"} if frozen else set())


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_state_is_kept_in_every_precision(policy):
    keras.config.set_dtype_policy(policy)
    model = make(encoder="bilstm", units=8)
    source = Windows([np.arange(1, WORDS, dtype=np.int32)] * 6, WORDS, 2, 2, 5)
    first, again = (model.predict_on_batch(source.batch(0)) for _ in range(2))
    assert all(np.abs(np.array(state)).max() > 0.01 for d in model.directions for state in d.states)
    assert not np.allclose(first, again, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_learns(policy):
    keras.config.set_dtype_policy(policy)
    model = make(encoder="bilstm", units=8)
    ids = [np.arange(1, WORDS, dtype=np.int32)] * 6  # every word determines the next
    source = Windows(ids, WORDS, 2, 2, 5, 8, seed=0)
    model.compile(optimizer=keras.optimizers.Adam(0.05))
    losses = []
    for step in range(40):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(source.batch(step))))
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    assert all(variable.dtype == "float32" for variable in model.trainable_variables)
