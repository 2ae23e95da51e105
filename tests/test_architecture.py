"""The architecture, enforced: which module may import which. Read LEVELS first."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "imdb_lstm"

# A module imports lower levels; of its own level only where GROUPS says so. A folder is one module.
LEVELS = (
    # 0: plain Python, NumPy and matplotlib; nothing of TensorFlow or Keras.
    {"errors", "options", "config", "presets", "metrics", "pairs", "calibration", "plots",
     "trade_offs", "text", "word_vectors", "augmentation", "linear", "language_stream",
     "language_plots", "ngram_vectors", "ngram_attribution", "explanation", "explanation_page",
     "gate_plots", "label_errors", "text_groups", "intervals", "exploration", "runs",
     "sample", "challenge", "recombined_texts"},
    # 1: the machine, and what Keras lacks.
    {"runtime", "layers", "recurrent", "gradients"},
    # 2: the parts of training and prediction.
    {"data", "batches", "models", "optimizers", "perturbation", "checkpoints", "inference",
     "artifacts", "model_card", "pretrain", "teacher", "ensemble", "prepare", "fitting",
     "describe", "validation", "attribution", "gates", "language_model", "pretrained", "memory",
     "parcel", "language_words", "input_pipeline"},
    # 3: one module a verb, and the progress bar; they never import each other.
    {"train", "evaluate", "predict", "explain", "compact", "progress", "language_training"},
    # 4: what trains or evaluates many times, or evaluates and explains.
    {"tune", "compare", "report"},
    # 5: the ways in: the command line, `python -m`, and `imdb_lstm.load` and its like.
    {"cli", "__main__", "__init__", "interface"},
)  # fmt: skip
GROUPS = (0, 2, 5)  # levels whose modules may import each other, in no circle

# Who alone may import a package. Everyone else stays quick to import, or free of the backend.
ONLY = {
    "typer": {"cli"},
    "tensorflow": {
        "runtime",
        "data.imdb",
        "input_pipeline",
        "gradients",
        "attribution",
        "memory",
    },
    "torch": {"runtime", "gradients"},
    "tensorflow_datasets": {"data.imdb"},
    "matplotlib": {"plots", "gate_plots", "language_plots"},
    "optuna": {"tune"},
}


def module_name(path):
    """The dotted name of a file inside the package: ``data.imdb``, ``data`` for its __init__."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def imports(path):
    """Every module that a file imports anywhere, in functions too, by its full dotted name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = {name.partition(".")[0] for name in FILES}
IMPORTS = {name: set(imports(path)) for name, path in FILES.items()}


def level(module):
    [found] = [number for number, members in enumerate(LEVELS) if module in members]
    return found


def used_by(name):
    """Modules of the package that a file of it imports, but for its own folder."""
    dotted = [imported.split(".") for imported in IMPORTS[name]]
    inner = {parts[1] if parts[1] in MODULES else "__init__" for parts in dotted
             if parts[0] == "imdb_lstm" and len(parts) > 1}  # fmt: skip
    return inner - {name.partition(".")[0]}


def test_every_module_stands_in_one_level_and_no_other_does():
    assert sum(map(len, LEVELS)) == len(set().union(*LEVELS))
    assert set().union(*LEVELS) == MODULES


@pytest.mark.parametrize("name", FILES)
def test_imports_go_downwards(name):
    own = level(name.partition(".")[0])
    for used in used_by(name):
        allowed = level(used) < own or (level(used) == own and own in GROUPS)
        assert allowed, f"{name} (level {own}) imports {used} (level {level(used)})"


def test_no_imports_go_in_a_circle():
    graph = {module: set() for module in MODULES}
    for name in FILES:
        graph[name.partition(".")[0]] |= used_by(name)
    assert set(TopologicalSorter(graph).static_order()) == MODULES


@pytest.mark.parametrize("name", [n for n in FILES if level(n.partition(".")[0]) == 0])
def test_level_0_knows_nothing_of_keras_and_tensorflow(name):
    heavy = {"keras", "tensorflow", "tensorflow_datasets", "tf_keras"}
    assert not {imported.partition(".")[0] for imported in IMPORTS[name]} & heavy


@pytest.mark.parametrize("package", ONLY)
def test_a_package_is_imported_only_where_it_belongs(package):
    users = {name for name, used in IMPORTS.items()
             if package in {imported.partition(".")[0] for imported in used}}  # fmt: skip
    assert users
    strangers = {
        n for n in users if n not in ONLY[package] and n.partition(".")[0] not in ONLY[package]
    }
    assert not strangers


@pytest.mark.parametrize("module", ["imdb_lstm", "imdb_lstm.cli"])
def test_importing_it_loads_nothing_heavy(module):
    heavy = "{'tensorflow', 'keras', 'matplotlib', 'sklearn', 'tensorflow_datasets', 'optuna'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert printed.strip() == "[]"
