"""Labels in the form in which they are compared, and classes with their numbers."""

from imdb_lstm.data.labels import Classes, as_number, label_key


def test_numbers_are_read_in_every_spelling_and_nothing_else_is_a_number():
    assert [as_number(text) for text in ("4", "4.5", "4,5", "-1", "1e2")] == [4, 4.5, 4.5, -1, 100]
    assert [as_number(text) for text in ("", "four", "1_0", "inf", "nan", "1,000,000")] == [
        None
    ] * 6
    assert label_key(1.0) == label_key("1") == label_key(" 1.00 ") == "1"
    assert label_key(float("nan")) == label_key(None) == label_key("  ") == ""


def test_ordered_classes_have_the_numbers_of_their_names_or_their_ranks():
    assert Classes(("1", "2", "10"), ordered=True).scale == [1.0, 2.0, 10.0]
    assert Classes(("low", "middle", "high"), ordered=True).scale == [0.0, 1.0, 2.0]
    assert Classes(("3", "2", "1"), ordered=True).scale == [0.0, 1.0, 2.0]  # not ascending
    assert Classes(("1", "2", "10")).scale is None
    assert Classes(("1", "2"), ordered=True).scale is None
