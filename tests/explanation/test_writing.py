"""Explanations written one by one: complete files, nothing kept, and limits that are stated."""

import json
import weakref

import pytest
from pages import FOUND, check_landmarks, check_offline, told

from imdb_lstm.errors import OutputError
from imdb_lstm.explanation import page, writing
from imdb_lstm.explanation.writing import (
    drawing_gates,
    explaining_each,
    write_page,
    writing_json,
)
from imdb_lstm.runs.outputs import check_output

RUN = "a “run”"


class Gates:
    """An explainer whose figures are counted, not drawn."""

    def __init__(self):
        self.drawn = []

    def gate_figures(self, text):
        self.drawn.append(text)
        return {}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_what_would_be_written_at_once(count, tmp_path):
    path = tmp_path / "a.json"
    passed = list(writing_json([FOUND] * count, path, RUN, lines=True))
    assert passed == [FOUND] * count
    whole = {"run": RUN, "explanations": [FOUND.as_dict()] * count}
    assert path.read_text(encoding="utf-8") == json.dumps(whole, indent=2) + "\n"


@pytest.mark.parametrize(
    ("name", "lines"), [("a.jsonl", False), ("a.ndjson", False), ("a.out", True)]
)
def test_json_lines_are_written_where_they_are_asked_for(name, lines, tmp_path):
    list(writing_json([FOUND] * 2, tmp_path / name, RUN, lines))
    rows = (tmp_path / name).read_text(encoding="utf-8").splitlines()
    assert [json.loads(row) for row in rows] == [{"run": RUN, **FOUND.as_dict()}] * 2


class Kept:
    """Counts the explanations that are in memory."""

    def __init__(self):
        self.most, self.made = 0, []

    def explain(self, count):
        for _ in range(count):
            found = type(FOUND)(**vars(FOUND))
            self.made.append(weakref.ref(found))
            self.most = max(self.most, sum(each() is not None for each in self.made))
            yield found


def test_no_explanation_is_kept(tmp_path):
    kept = Kept()
    explained = writing_json(kept.explain(30), tmp_path / "a.json", RUN)
    write_page(tmp_path / "a.html", explained, explained, RUN)
    assert kept.most <= 3


def test_a_page_says_how_many_texts_it_leaves_out(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MOST_TEXTS", 2)
    monkeypatch.setattr(page, "MOST_TABLES", 1)
    explained = writing_json([FOUND] * 5, tmp_path / "a.json", RUN)
    assert write_page(tmp_path / "a.html", explained, explained, RUN) == 3
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    check_offline(html)
    check_landmarks(html)
    assert html.count("<section") == 2 and html.count("<details") == 1
    assert "3 more texts are not on this page" in told(html) and "explain --json" in told(html)
    assert len(json.loads((tmp_path / "a.json").read_text())["explanations"]) == 5


def test_texts_that_no_output_needs_are_not_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MOST_TEXTS", 2)
    kept = Kept()
    texts = iter(range(5))
    explained = (found for _, found in zip(texts, kept.explain(9), strict=False))
    assert write_page(tmp_path / "a.html", explained, texts, RUN) == 3
    assert "3 more texts" in told((tmp_path / "a.html").read_text(encoding="utf-8"))


def test_gates_of_the_first_texts_only_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MOST_DRAWN", 2)
    gates = Gates()
    assert list(drawing_gates("abcd", gates, tmp_path / "gates")) == list("abcd")
    assert gates.drawn == ["a", "b"]


def test_each_class_of_the_first_texts_only_is_explained(monkeypatch):
    class Explainer:
        explain, explain_each = "one {}".format, "each {}".format

    monkeypatch.setattr(writing, "MOST_EACH", 2)
    assert list(explaining_each("abc", Explainer())) == ["each a", "each b", "one c"]


def test_a_failure_leaves_no_file(tmp_path):
    def failing():
        yield FOUND
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(writing_json(failing(), tmp_path / "a.json", RUN))
    with pytest.raises(ZeroDivisionError):
        write_page(tmp_path / "a.html", failing(), [], RUN)
    with pytest.raises(OutputError):
        write_page(tmp_path / "no" / "a.html", iter([FOUND]), [], RUN)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_missing_is_told_before_the_work(tmp_path):
    check_output(tmp_path / "a.html")
    with pytest.raises(OutputError, match="there is no folder"):
        check_output(tmp_path / "no" / "a.json")
