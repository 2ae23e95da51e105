"""Soft labels: calibrated, weighed by what the teachers are worth; teachers are trained first."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import write_csv
from test_train import Interrupt, assert_same_run

from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.unfinished import find_unfinished, unfinished_folder
from imdb_lstm.training import pseudo_labels as teaching, train as training
from imdb_lstm.training.pseudo_labels import distillation_labels, soft_labels, texts_to_label
from imdb_lstm.training.train import train

UNLABELLED = [f"{subject} was {word}." for subject in ("It", "All", "Much", "The rest")
              for word in ("wonderful", "awful", "a joy", "a waste")]  # fmt: skip


def teachers(noises, count=4000, seed=0):
    """Labels, and the logits of teachers that see them through noise."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    return labels, [2 * labels - 1 + noise * random.normal(size=count) for noise in noises]


def test_the_labels_are_calibrated():
    labels, logits = teachers([1.0])
    new, unseen = teachers([1.0], seed=1)
    found = soft_labels([9 * logits[0]], labels, [9 * unseen[0]])
    for low in np.arange(0.1, 0.9, 0.2):
        here = (found >= low) & (found < low + 0.2)
        assert new[here].mean() == pytest.approx(found[here].mean(), abs=0.06)


def test_teachers_together_are_right_more_often_than_the_best_alone():
    labels, logits = teachers([1.0, 1.2])
    new, unseen = teachers([1.0, 1.2], seed=1)
    together = np.mean((soft_labels(logits, labels, unseen) > 0.5) == new)
    alone = [np.mean((one > 0) == new) for one in unseen]
    assert together > max(alone) + 0.03


def test_a_teacher_that_guesses_counts_for_nothing():
    labels, logits = teachers([1.0])
    guess = np.random.default_rng(5).normal(size=len(labels))
    without = soft_labels(logits, labels, logits)
    beside = soft_labels([*logits, guess], labels, [*logits, guess])
    np.testing.assert_allclose(without, beside, atol=0.03)


def test_the_scale_of_a_teachers_logits_does_not_matter():
    labels, logits = teachers([1.0, 1.5])
    scaled = [100 * logits[0], 0.01 * logits[1]]
    np.testing.assert_allclose(
        soft_labels(logits, labels, logits), soft_labels(scaled, labels, scaled), atol=1e-3
    )


def test_shape_and_type():
    labels, logits = teachers([1.0])
    found = soft_labels(logits, labels, [logits[0][:7]])
    assert found.shape == (7,)
    assert found.dtype == np.float32


@pytest.fixture(scope="module")
def taught(tiny_config):
    return replace(tiny_config, encoder="bag", pseudo_labels_from="ngrams-nb+network", word_vectors=False)


@pytest.fixture
def unlabelled(monkeypatch):
    """As many reviews without a label as IMDb has, in proportion."""
    texts = list(UNLABELLED)
    monkeypatch.setattr(training, "load_unlabelled", lambda config: texts)
    return texts


def test_teachers_are_runs_of_their_own_and_label_the_unlabelled(taught, unlabelled, tmp_path):
    seen = []
    real = soft_labels
    soft_labels, kept = (lambda *parts: seen.append(real(*parts)) or seen[-1]), real
    try:
        run = train(taught, tmp_path, "run", report=(said := []).append)
    finally:
        soft_labels = kept
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run", "run-linear", "run-network"]
    metrics = read_metrics(run)
    teachers = [load_run(tmp_path / f"run-{kind}") for kind in ("linear", "network")]
    assert [t.config.pseudo_labels_from for t in teachers] == ["none", "linear"]
    assert {t.manifest["reviews"]["validation"] for t in teachers} == {
        load_run(run).manifest["reviews"]["validation"]
    }
    assert metrics["pseudo_labelled_reviews"] == len(unlabelled) == len(seen[0]) == len(seen[1])
    linear, network = (read_metrics(t.folder)["seconds"] for t in teachers)
    assert metrics["seconds"] > network > linear
    positive = np.array(["joy" in text or "wonderful" in text for text in unlabelled])
    for labels in seen:
        assert labels[positive].mean() > labels[~positive].mean()
    assert any("labelling 16 texts" in line for line in said)


def test_a_run_learns_what_its_teachers_say(taught, unlabelled, tmp_path, monkeypatch):
    """Told that the unlabelled reviews are all positive, it finds them more positive."""
    found = {}
    for name, chance in (("up", 0.99), ("down", 0.01)):
        labels = np.full(len(unlabelled), chance, np.float32)
        monkeypatch.setattr(training, "soft_labels", lambda *_, labels=labels: labels)
        run = train(replace(taught, pseudo_labels_from="ngrams-nb"), tmp_path, name)
        found[name] = load_run(run).predict_logits(unlabelled).mean()
    assert found["up"] > found["down"]


