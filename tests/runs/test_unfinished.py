"""Unfinished runs: names, resuming, and the refusal of other options and reviews."""

import os
from dataclasses import replace

import pytest
from saved_runs import CONFIG, start, write_unfinished

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.lock import LOCK_FILE
from imdb_lstm.runs.manifest import NETWORK_FILES, finalize
from imdb_lstm.runs.unfinished import (
    changed_options,
    check_run_name,
    create,
    created,
    find_unfinished,
    unfinished_folder,
)


def write_unfinished_files(folder):
    for name in NETWORK_FILES:
        (folder / name).touch()
    return folder


def test_an_unfinished_run_never_looks_finished(tmp_path):
    folder = write_unfinished(tmp_path, "films")
    for _ in range(2):
        assert folder.name.startswith(".") and folder.name.endswith(".unfinished")
        assert not (tmp_path / "films").exists()
        assert find_unfinished(tmp_path, None)[0] == "films"
        (folder / MANIFEST_FILE).write_text("{}")  # as if killed before the folder was renamed


def test_a_run_is_resumed_only_when_asked_for(tmp_path):
    with pytest.raises(RunError, match=r"nothing to resume: unfinished in .*: none"):
        check_run_name(tmp_path, "films", CONFIG, resume=True)
    assert not any(tmp_path.iterdir())
    folder = start(tmp_path, "films")
    with pytest.raises(RunError, match="resume it with --resume --name films"):
        check_run_name(tmp_path, "films", CONFIG, resume=False)
    assert check_run_name(tmp_path, "films", CONFIG, resume=True) == folder


def test_names_in_use_and_impossible_names_are_refused(tmp_path):
    (tmp_path / "films").mkdir()
    for resume in (False, True):
        with pytest.raises(RunError, match="films exists: choose another --name"):
            check_run_name(tmp_path, "films", CONFIG, resume=resume)
    with pytest.raises(ConfigError, match="cannot be the name of a run"):
        check_run_name(tmp_path, "a/b", CONFIG, resume=False)


def test_a_run_is_not_resumed_with_other_options(tmp_path):
    folder = start(tmp_path, "films")
    with pytest.raises(RunError, match="other values of epochs, units"):
        check_run_name(tmp_path, "films", replace(CONFIG, epochs=9, units=7), resume=True)
    elsewhere = replace(CONFIG, device="gpu", devices="0,1", tensorboard=True)
    assert check_run_name(tmp_path, "films", elsewhere, resume=True) == folder


def test_only_options_that_influence_the_result_count_as_changed():
    changed = {"units": 7, "ngrams": 2, "bptt_length": 9, "seed": 1, "device": "cpu"}
    network, ngrams = Config(), Config(encoder="ngrams-nb")
    assert changed_options(replace(network, **changed), network) == [
        "bptt_length", "ngrams", "seed", "units",
    ]  # fmt: skip
    assert changed_options(replace(ngrams, **changed), ngrams) == ["ngrams", "seed"]


def test_a_run_is_not_resumed_with_other_reviews(tmp_path):
    folder = start(tmp_path, "films")
    create(folder, CONFIG, {"train": "1a"})
    with pytest.raises(RunError, match=r"^films\.csv has changed since"):
        create(folder, CONFIG, {"train": "2b"})
    more = replace(CONFIG, extra_reviews="more.csv")
    folder = unfinished_folder(tmp_path, "more")
    create(folder, more, {"train": "1a", "extra": "2b"})
    for found, file in (
        ({"train": "1a", "extra": "3c"}, "more"),
        ({"train": "2b", "extra": "3c"}, "films"),
    ):
        with pytest.raises(RunError, match=rf"^{file}\.csv has changed since"):
            create(folder, more, found)


def test_a_run_killed_before_its_config_was_written_can_be_started_again(tmp_path):
    folder = unfinished_folder(tmp_path, "films")
    (folder / "figures").mkdir(parents=True)
    with pytest.raises(RunError, match=r"nothing to resume: unfinished in .*: none"):
        find_unfinished(tmp_path, None)
    assert start(tmp_path, "films") == folder
    assert find_unfinished(tmp_path, None) == ("films", CONFIG)


def test_one_process_trains_a_run_at_a_time_and_nobody_a_finished_one(tmp_path):
    folder, finished = unfinished_folder(tmp_path, "films"), tmp_path / "films"
    with created(folder, finished, CONFIG, {"train": "1a"}):
        for resume in (False, True):
            with pytest.raises(RunError, match=rf"films is being trained by process {os.getpid()}"):
                check_run_name(tmp_path, "films", CONFIG, resume)
        with (
            pytest.raises(RunError, match="being trained"),
            created(folder, finished, CONFIG, {"train": "1a"}),
        ):
            pytest.fail("two at once")
        assert finalize(write_unfinished_files(folder), finished, {}) == finished
        assert not (finished / LOCK_FILE).exists()
    with (
        pytest.raises(RunError, match="films exists"),
        created(folder, finished, CONFIG, {"train": "1a"}),
    ):
        pytest.fail("trained twice")


def test_after_a_training_that_failed_the_run_can_be_resumed(tmp_path):
    folder = unfinished_folder(tmp_path, "films")
    with pytest.raises(ValueError), created(folder, tmp_path / "films", CONFIG, {}):
        raise ValueError
    assert check_run_name(tmp_path, "films", CONFIG, resume=True) == folder


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file is not a folder"):
        check_run_name(tmp_path / "file" / "runs", "films", CONFIG, resume=False)


def test_the_run_to_resume_is_the_last_or_the_one_that_it_labels(tmp_path):
    labelled = replace(CONFIG, pseudo_labels_from="ngrams-nb")
    configs = {"old": CONFIG, "films": labelled, "films-ngrams-nb": CONFIG}
    for age, (name, config) in enumerate(reversed(configs.items())):
        folder = unfinished_folder(tmp_path, name)
        create(folder, config, {})
        os.utime(folder, (1e9 - age, 1e9 - age))
    assert find_unfinished(tmp_path, None) == ("films", labelled)
    assert find_unfinished(tmp_path, "old") == ("old", CONFIG)
    with pytest.raises(RunError, match=r"unfinished in .*: films-ngrams-nb, films, old$"):
        find_unfinished(tmp_path, "other")
