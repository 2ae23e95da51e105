"""Names: what may be a folder everywhere, and a name for whatever the data are called."""

import pytest

from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.names import LONGEST, check_name, data_name

IMPOSSIBLE = (
    "", " ", ".", "..", "a/b", "a\\b", "/", "-x", "--name", ".hidden", "x.", "x ", " x", "a\nb",
    "a\rb", "a\x00b", "a\x1b[31m", "a\u2028b", "a\x85b", "\udcff", "n" * (LONGEST + 1),
    "\u00e9" * (LONGEST // 2 + 1), "\u3000",
)  # fmt: skip
ODD_DATA = (
    "", ".", "..", "/", "-", "--", ".csv", "...csv", "*.csv", "2023/*.csv", "reviews-*.csv",
    "x\udcff.csv", "a\nb.csv", "-x.csv", "x .csv", "\u3000.csv", "\u00e9" * 300, "a\\b", "x.\u2003",
    "../reviews.csv", "reviews/", "[red].tsv", "x\0y", ".hidden", "\U0001f3ac" * 99 + ".csv.gz",
)  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_name_is_refused_in_one_short_line(name):
    with pytest.raises(ConfigError, match=r"cannot be the name of a study: .* --name") as caught:
        check_name(name, "study")
    message = str(caught.value)
    assert len(message.splitlines()) == 1 and message.isprintable() and len(message) < 250


@pytest.mark.parametrize("name", ["films", "a b", "Фильмы", "映画", "🎬", "x-1.2", "_", "n" * 200])
def test_any_other_name_is_fine(name):
    check_name(name, "run")


@pytest.mark.parametrize("data", ODD_DATA)
def test_the_name_made_from_any_data_is_allowed_with_an_encoder_and_a_time(data):
    check_name(data_name(data), "run")
    check_name(f"{data_name(data)}-ngrams-embedded-20260101-000000", "run")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("reviews.2023.csv", "reviews.2023"), ("reviews.v1.2", "reviews.v1.2"),
        ("R.CSV.GZ", "R"), ("export.txt.csv", "export"), ("a/b/films.jsonl", "films"),
        ("films/", "films"), ("2023/*.csv", "2023"), ("reviews-*.csv", "reviews"), ("-", "stdin"),
        ("imdb", "imdb"), ("映画.tsv.zst", "映画"), ("my reviews.csv", "my reviews"),
    ],
)  # fmt: skip
def test_only_known_suffixes_are_taken_off(data, name):
    assert data_name(data) == name
