"""``imdb-lstm pretrain``: word vectors are shown, a language model is trained and used."""

import shlex

import pytest

from imdb_lstm.cli import main

pytestmark = pytest.mark.slow

OPTIONS = shlex.split(
    "--data good.csv --encoder lstm --units 5 --embedding-dim 7 --vocabulary-size 43 "
    "--minimum-count 1 --device cpu --precision float32 --epochs 1 "
    "--no-word-vectors"
)


@pytest.fixture
def pretrain(world):
    sizes = [
        "--batch-size",
        "2",
        "--bptt-length",
        "4",
        "--sampled-softmax-size",
        "9",
        "--name",
        "words",
    ]
    return ["pretrain", "--language-model", *OPTIONS, *sizes]


def test_a_language_model_is_trained_in_parts_and_a_run_starts_from_it(pretrain, world, capsys):
    assert main([*pretrain, "--minutes", "0.000001"]) == 0
    assert "the same command resumes" in capsys.readouterr().out
    assert main(pretrain) == 0
    printed = capsys.readouterr().out
    assert "on held-out reviews forward" in printed and "--pretrained words" in printed
    assert main(["train", *OPTIONS, "--pretrained", "words", "--name", "fine"]) == 0
    assert main(["evaluate", "fine"]) == 0
    capsys.readouterr()
    assert main(pretrain) == 4
    assert "saved_models/words exists: choose another --name" in capsys.readouterr().err
    assert main(["predict", "--run", "words", "A joy."]) == 4
    assert "is a language model: imdb-lstm train --pretrained words" in capsys.readouterr().err
    assert main(["train", *OPTIONS, "--pretrained", "words", "--units", "6", "--name", "no"]) == 2
    assert "words was trained with units = 5, not 6" in capsys.readouterr().err
    assert not (world / "saved_models" / ".no.unfinished").exists()


def test_word_vectors_are_shown_by_their_nearest_neighbours(world, capsys):
    words = ["pretrain", "--data", "good.csv", "--minimum-count", "1", "--embedding-dim", "4"]
    assert main(words) == 0
    assert "vectors of 4, in " in capsys.readouterr().out


def test_a_prepared_language_model_is_resumed_by_the_same_command(pretrain, world, capsys):
    assert main([*pretrain, "--prepare-only"]) == 0
    assert "without --prepare-only" in capsys.readouterr().out
    assert (world / "saved_models" / ".words.pretraining" / "prepared.npz").exists()
    (world / "good.csv").rename(world / "gone.csv")
    assert main(pretrain) == 0
