"""Labellers are trained first, as runs of their own, and label the unlabelled reviews."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from resuming import Interrupt, assert_same_run, calling
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.errors import RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.unfinished import find_unfinished, unfinished_folder
from imdb_lstm.training import train as training
from imdb_lstm.training.labellers import labellers
from imdb_lstm.training.reporter import Reporter
from imdb_lstm.training.train import train

UNLABELLED = [f"{subject} was {word}." for subject in ("It", "All", "Much", "The rest")
              for word in ("wonderful", "awful", "a joy", "a waste")]  # fmt: skip
ALL_KINDS = "ngrams-nb+ngrams-embedded+network"


def plan(pseudo_labels_from, name="run"):
    config = Config(pseudo_labels_from=pseudo_labels_from)
    return [(each.name, each.labelled_by) for each in labellers(config, name)]


def test_n_grams_come_first_and_label_for_a_network():
    assert plan("none") == []
    assert plan("network") == [("run-network", ())]
    assert plan("ngrams-nb+ngrams-embedded") == [
        ("run-ngrams-nb", ()), ("run-ngrams-embedded", ()),
    ]  # fmt: skip
    assert plan(ALL_KINDS) == [
        ("run-ngrams-nb", ()), ("run-ngrams-embedded", ()),
        ("run-network", ("run-ngrams-nb", "run-ngrams-embedded")),
    ]  # fmt: skip


def test_no_run_is_its_own_labeller():
    for name in ("run", "run-network", "run-network-network"):
        assert name not in dict(plan(ALL_KINDS, name))


def test_a_labelling_network_run_alone_has_the_same_n_grams():
    assert plan("ngrams-nb", "run-network") == plan("ngrams-nb", "run")


def test_a_labeller_differs_only_in_its_encoder_and_its_labellers():
    config = Config(pseudo_labels_from=ALL_KINDS, encoder="gru", seed=3)
    embedded, network = labellers(config, "run")[1:]
    plain = replace(config, pseudo_labels_from="none")
    assert embedded.config == replace(plain, encoder="ngrams-embedded")
    assert network.config == replace(config, pseudo_labels_from="ngrams-nb+ngrams-embedded")


def test_labellers_do_not_learn_counterfactual_reviews():
    config = Config(pseudo_labels_from=ALL_KINDS)
    turned = replace(config, counterfactual=0.3, counterfactual_excerpts=True, antonyms="mine.toml")
    assert labellers(turned, "run") == labellers(config, "run")


@pytest.fixture(scope="module")
def bare(tiny_config):
    """A configuration with labellers and no unlabelled reviews."""
    return replace(
        tiny_config, encoder="bag", pseudo_labels_from="ngrams-nb+network", word_vectors=False
    )


@pytest.fixture(scope="module")
def config(bare, tmp_path_factory):
    """The same with a file of unlabelled reviews."""
    path = tmp_path_factory.mktemp("texts") / "more.txt"
    path.write_text("\n".join(UNLABELLED))
    return replace(bare, unlabelled=str(path))


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """A finished run, beside its labellers."""
    return train(config, tmp_path_factory.mktemp("whole"), "run")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def manifest_time(folder):
    return (folder / MANIFEST_FILE).stat().st_mtime_ns


@pytest.mark.slow
def test_labellers_are_runs_of_their_own_and_label_the_unlabelled(config, whole):
    folder = whole.parent
    assert names(folder) == ["run", "run-network", "run-ngrams-nb"]
    metrics = read_metrics(whole)
    runs = [load_run(folder / f"run-{kind}") for kind in ("ngrams-nb", "network")]
    assert [run.config.pseudo_labels_from for run in runs] == ["none", "ngrams-nb"]
    assert all(run.manifest["reviews"] == load_run(whole).manifest["reviews"] for run in runs)
    assert metrics["pseudo_labelled_reviews"] == len(UNLABELLED)
    ngrams, network = (read_metrics(run.folder)["seconds"] for run in runs)
    assert metrics["seconds"] > network > ngrams
    positive = np.array(["joy" in text or "wonderful" in text for text in UNLABELLED])
    for run in runs:
        logits = run.predict_logits(UNLABELLED)
        assert logits[positive].mean() > logits[~positive].mean()


@pytest.mark.slow
def test_a_run_with_counterfactual_reviews_uses_the_labellers_of_one_without(
    config, whole, tmp_path
):
    shutil.copytree(whole.parent, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "run")
    before = manifest_time(tmp_path / "run-network")
    run = train(replace(config, counterfactual=0.5), tmp_path, "run")
    assert manifest_time(tmp_path / "run-network") == before
    assert read_metrics(run)["counterfactual_texts"] > 0
    assert read_metrics(run)["pseudo_labelled_reviews"] == len(UNLABELLED)


@pytest.mark.slow
def test_a_run_learns_the_pseudo_labels(config, tmp_path):
    """Labellers that find every text positive make a run that finds them more positive."""
    found = {}
    for name, words in (("up", ("wonderful", "a joy")), ("down", ("awful", "a waste"))):
        texts = tmp_path / f"{name}.txt"
        texts.write_text(
            "\n".join(f"Plum {number} {word}" for number in range(20) for word in words)
        )
        own = replace(config, pseudo_labels_from="ngrams-nb", unlabelled=str(texts), epochs=6)
        run = load_run(train(own, tmp_path, name))
        found[name] = run.predict_logits(["Plum plum plum"]).mean()
    assert found["up"] > found["down"]


@pytest.mark.slow
def test_reviews_are_read_once_and_each_labeller_is_trained_once(config, tmp_path, monkeypatch):
    reads, lines = [], []
    read = training.read_training_data

    def counted(*arguments):
        reads.append(arguments)
        return read(*arguments)

    monkeypatch.setattr(training, "read_training_data", counted)
    own = replace(config, pseudo_labels_from=ALL_KINDS)
    run = train(own, tmp_path, "run", reporter=Reporter(lines.append))
    assert len(reads) == 1
    kinds = ("network", "ngrams-embedded", "ngrams-nb")
    assert names(tmp_path) == ["run", *(f"run-{kind}" for kind in kinds)]
    for kind in kinds:
        assert sum(line.startswith(f"training run-{kind}:") for line in lines) == 1
        assert sum(line == f"predicting 16 texts with run-{kind}" for line in lines) == 1
    assert lines[-1] == "training run itself"
    seconds = [read_metrics(tmp_path / f"run-{kind}")["seconds"] for kind in kinds]
    assert read_metrics(run)["seconds"] > seconds[0] > sum(seconds[1:])
    assert load_run(tmp_path / "run-ngrams-embedded").model.damping


@pytest.mark.slow
def test_labellers_of_the_same_n_grams_are_reused_and_of_others_refused(config, whole, tmp_path):
    shutil.copytree(whole.parent / "run-ngrams-nb", tmp_path / "run-ngrams-nb")
    made = manifest_time(tmp_path / "run-ngrams-nb")
    own = replace(config, pseudo_labels_from="ngrams-nb")
    run = train(replace(own, units=9, recombined_texts=0.5, excerpts=1.0), tmp_path, "run")
    assert manifest_time(tmp_path / "run-ngrams-nb") == made
    assert read_metrics(run)["recombined_texts"] == round(0.5 * (36 + 16))
    shutil.rmtree(run)
    for changed in ({"ngrams": 2}, {"seed": 5}):
        [option] = changed
        with pytest.raises(RunError, match=f"ngrams-nb was trained with other values of {option}"):
            train(replace(own, **changed), tmp_path, "run")
        shutil.rmtree(unfinished_folder(tmp_path, "run"))


@pytest.mark.slow
def test_reviews_can_be_recombined_without_any_unlabelled(bare, tmp_path):
    own = replace(bare, pseudo_labels_from="ngrams-nb", recombined_texts=1.0)
    metrics = read_metrics(train(own, tmp_path, "run"))
    assert (metrics["pseudo_labelled_reviews"], metrics["recombined_texts"]) == (0, 36)


@pytest.mark.slow
def test_an_interrupt_within_a_labeller_does_not_change_the_result(config, whole, tmp_path):
    for epoch in (0, 1):  # of the labeller, which is trained first
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path, "run", epoch > 0, reporter=calling(Interrupt(epoch)))
        labeller = unfinished_folder(tmp_path, "run-network")
        os.utime(labeller, (2e9, 2e9))  # changed last
        assert find_unfinished(tmp_path, None) == ("run", config)
        assert find_unfinished(tmp_path, "run-network")[0] == "run-network"
    assert_same_run(whole, train(config, tmp_path, "run", resume=True))


@pytest.mark.slow
def test_an_interrupt_between_labellers_does_not_change_the_result(config, whole, tmp_path):
    def interrupt(line):
        if line == "predicting 16 texts with run-ngrams-nb":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", reporter=Reporter(interrupt))
    made = manifest_time(tmp_path / "run-ngrams-nb")
    assert not (tmp_path / "run-network").exists()
    assert_same_run(whole, train(config, tmp_path, "run", resume=True))
    assert manifest_time(tmp_path / "run-ngrams-nb") == made
    for name in ("run-ngrams-nb", "run-network"):
        ours, theirs = (load_run(folder / name) for folder in (tmp_path, whole.parent))
        np.testing.assert_array_equal(*(run.predict_logits(UNLABELLED) for run in (ours, theirs)))


@pytest.mark.slow
def test_a_finished_labelling_network_is_reused(config, whole, tmp_path):
    for name in ("run-ngrams-nb", "run-network"):
        shutil.copytree(whole.parent / name, tmp_path / name)
    made = manifest_time(tmp_path / "run-network")
    assert_same_run(whole, train(config, tmp_path, "run"))
    assert manifest_time(tmp_path / "run-network") == made


@pytest.mark.slow
def test_a_labeller_of_other_extra_reviews_is_refused(config, tmp_path):
    extra = write_csv(tmp_path / "more.csv", [("One more joy.", 1)], ("text", "label"))
    own = replace(config, pseudo_labels_from="ngrams-nb", extra_reviews=str(extra))
    train(own, tmp_path, "run").rename(tmp_path / "first")
    write_csv(extra, [("Another waste.", 0)], ("text", "label"))
    with pytest.raises(RunError, match="run-ngrams-nb was trained on other reviews"):
        train(own, tmp_path, "run")


@pytest.mark.slow
def test_without_a_text_to_label_there_is_no_labeller(bare, tmp_path):
    lines = []
    run = train(bare, tmp_path, "run", reporter=Reporter(lines.append))
    assert any("no unlabelled reviews, so there are no pseudo-labels" in line for line in lines)
    assert names(tmp_path) == ["run"]
    assert "pseudo_labelled_reviews" not in read_metrics(run)
