"""Scoring in Apache Beam gives what ``score`` gives, in any order; the tests need Beam."""

import json

import pytest

pytest.importorskip("apache_beam")

from imdb_lstm.cli import main
from imdb_lstm.inference.score import score_texts

TEXTS = ["A joy from start to finish.", "What a waste.", "", "qwertyuiop", "Dull. " * 900]


def read(folder, pattern):
    lines = [line for path in folder.glob(pattern) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def test_shards_are_scored_as_one_file_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps({"id": number, "text": text}) for number, text in enumerate(TEXTS)]
    (tmp_path / "in-0.jsonl").write_text("\n".join(lines[:2]) + "\n\nno JSON\n")
    (tmp_path / "in-1.jsonl").write_text("\n".join([*lines[2:], '{"id": 9}']) + "\n")
    words = ["beam", str(tmp_path / "in-*.jsonl"), "--output", str(tmp_path / "out")]
    assert main([*words, "--run", "shipped", "--", "--runner=DirectRunner"]) == 0
    found = sorted(read(tmp_path, "out-*.jsonl"), key=lambda row: row["id"])
    alone = score_texts("shipped", TEXTS, backend="numpy")
    assert list(found[0]) == ["id", "text", "probability", "verdict", "unknown_share", "cut"]
    for row, text, expected in zip(found, TEXTS, alone, strict=True):
        assert (row["text"], row["verdict"], row["cut"]) == (text, expected.verdict, expected.cut)
        assert row["probability"] == pytest.approx(expected.probabilities[0], rel=1e-4)
        assert row["unknown_share"] == pytest.approx(expected.unknown_share, abs=1e-4)
    rejected = {row["reason"].partition(":")[0] for row in read(tmp_path, "out.rejects-*.jsonl")}
    assert len(rejected) == 2 and "no column 'text'" in rejected
