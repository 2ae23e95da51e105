"""The command line: what it passes on, what it prints and writes, and how it fails."""

import csv
import errno
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
import typer
from tiny_world import tiny_rows, write_csv

import imdb_lstm
from imdb_lstm.cli import load_commands, main
from imdb_lstm.cli.console import app
from imdb_lstm.config.groups import options_for
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.data import texts
from imdb_lstm.errors import DataError, OutputError
from imdb_lstm.evaluation import writing
from imdb_lstm.runs.unfinished import unfinished_folder
from imdb_lstm.training import train as training

PROGRAM = [sys.executable, "-m", "imdb_lstm"]


@pytest.fixture
def passed(home, monkeypatch):
    """Instead of training, collect what training would get; the tiny run stands for its result."""
    calls = []

    def train(config, output, name, resume, prepare_only, reporter):
        calls.append((config, output, name, resume))
        reporter.line(f"training {name} on {config.data}")
        return home / "saved_models" / "tiny"

    monkeypatch.setattr(training, "train", train)
    return calls


def files_under(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def assert_one_line(printed, part):
    *told, line = printed.splitlines()  # what is told of a file that is read comes before
    assert not [line for line in told if line.startswith("imdb-lstm: ")]
    assert line.startswith("imdb-lstm: ")
    assert part in line
    assert "Traceback" not in printed


def damage_model(run):
    whole = bytearray((run / "model.keras").read_bytes())
    whole[len(whole) // 2] ^= 1
    (run / "model.keras").write_bytes(whole)


def drop(name):
    return lambda run: (run / name).unlink()


def other_format(run):
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))


