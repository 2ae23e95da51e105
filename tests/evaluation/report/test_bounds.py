"""Reports of large files: bounded lists, texts that are cut and say so, names of every kind."""

from pathlib import Path

import numpy as np
import pytest
from pages import HOSTILE, Page, check_landmarks, told

from imdb_lstm.data.reviews import Reviews
from imdb_lstm.evaluation.evaluate import MOST_GROUPS, Evaluation, measure_logits
from imdb_lstm.evaluation.report.groups import MOST_ROWS, subgroups_section
from imdb_lstm.evaluation.report.label_errors import LISTED, label_errors_section
from imdb_lstm.evaluation.report.page import Picture, ReviewList, Table, report_page
from imdb_lstm.evaluation.report.wording import LONGEST_NAME, all_named, isolated, stars

NAMES = [r"$\frac$", "_x", "电影", "مرحبا", "<b>x</b>", "n" * 300, "n" * 299 + "m", "two\nlines",
         *HOSTILE]  # fmt: skip


def evaluation(texts, names=None, groups=(), ratings=None):
    """Predictions on some texts, half of them wrong."""
    count = len(texts)
    labels = (np.arange(count) % 2).astype(np.int8)
    logits = np.where(np.arange(count) % 4 < 2, 2.0, -2.0).astype(np.float32)
    logits += np.linspace(0, 1, count, dtype=np.float32)
    names = list(names or (f"a.csv:{index}" for index in range(count)))
    ratings = np.zeros(count, np.int8) if ratings is None else ratings
    reviews = Reviews(list(texts), labels, ratings, names, list(groups), [])
    metrics = {"data": "a.csv", "split": "all"} | measure_logits(reviews, logits, 1.0)
    return Evaluation(Path("run"), "a.csv", "all", metrics, logits, reviews)


def page_of(section):
    return report_page("run", [], [section])


def subgroups(found):
    return subgroups_section(found, {}, lambda token: True)


def tables(section):
    return [part for part in section.parts if isinstance(part, Table)]


def test_a_huge_review_is_cut_where_it_is_listed_and_its_length_is_stated():
    huge = ["so dull " * 100_000, "x" * 800_000, "电" * 800_000]
    found = evaluation([*huge, *["fine"] * 9])
    whole = page_of(label_errors_section(found, {}, [], in_sample=False))
    assert len(whole) < 30_000
    assert (
        told(whole).count("characters cut …]")
        == sum(
            item.text.count("characters cut …]")
            for part in label_errors_section(found, {}, [], in_sample=False).parts
            if isinstance(part, ReviewList)
            for item in part.items
        )
        > 0
    )


@pytest.mark.slow
def test_the_lists_of_many_reviews_are_bounded():
    found = evaluation(["a dull film"] * 20_000)
    section = label_errors_section(found, {}, [found], in_sample=False)
    [listed] = [part for part in section.parts if isinstance(part, ReviewList)]
    [table] = tables(section)
    assert len(listed.items) == LISTED and len(table.rows) == 1_000
    assert table.caption.startswith("The first 1,000 of ")


@pytest.mark.slow
def test_any_name_of_a_group_is_a_cell_and_no_markup():
    found = evaluation(["fine"] * 90, groups=[NAMES[i % len(NAMES)] for i in range(90)])
    section = subgroups(found)
    whole = page_of(section)
    check_landmarks(whole)
    assert {tag for tag, _ in Page(whole).tags} == {
        tag
        for tag, _ in Page(page_of(subgroups(evaluation(["fine"] * 90, groups=["x"] * 90)))).tags
    }
    [table] = [each for each in tables(section) if each.caption == "Accuracy by group"]
    first = [row[0] for row in table.rows]
    assert len(set(first)) == len(set(NAMES)) and max(map(len, first)) <= LONGEST_NAME + 10


def test_more_groups_than_are_evaluated_are_told():
    groups = [f"film {index}" for index in range(MOST_GROUPS + 10)]
    section = subgroups(evaluation(["fine"] * len(groups), groups=groups))
    assert f"in {MOST_GROUPS + 10} groups, which are too many" in told(page_of(section))


def test_thousands_of_ratings_are_listed_up_to_a_limit():
    found = evaluation(["fine"] * 40)
    row = found.metrics["by_length"][0]
    found.metrics["by_rating"] = [row | {"group": index / 2} for index in range(3_000)]
    section = subgroups(found)
    [table] = [each for each in tables(section) if "star" in each.caption]
    assert len(table.rows) == MOST_ROWS and table.folded and "of 3,000 groups" in table.caption
    assert [row[0] for row in table.rows[:4]] == ["0", "0.5", "1", "1.5"]
    assert all(len(part.words) < 9_000 for part in section.parts if isinstance(part, Picture))


def test_ratings_are_printed_as_they_were_given():
    for rating, shown in ((np.int8(0), ""), (np.int8(7), "7"), (np.float32("nan"), ""),
                          (np.float32(1.5), "1.5"), (np.float64(3), "3"), (np.float64(0), "0"),
                          (np.float64(97.5), "97.5")):  # fmt: skip
        assert stars(rating) == shown


def test_names_from_right_to_left_are_isolated():
    for name in ("مرحبا", "שלום 1", "a\u202eb"):
        assert isolated(name) == f"\u2068{name}\u2069"
    for name in ("film 1", "电影", "naïve", "😀", "-1.5 %"):
        assert isolated(name) == name
    assert len(set(all_named(["n" * 300, "n" * 299 + "m", "n" * 150 + "m" + "n" * 149]))) == 3
