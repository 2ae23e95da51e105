"""The five functions of the package do what their commands do, and print nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import imdb_lstm
from imdb_lstm.api import configured
from imdb_lstm.errors import ConfigError, RunError

ROOT = Path(__file__).parents[1]
TEXTS = ["The plot is wonderful.", "The plot is awful."]
VERBS = ("train", "evaluate", "predict", "explain")


def fresh(code):
    """Run code in a process that has imported nothing yet."""
    own = {key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=own, check=True, capture_output=True, text=True
    )


@pytest.mark.slow
def test_a_name_stays_a_function_whatever_is_imported():
    fresh(
        "import types, imdb_lstm\n"
        "import imdb_lstm.training.train, imdb_lstm.evaluation.evaluate\n"
        f"assert all(type(getattr(imdb_lstm, v)) is types.FunctionType for v in {VERBS})"
    )


@pytest.mark.slow
def test_the_library_prints_nothing_of_tensorflows_own():
    code = "import imdb_lstm; print(imdb_lstm.load('shipped').predict(['A joy.']).shape)"
    done = fresh(code)
    assert (done.stdout, done.stderr) == ("(1,)\n", "")


def test_star_gives_the_five_names():
    names = {}
    exec("from imdb_lstm import *", names)
    assert set(names) - {"__builtins__"} == {"load", *VERBS}
    assert all(callable(names[name]) for name in ("load", *VERBS))


def test_another_name_is_refused_as_ever():
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        imdb_lstm.evalute  # noqa: B018


def test_evaluate_is_that_of_the_command(home):
    found = imdb_lstm.evaluate("tiny")
    by_folder = imdb_lstm.evaluate(home / "saved_models" / "tiny")
    np.testing.assert_array_equal(found.logits, by_folder.logits)
    assert imdb_lstm.evaluate().metrics == found.metrics
    assert not (home / "saved_models" / "tiny" / "evaluation").exists()
    assert imdb_lstm.evaluate("tiny", split="validation").split == "validation"


def test_several_runs_are_evaluated_as_an_ensemble(home, tiny_ngrams):
    found = imdb_lstm.evaluate(["tiny", tiny_ngrams])
    assert found.metrics["members"] == ["tiny", "ngrams"]


def test_predict_and_explain_agree_with_what_load_gives(home):
    classifier = imdb_lstm.load("tiny")
    np.testing.assert_array_equal(imdb_lstm.predict(TEXTS, "tiny"), classifier.predict(TEXTS))
    logits = classifier.predict_logits(TEXTS)
    found = imdb_lstm.explain(TEXTS, "tiny", method="occlusion")
    assert [each.text for each in found] == TEXTS
    np.testing.assert_allclose([each.logit for each in found], logits, atol=1e-5)


def test_a_bare_string_is_refused(home):
    for verb in (imdb_lstm.predict, imdb_lstm.explain):
        with pytest.raises(TypeError, match="list of texts"):
            verb("A joy.")


@pytest.fixture
def quick(tiny_csv):
    """Options of a short training."""
    return {"data": str(tiny_csv), "encoder": "bag", "embedding_dim": 4, "word_vectors": False,
            "epochs": 1, "device": "cpu"}  # fmt: skip


@pytest.mark.slow
def test_train_saves_a_run_and_reports_it(home, quick, capsys):
    folder = imdb_lstm.train(name="quick", **quick)
    assert folder == Path("saved_models/quick")
    told = capsys.readouterr().out
    assert "epoch 1: loss" in told and "saved saved_models/quick" in told
    assert imdb_lstm.load("quick").run == folder


@pytest.mark.slow
def test_train_is_quiet_when_asked(home, quick, capsys):
    folder = imdb_lstm.train(output=home / "runs", quiet=True, **quick)
    assert folder.parent == home / "runs" and folder.name.startswith("tiny-bag-2")
    assert capsys.readouterr().out == ""


def test_options_override_the_file_which_overrides_the_preset(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("units = 5\nepochs = 3\n")
    config, name = configured(tmp_path, "x", False, "small", file, {"data": "sample", "epochs": 7})
    assert (config.units, config.epochs, config.batch_size, name) == (5, 7, 16, "x")


def test_resume_without_anything_to_resume_is_refused(home):
    with pytest.raises(RunError, match="nothing to resume"):
        imdb_lstm.train(resume=True)
    with pytest.raises(ConfigError, match="resume"):
        imdb_lstm.train(resume=True, preset="small")


def test_a_wrong_option_is_refused_by_its_name(home):
    with pytest.raises(ConfigError, match="did you mean 'units'"):
        imdb_lstm.train("sample", unit=3)
    assert [path.name for path in (home / "saved_models").iterdir()] == ["tiny"]