BAD_INPUT = [
    ("train --data nope.csv", 3, "nope.csv: no such file"),
    ("train --data columns.csv", 3, "columns.csv: no column is known as the label"),
    ("train --data label.csv", 3, "the labels are 3 values: positive (3), mixed (1), negative (1)"),
    ("train --data one.csv", 3, "one.csv"),
    ("train --data empty.csv", 3, "empty.csv is empty"),
    ("train --data damaged.csv.gz", 3, "damaged.csv.gz cannot be read"),
    ("train --data byte.csv", 3, "byte.csv, line 5"),
    ("train --data good.csv --unit 5", 2, "--units"),
    ("train --data good.csv --units 0", 2, "units must be at least 1, not 0"),
    ("train --data good.csv --encoder lsmt", 2, "encoder must be one of lstm"),
    ("train --data good.csv --l2 inf", 2, "l2 must be"),
    ("train --data good.csv --pooling max+mean+max", 2, "each once, with +, not 'max'"),
    ("train --data good.csv --encoder ngrams-nb --ngrams 21", 2, "ngrams must be between 1 and 20"),
    ("train --data good.csv --folds 2 --prepare-only", 2, "give --fold beside --folds"),
    ("train --config list.toml", 2, "data must be of type str"),
    ("train --data sample --substitution 0.1", 2, "set word_vectors = true"),
    ("train --data good.csv --config former.toml", 2, "is now called 'embedding_dim'"),
    ("train --data good.csv --extra-reviews nope.csv", 3, "nope.csv: no such file"),
    ("train --data good.csv --device gpu", 2, "GPU"),
    ("train --data good.csv --preset smal", 2, "unknown preset 'smal'"),
    ("train --data good.csv --config nope.toml", 2, "nope.toml"),
    ("train --data good.csv --config bad.toml", 2, "bad.toml cannot be read as TOML"),
    ("train --data good.csv --config odd.toml", 2, "did you mean 'units'"),
    ("train --data good.csv --ngrams 0", 2, "ngrams must be between 1 and 20, not 0"),
    ("train --data challenge", 2, "the challenge set has no train reviews"),
    ("train --data counterfactuals", 2, "the counterfactual pairs have no train reviews"),
    ("train --data challenge --encoder ngrams-nb", 2, "the challenge set has no train reviews"),
    ("data describe --data challenge", 2, "the challenge set has no train reviews"),
    ("train --data good.csv --name tiny", 4, "tiny exists"),
    ("train --data good.csv --name a/b --epochs 1", 2, "a/b"),
    ("train --data good.csv --output good.csv", 5, "good.csv"),
    ("train --resume", 4, "nothing to resume: unfinished in saved_models: none"),
    ("train --resume --name tiny2", 4, "nothing to resume"),
    ("train --data good.csv --distilled-from tiny --pseudo-labels-from ngrams-nb", 2, "= none"),
    ("train --data good.csv --distilled-from nonesuch", 4, "nonesuch"),
    ("train --data good.csv --distilled-from tiny --seed 3", 4, "has another validation split"),
    ("export nonesuch", 4, "nonesuch"),
    ("export tiny --format pickle", 2, "format must be one of keras, onnx, saved_model, numpy"),
    ("export tiny --output good.csv", 4, "good.csv exists"),
    ("export tiny --output good.csv/small", 5, "good.csv/small cannot be made"),
    ("quantize nonesuch", 4, "nonesuch"),
    ("quantize tiny --bits 3", 2, "bits must be 8 or 4, not 3"),
    ("quantize tiny --max-vocabulary 1", 2, "max_vocabulary must be 0 or more than 2, not 1"),
    ("quantize tiny --output good.csv", 4, "good.csv exists"),
    ("quantize tiny --output good.csv/small", 5, "good.csv/small cannot be made"),
    ("quantize tiny --device tpu", 2, "tpu"),
    ("prune nonesuch", 4, "nonesuch"),
    ("prune tiny --units 5", 2, "units must be from 1 to 4, not 5"),
    ("prune tiny --units 0", 2, "units"),
    ("prune tiny --output good.csv", 4, "good.csv exists"),
    ("average tiny nonesuch", 4, "nonesuch"),
    ("average tiny", 2, "name two runs or more"),
    ("fit", 2, "fit"),
    ("evaluate tiny nonesuch", 4, "nonesuch"),
    ("evaluate tiny --data nope.csv", 3, "nope.csv: no such file"),
    ("evaluate tiny --split tset", 2, "unknown split 'tset'"),
    ("evaluate tiny --device tpu", 2, "tpu"),
    ("evaluate tiny --ensemble", 2, "--ensemble needs two runs or more"),
    ("evaluate tiny nonesuch --ensemble", 4, "nonesuch"),
    ("predict Fine --run nonesuch", 4, "nonesuch"),
    ("predict Fine --run tiny --run nonesuch", 4, "nonesuch"),
    ("compare tiny", 2, "compare needs two or more runs"),
    ("compare tiny tiny", 2, "two of the runs are named tiny"),
    ("compare tiny nonesuch", 4, "no run named nonesuch"),
    ("report nonesuch", 4, "no run named nonesuch"),
    ("report tiny --data nope.csv", 3, "nope.csv: no such file"),
    ("report tiny --output nowhere/a.html", 5, "nowhere/a.html cannot be written"),
    ("report tiny --other-run tiny", 2, "is the run of the report"),
    ("report tiny --other-run nonesuch", 4, "no run named nonesuch"),
    ("predict Fine --abstention-rate 1", 2, "--abstention-rate"),
    ("predict Fine --precision positive=1.5", 2, "--precision"),
    ("predict Fine --run nonesuch --abstention-rate 0.1", 4, "no run named nonesuch"),
    ("predict Fine --file good.csv", 2, "not both"),
    ("predict Fine --device tpu", 2, "tpu"),
    ("predict --file nope.txt --output out.csv", 3, "nope.txt: no such file"),
    (
        "predict --file columns.csv --output out.csv",
        3,
        "columns.csv: no column is known as the text",
    ),
    ("predict --file damaged.csv.gz --output out.csv", 3, "damaged.csv.gz cannot be read"),
    ("predict --file byte.csv --output out.csv", 3, "byte.csv, line 5"),
    ("predict --file good.csv --output nowhere/out.csv", 5, "nowhere/out.csv cannot be written"),
    ("explain Fine --run nonesuch", 4, "nonesuch"),
    ("explain Fine --file good.csv", 2, "not both"),
    ("explain Fine --method magic", 2, "method must be one of integrated-gradients"),
    ("explain --file nope.txt --html a.html", 3, "nope.txt: no such file"),
    ("explain --file byte.csv --html a.html", 3, "byte.csv, line 5"),
    ("explain Fine --html nowhere/a.html", 5, "nowhere/a.html cannot be written"),
    ("explain Fine --json nowhere/a.json", 5, "nowhere/a.json cannot be written"),
    ("predict --file good.csv --output good.csv", 5, "good.csv is also read by this command"),
    ("predict Fine --output saved_models/tiny/model.keras", 5, "is also read by this command"),
    ("predict Fine --output saved_models", 5, "saved_models cannot be written: it is a folder"),
    ("explain --file good.csv --html good.csv", 5, "good.csv is also read by this command"),
    ("explain --file good.csv --json good.csv", 5, "good.csv is also read by this command"),
    ("explain Fine --html a.html --json ./a.html", 2, "name the same file"),
    ("data describe sample --html a.html --rejects ./a.html", 2, "name the same file"),
    ("explain Fine --gates good.csv", 5, "good.csv is not a folder"),
    ("report tiny --data good.csv --output good.csv", 5, "good.csv is also read by this command"),
    ("evaluate tiny --output good.csv/a", 5, "good.csv is not a folder"),
    ("compare tiny tiny --output good.csv", 5, "good.csv is not a folder"),
    ("train --data good.csv --name ..", 2, "'..' cannot be the name of a run"),
    ("tune --data good.csv --name -x", 2, "'-x' cannot be the name of a study"),
    ("pretrain --language-model --name x.", 2, "'x.' cannot be the name of a language model"),
    ("quantize tiny --output .hidden", 2, "'.hidden' cannot be the name of a run"),
    ("predict Fine --run tyni", 4, "did you mean tiny?"),
    ("data describe --data byte.csv", 3, "byte.csv, line 5"),
    ("data prepare --archive damaged.tar.gz", 3, "damaged.tar.gz is not a tar archive"),
]


