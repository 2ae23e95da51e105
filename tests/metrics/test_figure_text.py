"""Names in figures: any name is drawn without a warning, and different names stay different."""

import unicodedata
import warnings
from pathlib import Path

import matplotlib
import pytest
from drawing import LABELS, LOGITS, png_bytes
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from imdb_lstm.explanation.gate_plots import GATES, STATES, gates_figure, units_figure
from imdb_lstm.metrics.confusion_plots import confusion_figure
from imdb_lstm.metrics.figure_text import LONGEST, NOTE, cut_middle, drawable, one_line
from imdb_lstm.metrics.group_plots import MOST_GROUPS, accuracy_by_group_figure
from imdb_lstm.metrics.probability_plots import roc_and_precision_recall_figure
from imdb_lstm.metrics.subgroups import accuracy_by_group
from imdb_lstm.metrics.tradeoff_plots import coverage_figure, pareto_figure

ODD = [
    r"$\frac$", "$5_a$", "under $10 and $20^", "_hidden", "", "  ", "<b>x</b>", "two\nlines",
    "\x00\x1b[31m", "\ud800", "\u202eoverride", "电影", "😀", "👨‍👩‍👧", "नमस्ते", "مرحبا", "שלום",
    "e\u0301", "é",
    "n" * 300, "n" * 299 + "m", r"\u7535\u5f71", "a_b^c", "%s {x}", "\ufffe", "\ue000",
]  # fmt: skip
ROWS = accuracy_by_group(LABELS, LOGITS, [ODD[i % len(ODD)] for i in range(len(LABELS))])


@pytest.fixture
def boxes(tmp_path):
    """The family of an installed font that has a glyph for each of two Chinese characters."""
    path, family = tmp_path / "boxes.ttf", "Boxes of a test"
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((0, 700))
    pen.lineTo((700, 0))
    pen.closePath()
    font, names = FontBuilder(1000, isTTF=True), [".notdef", "one", "two"]
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord("电"): "one", ord("影"): "two"})
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(names, (900, 100)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": family, "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)
    before = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(path)
    yield family
    font_manager.fontManager.ttflist[:] = before


def figures():
    """Every figure that shows names, with odd ones."""
    models = {name or "x": LOGITS for name in ODD[:6]}
    costs = [
        {"run": name, "cost": index + 1.0, "accuracy": 0.8, "accuracy_low": 0.7,
         "accuracy_high": 0.9}
        for index, name in enumerate(ODD[:12])
    ]  # fmt: skip
    gates = dict.fromkeys((*GATES, *STATES), LOGITS[: 2 * len(ODD)].reshape(len(ODD), 2))
    yield accuracy_by_group_figure(ROWS, r"$\frac$", "$a_b$")
    yield roc_and_precision_recall_figure(LABELS, models)
    yield coverage_figure(LABELS, models)
    yield pareto_figure(costs, "cost", "$a_b$")
    yield confusion_figure([[1, 2], [3, 4]], ("电影", r"$\frac$"))
    yield gates_figure(ODD, gates, r"$\frac$")
    yield units_figure(ODD, gates, [0], r"$\frac$")


@pytest.mark.slow
def test_any_name_is_drawn_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(png_bytes(figure) for figure in figures())


def test_different_names_stay_different_and_are_short_lines_of_characters():
    found = drawable(ODD).names
    assert len(set(found)) == len(set(ODD))
    for name in found:
        assert 0 < len(name) <= LONGEST + len(" (2)")
        assert not {unicodedata.category(character)[0] for character in name} & {"C"}


def test_a_name_has_one_text_wherever_it_is_repeated():
    assert len(set(drawable(["n" * 300] * 3).names)) == 1


def test_what_can_be_drawn_is_drawn_as_it_is_written():
    for name in ("1-100", r"$\frac$", "<b>x</b>", "مرحبا", "naïve", "_hidden"):
        assert drawable([name]).names == [name]
        assert drawable([name]).note == ""


def test_a_character_of_no_font_is_its_code_and_the_figure_says_so():
    found = drawable(["电影 1"])
    assert found.names == [r"\u7535\u5f71 1"]
    (axes,) = accuracy_by_group_figure([ROWS[0] | {"group": "电"}], "A", "Group").axes
    assert axes.get_xlabel() == f"Group (number of reviews)\n{NOTE}"


def test_an_installed_font_is_used_for_what_the_usual_one_lacks(boxes):
    found = drawable(["电影", "ok"])
    assert found.names == ["电影", "ok"] and found.note == ""
    assert found.style["fontfamily"] == [*matplotlib.rcParams["font.family"], boxes]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert png_bytes(confusion_figure([[1, 2], [3, 4]], ("电影", "ok")))


def test_fonts_for_formulas_are_not_for_names():
    assert "fontfamily" not in drawable(["\U0001d400"]).style or any(
        Path(matplotlib.get_data_path()) not in Path(font.fname).parents
        for font in font_manager.fontManager.ttflist
    )


def test_a_cut_keeps_both_ends_and_no_accent_without_its_letter():
    assert cut_middle("a" * 10 + "b" * 10, 9) == "aaaaa…bbb"
    assert cut_middle("x" * 10 + "क" + "\u093f" + "yy", 9) == "xxxxx…yy"
    assert one_line("e\u0301") == "é"


def test_names_that_begin_with_a_line_are_in_the_legend():
    figure = coverage_figure(LABELS, {"_x": LOGITS, "y": LOGITS})
    assert [text.get_text().strip() for text in figure.legends[0].get_texts()] == ["_x", "y"]


def test_only_the_largest_of_many_groups_are_drawn_and_the_figure_says_so():
    rows = [dict(ROWS[0], group=f"film {index}", reviews=index) for index in range(1_000)]
    (axes,) = accuracy_by_group_figure(rows, "Accuracy", "Group").axes
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert len(names) == MOST_GROUPS
    assert names[0] == "film 950 (950)" and names[-1] == "film 999 (999)"
    assert axes.get_xlabel() == "Group (the 50 largest of 1,000; number of reviews)"


def test_whole_stars_have_no_decimals():
    rows = [dict(ROWS[0], group=stars) for stars in (1.0, 1.5, 10.0)]
    (axes,) = accuracy_by_group_figure(rows, "Accuracy", "Stars").axes
    names = [label.get_text().split("\n")[0] for label in axes.get_xticklabels()]
    assert names == ["1", "1.5", "10"]
