"""The learning rate over a run, clipping that really clips, and optimizers as configured."""

import keras
import numpy as np
import pytest

from imdb_lstm.config import Config
from imdb_lstm.optimizers import Schedule, build_optimizer


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


def rates(kind, steps=20, warmup=0, peak=0.5):
    schedule = Schedule(kind, peak, steps, warmup)
    return np.array([float(schedule(step)) for step in range(steps + 3)])


def moves(config, gradients):
    """How far one step moves variables that stand at 1, for these gradients."""
    variables = [keras.Variable(np.ones_like(gradient)) for gradient in gradients]
    build_optimizer(config, steps=10).apply([keras.ops.array(g) for g in gradients], variables)
    return [np.array(variable) - 1 for variable in variables]


def test_schedules_without_warmup_have_their_shapes():
    gone = np.minimum(np.arange(23) / 20, 1)
    np.testing.assert_allclose(rates("constant"), np.full(23, 0.5))
    np.testing.assert_allclose(rates("linear"), 0.5 * (1 - gone), atol=1e-6)
    np.testing.assert_allclose(rates("cosine"), 0.25 * (1 + np.cos(np.pi * gone)), atol=1e-6)


@pytest.mark.parametrize("kind", ["constant", "linear", "cosine"])
def test_warmup_rises_linearly_to_the_peak_and_what_follows_is_the_shorter_schedule(kind):
    found = rates(kind, steps=20, warmup=4)
    np.testing.assert_allclose(found[:4], [0.125, 0.25, 0.375, 0.5], atol=1e-6)
    np.testing.assert_allclose(found[4:], rates(kind, steps=16), atol=1e-6)


def test_a_schedule_survives_its_config():
    schedule = Schedule("cosine", peak=0.3, steps=9, warmup=2)
    again = Schedule.from_config(schedule.get_config())
    assert again.get_config() == {"kind": "cosine", "peak": 0.3, "steps": 9, "warmup": 2}


def test_clipping_limits_the_norm_over_all_variables_at_once():
    gradients = [np.array([30.0, 0.0], "float32"), np.array([[40.0]], "float32")]  # norm 50
    options = {"optimizer": "sgd", "learning_rate": 0.01, "schedule": "constant"}
    whole = moves(Config(**options, gradient_clip=0.0), gradients)
    clipped = moves(Config(**options, gradient_clip=2.0), gradients)
    for free, short in zip(whole, clipped, strict=True):
        np.testing.assert_allclose(short, free * 2 / 50, rtol=1e-3, atol=1e-6)
    assert whole[0][0] == pytest.approx(-0.01 * 30 * 1.9)  # Nesterov: 1 + the momentum of 0.9


def test_a_gradient_below_the_limit_is_left_alone():
    gradients = [np.array([0.6, -0.8], "float32")]
    options = {"optimizer": "sgd", "learning_rate": 0.1}
    free, limited = (moves(Config(**options, gradient_clip=c), gradients) for c in (0.0, 1.1))
    np.testing.assert_array_equal(free, limited)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adam", keras.optimizers.Adam),
        ("adamw", keras.optimizers.AdamW),
        ("rmsprop", keras.optimizers.RMSprop),
        ("sgd", keras.optimizers.SGD),
    ],
)
def test_the_optimizer_is_built_as_configured(name, kind):
    config = Config(
        optimizer=name, learning_rate=0.02, schedule="linear", warmup_fraction=0.25,
        gradient_clip=0.7, weight_decay=0.03,
    )  # fmt: skip
    optimizer = build_optimizer(config, steps=40)
    assert type(optimizer) is kind
    schedule = optimizer.get_config()["learning_rate"]["config"]
    assert schedule == {"kind": "linear", "peak": 0.02, "steps": 40, "warmup": 10}
    assert optimizer.global_clipnorm == 0.7
    assert optimizer.weight_decay == (0.03 if name == "adamw" else None)
    assert not optimizer.use_ema


def test_without_clipping_and_with_averaging_it_says_so():
    optimizer = build_optimizer(Config(gradient_clip=0.0, weight_average=0.95), steps=3)
    assert optimizer.global_clipnorm is None
    assert optimizer.use_ema
    assert optimizer.ema_momentum == 0.95


def test_weight_decay_shrinks_weights_that_get_no_gradient():
    config = Config(
        optimizer="adamw", learning_rate=0.1, schedule="constant", weight_decay=0.5
    )  # fmt: skip
    [moved] = moves(config, [np.zeros(2, "float32")])
    np.testing.assert_allclose(moved, [-0.05, -0.05], rtol=1e-5)
