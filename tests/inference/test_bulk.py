"""Bulk scoring: every row once and in order, whatever ends the process and wherever."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.data.texts import open_input
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.inference import bulk, part
from imdb_lstm.inference import score as scoring
from imdb_lstm.inference.part import part_path
from imdb_lstm.inference.predictions import Columns
from imdb_lstm.inference.score import Scored
from imdb_lstm.inference.writers import rejects_path

OUTPUTS = ["out.csv", "out.jsonl.gz", "out.parquet"]
ROWS = 23


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 6)
    monkeypatch.setattr(os, "fsync", lambda number: None)  # no test loses its power supply


@pytest.fixture
def given(tmp_path):
    """A file with two rows that cannot be read, one of them the last."""
    lines = [f"{number},text {number}" for number in range(ROWS)]
    lines[7], lines[-1] = "7,too,many", "last,one,bad"
    path = tmp_path / "in.csv"
    path.write_text("\n".join(["id,text", *lines]) + "\n")
    return path


def score(chunks):
    for chunk in chunks:
        yield [Scored(text, (len(text) / 100,), "good", float("9" in text)) for text in chunk]


def run(path, output, resume=False, score=score, **options):
    found = open_input([str(path)], Config(bad_rows="skip"))
    columns = Columns(found.columns, details=True)
    made_from = bulk.fingerprint(found, [], columns, **options)
    return bulk.write_file(found, output, columns, score, made_from, resume)


def killed_in(monkeypatch, module, name, call):
    """Have the process end before the call of a function with this number."""
    own, calls = getattr(module, name), []

    def counted(*args, **kwargs):
        calls.append(name)
        if len(calls) == call:
            raise Killed
        return own(*args, **kwargs)

    monkeypatch.setattr(module, name, counted)


def files(folder):
    return sorted(each.name for each in folder.iterdir() if each.name != "in.csv")


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_was_ended_anywhere_is_continued_to_the_same_bytes(name, given, tmp_path,
                                                                          monkeypatch):  # fmt: skip
    (tmp_path / "whole").mkdir()
    summary, rejects = run(given, tmp_path / "whole" / name)
    assert (summary.read, summary.rejects, summary.unknown) == (23, 2, 2)
    expected = (tmp_path / "whole" / name).read_bytes()
    listed = rejects.read_bytes()
    for function, calls in (("_append", 11), ("write_json", 6)):
        for call in range(1, calls):
            output = tmp_path / f"{function}{call}" / name
            output.parent.mkdir()
            with monkeypatch.context() as patch:
                killed_in(patch, part, function, call)
                patch.setattr(part.Part, "remove", lambda self: None)  # as nothing can on SIGKILL
                with pytest.raises(Killed):
                    run(given, output)
            assert not output.exists()
            again, rejects = run(given, output, resume=True)
            assert output.read_bytes() == expected and rejects.read_bytes() == listed
            assert again == summary
            assert files(output.parent) == sorted([name, rejects.name])


def test_rows_that_are_written_are_not_scored_again(given, tmp_path):
    scored = []

    def failing(chunks):
        for number, found in enumerate(score(chunks)):
            if number == 2:
                raise Killed
            yield found

    def counting(chunks):
        for found in score(chunks):
            scored.extend(each.text for each in found)
            yield found

    with pytest.raises(Killed):
        run(given, tmp_path / "out.csv", score=failing)
    run(given, tmp_path / "out.csv", resume=True, score=counting)
    assert scored == [f"text {number}" for number in range(12, ROWS - 1)]


def test_what_was_cut_off_by_a_crash_is_cut_away(given, tmp_path, monkeypatch):
    run(given, tmp_path / "out.csv")
    expected = (tmp_path / "out.csv").read_bytes()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killed_in(patch, part, "write_json", 4)
        run(given, tmp_path / "out.csv")
    with part_path(tmp_path / "out.csv").open("ab") as stream:
        stream.write(b"half a li")
    run(given, tmp_path / "out.csv", resume=True)
    assert (tmp_path / "out.csv").read_bytes() == expected


@pytest.fixture
def unfinished(given, tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killed_in(patch, part, "write_json", 4)
        run(given, tmp_path / "out.csv", text_column="text")
    return tmp_path / "out.csv"


def test_an_unfinished_file_is_never_overwritten_unasked(given, unfinished):
    with pytest.raises(ConfigError, match=r"\.out\.csv\.part is unfinished: .* --resume"):
        run(given, unfinished, text_column="text")


def test_another_input_run_or_option_is_refused(given, unfinished, monkeypatch):
    with pytest.raises(ConfigError, match="another option"):
        run(given, unfinished, resume=True, text_column="body")
    os.utime(given, (1, 1))
    with pytest.raises(ConfigError, match="another input"):
        run(given, unfinished, resume=True, text_column="text")


def test_another_process_and_a_damaged_file_are_told(given, unfinished):
    with part._locked(part_path(unfinished), unfinished), pytest.raises(OutputError):
        run(given, unfinished, resume=True, text_column="text")
    os.truncate(part_path(unfinished), 3)
    with pytest.raises(RunError, match=r"shorter than .*delete"):
        run(given, unfinished, resume=True, text_column="text")


def test_the_older_output_stays_until_the_new_one_is_complete(given, unfinished):
    unfinished.write_text("older")
    unfinished.chmod(0o640)
    with pytest.raises(Killed):
        run(given, unfinished, resume=True, text_column="text", score=lambda chunks: fail())
    assert unfinished.read_text() == "older"
    run(given, unfinished, resume=True, text_column="text")
    assert unfinished.read_text().startswith("id,text,")
    assert unfinished.stat().st_mode & 0o777 == 0o640


def fail():
    raise Killed


def test_without_a_row_written_nothing_is_left(given, tmp_path):
    with pytest.raises(Killed):
        run(given, tmp_path / "out.csv", score=lambda chunks: fail())
    assert files(tmp_path) == []


def test_few_rows_are_read_ahead(given, tmp_path):
    taken = []

    class Lazy:
        columns, format, tables = ("text",), "txt", ()

        def rows(self):
            for number in range(1_000):
                taken.append(number)
                yield {"text": "a"}, "a"

    ahead = []
    bulk.write_file(Lazy(), tmp_path / "out.csv", Columns(), score,
                    report=lambda summary: ahead.append(len(taken) - summary.read))  # fmt: skip
    assert len(ahead) == 168 and max(ahead) == 0


def test_a_folder_is_known_by_its_files_and_a_run_by_its_manifest(given, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("one\n")
    before = bulk._files(str(tmp_path / "texts"))
    (tmp_path / "texts" / "b.txt").write_text("two\n")
    assert bulk._files(str(tmp_path / "texts"))[:1] == before
    found, runs = open_input([str(given)], Config()), []
    for content in ("{}", "[]"):
        (tmp_path / "manifest.json").write_text(content)
        runs.append(bulk.fingerprint(found, [tmp_path], Columns()))
    assert runs[0]["run"] != runs[1]["run"] and runs[0]["input"] == runs[1]["input"]
    with pytest.raises(RunError):
        bulk.fingerprint(found, [tmp_path / "nope"], Columns())


@pytest.mark.slow
def test_a_process_that_is_killed_is_continued(tiny_run, tmp_path):
    texts = [json.dumps({"id": n, "text": f"The plot {n} is great. " * 9}) for n in range(6_000)]
    (tmp_path / "in.jsonl").write_text("\n".join(texts) + "\n")
    command = [sys.executable, "-m", "imdb_lstm", "score", "in.jsonl", "--run", str(tiny_run)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    output = tmp_path / "out.jsonl"
    arguments = [*command, "--output", output.name, "--workers", "2"]
    killed = subprocess.Popen(arguments, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
    state = part_path(output).with_name(".out.jsonl.part.json")
    until = time.monotonic() + 60
    while time.monotonic() < until and not (state.exists() and b'"read": 0' not in
                                            state.read_bytes()):  # fmt: skip
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not output.exists() and part_path(output).exists()
    done = subprocess.run([*arguments, "--resume"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0 and "with those before 6,000" in done.stderr
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [row["id"] for row in rows] == list(range(6_000))
    assert not rejects_path(output).exists()