def test_ngrams_teach_a_network_of_other_settings_but_not_of_other_ngrams(
    taught, unlabelled, tmp_path
):
    config = replace(taught, pseudo_labels_from="ngrams-nb")
    train(replace(config, pseudo_labels_from="none", encoder="ngrams-nb"), tmp_path, "run-linear")
    made = (tmp_path / "run-linear" / MANIFEST_FILE).stat().st_mtime_ns
    train(replace(config, units=9, recombined_texts=0.5, excerpts=1.0), tmp_path, "run")
    assert (tmp_path / "run-linear" / MANIFEST_FILE).stat().st_mtime_ns == made
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(RunError, match="run-linear was trained with other values of ngrams"):
        train(replace(config, ngrams=2), tmp_path, "run")


def test_two_kinds_of_ngrams_teach_together(taught, unlabelled, tmp_path):
    config = replace(taught, pseudo_labels_from="ngrams-nb+ngrams-embedded", ngram_units=5)
    run = train(config, tmp_path, "run")
    kinds = ("latent", "linear")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run", *(f"run-{k}" for k in kinds)]
    metrics = [read_metrics(tmp_path / f"run-{kind}") for kind in kinds]
    assert read_metrics(run)["seconds"] > sum(each["seconds"] for each in metrics)
    assert load_run(tmp_path / "run-latent").model.damping


def test_teachers_label_patchworks_of_all_reviews_too(taught, unlabelled, tmp_path, monkeypatch):
    asked = []
    real = texts_to_label
    monkeypatch.setattr(training, "pieces", lambda *parts: asked.append(real(*parts)) or asked[-1])
    run = train(replace(taught, pseudo_labels_from="ngrams-nb", recombined_texts=0.5), tmp_path, "run")
    metrics = read_metrics(run)
    assert metrics["pseudo_labelled_reviews"] == 16
    assert metrics["recombined_texts"] == len(asked[0]) == round(0.5 * (36 + 16))
    assert " So it did 26 texts pieced together" in (run / "MODEL_CARD.md").read_text("utf-8")


def test_reviews_without_any_unlabelled_can_be_pieced_together(taught, tmp_path):
    config = replace(taught, pseudo_labels_from="ngrams-nb", recombined_texts=1.0)
    metrics = read_metrics(train(config, tmp_path, "run"))
    assert (metrics["pseudo_labelled_reviews"], metrics["recombined_texts"]) == (0, 36)


def test_a_run_interrupted_with_its_teacher_goes_on_as_if_nothing_had_happened(
    taught, unlabelled, tmp_path
):
    whole = train(taught, tmp_path / "whole", "run")
    for epoch in (0, 1):  # of the teacher's training, which is the first
        with pytest.raises(KeyboardInterrupt):
            train(taught, tmp_path, "run", epoch > 0, callbacks=[Interrupt(epoch)])
        assert unfinished_folder(tmp_path, "run-network").exists()
        os.utime(unfinished_folder(tmp_path, "run-network"), (2e9, 2e9))  # changed last
        assert find_unfinished(tmp_path, None) == ("run", taught)
        assert find_unfinished(tmp_path, "run-network")[0] == "run-network"
    assert_same_run(whole, train(taught, tmp_path, "run", resume=True))


def test_a_finished_teacher_is_used_again_and_another_one_of_its_name_refused(
    taught, unlabelled, tmp_path
):
    linear = replace(taught, pseudo_labels_from="ngrams-nb")
    train(linear, tmp_path, "run")
    before = (tmp_path / "run-linear" / "manifest.json").stat().st_mtime_ns
    (tmp_path / "run").rename(tmp_path / "first")
    assert_same_run(tmp_path / "first", train(linear, tmp_path, "run"))
    assert (tmp_path / "run-linear" / "manifest.json").stat().st_mtime_ns == before
    (tmp_path / "run").rename(tmp_path / "second")
    with pytest.raises(RunError, match="run-linear was trained with other values of seed"):
        train(replace(linear, seed=5), tmp_path, "run")


