"""Perturbed training steps: what they change, by how much, and what they leave alone."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from imdb_lstm.config import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.gradients import Tape
from imdb_lstm.models import build_model
from imdb_lstm.perturbation import PerturbedModel, mean_divergence, mean_entropy

BASE = Config(
    word_vectors=False, embedding_units=6, units=5, segment_length=4, word_dropout=0.0,
    embedding_dropout=0.0, output_dropout=0.0, label_smoothing=0.0, weight_average=0.0,
)  # fmt: skip
IDS = np.array([[5, 6, 7, 8, 9, 3], [4, 5, 9, 0, 0, 0], [2, 2, 8, 7, 0, 0]], np.int32)
QUICK = replace(BASE, encoder="bag")
LABELS = np.array([[1.0], [0.0], [1.0]], np.float32)


def array(tensor):
    """A tensor of any backend as an array."""
    return keras.ops.convert_to_numpy(tensor)


def stepped(config, optimizer=None, batches=1, labels=LABELS, known=None):
    """The weights of two equal networks before and after steps, one of them perturbed."""
    keras.utils.set_random_seed(1)
    model = build_model(config, 12)
    if config.mixup or config.adversarial_weight or config.reads_unlabelled:
        model = PerturbedModel.around(model, config)
    model.compile(
        optimizer=optimizer or keras.optimizers.SGD(0.5),
        loss=keras.losses.BinaryCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
    )
    before = [np.array(w) for w in model.trainable_variables]
    for _ in range(batches):
        model.train_on_batch(IDS, labels, known)
    names = [w.path for w in model.trainable_variables]
    after = [np.array(w) for w in model.trainable_variables]
    return dict(zip(names, zip(before, after, strict=True), strict=True))


def changes(config, **given):
    return {name: after - before for name, (before, after) in stepped(config, **given).items()}


def test_a_change_of_no_length_doubles_the_gradient_and_nothing_else():
    plain = changes(BASE)
    doubled = changes(replace(BASE, adversarial_weight=1.0, adversarial_radius=0.0))
    assert plain.keys() == doubled.keys()
    for name in plain:
        np.testing.assert_allclose(doubled[name], 2 * plain[name], atol=1e-6)


def test_the_penalty_of_large_weights_counts_once():
    """The second loss of a step, at no distance, adds the gradient of an unpenalised network."""
    bare, penalised = changes(BASE), changes(replace(BASE, l2=0.1))
    adversarial = changes(replace(BASE, l2=0.1, adversarial_weight=1.0, adversarial_radius=0.0))
    for name in bare:
        np.testing.assert_allclose(adversarial[name], bare[name] + penalised[name], atol=1e-6)
    assert any(np.abs(penalised[name] - bare[name]).max() > 1e-3 for name in bare)


def perturbed(**options):
    config = replace(BASE, **{"adversarial_weight": 1.0, **options})
    keras.utils.set_random_seed(2)
    model = PerturbedModel.around(build_model(config, 12), config)
    model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    return model


def loss_of(model):
    return lambda logits: model.compute_loss(y=LABELS, y_pred=logits)


def losses(model, values, mask):
    logits = model.rest([values, mask])
    return array(keras.ops.binary_crossentropy(LABELS, logits, from_logits=True))[:, 0]


def test_the_change_raises_the_loss_of_every_review_more_than_one_at_random():
    model = perturbed(adversarial_radius=0.5)
    values, mask = model.front(IDS)
    by_values, *_ = model._gradients(values, mask, loss_of(model))
    worst = array(model._worst_change(values, mask, by_values))
    random = np.random.default_rng(0).normal(size=worst.shape) * array(mask)[..., None]
    lengths = [np.sqrt(np.sum(x**2, axis=(1, 2), keepdims=True)) for x in (worst, random)]
    random *= lengths[0] / lengths[1]
    before = losses(model, values, mask)
    assert (losses(model, values + worst, mask) > before).all()
    assert (losses(model, values + worst, mask) > losses(model, values + random, mask)).all()


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_the_change_is_as_long_as_asked_in_units_of_the_embedding(scale):
    model = perturbed(adversarial_radius=3.0)
    embedding = model.get_layer("embedding")
    embedding.set_weights([embedding.get_weights()[0] * scale])
    values, mask = model.front(IDS)
    by_values, *_ = model._gradients(values, mask, loss_of(model))
    worst = array(model._worst_change(values, mask, by_values))
    spread = array(values)[array(mask)].std()
    np.testing.assert_allclose(
        np.sqrt((worst**2).sum(axis=(1, 2))), 3.0 * spread, rtol=1e-3
    )  # fmt: skip
    assert not worst[~array(mask)].any(), "padding is not changed"


def test_mixup_mixes_neighbours_and_their_labels_by_the_same_share():
    model = perturbed(mixup=0.7)
    values, mask = model.front(IDS)
    mixed, joined, labels = (array(x) for x in model._mixed(values, mask, LABELS, None)[:3])
    own, other = LABELS, np.roll(LABELS, 1, axis=0)
    share = ((labels - other) / np.where(own == other, np.nan, own - other))[:, 0]
    values = array(values) * array(mask)[..., None]
    for row in np.flatnonzero(~np.isnan(share)):
        wanted = share[row] * values[row] + (1 - share[row]) * values[row - 1]
        np.testing.assert_allclose(mixed[row], wanted, atol=1e-6)
        assert 0 <= share[row] <= 1
    np.testing.assert_array_equal(joined, array(mask) | np.roll(array(mask), 1, axis=0))
    assert (~np.isnan(share)).sum() == 2


def test_a_frozen_embedding_stays_and_the_rest_learns():
    moved = changes(
        replace(BASE, word_vectors=True, frozen_vectors=True, adversarial_weight=1.0, mixup=1.0)
    )
    assert not any("embedding" in name for name in moved)
    assert all(np.abs(change).sum() > 0 for change in moved.values())


def test_what_the_network_computes_is_the_same():
    config = replace(BASE, adversarial_weight=1.0)
    plain = build_model(config, 12)
    around = PerturbedModel.around(plain, config)
    np.testing.assert_array_equal(plain(IDS), around(IDS))
    assert around.count_params() == plain.count_params()


def test_the_gradient_of_the_embedding_is_that_of_an_ordinary_step():
    keras.utils.set_random_seed(1)
    model = build_model(BASE, 12)
    with Tape() as tape:
        loss = keras.losses.BinaryCrossentropy(from_logits=True)(LABELS, model(IDS, training=True))
    [wanted] = tape.gradient(loss, [model.get_layer("embedding").embeddings.value])
    before, after = stepped(replace(BASE, adversarial_weight=1.0, adversarial_radius=0.0))[
        model.get_layer("embedding").embeddings.path
    ]
    np.testing.assert_allclose((before - after) / 0.5, 2 * array(wanted), atol=1e-5)


def test_another_backend_is_refused(monkeypatch):
    config = replace(BASE, mixup=0.5)
    model = build_model(config, 12)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ConfigError, match="need TensorFlow or PyTorch"):
        PerturbedModel.around(model, config)


def test_half_precision_learns_the_same_to_its_rounding():
    """Gradients are scaled before they are unscaled, and no sum over tokens overflows."""
    config = replace(BASE, adversarial_weight=1.0, adversarial_radius=0.5)
    wanted = stepped(config)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        found = stepped(config)
    finally:
        keras.config.set_dtype_policy("float32")
    for name, (_, after) in wanted.items():
        np.testing.assert_allclose(found[name][1], after, atol=0.01, err_msg=name)
    assert max(np.abs(after - before).max() for before, after in found.values()) > 0.05


def test_the_change_keeps_its_length_over_many_tokens_in_half_precision():
    model = perturbed(adversarial_radius=3.0)
    random = np.random.default_rng(0)
    values = random.normal(size=(64, 400, 6)).astype(np.float16)
    mask = np.ones((64, 400), bool)
    gradients = (300 * random.normal(size=values.shape)).astype(np.float16)
    worst = array(model._worst_change(*map(keras.ops.convert_to_tensor, (values, mask, gradients))))
    assert worst.dtype == np.float16
    lengths = np.sqrt((worst.astype(float) ** 2).sum(axis=(1, 2)))
    np.testing.assert_allclose(lengths, 3.0 * values.astype(float).std(), rtol=0.01)


def virtual_change(model):
    """Embeddings, mask, logits, and the change that virtual adversarial training makes."""
    values, mask = model.front(IDS)
    _, _, slopes, logits = model._first(values, mask, loss_of(model))
    [(_, sign, _)] = model._others(logits, loss_of(model))
    return values, mask, logits, model._worst_change(values, mask, slopes * sign[..., None])


def divergences(model, values, mask, logits):
    """KL of every review, (3,), by its definition."""
    both = (array(x)[:, 0].astype(float) for x in (logits, model.rest([values, mask])))
    p, q = (1 / (1 + np.exp(-x)) for x in both)
    return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))


def sure(model):
    """A last layer under which all three reviews have clear and different logits."""
    layer = model.get_layer("logit")
    weights, _ = layer.get_weights()
    layer.set_weights([30 * weights, np.array([0.0], np.float32)])
    return model


def test_the_virtual_change_raises_the_divergence_more_than_any_of_many_at_random():
    model = sure(perturbed(adversarial_weight=0.0, virtual_weight=1.0, adversarial_radius=0.5))
    values, mask, logits, worst = virtual_change(model)
    found = divergences(model, values + worst, mask, logits)
    random, worst = np.random.default_rng(0), array(worst)
    for _ in range(20):
        other = random.normal(size=worst.shape).astype(np.float32) * array(mask)[..., None]
        lengths = [np.sqrt(np.sum(x**2, axis=(1, 2), keepdims=True)) for x in (worst, other)]
        other *= lengths[0] / lengths[1]
        assert (found > divergences(model, values + other, mask, logits)).all()


def test_the_virtual_change_is_where_a_power_iteration_over_finite_differences_ends():
    """Miyato et al. 2018, algorithm 1, from a random start: the same direction, or its contrary."""
    model = sure(perturbed(adversarial_weight=0.0, virtual_weight=1.0))
    values, mask, logits, worst = virtual_change(model)
    start = np.random.default_rng(1).normal(size=values.shape).astype(np.float32)
    start *= array(mask)[..., None] * 1e-3 / np.sqrt(np.square(start).sum((1, 2), keepdims=True))
    change = keras.ops.convert_to_tensor(start)
    with Tape([change]) as tape:
        divergence = mean_divergence(logits, model.rest([values + change, mask]))
    iterated = array(tape.gradient(divergence, [change])[0]).reshape(3, -1)
    cosines = np.sum(iterated * array(worst).reshape(3, -1), axis=1)
    cosines /= np.linalg.norm(iterated, axis=1) * np.linalg.norm(
        array(worst).reshape(3, -1), axis=1
    )
    np.testing.assert_allclose(np.abs(cosines), 1, atol=2e-2)


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_the_virtual_change_is_as_long_as_asked_and_leaves_padding_alone(scale):
    model = perturbed(adversarial_weight=0.0, virtual_weight=1.0, adversarial_radius=3.0)
    embedding = model.get_layer("embedding")
    embedding.set_weights([embedding.get_weights()[0] * scale])
    values, mask, _, worst = virtual_change(model)
    spread = array(values)[array(mask)].std()
    lengths = np.sqrt(np.square(array(worst)).sum(axis=(1, 2)))
    np.testing.assert_allclose(lengths, 3.0 * spread, rtol=1e-3)
    assert not array(worst)[~array(mask)].any()


def test_at_no_distance_there_is_no_divergence_whatever_the_dropouts():
    """Every copy of a batch is read under the same masks, those of the recurrent matrix too."""
    dropped = replace(
        BASE, encoder="lstm", output_dropout=0.5, embedding_dropout=0.3, weight_drop=0.4
    )
    nothing = replace(dropped, virtual_weight=5.0, adversarial_radius=0.0)
    plain, virtual = (stepped(config, batches=3) for config in (dropped, nothing))
    for name in plain:
        np.testing.assert_allclose(virtual[name][1], plain[name][1], atol=1e-5, err_msg=name)


def test_the_divergence_and_the_entropy_are_those_of_their_definitions():
    a, b = np.array([[-2.0], [0.0], [3.0]]), np.array([[1.0], [0.5], [2.5]])
    p, q = (1 / (1 + np.exp(-x)) for x in (a, b))
    wanted = np.mean(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
    assert float(mean_divergence(a, b)) == pytest.approx(wanted, rel=1e-5)
    assert float(mean_divergence(a, a)) == 0
    wanted = -np.mean(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert float(mean_entropy(a)) == pytest.approx(wanted, rel=1e-5)
    assert np.isfinite(float(mean_divergence(a * 1e4, -b * 1e4)))
    surer, doubtful = mean_divergence(a[2:], a[2:] + 1), mean_divergence(a[2:], a[2:] - 1)
    assert doubtful > surer, "the way that the virtual change goes"


def test_no_gradient_flows_through_the_clean_prediction():
    values = ([[0.7], [-1.0]], [[0.1], [-1.5]])
    clean, moved = (keras.ops.convert_to_tensor(value) for value in values)
    with Tape([clean, moved]) as tape:
        divergence = mean_divergence(clean, moved)
    through_clean, through_moved = tape.gradient(divergence, [clean, moved])
    assert through_clean is None
    wanted = array(keras.ops.sigmoid(moved) - keras.ops.sigmoid(clean)) / 2
    np.testing.assert_allclose(array(through_moved), wanted, atol=1e-6)


def unlabelled_step(model, rate):
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
    )
    return model.train_on_batch(IDS, LABELS, np.zeros(3, np.float32))


def test_a_virtual_step_brings_the_changed_review_nearer_to_what_was_said_of_it_unchanged():
    model = sure(
        perturbed(
            encoder="bag", word_vectors=True, adversarial_weight=0.0, virtual_weight=1.0,
            adversarial_radius=2.0,
        )
    )  # fmt: skip
    values, mask, logits, worst = virtual_change(model)
    before = mean_divergence(logits, model.rest([values + worst, mask]))
    unlabelled_step(model, 0.01)
    assert 0 < mean_divergence(logits, model.rest([values + worst, mask])) < before


def test_entropy_sharpens_predictions_without_any_label():
    model = sure(perturbed(encoder="bag", adversarial_weight=0.0, entropy_weight=1.0))
    before = float(mean_entropy(model(IDS)))
    for _ in range(3):
        unlabelled_step(model, 0.003)
    assert float(mean_entropy(model(IDS))) < before - 1e-6


@pytest.mark.parametrize("mixup", [0.0, 0.7])
def test_the_label_of_a_review_without_one_changes_nothing(mixup):
    """Neither what training does, nor its loss and its accuracy."""
    known = np.array([1, 0, 1], np.float32)
    config = replace(
        QUICK, mixup=mixup, virtual_weight=1.0, entropy_weight=0.5, adversarial_weight=1.0
    )
    found = []
    for label in (0.0, 1.0, 0.3):
        labels = LABELS.copy()
        labels[1] = label
        found.append(changes(config, labels=labels, known=known))
    for other in found[1:]:
        for name, change in found[0].items():
            np.testing.assert_array_equal(other[name], change)


def test_a_review_without_a_label_still_counts_in_the_terms_that_need_none():
    known = np.array([1, 0, 1], np.float32)
    without = changes(replace(QUICK, entropy_weight=1e-9), known=known)
    for name in ("virtual_weight", "entropy_weight"):
        config = replace(QUICK, **{name: 1.0}, adversarial_radius=2.0)
        row = changes(config, known=known)["embedding/embeddings"][4]  # a word of that review alone
        assert not without["embedding/embeddings"][4].any()
        assert row.any(), name


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_virtual_training_in_half_precision_learns_the_same_to_its_rounding(precision):
    config = replace(
        BASE, encoder="lstm", virtual_weight=1.0, entropy_weight=0.5, adversarial_radius=2.0
    )
    wanted = stepped(config)
    keras.config.set_dtype_policy(precision)
    try:
        found = stepped(config)
    finally:
        keras.config.set_dtype_policy("float32")
    for name, (_, after) in wanted.items():
        np.testing.assert_allclose(found[name][1], after, atol=0.03, err_msg=name)
