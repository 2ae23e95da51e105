"""The notebooks: they run from top to bottom on the sample, and what is committed is clean."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from notebooks.execute import execute

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
LONGEST_FUNCTION = 10  # lines; what is longer, or of use elsewhere, belongs to the package
MOST_BYTES = 500_000
FOREIGN = re.compile(r"/(?:home|root|tmp|work|usr|opt|Users|content)/|[A-Z]:\\\\")


def read(name):
    return nbformat.read(FOLDER / name, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parsed(cell):
    """The Python of a cell, its magics left out."""
    return ast.parse(re.sub(r"(?m)^(\s*)%.*$", r"\1pass", cell.source))


def kinds(cell):
    """What kind each output of a cell is of."""
    return [
        (output.output_type, output.get("name", ""), *sorted(output.get("data", {})))
        for output in cell.outputs
    ]


def text_without_pictures(notebook):
    """Everything in a notebook but its pictures, whose letters mean nothing."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            output.get("data", {}).pop("image/png", None)
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all, so that runs are trained once."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_gives_what_is_committed(name, folder, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(folder / ".ipython"))
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nothing answers there
    now, before = execute(FOLDER / name, folder), read(name)
    for cell, committed in zip(code_cells(now), code_cells(before), strict=True):
        if ".exists()" not in cell.source:  # what another notebook trained is not trained again
            assert kinds(cell) == kinds(committed), cell.source


@pytest.mark.parametrize("name", NAMES)
def test_it_was_run_from_top_to_bottom_without_a_fault(name):
    notebook = read(name)
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_no_more_than_it_should(name):
    notebook = read(name)
    assert (FOLDER / name).stat().st_size < MOST_BYTES
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert not [cell for cell in notebook.cells if cell.metadata]
    assert not FOREIGN.findall(text_without_pictures(notebook))


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_announced(name):
    announced = ""
    for cell in read(name).cells:
        if cell.cell_type == "markdown":
            announced = cell.source
        elif any("image/png" in output.get("data", {}) for output in cell.outputs):
            assert "**Look for**" in announced, cell.source


@pytest.mark.parametrize("name", NAMES)
def test_what_is_long_stands_in_the_package(name):
    for cell in code_cells(read(name)):
        for node in ast.walk(parsed(cell)):
            assert not isinstance(node, ast.ClassDef)
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name


def test_all_begin_alike():
    first = {name: code_cells(read(name))[0].source for name in NAMES}
    assert len(set(first.values())) == 1
    assert {code_cells(read(name))[1].source for name in NAMES} == {'DATA = "sample"  # or "imdb"'}


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    for cell in read(name).cells:
        for target in re.findall(r"\]\(([^)]+)\)", cell.source if cell.cell_type != "code" else ""):
            assert (FOLDER / target).exists(), target
