"""The five names of the package: they stay functions whoever imports what, and do what they say."""

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import imdb_lstm
from imdb_lstm import api as interface
from imdb_lstm.api import configured
from imdb_lstm.errors import ConfigError, RunError

ROOT = Path(__file__).parents[1]
TEXTS = ["The plot is wonderful.", "The plot is awful."]
VERBS = ("train", "evaluate", "predict", "explain")


def fresh(code):
    """Run code in a process that has imported nothing yet; its last line is an assertion."""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_name_is_called_before_and_after_its_module_is_imported():
    refused = "try:\n    imdb_lstm.{verb}(1, 2, 3, 4, 5, 6)\nexcept TypeError as e:\n    pass\n"
    checked = (
        "assert 'imdb_lstm.{verb}' not in sys.modules\n"
        f"first = imdb_lstm.{{verb}}\n{refused}"
        "import imdb_lstm.{verb}\nfrom imdb_lstm import {verb} as module\n"
        f"from imdb_lstm.{{verb}} import __doc__ as own\n{refused}"
        "assert first is module is imdb_lstm.{verb} is sys.modules['imdb_lstm.{verb}']\n"
        "assert callable(module) and module.__doc__ == own\n"
    )
    fresh("import sys, imdb_lstm\n" + "".join(checked.format(verb=verb) for verb in VERBS))


def test_a_module_imported_first_is_a_function_too():
    fresh("import imdb_lstm.compare, imdb_lstm; assert callable(imdb_lstm.evaluate)")


def test_star_gives_the_five_names():
    names = {}
    exec("from imdb_lstm import *", names)
    assert set(names) - {"__builtins__"} == {"load", *VERBS}
    assert all(callable(names[name]) for name in ("load", *VERBS))


@pytest.mark.parametrize("verb", VERBS)
def test_a_name_tells_its_arguments_and_its_help(verb):
    named = getattr(imdb_lstm, verb)
    assert inspect.signature(named) == inspect.signature(getattr(interface, verb))
    assert named.__call__.__doc__ == getattr(interface, verb).__doc__
    assert verb in dir(imdb_lstm)


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


def test_several_runs_are_evaluated_as_one(home, tiny_linear):
    found = imdb_lstm.evaluate(["tiny", tiny_linear])
    assert found.metrics["members"] == ["tiny", "linear"]


def test_predict_and_explain_agree_with_what_load_gives(home):
    classifier = imdb_lstm.load("tiny")
    np.testing.assert_array_equal(imdb_lstm.predict(TEXTS, "tiny"), classifier.predict(TEXTS))
    logits = classifier.predict_logits(TEXTS)
    found = imdb_lstm.explain(TEXTS, "tiny", method="occlusion")
    assert [each.text for each in found] == TEXTS
    np.testing.assert_allclose([each.logit for each in found], logits, atol=1e-5)


@pytest.mark.parametrize("verb", ["predict", "explain"])
def test_a_bare_string_is_refused(verb, home):
    with pytest.raises(TypeError, match="list of texts"):
        getattr(imdb_lstm, verb)("A joy.")


@pytest.fixture
def quick(tiny_csv):
    """Options of a training of a moment."""
    return {"data": str(tiny_csv), "encoder": "bag", "embedding_dim": 4, "word_vectors": False,
            "epochs": 1, "device": "cpu"}  # fmt: skip


def test_train_saves_a_run_and_tells_of_it(home, quick, capsys):
    folder = imdb_lstm.train(name="quick", **quick)
    assert folder == Path("saved_models/quick")
    told = capsys.readouterr().out
    assert "epoch 1: loss" in told and "saved saved_models/quick" in told
    assert imdb_lstm.load("quick").run == folder


def test_train_is_quiet_when_asked(home, quick, capsys):
    folder = imdb_lstm.train(output=home / "runs", quiet=True, **quick)
    assert folder.parent == home / "runs" and folder.name.startswith("tiny-bag-2")
    assert capsys.readouterr().out == ""


def test_options_go_over_the_file_and_the_file_over_the_preset(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("units = 5\nepochs = 3\n")
    config, name = configured(
        tmp_path, "x", False, "small", file, {"data": "sample", "epochs": 7}
    )
    assert (config.units, config.epochs, config.batch_size, name) == (5, 7, 16, "x")


def test_resume_without_anything_to_go_on_with_is_refused(home):
    with pytest.raises(RunError, match="nothing to resume"):
        imdb_lstm.train(resume=True)
    with pytest.raises(ConfigError, match="resume"):
        imdb_lstm.train(resume=True, preset="small")


def test_a_wrong_option_is_refused_by_its_name(home):
    with pytest.raises(ConfigError, match="did you mean 'units'"):
        imdb_lstm.train("sample", unit=3)
    assert [path.name for path in (home / "saved_models").iterdir()] == ["tiny"]
