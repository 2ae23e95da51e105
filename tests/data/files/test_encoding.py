"""Encodings: recognised over the whole file, with wrong bytes costing their row and no more."""

import pytest
from reading import read, values, written

from imdb_lstm.data.files.rows import FileOptions
from imdb_lstm.errors import DataError

FRENCH = "Très bon film, à voir où l’on veut — “génial”"
LANGUAGES = {
    "cp1251": ("Очень хороший фильм и отличная игра актёров", "Плохой, скучный фильм"),
    "koi8_r": ("Очень хороший фильм и отличная игра актёров", "Плохой, скучный фильм"),
    "cp1253": ("Μια πολύ καλή ταινία με υπέροχους ηθοποιούς", "Κακή ταινία"),
    "cp932": ("とても良い映画でした。俳優も素晴らしい。", "退屈な映画"),
    "euc_jp": ("とても良い映画でした。俳優も素晴らしい。", "退屈な映画"),
    "gb18030": ("这是一部非常好看的电影，演员的表演很出色。", "很无聊的电影"),
    "big5": ("這是一部非常好看的電影，演員的表演很出色。", "很無聊的電影"),
    "cp949": ("정말 좋은 영화였습니다 배우들의 연기도 훌륭했다", "지루한 영화"),
    "cp1250": ("Bardzo dobry film, świetna gra aktorów i piękne zdjęcia", "Zły i nudny, żałuję"),
    "cp1254": ("Çok güzel bir film, oyuncular harika ve müzik şahane", "Kötü film, sıkıcı"),
    "cp1255": ("סרט מצוין עם שחקנים נהדרים", "סרט משעמם"),
    "cp1252": (FRENCH, "Mauvais, trop léger"),
    "latin-1": ("Ein schöner Film, über Bäume", "Übel"),
}
WIDE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")


@pytest.mark.parametrize("encoding", LANGUAGES)
def test_legacy_encodings_are_found_by_their_letters(encoding, tmp_path):
    texts = LANGUAGES[encoding] * 3
    content = "text;label\n" + "".join(f"{text};{len(text) % 2}\n" for text in texts)
    table, rows = read(written(tmp_path, content, encoding=encoding))
    assert [text for text, _ in values(rows)] == list(texts)
    assert "UTF-8" not in table.description and not table.bad


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("text", [FRENCH, "很无聊的电影，真的", "plain", "🎬 cinéma 🎥"])
def test_unicode_is_found_with_and_without_a_mark(encoding, text, tmp_path):
    content = f'text,label\n"{text}",1\n"{text}",0\n'
    _, rows = read(written(tmp_path, content, encoding=encoding))
    assert values(rows) == [(text, "1"), (text, "0")]


def test_a_wrong_byte_in_utf8_costs_one_row(tmp_path):
    content = "text,label\ncafé,1\nnaïve,0\n".encode() + b"caf\xe9,0\n" + "Ünal,1\n".encode()
    table, rows = read(written(tmp_path, content))
    assert [text for text, _ in values(rows)] == ["café", "naïve", "Ünal"]
    [bad] = table.bad
    assert (bad.line, bad.reason) == (4, "byte 0xe9 is not UTF-8")


def test_the_whole_file_is_looked_at(tmp_path):
    """Western text may begin with megabytes of ASCII."""
    content = b"text,label\n" + b"plain text of ASCII only,1\n" * 50_000 + b"caf\xe9,0\n"
    table, rows = read(written(tmp_path, content))
    assert rows[-1].values["text"] == "café" and rows[-1].line == 50_002
    assert "Windows-1252" in table.description


def test_an_encoding_given_by_hand_is_used_strictly(tmp_path):
    path = written(tmp_path, b"text,label\ncaf\xe9,1\nplain,0\n")
    assert [row.values["text"] for row in read(path, encoding="latin-1")[1]] == ["café", "plain"]
    table, rows = read(path, encoding="utf-8")
    assert len(rows) == 1 and "0xe9" in table.bad[0].reason


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-be", "utf-8"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_mark_is_no_text_where_the_encoding_is_given(encoding, mark, tmp_path):
    own = f"{encoding}-le" if encoding == "utf-16" else encoding
    path = written(tmp_path, f"{mark}café,label\nnaïve,1\n", encoding=own)
    table, rows = read(path, encoding=encoding, header="yes")
    assert table.columns == ("café", "label") and values(rows) == [("naïve", "1")]


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "", "zip", "x y"])
def test_an_unknown_encoding_is_refused(encoding):
    with pytest.raises(DataError, match="no text encoding that Python knows"):
        FileOptions(encoding=encoding)


def test_a_header_that_cannot_be_decoded_is_refused(tmp_path):
    path = written(tmp_path, b"text,labe\xff\n" + "é,1\nà,0\n".encode())
    with pytest.raises(DataError, match=r"line 1: the header cannot be read: byte 0xff"):
        read(path)