@pytest.mark.slow
def test_bad_input_ends_with_one_line_and_leaves_no_traces(world, capsys):
    (world / "former.toml").write_text("embedding_units = 3\n")
    before = files_under(world)
    for command, code, part in BAD_INPUT:
        assert main(command.split()) == code, command
        assert_one_line(capsys.readouterr().err, part)
        assert files_under(world) == before, command


def test_an_output_never_replaces_a_file_of_a_run(home, capsys):
    shutil.copytree(home / "saved_models" / "tiny", home / "saved_models" / "other")
    before = files_under(home)
    for words in ("tiny --output saved_models/tiny", "tiny other --output saved_models"):
        assert main(["evaluate", *words.split()]) == OutputError.exit_code
        assert_one_line(capsys.readouterr().err, "metrics.json is also read by this command")
    for command in ("evaluate", "compare"):
        assert main(f"{command} tiny saved_models/tiny --output new".split()) == 2
        assert_one_line(capsys.readouterr().err, "two of the runs are named tiny")
    assert files_under(home) == before


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (damage_model, "model.keras does not match its checksum"),
        (other_format, "format 99"),
        (drop("vocabulary.txt"), "vocabulary.txt is missing"),
        (drop("manifest.json"), "no manifest.json"),
    ],
)
def test_a_damaged_run_is_refused_naming_what_is_wrong(damage, part, home, capsys):
    damage(home / "saved_models" / "tiny")
    for words in (["predict", "Fine", "--run", "tiny"], ["evaluate", "tiny"]):
        assert main(words) == 4
        assert_one_line(capsys.readouterr().err, part)


