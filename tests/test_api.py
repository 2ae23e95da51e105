"""The five functions of the package do what their commands do, and print nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_world import tiny_rows

import imdb_lstm
from imdb_lstm.api import configured
from imdb_lstm.config.values import load_config
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
def test_the_library_prints_nothing_of_tensorflows_own_and_its_names_stay_functions():
    done = fresh(
        "import types, imdb_lstm\n"
        "print(imdb_lstm.load('shipped').predict(['A joy.']).shape)\n"
        "import imdb_lstm.device; imdb_lstm.device.import_backend()\n"
        "import imdb_lstm.training.train, imdb_lstm.evaluation.evaluate\n"
        f"assert all(type(getattr(imdb_lstm, v)) is types.FunctionType for v in {VERBS})"
    )
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


def test_any_iterable_of_texts_is_predicted_in_its_order(home):
    texts = [text for text, _, _ in tiny_rows()]
    expected = imdb_lstm.predict(texts, "tiny")
    assert expected.shape == (60,) and expected.dtype == np.float32
    for given in (iter(texts), (text for text in texts), tuple(texts), np.array(texts)):
        np.testing.assert_array_equal(imdb_lstm.predict(given, "tiny"), expected)
    assert imdb_lstm.predict(iter(()), "tiny").shape == (0,)


@pytest.mark.parametrize("item", [None, 3.5, b"A joy.", ["A joy."], float("nan")], ids=repr)
def test_an_item_that_is_no_text_is_refused_naming_its_index_and_type(item, home):
    for verb in (imdb_lstm.predict, imdb_lstm.explain):
        with pytest.raises(TypeError, match=rf"text 1 is .*, of type {type(item).__name__}, not"):
            verb(["A joy.", item], "tiny")


def test_a_bare_string_is_refused(home):
    for verb in (imdb_lstm.predict, imdb_lstm.explain):
        with pytest.raises(TypeError, match="list of texts"):
            verb("A joy.")


WORDS = {
    "encoder": "ngrams-nb", "minimum_count": np.int64(1), "validation_fraction": np.float32(0.25),
    "quiet": True,
}  # fmt: skip


def frame(rows):
    return {"review": [row[0] for row in rows], "sentiment": [row[1] for row in rows]}


@pytest.mark.parametrize("form", ["pandas", "polars", "columns", "rows"])
def test_a_data_frame_is_trained_on_and_its_test_split_evaluated(form, home):
    module = pytest.importorskip(form) if form in ("pandas", "polars") else None
    data = module.DataFrame(frame(tiny_rows())) if module else frame(tiny_rows())
    if form == "rows":
        data = ({"review": text, "sentiment": label} for text, label, _ in tiny_rows())
    run = imdb_lstm.train(data, "mine", **WORDS)
    found = imdb_lstm.evaluate()
    assert found.run == run and found.split == "test" and len(found.reviews) == 12
    again = imdb_lstm.evaluate("mine", frame(tiny_rows()))
    assert again.split == "all" and again.metrics["left_out_learned"] == 48
    assert again.metrics["fingerprint"] == found.metrics["fingerprint"]
    new = [(f"{text} Number 7.", label, 0) for text, label, _ in tiny_rows()]
    assert len(imdb_lstm.evaluate("mine", frame(new)).reviews) == 60
    assert {path.name for path in (home / "saved_models").iterdir()} == {"data", "mine", "tiny"}


def test_paths_and_numpy_scalars_are_options(home, tiny_csv, tmp_path):
    run = imdb_lstm.train(
        Path(tiny_csv), "mine", output=tmp_path / "out", unlabelled=tiny_csv, seed=np.int32(3),
        **WORDS,
    )  # fmt: skip
    assert imdb_lstm.evaluate(run, Path(tiny_csv), text_column="text").split == "test"
    options = load_config(run / "config.toml")
    assert (options.data, options.unlabelled, options.seed) == (str(tiny_csv), str(tiny_csv), 3)
    assert options.validation_fraction == 0.25 and type(options.minimum_count) is int


def test_rows_that_are_none_are_refused_before_anything_is_written(home):
    for data in ([{"text": "a", "label": 1}, 7], 7, b"text,label"):
        with pytest.raises(TypeError):
            imdb_lstm.train(data, "mine", **WORDS)
        with pytest.raises(TypeError):
            imdb_lstm.evaluate("tiny", data)
    assert [path.name for path in (home / "saved_models").iterdir()] == ["tiny"]


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


def test_options_without_effect_are_told(tmp_path, caplog):
    options = {"encoder": "bag", "weight_drop": 0.3, "chunk_length": 0, "units": 9}
    configured(tmp_path, "x", False, "plain", None, options)
    assert [each.getMessage() for each in caplog.records] == [
        "weight_drop has no effect here: it needs a recurrent encoder",
        "units has no effect here: it needs an encoder other than bag",
    ]


def test_resume_without_anything_to_resume_is_refused(home):
    with pytest.raises(RunError, match="nothing to resume"):
        imdb_lstm.train(resume=True)
    with pytest.raises(ConfigError, match="resume"):
        imdb_lstm.train(resume=True, preset="small")


def test_several_runs_are_not_explained_together():
    with pytest.raises(ConfigError, match="explain reads one run"):
        imdb_lstm.explain(["A joy."], ["shipped", "shipped_small"])


def test_a_wrong_option_is_refused_by_its_name(home):
    with pytest.raises(ConfigError, match="did you mean 'units'"):
        imdb_lstm.train("sample", unit=3)
    assert [path.name for path in (home / "saved_models").iterdir()] == ["tiny"]
