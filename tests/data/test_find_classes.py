from collections import Counter

import pytest

from imdb_lstm.data.find_classes import find_classes
from imdb_lstm.data.labels import (
    LEFT_OUT,
    Classes,
    LabelsError,
)
from imdb_lstm.errors import DataError


def classes_of(*values, asked="", known=None):
    return find_classes(Counter(values), asked, known)


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ("0", "1"), ("0", "4"), ("1", "2"), ("-1", "1"), ("0.0", "1.0"), ("False", "TRUE"),
        ("f", "T"), ("n", "y"), ("No", "yes"), ("neg", "pos"), ("Negative", "POSITIVE"),
        ("schlecht", "gut"), ("mauvais", "bon"), ("负面", "正面"), ("плохо", "хорошо"),
    ],
)  # fmt: skip
def test_the_usual_pairs_are_known_in_any_order_and_case(negative, positive):
    for values in ((negative, positive), (positive, negative)):
        found = classes_of(*values)
        assert found.class_of(negative) == 0
        assert found.class_of(f" {positive} ") == 1
        assert found.meaning or {negative.lower(), positive.lower()} == {"negative", "positive"}


def test_words_keep_the_spelling_of_the_file_and_numbers_become_words():
    assert classes_of("Gut", "Gut", "gut", "schlecht").names == ("schlecht", "Gut")
    assert classes_of("0", "4").names == ("negative", "positive")


def test_the_meaning_of_1_depends_on_the_other_value():
    assert classes_of("0", "1").class_of("1") == 1
    assert classes_of("1", "2").class_of("1") == 0


def test_two_unknown_words_are_classes_in_their_order_and_can_be_turned():
    found = classes_of("rot", "blau")
    assert found.names == ("blau", "rot") and "rot is taken as the positive" in found.meaning
    turned = classes_of("rot", "blau", asked="rot=rot,blau=blau")
    assert turned.names == ("rot", "blau") and turned.class_of("blau") == 1


def test_values_that_are_no_classes_are_refused_with_all_of_them_and_their_counts():
    with pytest.raises(LabelsError, match=r"3 values: a \(2\), b \(1\), c \(1\)") as caught:
        classes_of("a", "a", "b", "c")
    assert caught.value.counts == {"a": 2, "b": 1, "c": 1}
    with pytest.raises(LabelsError, match=r"101 values.*two to 100 classes are needed"):
        classes_of(*2 * [f"{number} a" for number in range(101)])
    with pytest.raises(LabelsError, match="--labels stars"):
        classes_of("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("stars", "wanted"),
    [
        ({"1": 0, "2": 0, "3": LEFT_OUT, "4": 1, "5": 1}, 5),
        ({"0.5": 0, "2.5": 0, "3.0": LEFT_OUT, "3.5": 1, "4,5": 1}, 5),
        ({"1": 0, "4": 0, "5": LEFT_OUT, "6": LEFT_OUT, "7": 1, "10": 1}, 10),
        ({"12": 0, "40": 0, "55": LEFT_OUT, "70": 1, "99": 1}, 100),
        ({"1/5": 0, "2 / 5": 0, "3/5": LEFT_OUT, "4/5": 1}, 5),
        ({"2/10": 0, "5 of 10": LEFT_OUT, "9.5 out of 10 stars": 1}, 10),
        ({"★☆☆☆☆": 0, "★★★☆☆": LEFT_OUT, "★★★★☆": 1, "★★★★★": 1}, 5),
        ({"1 star": 0, "3 Stars": LEFT_OUT, "⭐️⭐️⭐️⭐️": 1}, 5),
    ],
)
def test_stars_are_two_classes_without_the_middle(stars, wanted):
    found = classes_of(*stars, asked="stars")
    assert {value: found.class_of(value) for value in stars} == stars
    assert f"of {wanted} stars" in found.meaning


def test_what_is_asked_must_say_something_about_every_value():
    asked = "bad=1|2,good=4|5,none=3"
    found = classes_of("1", "2", "3", "4", "5", asked=asked)
    assert found.names == ("bad", "good")
    assert [found.class_of(value) for value in "12345"] == [0, 0, LEFT_OUT, 1, 1]
    with pytest.raises(DataError, match=r"says nothing about 6 \(2 rows\)"):
        classes_of("1", "6", "6", asked=asked)
    for wrong in ("stern", "a=1", "a=1,a=2", "a=1,b=1", "=1,=2"):
        with pytest.raises(DataError, match="--labels"):
            classes_of("1", "2", asked=wrong)


