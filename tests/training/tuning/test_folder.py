"""The folder of a study is for one process and one study, and replaces nothing else."""

import json
import os
from dataclasses import replace

import pytest
from searching import SPACE, rows
from tiny_world import write_csv

from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.training.tuning.folder import locked
from imdb_lstm.training.tuning.search import search
from imdb_lstm.training.tuning.space import Range

pytestmark = pytest.mark.slow  # each waits for Optuna


@pytest.mark.usefixtures("fake_worker")
def test_another_study_is_refused_naming_what_differs(base, tiny_csv, tmp_path):
    data = tmp_path / "films.csv"
    data.write_bytes(tiny_csv.read_bytes())
    base = replace(base, data=str(data))
    search(base, SPACE, tmp_path / "study", 1)
    before = rows(tmp_path / "study")
    wider = SPACE | {"output_dropout": Range(0.0, 0.6)}
    for other, space, named in (
        (replace(base, units=6, epochs=2), SPACE, "epochs, units:"),
        (base, wider, "space output_dropout:"),
        (base, {"pooling": SPACE["pooling"]}, "space learning_rate, space output_dropout:"),
    ):
        with pytest.raises(RunError, match=f"started with other values of {named}"):
            search(other, space, tmp_path / "study", 2)
    data.write_text(data.read_text().replace("wonderful", "marvellous"))
    with pytest.raises(RunError, match="other values of reviews train"):
        search(base, SPACE, tmp_path / "study", 2)
    assert rows(tmp_path / "study") == before


@pytest.mark.usefixtures("fake_worker")
def test_a_study_with_other_extra_reviews_is_refused(base, tmp_path):
    extra = write_csv(tmp_path / "more.csv", [("One more joy.", 1)], ("text", "label"))
    base = replace(base, extra_reviews=str(extra))
    search(base, SPACE, tmp_path / "study", 1)
    write_csv(extra, [("Another waste.", 0)], ("text", "label"))
    with pytest.raises(RunError, match="other values of reviews extra"):
        search(base, SPACE, tmp_path / "study", 2)


@pytest.mark.usefixtures("fake_worker")
def test_a_folder_in_use_of_something_else_or_damaged_is_refused(base, tmp_path):
    with locked(tmp_path / "used", base, SPACE, {}):
        fingerprints = json.loads((tmp_path / "used" / "study.json").read_text())["reviews"]
        with (
            pytest.raises(RunError, match=r"used is being searched by process [0-9]+: wait"),
            locked(tmp_path / "used", base, SPACE, fingerprints),
        ):
            pass
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="other exists and is not a study"):
        search(base, SPACE, tmp_path / "other", 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file cannot be made"):
        search(base, SPACE, tmp_path / "file", 1)
    search(base, SPACE, tmp_path / "damaged", 1)
    (tmp_path / "damaged" / "study.db").write_bytes(b"no database" * 1000)
    with pytest.raises(RunError, match=r"study\.db is damaged"):
        search(base, SPACE, tmp_path / "damaged", 2)
    (tmp_path / "damaged" / "study.json").write_text("{}")
    with pytest.raises(RunError, match=r"study\.json is damaged"):
        search(base, SPACE, tmp_path / "damaged", 2)


def test_the_lock_is_released(base, tmp_path):
    """The file stays, but nobody holds the lock."""
    with locked(tmp_path / "study", base, SPACE, {}):
        pass
    assert (tmp_path / "study" / ".lock").exists()
    with locked(tmp_path / "study", base, SPACE, {}):
        assert os.access(tmp_path / "study" / "study.json", os.R_OK)