def test_a_teacher_that_learned_from_other_extra_reviews_is_refused(taught, unlabelled, tmp_path):
    extra = write_csv(tmp_path / "more.csv", [("One more joy.", 1)], ("text", "label"))
    config = replace(taught, pseudo_labels_from="ngrams-nb", extra_reviews=str(extra))
    run = train(config, tmp_path, "run")
    run.rename(tmp_path / "first")
    write_csv(extra, [("Another waste.", 0)], ("text", "label"))
    with pytest.raises(RunError, match="run-linear learned from other reviews"):
        train(config, tmp_path, "run")


def test_without_unlabelled_reviews_there_is_no_teacher(taught, tmp_path):
    run = train(taught, tmp_path, "run", report=(said := []).append)
    assert any("no unlabelled reviews, so no teacher" in line for line in said)
    assert not any("itself" in line for line in said)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert "pseudo_labelled_reviews" not in read_metrics(run)


@pytest.fixture(scope="module")
def finished(tiny_config, tmp_path_factory):
    """A folder with two finished runs of one seed, and one of another."""
    folder = tmp_path_factory.mktemp("finished")
    bag = replace(tiny_config, encoder="bag", word_vectors=False, learning_rate=0.05, epochs=4)
    train(bag, folder, "bag")
    train(replace(bag, encoder="ngrams-nb"), folder, "ngrams")
    train(replace(bag, encoder="ngrams-nb", seed=3), folder, "other")
    return folder


@pytest.fixture
def pupil(tiny_config):
    return replace(
        tiny_config, encoder="bag", word_vectors=False, distilled_from="bag+ngrams", units=3
    )


@pytest.fixture
def texts(monkeypatch):
    monkeypatch.setattr(teaching, "load_unlabelled", lambda config: list(UNLABELLED))
    return UNLABELLED


def test_finished_runs_tell_what_they_think_of_all_reviews(finished, pupil, texts):
    taught = distillation_labels(pupil, finished, (said := []).append)
    assert taught.texts == texts
    material = read_training_data(pupil)
    runs = [load_run(finished / name) for name in ("bag", "ngrams")]
    validation = [run.predict_logits(material.validation.texts) for run in runs]
    for reviews, found in ((material.train.texts, taught.train_labels), (texts, taught.labels)):
        logits = [run.predict_logits(reviews) for run in runs]
        wanted = soft_labels(validation, material.validation.labels, logits)
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert any("asking 2 runs of 52 texts" in line for line in said)
    absolute = replace(pupil, distilled_from=f"{finished / 'bag'}+{finished / 'ngrams'}")
    again = distillation_labels(absolute, finished / "elsewhere", said.append)
    np.testing.assert_array_equal(again.labels, taught.labels)
    assert again.fingerprints == taught.fingerprints
    alone = distillation_labels(replace(pupil, distilled_from="bag"), finished, said.append)
    assert alone.fingerprints != taught.fingerprints


def test_a_run_that_may_know_the_validation_reviews_is_no_teacher(finished, pupil, texts):
    config = replace(pupil, distilled_from="bag+other")
    with pytest.raises(RunError, match="other held out other validation reviews") as caught:
        distillation_labels(config, finished, lambda message: None)
    assert "\n" not in str(caught.value)
    with pytest.raises(RunError, match="nonesuch"):
        distillation_labels(replace(pupil, distilled_from="nonesuch"), finished, lambda message: None)


def test_a_distilled_run_is_one_run_and_goes_on_as_if_nothing_had_happened(
    finished, pupil, texts, tmp_path
):
    names = f"{finished / 'bag'}+{finished / 'ngrams'}"
    config = replace(pupil, distilled_from=names, virtual_weight=1.0, entropy_weight=0.1)
    whole = train(config, tmp_path / "whole", "run")
    assert [path.name for path in (tmp_path / "whole").iterdir()] == ["run"]
    metrics = read_metrics(whole)
    assert metrics["pseudo_labelled_reviews"] == len(texts) and "unlabelled_reviews" not in metrics
    card = " ".join((whole / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    assert "learned what bag and ngrams, weighed on validation, say" in card
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", callbacks=[Interrupt(1)])
    assert_same_run(whole, train(config, tmp_path, "run", resume=True))


def test_a_run_is_not_resumed_with_teachers_that_were_trained_anew(pupil, texts, tmp_path):
    config = replace(pupil, distilled_from="bag")
    bag = replace(pupil, distilled_from="")
    train(bag, tmp_path, "bag")
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", callbacks=[Interrupt(0)])
    shutil.rmtree(tmp_path / "bag")
    train(replace(bag, units=4, epochs=1), tmp_path, "bag")
    with pytest.raises(RunError, match="bag has changed since"):
        train(config, tmp_path, "run", resume=True)
