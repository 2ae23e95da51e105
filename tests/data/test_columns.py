import pytest

from imdb_lstm.data.columns import label_column, optional_column, text_column
from imdb_lstm.data.files.rows import Row, Table
from imdb_lstm.errors import DataError


def table(*columns, rows=(), header=True):
    found = [Row(2, dict(zip(columns, row, strict=True))) for row in rows]
    return Table("films.csv", "films.csv", columns, header, "csv", "CSV", lambda _: iter(found))


@pytest.mark.parametrize("name", ["text", "Review", "reviewText", "review_text", " CONTENT "])
def test_the_text_is_found_by_its_usual_names(name):
    assert text_column(table("id", name, "label"), label="label") == name


@pytest.mark.parametrize("name", ["label", "Sentiment", "stars", "overall", "Target"])
def test_the_label_is_found_by_its_usual_names(name):
    assert label_column(table("text", name)) == name


def test_two_candidates_are_refused_with_both():
    with pytest.raises(DataError, match="'review' and 'content' could both be the text"):
        text_column(table("review", "content", "label"), label="label")
    with pytest.raises(DataError, match="'sentiment' and 'stars' could both be the label"):
        label_column(table("text", "sentiment", "stars"))
    for other in ("rating", "stars"):
        assert label_column(table("text", "label", other)) == "label"


def test_what_is_asked_is_found_in_any_case_or_refused_with_the_columns():
    assert text_column(table("Body Text", "y"), "body_text") == "Body Text"
    with pytest.raises(DataError, match="no column 'body'; the columns are 'a', 'b'"):
        text_column(table("a", "b"), "body")
    with pytest.raises(DataError, match="no column is known as the label"):
        label_column(table("a", "b"))


def test_the_only_column_is_the_text():
    assert text_column(table("whatever")) == "whatever"


def test_without_a_header_columns_are_found_by_their_values():
    rows = [(str(n % 2 * 4), str(n), "QUERY", f"A film of {n} hours, too long") for n in range(9)]
    found = table("1", "2", "3", "4", rows=rows, header=False)
    assert label_column(found) == "1"
    assert text_column(found, label="1") == "4"


def test_a_column_that_need_not_be_there():
    assert optional_column(table("text", "rating"), "rating") == "rating"
    assert optional_column(table("text"), "rating") == ""
    with pytest.raises(DataError, match="no column 'author'"):
        optional_column(table("text"), "author", asked=True)
