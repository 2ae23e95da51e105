"""Finding a run: by folder, by name, the newest, or the one shipped with the package."""

import os
from pathlib import Path

import pytest

from imdb_lstm.errors import RunError
from imdb_lstm.runs import find as runs
from imdb_lstm.runs.find import (
    LANGUAGE_MODEL_FILE,
    MANIFEST_FILE,
    SHIPPED,
    SHIPPED_LANGUAGE_MODEL,
    default_run_line,
    find_run,
)


def finish(folder, age=0):
    """Make a folder that looks like a run finished ``age`` seconds ago."""
    folder.mkdir(parents=True)
    (folder / MANIFEST_FILE).write_text("{}")
    os.utime(folder / MANIFEST_FILE, (1e9 - age, 1e9 - age))
    return folder


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A shipped run, elsewhere, as in an installed package."""
    folder = finish(tmp_path / "package" / SHIPPED)
    monkeypatch.setattr(runs, "SHIPPED_FOLDERS", (tmp_path / "nowhere", folder.parent))
    return folder


def test_a_run_is_found_by_folder_by_name_or_as_the_newest(tmp_path, shipped):
    for name, age in {"first": 30, "newest": 10, "second": 20}.items():
        finish(tmp_path / name, age)
    assert find_run(None, tmp_path) == tmp_path / "newest"
    assert find_run("first", tmp_path) == tmp_path / "first"
    assert find_run(tmp_path / "second", Path("elsewhere")) == tmp_path / "second"


def test_for_an_unknown_name_the_error_lists_those_that_there_are(tmp_path, shipped):
    for name in ("films", "books"):
        finish(tmp_path / name)
    finish(tmp_path / "words").joinpath(LANGUAGE_MODEL_FILE).touch()
    finish(tmp_path / ".half.unfinished")
    listed = "there are: films, books, shipped; and language models: words"
    with pytest.raises(RunError, match=f"^no run named music; {listed}$"):
        find_run("music", tmp_path)
    with pytest.raises(RunError, match=rf"{listed}; did you mean films\?$"):
        find_run("flims", tmp_path)
    with pytest.raises(RunError, match=r"half is unfinished: .* --resume --name half"):
        find_run("half", tmp_path)
    for number in range(30):
        finish(tmp_path / f"more{number}")
    with pytest.raises(RunError, match="and 21 more"):
        find_run("music", tmp_path)


def test_the_line_about_the_default_says_whether_it_is_the_bundled_run(tmp_path, shipped):
    line = default_run_line(find_run(None, tmp_path), tmp_path)
    assert line.startswith("run: shipped (bundled with the package), since ")
    own = finish(tmp_path / "own")
    assert default_run_line(find_run(None, tmp_path), tmp_path) == f"run: {own}"


def test_the_shipped_run_is_the_default_until_one_is_trained(tmp_path, shipped):
    here = tmp_path / "saved_models"
    assert find_run(None, here) == shipped
    finish(here / ".half.unfinished")
    finish(here / "words").joinpath(LANGUAGE_MODEL_FILE).touch()
    assert find_run(None, here) == shipped
    own = finish(here / "own", age=1000)
    assert find_run(None, here) == own


def test_in_a_checkout_the_shipped_run_is_not_the_newest(tmp_path, monkeypatch):
    shipped = finish(tmp_path / SHIPPED)  # as old as the checkout
    monkeypatch.setattr(runs, "SHIPPED_FOLDERS", (tmp_path,))
    own = finish(tmp_path / "own", age=1000)
    assert find_run(None, tmp_path) == own
    assert find_run(SHIPPED, tmp_path) == shipped


def test_the_shipped_run_has_a_name_everywhere(tmp_path, shipped):
    assert find_run(SHIPPED, tmp_path / "elsewhere") == shipped
    own = finish(tmp_path / "saved_models" / SHIPPED)
    assert find_run(SHIPPED, tmp_path / "saved_models") == own


def test_the_bundled_language_model_is_found_by_name_only(tmp_path, shipped):
    encoder = finish(shipped.parent / SHIPPED_LANGUAGE_MODEL)
    assert find_run(SHIPPED_LANGUAGE_MODEL, tmp_path) == encoder
    assert find_run(None, tmp_path) == shipped


def test_a_folder_without_a_run_does_not_hide_a_run_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("films").mkdir()
    assert find_run("films", Path("saved_models")) == Path("films")
    run = finish(Path("saved_models/films"))
    assert find_run("films", Path("saved_models")) == run


def test_without_any_run_the_error_says_how_to_train_one(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "SHIPPED_FOLDERS", ())
    with pytest.raises(RunError, match=r"no finished run .* imdb-lstm train"):
        find_run(None, tmp_path)