def test_a_run_keeps_its_classes_in_other_files_where_that_can_be():
    german = classes_of("schlecht", "gut")
    assert classes_of("gut", known=german) == german
    translated = classes_of("0", "1", known=german)
    assert translated.names == german.names and translated.class_of("1") == 1
    colours = classes_of("blau", "rot")
    assert classes_of("rot", known=colours) == colours
    for values, known in ((("0", "1"), colours), (("blau", "rot"), Classes())):
        with pytest.raises(LabelsError, match="the run's classes"):
            classes_of(*values, known=known)


def test_three_and_more_values_are_a_class_each_in_the_order_of_numbers_and_letters():
    found = classes_of(*2 * ["10", "9", "1"])
    assert found.names == ("1", "9", "10") and found.class_of("9.0") == 1
    assert not found.ordered and "--ordinal" in found.meaning
    topics = classes_of(*2 * ["Sport", "arts", "Politics", "sport"])
    assert topics.names == ("arts", "Politics", "Sport") and topics.class_of("SPORT") == 2
    weeks = classes_of(*2 * ["week 10", "week 9", "week 1"])
    assert weeks.names == ("week 1", "week 9", "week 10")


@pytest.mark.parametrize(
    "values", [("neg", "neutral", "pos"), ("-1", "0", "1"), ("schlecht", "neutral", "gut")]
)
def test_negative_neutral_and_positive_are_known_and_ordered(values):
    for order in (values, values[::-1]):
        found = classes_of(*order, *order)
        assert [found.class_of(value) for value in values] == [0, 1, 2]
        assert found.ordered and found.scale == [0.0, 1.0, 2.0]
    more = classes_of(*values, *values, *2 * ["good", "bad"]) if "neg" in values else found
    assert len(more) == 3


def test_numbers_of_a_column_of_stars_are_ordered_and_their_distance_is_that_of_the_numbers():
    found = find_classes(Counter(2 * ["1", "4", "7", "10"]), ordered=True)
    assert found.scale == [1.0, 4.0, 7.0, 10.0]
    assert find_classes(Counter(2 * ["a", "b", "c"]), ordered=True).scale == [0.0, 1.0, 2.0]
    assert find_classes(Counter(2 * ["1", "2"]), ordered=True).scale is None


def test_a_value_in_one_row_is_refused_and_can_be_left_out():
    values = [*3 * ["a", "b", "c"], "d"]
    with pytest.raises(LabelsError, match=r"d \(1\); a class needs two rows.* none=d leaves out"):
        classes_of(*values)
    found = classes_of(*values, asked="none=d")
    assert found.names == ("a", "b", "c") and found.class_of("d") == LEFT_OUT
    left = classes_of("good", "bad", "?", asked="none=?")
    assert left.names == ("bad", "good") and left.class_of("?") == LEFT_OUT


def test_named_classes_are_in_the_order_given_unless_they_are_known():
    found = classes_of("1", "2", "3", asked="low=1,high=3,middle=2")
    assert found.names == ("low", "high", "middle") and found.class_of("3") == 1
    found = classes_of("1", "2", "3", asked="positive=3,neutral=2,negative=1")
    assert found.names == ("negative", "neutral", "positive") and found.ordered
    assert [found.class_of(value) for value in "123"] == [0, 1, 2]


def test_a_run_of_several_classes_keeps_them_in_other_files():
    run = classes_of(*2 * ["a", "b", "c"])
    assert classes_of("c", "a", known=run) == run
    assert classes_of("c", "?", asked="none=?", known=run).class_of("?") == LEFT_OUT
    renamed = classes_of("1", "2", "3", asked="c=3,a=1,b=2", known=run)
    assert renamed.names == run.names and renamed.class_of("3") == 2
    for values in (("a", "d"), ("0", "1"), ("negative", "positive"), ("a", "e", "e", "f", "f")):
        with pytest.raises(LabelsError, match=r"the run's classes a, b, c.*--labels a=\.\.\.,b="):
            classes_of(*values, known=run)
    three = classes_of(*2 * ["negative", "neutral", "positive"])
    assert classes_of("negative", "positive", known=three) == three
    found = classes_of("0", "1", known=three)
    assert found.names == three.names and found.class_of("1") == 2
