"""Dialects: separators, quotes and headers as programs write them, found without being named."""

import csv
import io

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from reading import read, values, written

from imdb_lstm.data.files import delimited

GERMAN = 'Text;Bewertung\r\n"Ein ""guter"" Film; schön";1\r\nÜbel, ganz übel;0\r\n'
GERMAN_ROWS = [('Ein "guter" Film; schön', "1"), ("Übel, ganz übel", "0")]
ROWS = [('Ein "guter" Film', "1"), ("Dull, really", "0")]
EXPORTS = {
    "Excel, German": (GERMAN, "cp1252", "a.csv", GERMAN_ROWS),
    "Excel, German, CSV UTF-8": (GERMAN, "utf-8-sig", "a.csv", GERMAN_ROWS),
    "Excel, English": (
        'text,label\r\n"Ein ""guter"" Film",1\r\n"Dull, really",0\r\n', "cp1252", "a.csv", ROWS,
    ),
    "Excel, Unicode text": (
        'text\tlabel\r\n"Ein ""guter"" Film"\t1\r\n"Dull, really"\t0\r\n', "utf-16", "a.txt", ROWS,
    ),
    "LibreOffice": (
        '"text","label"\n"Ein ""guter"" Film",1\n"Dull, really",0\n', "utf-8", "a.csv", ROWS,
    ),
    "pandas": ('text,label\n"Ein ""guter"" Film",1\n"Dull, really",0\n', "utf-8", "a.csv", ROWS),
    "pandas, tabs and index": (
        '\ttext\tlabel\n0\t"Ein ""guter"" Film"\t1\n1\tDull, really\t0\n', "utf-8", "a.tsv",
        [("0", *ROWS[0]), ("1", *ROWS[1])],
    ),
    "R, write.csv": (
        '"","text","label"\n"1","Ein ""guter"" Film",1\n"2","Dull, really",0\n', "utf-8", "a.csv",
        [("1", *ROWS[0]), ("2", *ROWS[1])],
    ),
    "R, write.table": (
        '"text"\t"label"\n"1"\t"Ein \\"guter\\" Film"\t1\n"2"\t"Dull, really"\t0\n', "utf-8",
        "a.tsv", [("1", *ROWS[0]), ("2", *ROWS[1])],
    ),
    "Google Sheets": (
        'text,label\r\n"Ein ""guter"" Film",1\r\n"Dull, really",0', "utf-8", "a.csv", ROWS,
    ),
    "Google Sheets, TSV": (
        'text\tlabel\r\nEin "guter" Film\t1\r\nDull, really\t0', "utf-8", "a.tsv", ROWS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", EXPORTS)
def test_what_programs_export_is_read_as_it_was_meant(program, tmp_path):
    content, encoding, name, expected = EXPORTS[program]
    table, rows = read(written(tmp_path, content, name, encoding))
    assert values(rows) == expected
    assert table.has_header and not table.bad
    assert [row.line for row in rows] == [2, 3]


def test_row_names_and_columns_without_a_name_get_one(tmp_path):
    assert read(written(tmp_path, *EXPORTS["R, write.table"][:1], "a.tsv"))[0].columns == (
        "row", "text", "label",
    )  # fmt: skip
    assert read(written(tmp_path, EXPORTS["R, write.csv"][0]))[0].columns[0] == "column 1"


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\ntext;label\na, b;1\nc;0\n",
        "text|label\na, b|1\nc|0\n",
        "text,label,\n\"a, b\",1,\nc,0,\n",
        "text,label\n\"a, b\",1,\nc,0,\n",
        'text, label\n"a, b", 1\n"c" , 0\n',
        'text,label,\n"a, b",1\nc,0\n',
        "text,label\r\"a, b\",1\rc,0\r",
        "text;label\r\na, b;1\nc;0\r\n",
        "# exported by me\n\n# today\ntext,label\n\"a, b\",1\n# a comment\nc,0\n\n",
        "#text,label\n\"a, b\",1\nc,0\n",
        "\ufefftext,label\n\"a, b\",1\n\ufefftext,label\nc,0\n",
    ],
)  # fmt: skip
def test_odd_dialects_give_the_same_rows(content, tmp_path):
    table, rows = read(written(tmp_path, content))
    assert table.columns == ("text", "label") and not table.bad
    assert [(text, label.strip()) for text, label in values(rows)] == [("a, b", "1"), ("c", "0")]


def test_comments_blank_lines_and_repeated_headers_are_counted(tmp_path):
    content = "# by me\ntext,label\na,1\n\n# a, b, c\n#good,1\ntext,label\nb,0\n"
    table, rows = read(written(tmp_path, content))
    assert values(rows) == [("a", "1"), ("#good", "1"), ("b", "0")]
    assert table.description == (
        "CSV separated by ',', UTF-8, header in line 2; "
        "2 comment lines and 1 blank line and 1 repeated header line left out"
    )


