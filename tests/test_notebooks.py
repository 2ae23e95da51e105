"""The notebooks run from top to bottom on the sample, and the committed outputs are clean."""

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
LONGEST_FUNCTION = 10  # lines; longer or reusable code belongs in the package
MOST_BYTES = 500_000
MACHINE_PATH = re.compile(r"/(?:home|root|tmp|work|usr|opt|Users|content)/|[A-Z]:\\\\")


def read(name):
    return nbformat.read(FOLDER / name, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parsed(cell):
    """The Python syntax tree of a cell without its magics."""
    return ast.parse(re.sub(r"(?m)^(\s*)%.*$", r"\1pass", cell.source))


def kinds(cell):
    """The type, the stream and the formats of each output of a cell."""
    return [
        (output.output_type, output.get("name", ""), *sorted(output.get("data", {})))
        for output in cell.outputs
    ]


def text_without_pictures(notebook):
    """A notebook as JSON without its pictures, whose base64 text may look like a path."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            output.get("data", {}).pop("image/png", None)
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all notebooks, so that each run is trained once."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_gives_the_committed_kinds_of_output(name, folder, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(folder / ".ipython"))
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)  # the library itself must be quiet
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nothing answers there
    now, before = execute(FOLDER / name, folder), read(name)
    for cell, committed in zip(code_cells(now), code_cells(before), strict=True):
        if ".exists()" not in cell.source:  # runs that another notebook trained are not repeated
            assert kinds(cell) == kinds(committed), cell.source


def test_five_notebooks_ran_from_top_to_bottom_without_errors():
    assert len(NAMES) == 5
    for name in NAMES:
        notebook = read(name)
        nbformat.validate(notebook)
        cells = code_cells(notebook)
        assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), name
        outputs = [output for cell in cells for output in cell.outputs]
        errors = [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
        assert not errors, name
        assert any("image/png" in output.get("data", {}) for output in outputs), name


def test_they_are_small_and_contain_no_machine_paths_or_metadata():
    for name in NAMES:
        notebook = read(name)
        assert (FOLDER / name).stat().st_size < MOST_BYTES, name
        assert notebook.metadata.kernelspec.name == "python3", name
        assert set(notebook.metadata) == {"kernelspec", "language_info"}, name
        assert not [cell for cell in notebook.cells if cell.metadata], name
        assert not MACHINE_PATH.findall(text_without_pictures(notebook)), name


def test_the_text_before_a_figure_says_what_to_look_for():
    for name in NAMES:
        text = ""
        for cell in read(name).cells:
            if cell.cell_type == "markdown":
                text = cell.source
            elif any("image/png" in output.get("data", {}) for output in cell.outputs):
                assert "**Look for**" in text, (name, cell.source)


def test_they_define_short_functions_and_no_classes():
    for name in NAMES:
        for cell in code_cells(read(name)):
            for node in ast.walk(parsed(cell)):
                assert not isinstance(node, ast.ClassDef), name
                if isinstance(node, ast.FunctionDef):
                    assert node.end_lineno - node.lineno < LONGEST_FUNCTION, (name, node.name)


def test_the_first_two_code_cells_are_the_same_in_all():
    first, second = zip(*(code_cells(read(name))[:2] for name in NAMES), strict=True)
    assert len({cell.source for cell in first}) == 1
    assert {cell.source for cell in second} == {'DATA = "sample"  # or "imdb"'}


def test_links_lead_to_files():
    for name in NAMES:
        for cell in read(name).cells:
            text = cell.source if cell.cell_type == "markdown" else ""
            for target in re.findall(r"\]\(([^)]+)\)", text):
                assert (FOLDER / target).exists(), (name, target)