@pytest.mark.slow
def test_workers_refuse_a_damaged_run_before_they_start(home, capsys):
    damage_model(home / "saved_models" / "tiny")
    assert main(["predict", "Fine", "--workers", "2"]) == 4
    assert_one_line(capsys.readouterr().err, "model.keras does not match its checksum")


def test_debug_raises_wherever_it_stands(world):
    for words in (["--debug", "train"], ["train", "--debug"]):
        with pytest.raises(DataError, match="no such file"):
            main([*words, "--data", "nope.csv"])


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (ZeroDivisionError("two\nlines"), 1, "internal error, ZeroDivisionError: two lines"),
        (OSError(errno.ENOSPC, "No space left on device", "out.csv"), 5, "out.csv"),
    ],
)
def test_an_unforeseen_error_is_one_line_too(error, code, part, home, monkeypatch, capsys):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(texts, "given_input", fail)
    assert main(["predict", "Fine"]) == code
    assert_one_line(capsys.readouterr().err, part)


def test_an_interruption_says_how_to_resume(home, monkeypatch, capsys):
    def interrupt(config, output, name, *_):
        unfinished_folder(output, name).mkdir(parents=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupt)
    folder = home / "elsewhere and quite far away, so that the line is long"
    command = ["train", "--data", "sample", "--name", "mine", "--output", str(folder)]
    assert main(command) == 130
    (line,) = capsys.readouterr().err.splitlines()
    for part in ("train --resume", "--name mine", "--output", str(folder)):
        assert part in line


def test_without_a_command_the_help_is_printed(capsys):
    main([])
    printed = "".join(capsys.readouterr())
    assert printed.count("\n") > 10
    for command in ("train", "evaluate", "predict", "doctor", "data"):
        assert f" {command} " in printed


def test_options_override_the_toml_file_which_overrides_the_preset(passed, home):
    (home / "mine.toml").write_text("units = 11\nepochs = 4\ntensorboard = true\nl2 = 1\n")
    words = ["train", "--preset", "small", "--config", "mine.toml", "--units", "12", "--name", "n"]
    assert main([*words, "--no-tensorboard", "--learning-rate", "1e-3", "--output", "runs"]) == 0
    ((config, output, name, resume),) = passed
    assert config == replace(PRESETS["small"], units=12, epochs=4, learning_rate=1e-3, l2=1.0)
    assert (str(output), name, resume) == ("runs", "n", False)


def test_every_option_reaches_the_configuration(passed):
    samples = {bool: True, int: 13, float: 0.125, str: "other"}
    chosen = [field for field in fields(Config) if field.name in options_for("network", "n-grams")]
    values = {field.name: samples[type(field.default)] for field in chosen}
    values |= {o.name: o.metadata["choices"][-1] for o in chosen if o.metadata["choices"]}
    values |= {"encoder": "lstm", "optimizer": "sgd"}
    values |= {"pooling": "last+mean", "weight_drop": 0.0}  # not with recurrent dropout
    values |= {"pseudo_labels_from": "none"}  # not with distilled_from, which short texts need
    values |= {"folds": 0, "fold": 0}  # not with given splits
    values |= {"data": values["train_file"]}
    words = []
    for name, value in values.items():
        words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    assert main(["train", *words]) == 0
    assert passed[0][0] == Config(**values)


@pytest.mark.parametrize(
    ("words", "preset"),
    [
        ([], "quick"),
        (["--data", "sample"], "small"),
        (["--config", "sample.toml"], "small"),
        (["--config", "sample.toml", "--data", "imdb"], "quick"),
        (["--data", "sample", "--preset", "quick"], "quick"),
        (["--data", "reviews.csv"], "plain"),
    ],
)
def test_the_preset_suits_the_data_unless_one_is_named(words, preset, passed, home):
    (home / "sample.toml").write_text('data = "sample"\n')
    assert main(["train", *words]) == 0
    config, _, name, _ = passed[0]
    assert config == replace(PRESETS[preset], data=config.data)
    assert name.startswith(f"{config.data.removesuffix('.csv')}-bilstm-20")


