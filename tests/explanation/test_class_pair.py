"""The two classes of an explanation: what is chosen, and the number that is explained."""

from itertools import permutations, product

import numpy as np
import pytest

from imdb_lstm.errors import ConfigError
from imdb_lstm.explanation.class_pair import (
    MOST_CLASSES,
    ClassPair,
    choose_pair,
    pair_of_each,
)
from imdb_lstm.metrics.logits import predicted_classes

RANDOM = np.random.default_rng(0)


def names(count):
    return [f"class {number}" for number in range(count)]


def logits(classes, rows=1):
    return RANDOM.normal(size=rows if classes == 2 else (rows, classes)).astype(np.float32)


@pytest.mark.parametrize("classes", [2, 3, 8])
def test_the_difference_is_the_product_with_the_direction(classes):
    rows = logits(classes, 9)
    for pair in map(ClassPair._make, permutations(range(classes), 2)):
        direction = pair.direction(1 if classes == 2 else classes)
        wanted = rows.reshape(9, -1) @ direction
        np.testing.assert_array_equal(pair.difference(rows), wanted)
        turned = ClassPair(pair.against, pair.of)
        np.testing.assert_array_equal(turned.difference(rows), -wanted)


@pytest.mark.parametrize("classes", [2, 3, 8])
def test_what_is_asked_for_is_chosen_and_the_rest_is_the_most_probable(classes):
    for of, against in product([None, *names(classes)], repeat=2):
        if of is not None and of == against:
            continue
        text = logits(classes)
        pair = choose_pair(text, names(classes), of, against)
        chosen = [names(classes)[number] for number in pair]
        assert chosen[0] != chosen[1]
        assert of in (None, chosen[0]) and against in (None, chosen[1])
        if classes > 2 and of is None:
            assert text[0, pair.of] == np.delete(text[0], [pair.against] if against else []).max()
        if classes > 2 and against is None:
            assert text[0, pair.against] == np.delete(text[0], pair.of).max()


def test_of_two_classes_the_second_is_explained_whatever_is_predicted():
    for logit in (-3.0, 0.0, 3.0):
        assert choose_pair(np.array([logit]), ["bad", "good"]) == (1, 0)
        assert choose_pair(np.array([logit]), ["bad", "good"], against="good") == (0, 1)


def test_an_unknown_class_is_an_error_that_lists_the_classes():
    text = logits(3)
    with pytest.raises(ConfigError, match="no class 'fine'; there are: class 0, class 1, class 2"):
        choose_pair(text, names(3), of="fine")
    with pytest.raises(ConfigError, match="'class 1' cannot be explained against itself"):
        choose_pair(text, names(3), of="class 1", against="class 1")
    with pytest.raises(ConfigError) as error:
        choose_pair(logits(100), ["x" * 200 + str(n) for n in range(100)], against="y" * 200)
    assert "and 80 more" in str(error.value) and len(str(error.value)) < 1_000


@pytest.mark.parametrize("classes", [3, 8, 100])
def test_each_class_is_explained_once_the_predicted_one_first(classes):
    text = logits(classes)
    first, *others = pair_of_each(text, names(classes))
    verdict = predicted_classes(text)[0]
    assert first == choose_pair(text, names(classes)) and first.of == verdict
    assert all(pair.against == verdict for pair in others)
    assert len({first.of, *(pair.of for pair in others)}) == min(classes, MOST_CLASSES)
    odds = [text[0, pair.of] for pair in (first, *others)]
    assert odds == sorted(odds, reverse=True)
    assert odds[-1] >= np.sort(text[0])[-MOST_CLASSES:][0]
