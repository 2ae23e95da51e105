"""The Hugging Face Hub: what is sent, and that it is read back like any foreign run."""

import shutil
import sys
from pathlib import Path

import httpx2
import huggingface_hub
import numpy as np
import pytest
import yaml
from huggingface_hub import errors as hub_errors
from huggingface_hub.utils import filter_repo_objects
from saved_runs import FINGERPRINTS, METRICS, write_unfinished

import imdb_lstm
from imdb_lstm.cli import main
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.runs.files import write_json
from imdb_lstm.runs.find import find_run, results_folder
from imdb_lstm.runs.hub import parsed
from imdb_lstm.runs.manifest import finalize
from imdb_lstm.runs.publish import evaluations, hub_card, push, stage

TEXTS = ["A lovely film", "dull café", ""]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A folder in place of the Hub: ``hub/OWNER/NAME``."""
    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setenv("IMDB_LSTM_CACHE", str(tmp_path / "cache"))

    class Api:
        def __init__(self, **_):
            pass

        def create_repo(self, name, private, exist_ok):
            assert exist_ok
            (folder / name).mkdir(parents=True, exist_ok=True)
            return f"https://huggingface.co/{name}"

        def upload_folder(self, repo_id, folder_path, allow_patterns, commit_message):
            for name in allow_patterns:
                shutil.copy(Path(folder_path) / name, folder / repo_id / name)

    def snapshot_download(name, revision, local_dir, allow_patterns, ignore_patterns):
        if not (folder / name).exists():
            response = httpx2.Response(404, request=httpx2.Request("GET", "https://x"))
            raise hub_errors.RepositoryNotFoundError("404 for url https://x", response=response)
        files = [p.relative_to(folder / name).as_posix() for p in (folder / name).rglob("*")]
        for file in filter_repo_objects(
            files, allow_patterns=allow_patterns, ignore_patterns=ignore_patterns
        ):
            Path(local_dir).mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name / file, Path(local_dir) / file)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    output = tmp_path_factory.mktemp("runs")
    folder = write_unfinished(output, "small")
    write_json(folder / "metrics.json", {**METRICS, "temperature": 1.5})
    return finalize(folder, output / "small", FINGERPRINTS)


def front_matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_a_run_that_is_sent_is_read_back_with_the_same_logits(hub, run):
    assert push(run, "owner/films").endswith("owner/films")
    back = imdb_lstm.load("hf://owner/films")
    expected = imdb_lstm.load(run).predict_logits(TEXTS)
    np.testing.assert_array_equal(back.predict_logits(TEXTS), expected)
    assert back.run.name == "films"
    assert find_run(Path("hf://owner/films@main"), Path()) == back.run
    assert results_folder(back.run) == Path("saved_models/films")


def test_commands_take_runs_of_the_hub(hub, run, capsys):
    push(run, "owner/films")
    assert main(["predict", "--run", "hf://owner/films", "A lovely film"]) == 0
    assert "A lovely film" in capsys.readouterr().out
    assert main(["predict", "--run", "hf://owner/none", "x"]) == RunError.exit_code
    assert "no such repository" in capsys.readouterr().err


def test_only_files_of_a_run_are_downloaded_and_a_changed_one_is_refused(hub, run, tmp_path):
    push(run, "owner/films")
    for name in ("evil.pkl", "model.bin", "code.py", "nested/manifest.json"):
        path = hub / "owner/films" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    folder = find_run("hf://owner/films", tmp_path)
    kinds = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert kinds <= {".keras", ".json", ".toml", ".txt", ".csv", ".npy", ".md"}
    assert not (folder / "nested").exists()
    (hub / "owner/films/vocabulary.txt").write_text("other\n")
    with pytest.raises(RunError, match=r"vocabulary.txt does not match its checksum"):
        imdb_lstm.load("hf://owner/films")


def test_the_card_has_the_metrics_of_the_run_in_the_format_of_the_hub(run, tmp_path):
    copy = Path(shutil.copytree(run, tmp_path / "small"))
    for name, values in {
        "imdb-test": {"data": "imdb", "split": "test", "accuracy": 0.9, "auc": None},
        "films-all": {"data": "/home/me/films.csv", "split": "all", "macro_f1": 0.5},
        "joint": {"data": "imdb", "split": "test", "accuracy": 0.95, "members": ["a", "b"]},
    }.items():
        (copy / "evaluation" / name).mkdir(parents=True)
        write_json(copy / "evaluation" / name / "metrics.json", values)
    found = front_matter(hub_card(copy, "owner/films"))
    assert found["pipeline_tag"] == "text-classification"
    [index] = found["model-index"]
    assert index["name"] == "films"
    rows = {
        (each["dataset"]["type"], each["dataset"]["split"], metric["name"]): metric["value"]
        for each in index["results"]
        for metric in each["metrics"]
    }
    assert rows["stanfordnlp/imdb", "test", "Accuracy"] == 0.9
    assert rows["films.csv", "all", "Macro F1"] == 0.5  # no folder of this machine
    validation = list(evaluations(copy))[-1][2]
    assert rows["films.csv", "validation", "Accuracy"] == validation["accuracy"]


def test_a_dry_run_writes_what_would_be_sent_and_sends_nothing(hub, run, tmp_path, capsys):
    (run / "evaluation").mkdir(exist_ok=True)
    (run / "evaluation" / "predictions.csv").write_text("private")
    target = tmp_path / "sent"
    assert main(["push", str(run), "owner/films", "--dry-run", str(target)]) == 0
    assert not list(hub.iterdir()) and "not sent" in capsys.readouterr().out
    sent = {path.name for path in target.rglob("*")}
    assert sent >= {"README.md", "manifest.json", "model.keras"} and "predictions.csv" not in sent
    for path in target.glob("*"):
        if path.name != "README.md":
            assert path.read_bytes() == (run / path.name).read_bytes()
    assert stage(run, "owner/films", target) == stage(run, "owner/films", target)


@pytest.mark.parametrize(
    "name",
    ["hf://", "hf://films", "hf://a/b/c", "hf://../b", "hf://a/..", "hf://a/b@", "hf://a/b@../c",
     "hf://a/b@-x", "hf://-a/b", "hf://a/b c"],
)  # fmt: skip
def test_names_that_cannot_be_are_refused_before_anything_is_asked(name):
    with pytest.raises(ConfigError):
        parsed(name)


def test_errors_of_the_hub_are_one_line(hub, run, monkeypatch):
    def fail(error):
        def failing(*_, **__):
            raise error

        monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", failing)
        with pytest.raises(OutputError) as found:
            push(run, "owner/films")
        assert "\n" not in str(found.value)
        return str(found.value)

    assert "HF_TOKEN" in fail(hub_errors.LocalTokenNotFoundError("long\nstory"))
    assert "no route" in fail(OSError("no route to host\nmore"))


def test_without_the_library_the_command_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ConfigError, match=r"pip install 'imdb-lstm\[hub\]'"):
        find_run("hf://owner/films", Path())