def test_what_is_printed_names_things_as_they_are(passed, home, monkeypatch, capsys):
    odd = "[/odd] :cat:" + " long" * 20
    name = odd.replace("/", "")
    assert main(["train", "--data", "[red]reviews.csv", "--name", name, "--output", odd]) == 0
    printed = capsys.readouterr().out
    assert f"training {name} on [red]reviews.csv" in printed
    assert f"saved {home / 'saved_models' / 'tiny'}:" in printed
    monkeypatch.setattr(writing, "write_evaluation", lambda *_: odd)
    assert main(["evaluate", "tiny"]) == 0
    assert f"written to {odd}\n" in capsys.readouterr().out


@pytest.mark.slow
def test_a_run_is_trained_evaluated_and_used_by_commands_alone(world, tiny_config, capsys):
    values = replace(tiny_config, data="good.csv", epochs=9).to_toml()
    (world / "tiny.toml").write_text(values)
    assert main(["train", "--config", "tiny.toml", "--epochs", "1", "--name", "mine"]) == 0
    printed = capsys.readouterr().out
    assert "epoch 1: loss" in printed
    assert "saved saved_models/mine: best epoch 1, validation accuracy" in printed
    assert not list(world.rglob("*unfinished*"))

    assert main(["evaluate", "mine", "tiny", "--output", "compared"]) == 0
    printed = capsys.readouterr().out
    assert "12 (good.csv, test)" in printed
    for name in ("mine", "tiny"):
        folder = world / "compared" / name
        assert {file.name for file in folder.iterdir()} == {
            "metrics.json", "predictions.csv", "figures",
        }  # fmt: skip
        accuracy = json.loads((folder / "metrics.json").read_text())["accuracy"]
        assert f"{accuracy:.2%}" in printed


def predictions(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(row["verdict"] == "negative" for row in rows if float(row["probability"]) < 0.5)
    return [(row.get("text") or row["review"], row["probability"]) for row in rows]


@pytest.mark.slow
def test_texts_from_anywhere_get_the_same_predictions(home, monkeypatch, capsys):
    texts = [text for text, _, _ in tiny_rows()[::9]]
    (home / "a.txt").write_text("\n".join(texts))
    (home / "a.csv.gz").write_bytes(
        gzip.compress(write_csv(home / "a.csv", [(t,) for t in texts], ("review",)).read_bytes())
    )
    assert main(["predict", *texts]) == 0
    expected = predictions(capsys.readouterr().out)
    assert [text for text, _ in expected] == texts
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(texts) + "\n"))
    for words in ("", "--file a.txt", "--file a.csv.gz --text-column review", "--run tiny -- "):
        extra = texts if "--run" in words else []
        assert main(["predict", *words.split(), *extra]) == 0
        assert predictions(capsys.readouterr().out) == expected
    assert main(["predict", "--file", "a.txt", "--output", "out.csv"]) == 0
    assert capsys.readouterr().out == ""
    assert predictions((home / "out.csv").read_text()) == expected


def test_verdicts_may_be_unsure_and_the_command_says_how_they_were_chosen(home, capsys):
    texts = [text for text, _, _ in tiny_rows()]
    assert main(["predict", "--abstention-rate", "0.5", *texts]) == 0
    printed = capsys.readouterr()
    found = [row["verdict"] for row in csv.DictReader(io.StringIO(printed.out))]
    assert "unsure" in found and len(found) == len(texts)
    named, told = printed.err.splitlines()
    assert named == "run: saved_models/tiny"
    assert told.startswith("of 12 validation reviews") and "6 unsure" in told


def test_the_reviews_and_the_machine_are_described(world, capsys):
    assert main(["data", "describe", "--data", "good.csv"]) == 0
    printed = capsys.readouterr().out
    assert "2 (30), 9 (30)" in printed
    assert f"longer than {PRESETS['plain'].maximum_length:,} tokens" in printed  # as train cuts
    assert main(["doctor", "--bundle", "report.json"]) == 0
    printed = capsys.readouterr().out
    told = json.loads(Path("report.json").read_text())
    assert told["machine"]["keras"] in printed and len(told["runs"]) > 0
    assert f"not prepared yet, in {os.environ['TFDS_DATA_DIR']}" in printed
    assert "keras" in printed


