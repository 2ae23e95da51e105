"""The architecture, enforced: rooms in one order, imports in one direction. Read ROOMS first."""

import ast
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "imdb_lstm"

# A room imports only rooms on lines above its own, and never a room on its own line.
ROOMS = (
    ("errors",),
    ("stored",),
    ("config", "text", "metrics", "device", "threads"),
    ("data",),
    ("models",),
    ("runs",),
    ("training", "inference", "explanation"),
    ("evaluation", "page"),
    ("service",),
    ("api",),
    ("__init__",),
    ("cli",),
    ("__main__",),
)

# Who alone may import a package. Everyone else stays quick to import, or free of the backend.
ONLY = {
    "typer": {"cli"},
    "tensorflow": {
        "device",
        "data.imdb",
        "data.batches",
        "inference.export.saved_model",
        "inference.export.standalone.tf_session",
        "inference.export.tf_tokenizer",
        "models.gradients",
        "threads",
        "training.devices",
    },
    "onnx": {
        "inference.export.onnx_graph",
        "inference.export.onnx_network",
    },
    "onnxruntime": {"inference.export.onnx_file", "inference.export.standalone.onnx_session"},
    "torch": {"device", "models.gradients"},
    "tensorflow_datasets": {"data.imdb"},
    "matplotlib": {
        "metrics.confusion_plots",
        "metrics.data_plots",
        "metrics.figure_style",
        "metrics.figure_text",
        "metrics.group_plots",
        "metrics.history_plots",
        "metrics.probability_plots",
        "metrics.tradeoff_plots",
        "explanation.gate_plots",
        "training.language_model.plots",
        "training.tuning.plots",
    },
    "optuna": {"training.tuning"},
    "apache_beam": {"inference.beam"},
    "fastapi": {"service"},
    "pydantic": {"service"},
    "starlette": {"service"},
    "uvicorn": {"service.server"},
    "prometheus_client": {"service.metrics"},
    "huggingface_hub": {"runs.hub"},
    "jinja2": {"runs.model_card", "explanation", "evaluation.report"},
}
# Importing these loads neither the backend nor scikit-learn: prediction without Keras needs them.
LIGHT = ("config", "text", "metrics", "runs.find", "runs.manifest", "runs.files")
HEAVY = {
    "tensorflow",
    "keras",
    "sklearn",
    "tensorflow_datasets",
    "optuna",
    "torch",
    "fastapi",
    "huggingface_hub",
}


def module_name(path):
    """The dotted name of a file inside the package: ``data.imdb``, ``data`` for its __init__."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


def imports(name):
    """Every module that a file imports anywhere, in functions too, by its full dotted name."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


IMPORTS = {name: set(imports(name)) for name in FILES}


def used_by(name):
    """The modules of the package that a file imports."""
    for imported in IMPORTS[name]:
        inner = imported.removeprefix("imdb_lstm").lstrip(".")
        if imported.partition(".")[0] == "imdb_lstm":
            yield next(
                (part for part in (inner, inner.rpartition(".")[0]) if part in FILES), "__init__"
            )


def room(name):
    return name.partition(".")[0]


def line(name):
    [found] = [number for number, rooms in enumerate(ROOMS) if room(name) in rooms]
    return found


def test_the_list_names_every_room():
    named = [name for rooms in ROOMS for name in rooms]
    assert sorted(named) == sorted({room(name) for name in FILES})


def test_imports_go_to_rooms_above():
    for name in FILES:
        for used in used_by(name):
            own = room(used) == room(name)
            assert own or line(used) < line(name), f"{name} imports {used}"


def test_no_imports_go_in_a_circle():
    graph = {name: set(used_by(name)) - {name} for name in FILES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(FILES)


def test_a_package_is_imported_only_where_it_belongs():
    for package, allowed in ONLY.items():
        users = {
            name
            for name, used in IMPORTS.items()
            if package in {imported.partition(".")[0] for imported in used}
        }
        assert users, package
        strangers = {
            name
            for name in users
            if not any(name == each or name.startswith(f"{each}.") for each in allowed)
        }
        assert not strangers, package


def test_every_room_says_what_it_is_for():
    for name, tree in TREES.items():
        assert ast.get_docstring(tree), name


def test_every_package_is_installed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    installed = set(settings["tool"]["setuptools"]["packages"])
    folders = {path.parent.relative_to(ROOT) for path in PACKAGE.rglob("__init__.py")}
    assert {".".join(folder.parts) for folder in folders} < installed
    assert set(settings["tool"]["setuptools"]["package-dir"]) < installed


def test_every_data_file_is_installed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["*"]
    packages = [path.parent for path in PACKAGE.rglob("__init__.py")]
    installed = {path for folder in packages for glob in patterns for path in folder.glob(glob)}
    files = {path for path in PACKAGE.rglob("*") if path.is_file()}
    assert {path for path in files if path.suffix not in (".py", ".pyc")} <= installed


def test_no_file_is_long():
    for name, path in FILES.items():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, name


def loaded(code):
    """Which of the heavy packages a fresh Python has loaded after some code."""
    code = f"import sys; {code}; print(sorted({HEAVY | {'matplotlib'}} & set(sys.modules)))"
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip()


@pytest.mark.slow
def test_the_package_and_its_help_load_nothing_heavy():
    assert loaded("import imdb_lstm") == "[]"
    assert loaded("import imdb_lstm.cli") == "[]"


@pytest.mark.slow
def test_light_rooms_load_neither_backend_nor_scikit_learn():
    names = [name for name in FILES if any(f"{name}.".startswith(f"{each}.") for each in LIGHT)]
    found = loaded("; ".join(f"import imdb_lstm.{name}" for name in names))
    assert found in ("[]", "['matplotlib']")
