"""A prepared training file, copied to where there are no reviews, leads to the same run."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from resuming import Interrupt, assert_same_run, calling, prepared

from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import PREPARED_FILE
from imdb_lstm.runs.packed_arrays import read_prepared_arrays, write_prepared_arrays
from imdb_lstm.training import checkpoints, token_augmentation
from imdb_lstm.training.language_model.pretrain import pretrain_language_model
from imdb_lstm.training.prepared_file import read_prepared
from imdb_lstm.training.train import train


@pytest.fixture
def own(tiny_config, tmp_path):
    """A configuration whose files of reviews can be deleted."""
    reviews, texts = tmp_path / "films.csv", tmp_path / "more.txt"
    shutil.copy(tiny_config.data, reviews)
    texts.write_text("\n".join(f"Film {number} was quite a film." for number in range(9)))
    return replace(tiny_config, data=str(reviews), unlabelled=str(texts), encoder="bag")


def copied(config, tmp_path):
    """Prepare the run in one folder, delete the reviews, and train it in another folder."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    folder = train(config, tmp_path / "here", "run", prepare_only=True)
    shutil.move(folder, tmp_path / "there")
    delete_reviews(config)
    return train(config, tmp_path / "there", "run", resume=True)


def delete_reviews(config):
    for path in filter(None, (config.data, config.unlabelled)):
        os.remove(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {"pseudo_labels_from": "ngrams-nb", "excerpts": 1.0, "swap": 0.3},
        {"word_vectors": False, "bigram_dim": 3},
    ],
)
def test_a_copied_run_equals_one_that_stayed(own, tmp_path, changed):
    config = replace(own, **changed)
    stayed = train(config, tmp_path, "run")
    moved = copied(config, tmp_path)
    assert_same_run(stayed, moved)
    ours, theirs = (read_metrics(folder) for folder in (stayed, moved))
    assert ours["validation"] == theirs["validation"] and ours.keys() == theirs.keys()
    assert not (moved / PREPARED_FILE).exists()


@pytest.mark.slow
def test_the_language_model_is_copied_too(own, tmp_path):
    config = replace(own, encoder="bilstm", chunk_length=0, batch_size=2, bptt_length=4)
    language_model = pretrain_language_model(config, tmp_path, "words")
    config = replace(config, pretrained=str(language_model))
    stayed = train(config, tmp_path, "run")
    moved = copied(config, tmp_path)
    shutil.rmtree(language_model)
    assert_same_run(stayed, moved)


@pytest.mark.slow
def test_the_seconds_of_the_labellers_are_copied_too(own, tmp_path):
    config = replace(own, pseudo_labels_from="ngrams-nb", epochs=1)
    folder = train(config, tmp_path, "run", prepare_only=True)
    [labeller] = tmp_path.glob("run-ngrams-nb")
    assert read_prepared(folder, config).seconds > read_metrics(labeller)["seconds"]


def test_it_contains_no_text(tiny_config, tmp_path):
    folder = train(tiny_config, tmp_path, "run", prepare_only=True)
    values = str(read_prepared_arrays(folder)["values"])
    assert "wonderful" in values  # a word of the vocabulary
    assert " was " not in values


def test_an_n_gram_classifier_has_no_prepared_file(tiny_config, tmp_path):
    config = replace(tiny_config, encoder="ngrams-nb")
    with pytest.raises(ConfigError, match="leave out --prepare-only"):
        train(config, tmp_path, "run", prepare_only=True)


def test_a_damaged_file_or_another_config_is_refused(tiny_config, tmp_path):
    folder = train(tiny_config, tmp_path, "run", prepare_only=True)
    with pytest.raises(RunError, match="units"):
        train(replace(tiny_config, units=6), tmp_path, "run", resume=True)
    path = folder / PREPARED_FILE
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RunError, match=r"prepared\.npz is damaged"):
        train(tiny_config, tmp_path, "run", resume=True)


def test_near_words_are_copied_too(tiny_config, tmp_path, monkeypatch):
    for name, value in (("MINIMUM_REVIEWS", 1), ("MINIMUM_COSINE", -1)):
        monkeypatch.setattr(token_augmentation, name, value)
    config = replace(tiny_config, substitution=0.5)
    folder = train(config, tmp_path, "run", prepare_only=True)
    ours, theirs = prepared(config), read_prepared(folder, config)
    np.testing.assert_array_equal(ours.neighbours.table, theirs.neighbours.table)
    np.testing.assert_array_equal(ours.neighbours.counts, theirs.neighbours.counts)
    for mine, yours in zip(ours.train[0], theirs.train[0], strict=True):
        np.testing.assert_array_equal(mine, yours)


def test_a_full_disk_leaves_no_partial_file(tmp_path, monkeypatch):
    def full(stream, **arrays):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OutputError, match="No space left"):
        write_prepared_arrays(tmp_path, ids=np.arange(3))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_prepared_run_that_is_killed_resumes_like_any_other(own, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)
    stayed = train(own, tmp_path, "stayed")
    train(own, tmp_path, "run", prepare_only=True)
    delete_reviews(own)
    with pytest.raises(KeyboardInterrupt):
        train(own, tmp_path, "run", resume=True, reporter=calling(Interrupt(1, 1)))
    assert_same_run(stayed, train(own, tmp_path, "run", resume=True))