@pytest.mark.slow
@pytest.mark.parametrize("words", ["", "train", "tune", "explain", "data prepare"])
def test_help_imports_nothing_heavy(words):
    asked = [*words.split(), "--help"]
    command = [sys.executable, "-X", "importtime", "-m", "imdb_lstm", "--debug", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "imdb_lstm.cli" in imported
    heavy = {"tensorflow", "keras", "sklearn", "matplotlib", "tensorflow_datasets", "optuna"}
    assert not imported & heavy
    assert "Usage: imdb-lstm" in done.stdout


@pytest.mark.slow
def test_the_program_itself_keeps_standard_error_clean(home):
    done = subprocess.run(
        [*PROGRAM, "predict"], input="The plot is great\n", capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "run: saved_models/tiny\n")
    assert [text for text, _ in predictions(done.stdout)] == ["The plot is great"]
    done = subprocess.run([*PROGRAM, "train", "--units", "0"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert_one_line(done.stderr, "units must be at least 1")


@pytest.mark.parametrize("command", [["train", "--encoder", "ngrams-nb"], ["pretrain"]])
def test_what_cannot_be_copied_is_not_prepared(capsys, home, command):
    before = sorted(home.rglob("*"))
    assert main([*command, "--data", "sample", "--prepare-only"]) == 2
    assert_one_line(capsys.readouterr().err, "leave out --prepare-only")
    assert sorted(home.rglob("*")) == before


@pytest.mark.slow
def test_prepare_only_says_how_to_resume(capsys, home):
    arguments = ["--data", "sample", "--preset", "small", "--encoder", "bag", "--epochs", "1"]
    assert main(["train", *arguments, "--name", "moved", "--prepare-only"]) == 0
    out = capsys.readouterr().out
    assert "imdb-lstm train --resume --name moved" in out
    folder = home / "saved_models" / ".moved.unfinished"
    assert (folder / "prepared.npz").exists() and str(folder.relative_to(home)) in out
    assert main(["train", "--resume", "--name", "moved"]) == 0
    assert not folder.exists()


def words_of_help(capsys, *command):
    """What the help of a command prints, without the lines of its panels."""
    assert main([*command, "--help"]) == 0
    return " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_a_command_has_the_options_that_its_models_read_and_no_other():
    load_commands()
    commands = typer.main.get_command(app).commands
    known = {field.name for field in fields(Config)}
    for command, models in (("train", ("network", "n-grams")), ("pretrain", ("language model",))):
        found = {parameter.name for parameter in commands[command].params} & known
        assert found == set(options_for(*models))


def test_the_help_shows_the_values_that_the_preset_would_use(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "300")
    for words, preset in (
        ([], "quick"), (["--preset", "best"], "best"), (["--data", "sample"], "small"),
        (["--data=reviews.csv"], "plain"),
    ):  # fmt: skip
        printed = words_of_help(capsys, "train", *words)
        for name in ("epochs", "pseudo_labels_from", "learning_rate"):
            field = Config.__dataclass_fields__[name]
            shown = f"{field.metadata['help']} (default: {getattr(PRESETS[preset], name)})"
            assert shown in printed, (words, name)
    assert "Epochs at most. (default: 2)" in words_of_help(capsys, "pretrain")


def test_every_command_has_an_example_and_there_is_a_version(capsys):
    for command in ("train", "evaluate", "predict", "score", "beam", "explain", "compare",
                    "report", "pretrain", "quantize", "prune", "average", "export", "tune",
                    "doctor", "data prepare", "data describe"):  # fmt: skip
        assert (
            f"imdb-lstm {command}" in words_of_help(capsys, *command.split()).split("Example")[-1]
        )
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"imdb-lstm {imdb_lstm.__version__}\n"
