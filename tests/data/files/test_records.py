"""Bad rows of delimited files: none is lost, none takes others with it, each is told."""

import pytest
from reading import read, values, written

from imdb_lstm.errors import DataError

HEADER = "id,text,label\n"


def test_a_quote_that_swallows_rows_costs_one_row(tmp_path):
    content = HEADER + '1,"a, b",1\n2,"bad,0\n3,c,1\n4,d",0\n5,"e, f",1\n'
    table, rows = read(written(tmp_path, content))
    assert [row.line for row in rows] == [2, 4, 5, 6]
    [bad] = table.bad
    assert bad.line == 3 and "line 5" in bad.reason and "--quoting none" in bad.reason
    _, trusting = read(tmp_path / "a.csv", quoting="double")
    assert len(trusting) == 3


def test_without_sense_in_quotes_they_are_characters(tmp_path):
    content = 'id,text\n1,"Superb and warm\n2,Dull\n3,My aunt said ""no""\n4,Awful"\n'
    table, rows = read(written(tmp_path, content))
    assert [row.line for row in rows] == [2, 3, 4, 5]
    assert "no quoting" in table.description


def test_texts_of_several_lines_are_one_row(tmp_path):
    text = "Pros:\nfine, really\n\n1, not 2\nCons: none"
    content = HEADER + f'1,"{text}",1\n2,"b\nc",0\n3,d,1\n'
    _, rows = read(written(tmp_path, content))
    assert values(rows) == [("1", text, "1"), ("2", "b\nc", "0"), ("3", "d", "1")]
    assert [row.line for row in rows] == [2, 7, 9]
    assert rows[1].raw == '2,"b\nc",0\n'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2,b", "2 fields, 3 expected"),
        ("2,b,c,0", "4 fields, 3 expected"),
        ('2,"b" c,0', "text follows a closing quote"),
        ('2,"b,0', "a quote opened in line 3 is not closed before the end of the file"),
    ],
)
def test_a_bad_row_is_told_and_the_others_are_read(line, reason, tmp_path):
    path = written(tmp_path, HEADER + f'1,"a, b",1\n{line}\n3,c,1\n4,d,0\n')
    table, rows = read(path)
    assert [row.line for row in rows] == [2, 4, 5]
    [bad] = table.bad
    assert (bad.line, bad.raw, bad.path) == (3, f"{line}\n", str(path))
    assert reason in bad.reason
    with pytest.raises(DataError, match=f"^a.csv, line 3: {reason}.*--bad-rows skip") as error:
        read(path, bad_rows="stop")
    assert "\n" not in str(error.value)


def test_bad_rows_are_collected_anew_each_time(tmp_path):
    table, rows = read(written(tmp_path, HEADER + "1,a\n2,b,0\n"))
    assert list(table.rows()) == rows and len(table.bad) == 1


def test_half_of_a_file_in_one_quote_is_a_bad_row_and_no_more(tmp_path):
    lines = [f'{number},"text, {number}",{number % 2}' for number in range(9_000)]
    lines[3_500] = '3500,"unclosed,0'
    table, rows = read(written(tmp_path, HEADER + "\n".join(lines)))
    assert len(rows) == len(lines) - 1 and [bad.line for bad in table.bad] == [3_502]


@pytest.mark.parametrize("name", ["text", " Text "])
def test_a_column_name_that_occurs_twice_is_refused(name, tmp_path):
    path = written(tmp_path, f"text,label,{name.strip().lower()}\na,1,b\n")
    with pytest.raises(DataError, match=r"line 1: the column name 'text' occurs twice.* 1 and 3"):
        read(path)


def test_zero_bytes_and_long_texts_are_kept(tmp_path):
    text = "a\0b" + "x" * 300_000
    assert values(read(written(tmp_path, f"text,label\n{text},1\n"))[1]) == [(text, "1")]


def test_a_lone_return_ends_a_row_only_where_rows_result(tmp_path):
    content = 'id,text,label\r\n1,a,1\r2,b,0\r\n3,c\rd,1\r\n4,"e, f\rg fine",1\r\n'
    _, rows = read(written(tmp_path, content))
    assert values(rows) == [
        ("1", "a", "1"),
        ("2", "b", "0"),
        ("3", "c\rd", "1"),
        ("4", "e, f\rg fine", "1"),
    ]
    assert [row.line for row in rows] == [2, 2, 3, 4]


def test_a_lone_return_within_quotes_is_of_the_text(tmp_path):
    _, rows = read(written(tmp_path, 'text,label\n"a, b\rc fine film",0\nd,1\n'))
    assert values(rows) == [("a, b\rc fine film", "0"), ("d", "1")]
