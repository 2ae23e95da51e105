"""People's own files, as five programs export them: described, trained on, evaluated, reported."""

import csv
import shlex

import pytest
from tiny_world import tiny_rows

from imdb_lstm.cli import main

ROWS = [(str(number), text, label) for number, (text, label, _) in enumerate(tiny_rows(), 1)]


def german_excel(path):
    names = {"positive": "gut", "negative": "schlecht"}
    with path.open("w", newline="", encoding="cp1252") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow(("Nr", "Kommentar", "Bewertung"))
        writer.writerows((n, f"{text} Schön; größer", names[label]) for n, text, label in ROWS)


def english_excel(path):
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(("ID", "Review Text", "Stars"))
        writer.writerows(
            (n, f'"{text}"', 5 if label == "positive" else 1) for n, text, label in ROWS
        )
        writer.writerows((n, f"{text} Hm.", 3) for n, text, _ in ROWS[:4])


def pandas_tsv(path):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(("", "text", "label"))
        writer.writerows((n, f'{text} "So"', label == "positive") for n, text, label in ROWS)


def r_write_csv(path):
    with path.open("w", newline="", encoding="latin-1") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(("", "content", "sentiment"))
        writer.writerows((n, f"{text} déjà vu", label) for n, text, label in ROWS)


def google_sheets(path):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(("Timestamp", "Comment", "Sentiment"))
        writer.writerows(
            (f"1/{n}/2024", f"{text}\nThanks 😍", label.upper()) for n, text, label in ROWS
        )


EXPORTS = {
    "german.csv": (german_excel, ("schlecht", "gut")),
    "english.csv": (english_excel, ("1", "3", "5")),
    "frame.tsv": (pandas_tsv, ("negative", "positive")),
    "r.csv": (r_write_csv, ("negative", "positive")),
    "sheet.csv": (google_sheets, ("NEGATIVE", "POSITIVE")),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_trained_on_by_the_command_that_describe_prints(
    name, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    write, classes = EXPORTS[name]
    write(tmp_path / name)
    assert main(["data", "describe", name]) == 0
    printed = capsys.readouterr()
    command = printed.out.strip().splitlines()[-1].removeprefix("train with: ")
    words = shlex.split(command)
    assert words[:2] == ["imdb-lstm", "train"]
    quick = ["--encoder", "ngrams-nb", "--name", "mine"]  # the same reading, without a network
    assert main([*words[1:], *quick]) == 0
    wanted = "60 reviews: 30" if len(classes) == 2 else "64 reviews: 1: 30, 3: 4, 5: 30"
    assert wanted in capsys.readouterr().err
    assert main(["evaluate", "mine"]) == 0
    if name in ("german.csv", "english.csv"):  # of two and of three classes
        assert main(["report", "mine", "--output", "report.html"]) == 0
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert all(f"predicted {each}" in page for each in classes)
    assert main(["predict", "--run", "mine", "--file", name, "--output", "out.csv"]) == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) >= len(ROWS) and {row["verdict"] for row in rows} <= set(classes)
