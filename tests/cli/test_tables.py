"""Tables lose nothing in a narrow terminal."""

import io

import pytest
from rich.console import Console
from several import evaluation_of

from imdb_lstm.cli.tables import (
    ComparisonsTable,
    ValuesTable,
    classes_table,
    folding_table,
    metrics_table,
)

LONG = "a-very-long-name-of-a-run-that-says-what-it-is-20260101-101010"
NAMES = ["tiny", LONG, "third", "fourth"]


def printed(table, width):
    """The lines of a table, and its text without lines, blanks and breaks."""
    stream = io.StringIO()
    Console(file=stream, width=width, soft_wrap=True).print(table)
    columns = [line.strip("┃│").replace("┃", "│").split("│") for line in
               stream.getvalue().splitlines() if line[0] in "┃│"]  # fmt: skip
    joined = ["".join(cell.strip() for cell in column) for column in zip(*columns, strict=True)]
    return stream.getvalue().splitlines(), joined


@pytest.mark.parametrize("count", [1, 2])
def test_every_value_and_name_is_whole_in_forty_columns(count):
    columns = [{"accuracy": "81.23%", "calibration error, temperature-scaled": "0.1234"}] * count
    lines, joined = printed(ValuesTable(NAMES[1 : 1 + count], columns), 40)
    assert max(map(len, lines)) <= 40 and not any("…" in line for line in lines)
    assert LONG in joined[1] and "81.23%" in joined[1] and "0.1234" in joined[1]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_columns_that_do_not_fit_follow_in_further_tables(width):
    columns = [{"accuracy": f"{number}%"} for number in range(4)]
    lines, _ = printed(ValuesTable(["a", "b", "c", "d"], columns), width)
    assert max(map(len, lines)) <= width
    for number in range(4):
        assert any(f"{number}%" in line for line in lines)
    assert sum("accuracy" in line for line in lines) == {20: 4, 40: 4, 80: 1, 200: 1}[width]


def test_a_comparison_is_a_line_where_a_row_does_not_fit():
    row = {"a": "tiny", "b": LONG, "only_a_right": 1234, "only_b_right": 5, "p_value": 1.2e-05}
    lines, _ = printed(ComparisonsTable([row, row]), 40)
    assert lines == [
        f"a: tiny; b: {LONG}; only a right: 1,234; only b right: 5; p, McNemar: 1.2e-05"
    ] * 2  # fmt: skip
    lines, joined = printed(ComparisonsTable([row]), 80)
    assert max(map(len, lines)) <= 80 and joined[1] == f"b{LONG}" and joined[4].endswith("1.2e-05")


def test_a_compact_table_has_whole_numbers_in_forty_columns():
    table = folding_table("place", "word", "Integrated gradients", "Occlusion", "Attention",
                          compact=True)  # fmt: skip
    table.add_row("123", "unbelievable (unknown to the model)", "+0.123", "-1.345", "+0.111")
    stream = io.StringIO()
    Console(file=stream, width=40, soft_wrap=True).print(table)
    for number in ("+0.123", "-1.345", "+0.111"):
        assert number in stream.getvalue()


def test_the_scores_of_every_class_are_shown_and_fit_in_forty_columns():
    found = evaluation_of(20)
    lines, joined = printed(classes_table(found), 100)
    for row in found.metrics["by_class"]:
        for key in ("precision", "recall", "f1"):
            assert any(f"{row[key]:.1%}" in line for line in lines)
    assert joined[0].startswith("run_hidden$\\frac$<b>x</b>")
    assert max(map(len, printed(classes_table(found), 40)[0])) <= 40


@pytest.mark.parametrize("ordered", [False, True])
def test_metrics_of_several_classes_have_averages_and_ordered_ones_distances(ordered):
    found = evaluation_of(3, ordered=ordered)
    [column] = metrics_table([found]).columns
    assert column["macro F1"] == f"{found.metrics['macro_f1']:.2%}"
    assert column["area under ROC"] == "a class is absent" and "F1" not in column
    assert ("mean absolute error" in column) == ("quadratic kappa" in column) == ordered
