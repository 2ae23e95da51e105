"""Headers: found by usual names, or by how the first row differs from the others."""

import pytest
from reading import read, values, written

from imdb_lstm.data.files.header import is_header

TEXTS = ["A film that I liked very much.", "Dull from the first scene to the last.", "Not for me."]


@pytest.mark.parametrize(
    ("first", "rest", "expected"),
    [
        (["text", "label"], [], True),
        (["reviewText", "overall"], [[TEXTS[0], "5"]], True),
        ([TEXTS[0], "1"], [[TEXTS[1], "0"]], False),
        (["0", "1000", "user0", TEXTS[0]], [["0", "1001", "user1", TEXTS[1]]], False),
        (["Meinung", "Wert"], [[text, "3"] for text in TEXTS], True),
        (["pos", TEXTS[0]], [[label, TEXTS[1]] for label in ("neg", "pos") * 3], False),
        (["Urteil", "Film"], [[label, TEXTS[1]] for label in ("gut", "schlecht") * 3], True),
        (["Good", "1"], [["Bad", "0"], ["Dull", "0"]], False),
        (["", "text", "label"], [["0", TEXTS[0], "1"]], True),
        (["film", "good"], [["great", "good"], ["dull", "bad"]] * 3, False),
        (["Good film"], [["Bad film"]], False),
        (["gut", "schlecht"], [], True),
        (["gut", "gut"], [], False),
        (["gut", "7"], [], False),
        (["gut", "das ist ein Film"], [], False),
        (["gut", "schlecht."], [], False),
        (["", ""], [], False),
        (["Kommentar"], [[text] for text in TEXTS], True),
    ],
)
def test_a_header_is_told_from_a_row(first, rest, expected):
    assert is_header(first, rest) is expected


def test_without_a_header_the_columns_have_numbers(tmp_path):
    table, rows = read(written(tmp_path, "".join(f'"{text}",{len(text) % 2}\n' for text in TEXTS)))
    assert table.columns == ("1", "2") and not table.has_header
    assert [text for text, _ in values(rows)] == TEXTS and rows[0].line == 1


def test_names_lose_blanks_but_not_their_case(tmp_path):
    table, rows = read(written(tmp_path, " Text ,LABEL\n a ,1\n"))
    assert table.columns == ("Text", "LABEL")
    assert values(rows) == [(" a ", "1")]
