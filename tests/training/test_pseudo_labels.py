"""Soft labels are calibrated and weighted by validation; distillation learns finished runs."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from resuming import Interrupt, assert_same_run, calling

from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import DataError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.run import load_run
from imdb_lstm.training import short_texts as module
from imdb_lstm.training.pseudo_labels import (
    Predictions,
    distillation_labels,
    recombined,
    soft_labels,
)
from imdb_lstm.training.reporter import SILENT, Reporter
from imdb_lstm.training.train import train

UNLABELLED = [f"{subject} was {word}." for subject in ("It", "All", "Much", "The rest")
              for word in ("wonderful", "awful", "a joy", "a waste")]  # fmt: skip


def noisy(noises, count=4000, seed=0):
    """Labels, and the logits of models that see them through noise."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    return labels, [2 * labels - 1 + noise * random.normal(size=count) for noise in noises]


def both(validation, texts):
    """The predictions of models from their logits."""
    return [Predictions(*logits) for logits in zip(validation, texts, strict=True)]


def test_the_labels_are_calibrated():
    labels, logits = noisy([1.0])
    new, unseen = noisy([1.0], seed=1)
    found = soft_labels(both([9 * logits[0]], [9 * unseen[0]]), labels)
    for low in np.arange(0.1, 0.9, 0.2):
        here = (found >= low) & (found < low + 0.2)
        assert new[here].mean() == pytest.approx(found[here].mean(), abs=0.06)


def test_two_models_are_right_more_often_than_the_best_alone():
    labels, logits = noisy([1.0, 1.2])
    new, unseen = noisy([1.0, 1.2], seed=1)
    combined = np.mean((soft_labels(both(logits, unseen), labels) > 0.5) == new)
    alone = [np.mean((one > 0) == new) for one in unseen]
    assert combined > max(alone) + 0.03


def test_a_model_that_guesses_has_no_weight():
    labels, logits = noisy([1.0])
    guess = np.random.default_rng(5).normal(size=len(labels))
    without = soft_labels(both(logits, logits), labels)
    beside = soft_labels(both([*logits, guess], [*logits, guess]), labels)
    np.testing.assert_allclose(without, beside, atol=0.03)


def test_the_scale_of_the_logits_does_not_matter():
    labels, logits = noisy([1.0, 1.5])
    scaled = [100 * logits[0], 0.01 * logits[1]]
    one, other = (soft_labels(both(each, each), labels) for each in (logits, scaled))
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_shape_and_type():
    labels, logits = noisy([1.0])
    found = soft_labels(both(logits, [logits[0][:7]]), labels)
    assert (found.shape, found.dtype) == ((7,), np.float32)


def test_as_many_texts_are_recombined_as_configured(tiny_config):
    for share, count in ((0.0, 0), (0.5, 8), (2.0, 32)):
        assert len(recombined(UNLABELLED, replace(tiny_config, recombined_texts=share))) == count


@pytest.fixture(scope="module")
def plain(tiny_config, tmp_path_factory):
    """A configuration with a file of unlabelled reviews."""
    path = tmp_path_factory.mktemp("texts") / "more.txt"
    path.write_text("\n".join(UNLABELLED))
    return replace(tiny_config, encoder="bag", word_vectors=False, unlabelled=str(path))


@pytest.fixture(scope="module")
def finished(plain, tmp_path_factory):
    """A folder with two finished runs of one seed, and one of another."""
    folder = tmp_path_factory.mktemp("finished")
    bag = replace(plain, learning_rate=0.05, epochs=4)
    train(bag, folder, "bag")
    train(replace(bag, encoder="ngrams-nb"), folder, "ngrams")
    train(replace(bag, encoder="ngrams-nb", seed=3), folder, "other")
    return folder


@pytest.fixture
def student(plain):
    return replace(plain, distilled_from="bag+ngrams", units=3)


