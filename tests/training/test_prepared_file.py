"""A prepared run, carried to where there are no reviews, ends as if it had never moved."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from test_train import assert_same_run

from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import PREPARED_FILE
from imdb_lstm.runs.packed_arrays import read_prepared_arrays, write_prepared_arrays
from imdb_lstm.training import checkpoints, token_augmentation as augmentation, train as training
from imdb_lstm.training.language_model.pretrain import pretrain_language_model
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.prepared_file import read_prepared
from imdb_lstm.training.train import train


@pytest.fixture
def texts(tmp_path):
    """A file of reviews without a label."""
    path = tmp_path / "more.txt"
    path.write_text("\n".join(f"Film {number} was quite a film." for number in range(9)))
    return str(path)


@pytest.fixture
def no_reviews(monkeypatch):
    """Call it, and nothing can be read from then on."""

    def refuse(*arguments):
        raise AssertionError("reviews were read")

    return lambda: [monkeypatch.setattr(training, name, refuse) for name in ("prepare", "_taught")]


def carried(config, tmp_path, no_reviews):
    """The run prepared in one folder and finished in another."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    folder = train(config, tmp_path / "here", "run", prepare_only=True)
    shutil.move(folder, tmp_path / "there")
    no_reviews()
    return train(config, tmp_path / "there", "run", resume=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"encoder": "bilstm", "pseudo_labels_from": "linear", "excerpts": 1.0, "swap": 0.3},
        {"word_vectors": False, "bigram_dim": 3, "virtual_weight": 1.0, "entropy_weight": 0.1},
    ],
)
def test_a_carried_run_equals_one_that_stayed(tiny_config, tmp_path, texts, no_reviews, changed):
    config = replace(tiny_config, unlabelled=texts, **changed)
    stayed = train(config, tmp_path, "run")
    moved = carried(config, tmp_path, no_reviews)
    assert_same_run(stayed, moved)
    ours, theirs = (read_metrics(folder) for folder in (stayed, moved))
    assert ours["validation"] == theirs["validation"] and ours.keys() == theirs.keys()
    assert not (moved / PREPARED_FILE).exists()


def test_a_run_from_a_language_model_brings_it_along(tiny_config, tmp_path, no_reviews):
    config = replace(tiny_config, encoder="bilstm", chunk_length=0, batch_size=2, window=4)
    language = pretrain_language_model(config, tmp_path, "words")
    config = replace(config, pretrained=str(language))
    stayed = train(config, tmp_path, "run")
    moved = carried(config, tmp_path, no_reviews)
    shutil.rmtree(language)
    assert_same_run(stayed, moved)


def test_the_seconds_of_the_teachers_go_with_it(tiny_config, tmp_path, texts):
    config = replace(tiny_config, pseudo_labels_from="ngrams-nb", unlabelled=texts, epochs=1)
    folder = train(config, tmp_path, "run", prepare_only=True)
    [teacher] = tmp_path.glob("run-linear")
    _, seconds = read_prepared(folder, config)
    assert seconds > read_metrics(teacher)["seconds"]


def test_no_text_is_in_it(tiny_config, tmp_path):
    folder = train(tiny_config, tmp_path, "run", prepare_only=True)
    told = str(read_prepared_arrays(folder)["told"])
    assert " was " not in told


def test_only_a_whole_one_is_read_and_another_config_is_refused(tiny_config, tmp_path):
    folder = train(tiny_config, tmp_path, "run", prepare_only=True)
    with pytest.raises(RunError, match="units"):
        train(replace(tiny_config, units=6), tmp_path, "run", resume=True)
    path = folder / PREPARED_FILE
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RunError, match=r"prepared\.npz is damaged"):
        train(tiny_config, tmp_path, "run", resume=True)


def test_near_words_go_with_it(tiny_config, tmp_path, monkeypatch):
    for name, value in (("MINIMUM_REVIEWS", 1), ("MINIMUM_COSINE", -1)):
        monkeypatch.setattr(augmentation, name, value)
    config = replace(tiny_config, substitution=0.5)
    folder = train(config, tmp_path, "run", prepare_only=True)
    ours, (theirs, _) = prepare(config), read_prepared(folder, config)
    np.testing.assert_array_equal(ours.neighbours.table, theirs.neighbours.table)
    np.testing.assert_array_equal(ours.neighbours.counts, theirs.neighbours.counts)
    for mine, yours in zip(ours.train[0], theirs.train[0], strict=True):
        np.testing.assert_array_equal(mine, yours)


def test_no_half_of_one_stays_when_the_disk_is_full(tmp_path, monkeypatch):
    def full(stream, **arrays):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OutputError, match="No space left"):
        write_prepared_arrays(tmp_path, ids=np.arange(3))
    assert list(tmp_path.iterdir()) == []


def test_a_prepared_run_is_killed_and_goes_on_like_any_other(
    tiny_config, tmp_path, monkeypatch, no_reviews
):
    from test_train import Interrupt

    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)
    stayed = train(tiny_config, tmp_path, "stayed")
    train(tiny_config, tmp_path, "run", prepare_only=True)
    no_reviews()
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config, tmp_path, "run", resume=True, callbacks=[Interrupt(1, 1)])
    assert_same_run(stayed, train(tiny_config, tmp_path, "run", resume=True))
