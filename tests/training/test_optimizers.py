"""The learning rate over a run, clipping that really clips, and optimizers as configured."""

import keras
import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.training.optimizers import RowAdam, Schedule, build_optimizer


def rates(kind, steps=20, warmup=0, peak=0.5):
    schedule = Schedule(kind, peak, steps, warmup)
    return np.array([float(schedule(step)) for step in range(steps + 3)])


def moves(config, gradients):
    """How far one step moves variables of value 1 with these gradients."""
    variables = [keras.Variable(np.ones_like(gradient)) for gradient in gradients]
    build_optimizer(config, steps=10).apply([keras.ops.array(g) for g in gradients], variables)
    return [np.array(variable) - 1 for variable in variables]


def test_schedules_without_warmup_have_their_shapes():
    done = np.minimum(np.arange(23) / 20, 1)
    np.testing.assert_allclose(rates("constant"), np.full(23, 0.5))
    np.testing.assert_allclose(rates("linear"), 0.5 * (1 - done), atol=1e-6)
    np.testing.assert_allclose(rates("cosine"), 0.25 * (1 + np.cos(np.pi * done)), atol=1e-6)


def test_warmup_is_linear_up_to_the_peak_and_a_shorter_schedule_follows():
    for kind in ("constant", "linear", "cosine"):
        found = rates(kind, steps=20, warmup=4)
        np.testing.assert_allclose(found[:4], [0.125, 0.25, 0.375, 0.5], atol=1e-6)
        np.testing.assert_allclose(found[4:], rates(kind, steps=16), atol=1e-6, err_msg=kind)


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


def test_a_gradient_below_the_limit_is_not_clipped():
    gradients = [np.array([0.6, -0.8], "float32")]
    options = {"optimizer": "sgd", "learning_rate": 0.1}
    free, limited = (moves(Config(**options, gradient_clip=c), gradients) for c in (0.0, 1.1))
    np.testing.assert_array_equal(free, limited)


KINDS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def test_the_optimizer_is_built_as_configured():
    for name, kind in KINDS.items():
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
    assert build_optimizer(Config(gradient_clip=0.0), steps=3).global_clipnorm is None


def test_weight_decay_shrinks_weights_that_get_no_gradient():
    config = Config(
        optimizer="adamw", learning_rate=0.1, schedule="constant", weight_decay=0.5
    )  # fmt: skip
    [moved] = moves(config, [np.zeros(2, "float32")])
    np.testing.assert_allclose(moved, [-0.05, -0.05], rtol=1e-5)


class Rows(keras.Model):
    """A table, of which a step reads some rows, and a vector: the loss is a sum of products."""

    def __init__(self):
        super().__init__()
        random = np.random.default_rng(0)
        self.table = self.add_weight((4, 3))
        self.vector = self.add_weight((3,))
        self.table.assign(random.normal(size=(4, 3)))
        self.vector.assign(random.normal(size=3))
        self.built = True

    def call(self, rows):
        return keras.ops.sum(keras.ops.take(self.table, rows, axis=0) * self.vector, axis=-1)


def fitted(optimizer, batches):
    """The table and the vector after a step on each batch of rows."""
    model = Rows()
    model.compile(optimizer=optimizer, loss=lambda wanted, found: keras.ops.square(found - wanted))
    for rows in batches:
        model.train_on_batch(np.array(rows), np.ones(len(rows)))
    return [np.array(weight) for weight in model.weights]


@pytest.mark.slow
@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_row_adam_is_adam_where_every_row_is_read(clip):
    batches = [[0, 1, 2, 3]] * 5
    wanted = fitted(keras.optimizers.Adam(0.1, global_clipnorm=clip or None), batches)
    for one, other in zip(wanted, fitted(RowAdam(0.1, clip), batches), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.slow
def test_row_adam_does_not_change_rows_that_a_step_has_not_read():
    first, second = (fitted(RowAdam(0.1), batches)[0] for batches in ([[1, 2]], [[1, 2], [2, 3]]))
    initial = np.array(Rows().table)
    assert [row for row in range(4) if (first[row] != initial[row]).any()] == [1, 2]
    assert [row for row in range(4) if (first[row] != second[row]).any()] == [2, 3]


@pytest.mark.parametrize("kind", ["adam", "rmsprop", "sgd"])
def test_a_deeper_weight_learns_later_and_less(kind):
    config = Config(optimizer=kind, schedule="constant", learning_rate=0.1, gradient_clip=0.0,
                    layer_decay=0.25, gradual_unfreezing=0.5, epochs=2)  # fmt: skip
    variables = [keras.Variable(np.ones(2), name=name) for name in ("top", "deep")]
    optimizer = build_optimizer(
        config, steps=8, depths={v.path: i for i, v in enumerate(variables)}
    )
    moved = []
    for _ in range(6):
        before = [np.array(v) for v in variables]
        optimizer.apply([keras.ops.ones(2)] * 2, variables)
        moved.append([float(np.abs(v - b).max()) for v, b in zip(variables, before, strict=True)])
    top, deep = np.transpose(moved)
    assert (top > 0).all()
    assert not deep[:2].any(), "half an epoch of four steps"
    if kind != "sgd":  # whose momentum starts when the weight is unfrozen
        np.testing.assert_allclose(deep[2:], 0.25 * top[2:], rtol=1e-3)
    assert (deep[2:] > 0).all() and (deep < 0.26 * top).all()