def labels_of(config, folder, reporter=SILENT):
    return distillation_labels(config, read_training_data(config, True), folder, reporter)


@pytest.mark.slow
def test_finished_runs_predict_all_reviews(finished, student):
    lines = []
    found = labels_of(student, finished, Reporter(lines.append))
    assert found.texts == UNLABELLED
    data = read_training_data(student)
    runs = [load_run(finished / name) for name in ("bag", "ngrams")]
    for texts, labels in ((data.train.texts, found.train_labels), (UNLABELLED, found.labels)):
        predictions = [
            Predictions(run.predict_logits(data.validation.texts), run.predict_logits(texts))
            for run in runs
        ]
        wanted = soft_labels(predictions, data.validation.labels)
        np.testing.assert_allclose(labels, wanted, atol=1e-5)
    assert lines == [f"predicting 52 texts with {name}" for name in ("bag", "ngrams")]
    absolute = replace(student, distilled_from=f"{finished / 'bag'}+{finished / 'ngrams'}")
    again = labels_of(absolute, finished / "elsewhere")
    np.testing.assert_array_equal(again.labels, found.labels)
    assert again.fingerprints == found.fingerprints
    alone = labels_of(replace(student, distilled_from="bag"), finished)
    assert alone.fingerprints != found.fingerprints


@pytest.mark.slow
def test_counterfactual_texts_are_not_predicted(finished, student):
    found = labels_of(replace(student, distilled_from="bag", counterfactual=0.5), finished)
    plain = labels_of(replace(student, distilled_from="bag"), finished)
    np.testing.assert_array_equal(found.train_labels, plain.train_labels)
    np.testing.assert_array_equal(found.labels, plain.labels)


@pytest.mark.slow
def test_short_texts_are_made_of_the_written_reviews(finished, student, monkeypatch):
    config = replace(student, distilled_from="bag", counterfactual=0.5, short_texts="contrasts")
    with pytest.raises(DataError, match="bag is sure of too few of their sentences"):
        labels_of(config, finished)
    monkeypatch.setattr(module, "SURE", 0.5)
    found = labels_of(config, finished).short
    assert found.texts and set(found.labels.tolist()) == {0, 1}
    plain = labels_of(replace(config, counterfactual=0.0), finished).short
    assert plain.texts == found.texts
    assert labels_of(replace(config, short_texts="none"), finished).short is None


@pytest.mark.slow
def test_a_run_with_another_validation_split_is_refused(finished, student):
    with pytest.raises(RunError, match="other has another validation split") as caught:
        labels_of(replace(student, distilled_from="bag+other"), finished)
    assert "\n" not in str(caught.value)
    with pytest.raises(RunError, match="nonesuch"):
        labels_of(replace(student, distilled_from="nonesuch"), finished)


@pytest.mark.slow
def test_a_distilled_run_is_one_run_and_resumes_with_the_same_result(finished, student, tmp_path):
    config = replace(student, distilled_from=f"{finished / 'bag'}+{finished / 'ngrams'}")
    whole = train(config, tmp_path / "whole", "run")
    assert [path.name for path in (tmp_path / "whole").iterdir()] == ["run"]
    assert read_metrics(whole)["pseudo_labelled_reviews"] == len(UNLABELLED)
    card = (whole / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "bag and ngrams" in card
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", reporter=calling(Interrupt(1)))
    assert_same_run(whole, train(config, tmp_path, "run", resume=True))


@pytest.mark.slow
def test_a_run_is_not_resumed_with_other_runs_to_distil(student, tmp_path):
    config = replace(student, distilled_from="bag")
    bag = replace(student, distilled_from="")
    train(bag, tmp_path, "bag")
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", reporter=calling(Interrupt(0)))
    shutil.rmtree(tmp_path / "bag")
    train(replace(bag, units=4, epochs=1), tmp_path, "bag")
    with pytest.raises(RunError, match="bag has changed since"):
        train(config, tmp_path, "run", resume=True)
