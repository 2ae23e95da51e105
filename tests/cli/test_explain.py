"""``imdb-lstm explain``: the same texts from anywhere, shown with colour and without."""

import json

import pytest
from explanation.test_result import FOUND, TEXT
from pages import found_of
from tiny_world import tiny_rows, write_csv

from imdb_lstm.cli import main
from imdb_lstm.cli.marking import MOST_CLASSES, bars, class_lines, marked, strongest_table


def test_without_colour_signs_show_what_each_word_contributes():
    assert marked(FOUND, colour=False).plain == (
        "A[+] <b>Dull[----]</b> zzz[?] film[-], [left out: ok]"
    )


def test_with_colour_the_text_is_as_it_was_and_verdicts_differ_without_it_too():
    shown = marked(FOUND, colour=True)
    assert shown.plain == TEXT
    styles = {shown.plain[span.start : span.end]: str(span.style) for span in shown.spans}
    assert styles["A"].startswith("#000000 on #")
    assert "underline" in styles["Dull"] and "underline" not in styles["A"]
    assert styles["zzz"] == "italic"
    assert "strike" in styles["ok"]


def test_the_table_names_the_strongest_words():
    table = strongest_table(FOUND)
    assert list(table.columns[1].cells) == ["A", "Dull", "film"]
    assert list(table.columns[2].cells) == ["+0.400", "-2.000", "-0.400"]


def test_bars_are_no_more_than_fit():
    for count in (1, 2, 40, 41, 400):
        drawn = bars([float(value) for value in range(count)])
        assert len(drawn) == min(count, 40)
        assert list(drawn) == sorted(drawn)


@pytest.mark.slow
def test_a_text_is_shown_with_its_numbers(home, capsys):
    assert main(["explain", "The plot is AWFUL, qwerty [red]"]) == 0
    printed = capsys.readouterr().out
    assert "\x1b[" not in printed  # no terminal, no colour
    for part in ("Text 1: ", "probability of positive 0.", "AWFUL", "qwerty[?]", "[red[?]]",
                 "Integrated gradients sum to", "Prefix logit:",
                 "unknown to the model: 2"):  # fmt: skip
        assert part in printed


@pytest.mark.slow
def test_files_hold_what_is_asked_for_from_any_source(home, capsys, monkeypatch):
    (home / "a.txt").write_text("The plot is great\n<script>Dull</script>\n")
    words = "explain --file a.txt --html a.html --json a.json --gates gates --method both"
    assert main(words.split()) == 0
    assert capsys.readouterr().out == "written to gates\nwritten to a.html\nwritten to a.json\n"
    page = (home / "a.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page
    found = json.loads((home / "a.json").read_text())
    assert found["run"] == "tiny"
    assert [one["text"] for one in found["explanations"]] == [
        "The plot is great", "<script>Dull</script>",
    ]  # fmt: skip
    assert len(list((home / "gates").iterdir())) == 4
    monkeypatch.setattr("sys.stdin", (home / "a.txt").open())
    assert main(["explain", "--json", "b.json"]) == 0
    assert json.loads((home / "b.json").read_text()) == found


def test_ngrams_are_explained_but_not_by_gradients(home, tiny_ngrams, capsys):
    assert main(["explain", "--run", str(tiny_ngrams), "The plot is awful"]) == 0
    printed = capsys.readouterr().out
    assert "N-gram weights sum to" in printed
    assert "N-gram weights" in printed
    words = ["explain", "--run", str(tiny_ngrams), "--method", "integrated-gradients", "x"]
    assert main(words) == 2
    assert "choose --method occlusion" in capsys.readouterr().err
    assert main(["explain", "--run", str(tiny_ngrams), "--gates", "g", "x"]) == 2
    assert "no LSTM layer" in capsys.readouterr().err
    assert not (home / "g").exists()


def test_the_classes_are_listed_the_most_probable_first():
    assert class_lines(FOUND) == []
    listed, pair = class_lines(found_of(["bad\x1b[2J", "fair", "good"]))
    assert listed == "Probabilities: good 0.6652, fair 0.2447, bad\ufffd[2J 0.0900"
    assert pair == "Contributions for good (+), against: fair (-)"
    listed, _ = class_lines(found_of("abcdefghij"))
    assert listed.count(".") == MOST_CLASSES and listed.endswith(", and 5 more")


def test_a_class_is_chosen_by_name_or_on_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    middle = [(f"{text} So so.", "neutral", 5) for text, _, _ in tiny_rows()[::2]]
    write_csv(tmp_path / "three.csv", [*tiny_rows(), *middle])
    words = "train --data three.csv --encoder ngrams-nb --minimum-count 1 --name a"
    assert main(words.split()) == 0
    capsys.readouterr()
    assert main(["explain", "The plot is awful", "--of", "neutral"]) == 0
    printed = capsys.readouterr().out
    assert "Contributions for neutral (+), against: " in printed and "Probabilities: " in printed
    assert main(["explain", "x", "--of", "mixed", "--html", "a.html"]) == 2
    assert "there are: negative, neutral, positive" in capsys.readouterr().err
    assert main(["explain", "x", "--of", "neutral", "--against", "neutral"]) == 2
    assert not (tmp_path / "a.html").exists()
    for words, choices in (([], 3), (["--against", "neutral"], 0)):
        made = ["explain", "The plot is awful", *words, "--html", "a.html", "--json", "a.json"]
        assert main(made) == 0
        assert (tmp_path / "a.html").read_text().count("<input") == choices
        [found] = json.loads((tmp_path / "a.json").read_text())["explanations"]
        assert sorted(found["probabilities"]) == ["negative", "neutral", "positive"]
        assert found["against"] == "neutral" or not words