def test_one_column_may_have_commas_in_it(tmp_path):
    _, rows = read(written(tmp_path, "text\nfoo, bar\nbaz\nqux, quux, x\n"))
    assert values(rows) == [("foo, bar",), ("baz",), ("qux, quux, x",)]


def test_quoted_texts_with_a_comma_each_stay_whole_beside_a_bad_row(tmp_path):
    """Without quoting, all rows of this file would have three fields, as the bad one has."""
    content = 'id,text\n1,"Good, really"\n2,"Bad, sadly"\n3,one,two\n'
    table, rows = read(written(tmp_path, content))
    assert values(rows) == [("1", "Good, really"), ("2", "Bad, sadly")]
    assert [bad.line for bad in table.bad] == [4]


@pytest.mark.parametrize(
    ("more", "quoting"),
    [
        ("", "no quoting"),
        ("4,Fine\n\n", "no quoting"),
        ("# a comment, of three, parts\n", "no quoting"),
        ("4,A, b\n", "no quoting"),
        ('4,"A, b"\n5,"C, d"\n6,"E, f"\n', "quotes doubled"),
    ],
)
def test_lines_after_the_sample_decide_whether_quotes_have_a_meaning(
    more, quoting, tmp_path, monkeypatch
):
    """In the first lines quotes are characters; one bad row later does not make more of them."""
    monkeypatch.setattr(delimited, "SAMPLE_LINES", 4)
    table, rows = read(written(tmp_path, f'id,text\n1,"Superb\n2,"Dull\n3,So "so"\n{more}'))
    assert quoting in table.description
    if quoting == "no quoting":
        assert values(rows)[:2] == [("1", '"Superb'), ("2", '"Dull')]
        assert len(table.bad) == more.count("A, b")
    else:
        assert values(rows)[1:] == [("4", "A, b"), ("5", "C, d"), ("6", "E, f")]
        assert [bad.line for bad in table.bad] == [2, 3]


def test_a_tsv_may_have_commas_in_every_line(tmp_path):
    content = "a,b\tc\n1,2\t3\n4,5\t6\n"
    assert read(written(tmp_path, content, "a.tsv"))[0].columns == ("a,b", "c")


@pytest.mark.parametrize(
    "lines",
    [
        ['"Superb" is no word for it\t1', "The script was dull\t0"],
        ['"Warm, from first to last\t1', "Dull\t0", "A noisy evening\t0", 'See it, she said"\t1'],
    ],
)
def test_quotes_in_a_tsv_are_characters_unless_they_are_clearly_more(lines, tmp_path):
    content = "text\tlabel\n" + "\n".join(lines)
    table, rows = read(written(tmp_path, content, "a.tsv"))
    assert ["\t".join(row) for row in values(rows)] == lines
    assert "no quoting" in table.description


def test_options_are_stronger_than_the_content(tmp_path):
    path = written(tmp_path, 'a;b,1\n"c",0\n')
    assert values(read(path, header="yes")[1]) == [("c", "0")]
    assert read(path, header="yes")[0].columns == ("a;b", "1")
    assert values(read(path, quoting="none")[1]) == [("a;b", "1"), ('"c"', "0")]
    assert read(path, separator="semicolon", header="no")[0].columns == ("1", "2")


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="0123456789\ufeff\ue00d")
    | st.sampled_from('",;\t|\n"'),
    max_size=30,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(TEXT, min_size=3, max_size=8),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"]),
)
def test_any_table_is_read_back(texts, separator, quoting, end, encoding, tmp_path_factory):
    # A TSV is taken as not quoted in case of doubt, and a text may be what looks like doubt.
    assume(separator != "\t" or quoting != csv.QUOTE_MINIMAL or not any('"' in t for t in texts))
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerow(("id", "text", "label"))
    writer.writerows((number, text, number % 2) for number, text in enumerate(texts))
    folder = tmp_path_factory.mktemp("any")
    table, rows = read(written(folder, stream.getvalue(), encoding=encoding))
    assert values(rows) == [(str(n), text, str(n % 2)) for n, text in enumerate(texts)]
    assert table.columns == ("id", "text", "label") and not table.bad


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
def test_quotes_after_a_backslash_are_found(quoting, tmp_path):
    texts = ['he said "no, no"', "C:\\new, and more", "plain", 'two\nlines "x", y']
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=quoting, doublequote=False, escapechar="\\")
    writer.writerow(("text", "label"))
    writer.writerows((text, number % 2) for number, text in enumerate(texts))
    _, rows = read(written(tmp_path, stream.getvalue()))
    assert [text for text, _ in values(rows)] == texts
