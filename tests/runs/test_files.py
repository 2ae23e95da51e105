"""Files are written completely or not at all, and read errors are of one kind."""

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from saved_runs import HISTORY

from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.runs.files import (
    make_folder,
    read_history,
    read_json,
    read_metrics,
    replacing,
    stored_arrays,
    write_array,
    write_arrays,
    write_figures,
    write_history,
    write_json,
    write_text,
)

ROOT = Path(__file__).parents[2]


def fail_half_way(path):
    """Write a part of the file, as when the disk becomes full."""
    path.write_bytes(b"as it")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    write_text(tmp_path / "old.txt", "as it was")
    for name in ("old.txt", "new.txt"):
        with (
            pytest.raises(OutputError, match=f"{name} cannot be written: No space left"),
            replacing(tmp_path / name) as temporary,
        ):
            fail_half_way(temporary)
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "old.txt") as temporary:
        temporary.write_text("as it")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "as it was"


def test_a_temporary_name_is_hidden_and_keeps_the_suffix(tmp_path):
    with replacing(tmp_path / "model.keras") as temporary:
        assert temporary.suffix == ".keras" and temporary.name.startswith(".")
        temporary.touch()
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name")
def test_a_pipe_and_a_device_are_written_to_and_stay_what_they_are(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "all of it")
    reader.join(10)
    assert read == ["all of it"] and pipe.is_fifo()
    (tmp_path / "nothing").symlink_to(os.devnull)
    write_text(tmp_path / "nothing", "text")
    assert (tmp_path / "nothing").is_symlink() and Path(os.devnull).is_char_device()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nothing", "pipe"]


def test_a_link_stays_and_the_file_that_it_points_to_is_written(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("there.txt", "new.txt"):
        link = tmp_path / f"link to {name}"
        link.symlink_to(Path("folder") / name)
        (tmp_path / "folder" / "there.txt").write_text("before")
        write_text(link, "after")
        assert link.is_symlink()
        assert (tmp_path / "folder" / name).read_text() == "after"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OutputError, match="loop of symbolic links"):
        write_text(loop, "")


def test_the_mode_of_a_file_is_kept_from_the_first_byte_on(tmp_path):
    path = tmp_path / "private.csv"
    for mode in (0o600, 0o640, 0o664):
        path.touch()
        path.chmod(mode)
        with replacing(path) as temporary:
            temporary.write_text("secret")
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert path.read_text() == "secret"


def test_the_longest_name_of_a_file_can_be_written(tmp_path):
    for name in ("n" * 251 + ".csv", "ü" * 125 + ".csv", "🎬" * 62 + ".csv"):
        write_text(tmp_path / name, "text")
        assert (tmp_path / name).read_text() == "text"


def test_every_kind_of_file_is_read_as_it_was_written(tmp_path):
    write_json(tmp_path / "metrics.json", {"é": [1, None]})
    assert read_metrics(tmp_path) == read_json(tmp_path / "metrics.json") == {"é": [1, None]}
    write_history(tmp_path / "history.csv", HISTORY)
    assert read_history(tmp_path) == {key: [row[key] for row in HISTORY] for key in HISTORY[0]}
    write_array(tmp_path / "new" / "array.npy", np.arange(3))
    assert np.load(tmp_path / "new" / "array.npy").tolist() == [0, 1, 2]
    write_arrays(tmp_path / "arrays.npz", a=np.arange(2), b=np.ones(1))
    with stored_arrays(tmp_path / "arrays.npz", "damaged") as stored:
        assert set(stored) == {"a", "b"} and stored["a"].tolist() == [0, 1]


def test_a_place_that_cannot_be_written_to_is_one_kind_of_error(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for write in (
        lambda: make_folder(file / "folder"),
        lambda: write_text(file / "a.txt", ""),
        lambda: write_array(file / "a.npy", np.zeros(1)),
        lambda: write_arrays(file / "a.npz", a=np.zeros(1)),
    ):
        with pytest.raises(OutputError, match=r"file.* cannot be "):
            write()


def test_a_missing_or_damaged_file_is_one_kind_of_error(tmp_path):
    readers = {
        "metrics.json": lambda: read_metrics(tmp_path),
        "history.csv": lambda: read_history(tmp_path),
    }
    for name, read in readers.items():
        for content in (None, b"", b"\xff", b"epoch,loss\n1,x\n", b"epoch,loss\n1\n"):
            if content is not None:
                (tmp_path / name).write_bytes(content)
            with pytest.raises(RunError, match=f"{name} cannot be read"):
                read()
    (tmp_path / "a.npz").write_bytes(b"PK")
    for key, path in (("b", "a.npz"), ("b", "none.npz")):
        with (
            pytest.raises(RunError, match=r"is damaged: .* Delete .* to start over"),
            stored_arrays(tmp_path / path, "damaged") as stored,
        ):
            stored[key]


@pytest.mark.slow
def test_the_files_of_runs_are_found_and_checked_without_the_backend():
    modules = ("find", "files", "manifest", "unfinished", "description", "validation")
    code = (
        "import sys\n"
        + "".join(f"import imdb_lstm.runs.{name}\n" for name in modules)
        + "print(*({'keras', 'tensorflow', 'torch', 'sklearn', 'matplotlib'} & {*sys.modules}))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.usefixtures("drawn_figures")
def test_figures_are_drawn_into_a_folder_of_their_own(tmp_path):
    figure = Figure(figsize=(4, 3))
    figure.subplots().plot([1, 3, 2])
    write_figures(tmp_path / "figures", {"one": figure})
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["one.png"]
    picture = imread(tmp_path / "figures" / "one.png")
    assert min(picture.shape[:2]) > 200 and picture.std() > 0.01
