"""The linear model and runs of it: weights worked by hand, files that hold no code."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import tiny_rows
from sklearn.linear_model import LogisticRegression

from imdb_lstm.data.load import load_split
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.metrics.classification import log_loss
from imdb_lstm.models.ngram_classifier import DAMPING, MINIMUM_REVIEWS, NgramClassifier, fit_embedded_ngrams, fit_ngrams
from imdb_lstm.runs.files import read_metrics, write_json
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.manifest import CHECKPOINT_FILE, NGRAMS_FILE, NGRAM_FILES, VALIDATION_FILE, _sha256, verify
from imdb_lstm.runs.run import json, load_run
from imdb_lstm.text.tokenizer import tokenise
from imdb_lstm.training.results import did_not_learn
from imdb_lstm.training.train import train

TEXTS = [text for text, _, _ in tiny_rows()]
LABELS = np.array([label == "positive" for _, label, _ in tiny_rows()], dtype=int)


@pytest.fixture(scope="module")
def model():
    return fit_ngrams(TEXTS, LABELS, longest=3, minimum_count=2, seed=0)


def test_the_tiny_world_is_learned(model):
    assert ((model.predict_logits(TEXTS) > 0) == LABELS).all()
    assert model.predict_logits(["great and moving"]) > 0 > model.predict_logits(["awful, a waste"])


def test_known_ngrams_are_found_where_they_stand(model):
    tokens = tokenise("The plot is awful, the plot qwerty")
    found = sorted((length, starts) for _, length, starts in model.occurrences(tokens))
    assert [starts for length, starts in found if length == 1] == [[0, 5], [1, 6], [2], [3], [4]]
    assert (2, [0, 5]) in found and (3, [0]) in found
    total = sum(weight for weight, _, _ in model.occurrences(tokens)) + model.bias
    assert total == pytest.approx(model.predict_logits([" ".join(tokens)])[0], abs=1e-4)
    assert model.knows("plot") and not model.knows("qwerty")


def test_ngrams_are_the_tokenisers_up_to_the_longest_and_common_enough(model):
    assert {ngram.count(" ") for ngram in model.ngrams} == {0, 1, 2}
    for ngram in ("wasn't", "9/10", "wasn't good ;", "was great"):
        assert ngram in model.ngrams
    assert all(
        sum(ngram in " ".join(tokenise(text)) for text in TEXTS) >= 2 for ngram in model.ngrams
    )
    one = fit_ngrams(TEXTS, LABELS, longest=1, minimum_count=20, seed=0)
    assert sorted(one.ngrams) == sorted(
        word for word in set(" ".join(map(" ".join, map(tokenise, TEXTS))).split())
        if sum(word in tokenise(text) for text in TEXTS) >= 20
    )  # fmt: skip


def test_the_weights_are_those_of_the_paper_worked_by_hand():
    """Ratios of (1 + reviews that hold the word) over their sum, then a regression on them."""
    texts, labels = ["good good film", "good", "bad film", "dull"], np.array([1, 1, 0, 0])
    found = fit_ngrams(texts, labels, longest=1, minimum_count=1, seed=0)
    assert list(found.ngrams) == ["bad", "dull", "film", "good"]
    positive, negative = np.array([1, 1, 2, 3]) / 7, np.array([2, 2, 2, 1]) / 7
    ratio = np.log(positive / negative)
    counts = np.array([[0, 0, 1, 1], [0, 0, 0, 1], [1, 0, 1, 0], [0, 1, 0, 0]])
    expected = LogisticRegression(
        C=1, solver="liblinear", dual=True, max_iter=200, random_state=0
    ).fit(counts * ratio, labels)
    np.testing.assert_allclose(found.weights, ratio * expected.coef_[0], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(
        found.predict_logits(texts), expected.decision_function(counts * ratio), rtol=1e-3
    )


def test_a_repeated_ngram_counts_once_and_an_unknown_one_not_at_all():
    model = NgramClassifier(["good", "so good"], np.array([1.0, 2.0], np.float32), bias=-0.5)
    texts = ["Good, GOOD!", "so good so good", "unheard of", ""]
    assert model.predict_logits(texts).tolist() == [0.5, 2.5, -0.5, -0.5]
    assert model.predict_logits(texts).dtype == np.float32


@pytest.mark.parametrize("damping", [0.0, 3.0])
def test_a_damped_mean_is_that_with_so_many_ngrams_of_weight_zero(damping):
    model = NgramClassifier(["good", "so good"], np.array([1.0, 2.0], np.float32), -0.5, damping)
    means = [1 / (1 + damping), 3 / (2 + damping), 0, 0]
    found = model.predict_logits(["good", "so good so good", "unheard of", ""])
    np.testing.assert_allclose(found, np.array(means) - 0.5, rtol=1e-6)


def test_a_damped_model_is_saved_and_one_of_an_earlier_version_was_not_damped(tmp_path):
    model = NgramClassifier(["good"], np.ones(1, np.float32), 0.0, damping=3.0)
    model.save(tmp_path / "ngrams.npz")
    assert NgramClassifier.load(tmp_path / "ngrams.npz").predict_logits(["good"]).tolist() == [0.25]
    with np.load(tmp_path / "ngrams.npz") as stored:
        parts = {name: stored[name] for name in ("ngrams", "weights", "bias")}
    np.savez_compressed(tmp_path / "earlier.npz", **parts, mean=True)
    assert NgramClassifier.load(tmp_path / "earlier.npz").predict_logits(["good"]).tolist() == [1.0]


def test_the_same_seed_makes_the_same_model(model):
    again = fit_ngrams(TEXTS, LABELS, longest=3, minimum_count=2, seed=0)
    np.testing.assert_array_equal(again.weights, model.weights)


def test_a_saved_model_is_the_same_model_and_no_pickle(model, tmp_path):
    model.save(tmp_path / "ngrams.npz")
    loaded = NgramClassifier.load(tmp_path / "ngrams.npz")
    assert list(loaded.ngrams) == list(model.ngrams) and loaded.damping is None
    np.testing.assert_array_equal(loaded.predict_logits(TEXTS), model.predict_logits(TEXTS))
    with np.load(tmp_path / "ngrams.npz", allow_pickle=False) as stored:
        assert {name: stored[name].dtype.name for name in stored} == {
            "ngrams": "uint8", "weights": "float32", "bias": "float32",
        }  # fmt: skip


def test_a_file_that_disagrees_with_itself_is_refused(tmp_path):
    NgramClassifier(["a", "b"], np.zeros(2, np.float32), 0.0).save(tmp_path / "ngrams.npz")
    with np.load(tmp_path / "ngrams.npz") as stored:
        parts = dict(stored) | {"weights": np.zeros(3, np.float32)}
    np.savez(tmp_path / "ngrams.npz", **parts)
    with pytest.raises(ValueError, match="2 n-grams and 3 weights"):
        NgramClassifier.load(tmp_path / "ngrams.npz")


@pytest.mark.parametrize(("texts", "count"), [(TEXTS, 99), (["", " ", "", ""], 1)])
def test_nothing_to_learn_from_is_the_users_to_mend(texts, count):
    labels = np.arange(len(texts)) % 2
    with pytest.raises(ConfigError, match=f"no n-gram stands in {count} of the {len(texts)} train"):
        fit_ngrams(texts, labels, longest=2, minimum_count=count, seed=0)


OPTIONS = {"longest": 3, "minimum_count": 2, "seed": 0, "units": 6}


@pytest.fixture(scope="module")
def latent():
    return fit_embedded_ngrams(TEXTS, LABELS, TEXTS[::2], **OPTIONS)


def test_the_tiny_world_is_learned_by_vectors_too(latent):
    assert latent.damping == DAMPING
    assert ((latent.predict_logits(TEXTS) > 0) == LABELS).mean() > 0.9
    longer = latent.predict_logits([f"{TEXTS[0]} {TEXTS[0]}"])  # hardly any n-gram more
    assert longer[0] == pytest.approx(latent.predict_logits(TEXTS[:1])[0], rel=0.35)


def test_ngrams_with_vectors_stand_in_enough_reviews_labelled_or_not(latent):
    def reviews_with(ngram, texts):
        return sum(f" {ngram} " in f" {' '.join(tokenise(text))} " for text in texts)

    assert all(reviews_with(ngram, TEXTS + TEXTS[::2]) >= MINIMUM_REVIEWS for ngram in latent.ngrams)
    rare = [ngram for ngram in fit_ngrams(TEXTS, LABELS, 3, 2, 0).ngrams if ngram not in latent.ngrams]
    assert rare and all(reviews_with(ngram, TEXTS + TEXTS[::2]) < MINIMUM_REVIEWS for ngram in rare)


def test_vectors_learn_from_reviews_without_a_label(latent):
    alone = fit_embedded_ngrams(TEXTS, LABELS, [], **OPTIONS)
    assert set(alone.ngrams) < set(latent.ngrams)
    again = fit_embedded_ngrams(TEXTS, LABELS, TEXTS[::2], **OPTIONS)
    np.testing.assert_array_equal(again.weights, latent.weights)


def test_too_few_reviews_for_vectors_is_the_users_to_mend():
    with pytest.raises(ConfigError, match="no n-gram stands in 4 of 2 reviews"):
        fit_embedded_ngrams(["a b", "c d"], np.array([0, 1]), [], 2, 1, 0, 3)
    with pytest.raises(ConfigError, match="no n-gram stands in 99 of the 60 train"):
        fit_embedded_ngrams(TEXTS, LABELS, [], 2, 99, 0, 3)


def test_a_run_of_vectors_is_a_run_like_any_other(tiny_config, tmp_path):
    config = replace(tiny_config, encoder="ngrams-embedded", ngram_units=5)
    run = load_run(train(config, tmp_path, "latent", report=(told := []).append))
    assert run.model.damping == DAMPING
    assert run.predict_logits(["", "qwerty"]) == pytest.approx(run.model.bias)
    assert not did_not_learn(read_metrics(run.folder))
    assert any("n-gram vectors: epoch 8 of 8, 0 s left" in line for line in told)
    card = " ".join((run.folder / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    assert "by the mean of their vectors" in card and "$" not in card


def test_a_killed_run_of_vectors_goes_on_from_its_last_epoch(tiny_config, tmp_path):
    def kill(message):
        told.append(message)
        if "epoch 3 of 8" in message:
            raise KeyboardInterrupt

    told = []
    config = replace(tiny_config, encoder="ngrams-embedded", ngram_units=5)
    whole = load_run(train(config, tmp_path / "whole", "latent"))
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "latent", report=kill)
    run = load_run(train(config, tmp_path, "latent", resume=True, report=kill))
    assert [line.split()[3] for line in told if "vectors" in line] == list("12345678")
    np.testing.assert_array_equal(run.model.weights, whole.model.weights)
    assert not (run.folder / CHECKPOINT_FILE).exists()


@pytest.fixture
def run(tiny_linear, tmp_path):
    """A copy of the finished run, to be damaged."""
    return shutil.copytree(tiny_linear, tmp_path / "words")


def test_a_linear_run_is_whole_and_its_card_speaks_of_no_network(tiny_linear):
    names = {path.name for path in tiny_linear.iterdir()}
    assert names == {
        *NGRAM_FILES, VALIDATION_FILE, MANIFEST_FILE, "figures",
    }  # fmt: skip
    card = (tiny_linear / "MODEL_CARD.md").read_text(encoding="utf-8")
    parameters = read_metrics(tiny_linear)["parameters"]
    assert "# linear\n" in card and f"{parameters:,} parameters" in card
    assert "$" not in card and "keras" not in card and "pooling" not in card


def test_a_linear_run_gives_logits_of_any_texts(tiny_linear):
    loaded = load_run(tiny_linear)
    logits = loaded.predict_logits(["The plot was great and moving.", "", "★ qwertyuiop"])
    assert logits.dtype == np.float32
    assert logits[0] > 0 and logits[1] == logits[2] == np.float32(loaded.model.bias)
    assert loaded.predict_logits([]).shape == (0,)


@pytest.mark.parametrize("name", NGRAM_FILES)
def test_a_missing_or_altered_file_of_a_linear_run_is_named(run, name):
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(RunError, match=f"damaged: {name} does not have the checksum"):
        load_run(run)
    (run / name).unlink()
    with pytest.raises(RunError, match=f"damaged: {name} is missing"):
        load_run(run)


def test_ngrams_that_would_need_a_pickle_are_refused(run):
    np.savez(run / NGRAMS_FILE, ngrams=np.array(["a", None]), weights=np.zeros(2), bias=0)
    manifest = json.loads((run / MANIFEST_FILE).read_text())
    manifest["files"][NGRAMS_FILE] = _sha256(run / NGRAMS_FILE)
    write_json(run / MANIFEST_FILE, manifest)
    with pytest.raises(RunError, match="words cannot be loaded: Object arrays"):
        load_run(run)


def test_a_linear_run_measures_itself_as_a_network_does(tiny_linear, tiny_run):
    metrics = read_metrics(tiny_linear)
    network = read_metrics(tiny_run)
    only_networks = {"best_epoch", "cut_share", "unknown_share", "padding_share"}
    assert set(metrics) == set(network) - only_networks
    assert metrics["validation"]["reviews"] == network["validation"]["reviews"]
    manifests = [verify(folder) for folder in (tiny_linear, tiny_run)]
    assert manifests[0]["reviews"] == manifests[1]["reviews"]  # the same train, the same validation
    run = load_run(tiny_linear)
    assert metrics["parameters"] == len(run.model.weights) + 1
    validation = load_split(run.config, "validation")
    logits = run.predict_logits(validation.texts)
    assert metrics["validation"]["log_loss"] == pytest.approx(log_loss(validation.labels, logits))
    assert metrics["logit_std"] == pytest.approx(logits.std())
    assert not did_not_learn(metrics)


def test_an_interrupted_linear_run_loses_itself_alone_and_begins_again(
    tiny_linear, tmp_path, monkeypatch
):
    def interrupt(*_):
        raise KeyboardInterrupt

    config = load_run(tiny_linear).config
    with monkeypatch.context() as patched:
        patched.setattr("imdb_lstm.linear.fit", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path, "run")
    assert [path.name for path in tmp_path.iterdir()] == [".run.unfinished"]
    folder = train(config, tmp_path, "run", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    models = [load_run(one).model for one in (folder, tiny_linear)]
    assert list(models[0].ngrams) == list(models[1].ngrams)
    np.testing.assert_array_equal(models[0].weights, models[1].weights)
