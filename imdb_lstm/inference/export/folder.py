"""What the exported folders of all formats hold: settings, vocabulary, programs, a description."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from imdb_lstm.inference.export.source import Bundle, Key
from imdb_lstm.runs.files import read_metrics, write_json, write_text
from imdb_lstm.runs.run import NetworkRun, Run

STANDALONE = "imdb_lstm.inference.export.standalone"
# Packages whose code goes into a file of its own, those first that need others.
BESIDE = {"imdb_lstm.models.numpy": "network", "imdb_lstm.text": "tokenizer"}
HEADS = {
    "network": '"""The layers of the network. A step of many reviews is one product."""\n\n',
    "tokenizer": '"""How a raw text is split into tokens, and these become ids."""\n\n',
}
END = """

if __name__ == "__main__":
    main(Model(Path(__file__).parent))
"""


def settings_of(run: Run) -> dict[str, Any]:
    """What a program needs beside weights and words."""
    return {
        "run": run.folder.name,
        "classes": list(run.classes.names),
        "maximum_length": run.config.maximum_length,
        "temperature": read_metrics(run.folder).get("temperature", 1.0),
        "threshold": run.threshold,
    }


def write_common(
    folder: Path,
    run: Run,
    program: str,
    about: str,
    settings: dict[str, Any] | None = None,
    keys: Collection[str] = (),
) -> None:
    """Write ``model.json``, ``predict.py``, ``README.md``, and what the tokenizer needs.

    ``program``: the module of ``inference.export.standalone`` that becomes ``predict.py``.
    ``about``: what the description says of the format. ``keys``: see ``Bundle``. Raises
    ``OutputError``.
    """
    settings = settings_of(run) | (settings or {})
    write_json(folder / "model.json", settings)
    roots = [(f"{STANDALONE}.{program}", "Model"), (f"{STANDALONE}.predictor", "main")]
    sources = program_files(roots, keys, run.folder.name)
    for name, source in sources.items():
        write_text(folder / name, source)
    if isinstance(run, NetworkRun) and "tokenizer.py" in sources:
        run.vocabulary.save(folder / "vocabulary.txt")
    named = settings | {"classes": ", ".join(settings["classes"])}
    write_text(folder / "README.md", README.format(about=about, **named))


def program_files(roots: Sequence[Key], keys: Collection[str], run: str) -> dict[str, str]:
    """The source of ``predict.py`` and of the files that it imports, by their names."""
    program = Bundle(roots, keys, {"ids"}, BESIDE)  # ``check`` asks for them, where there are any
    found = {"predict.py": HEAD.format(run=run) + program.text() + END}
    needed, methods = dict(program.elsewhere), {"load", *program.attributes}
    for package, file in BESIDE.items():
        if file in needed:
            others = {other: name for other, name in BESIDE.items() if other != package}
            bundle = Bundle(sorted(needed[file]), keys, methods, others)
            for other, names in bundle.elsewhere.items():
                needed[other] = needed.get(other, set()) | names
            found[f"{file}.py"] = HEADS[file] + bundle.text()
    return found


HEAD = '''"""The class of texts, by the model in this folder, {run}.

    python predict.py "A joy from start to finish."

prints probabilities, class and text. In a program: ``Model(folder).probabilities(texts)``.
"""

'''
README = """# {run}

Exported by imdb-lstm. The class of a text is one of: {classes}.

    python predict.py "A joy from start to finish."

{about}

`model.json` has the names of the classes, the temperature that logits are divided by before they
become probabilities, and the threshold of the logit of two classes, above which the second one is
the verdict. `predict.py` applies both.
"""
