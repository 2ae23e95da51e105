"""Run the notebooks on the bundled sample and save their outputs without times and metadata.

python notebooks/execute.py              # all, in order, in one empty folder
python notebooks/execute.py 02 04        # some of them
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook in a folder and return it with its outputs. Raises ``CellExecutionError``."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook, timeout=7_200, kernel_name="python3", record_timing=False, resources=resources
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return notebook


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The outputs without metadata; consecutive pieces of one text stream are joined."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        before = joined[-1] if joined else {}
        if output.output_type == "stream" and before.get("name") == output.name:
            joined[-1].text += output.text
            continue
        if "metadata" in output:
            output.metadata.clear()
        joined.append(output)
    return joined


def main(names: list[str]) -> None:
    """Run and write the notebooks whose names begin with one of ``names``, by default all."""
    os.environ["PYTHONPATH"] = str(FOLDER.parent)
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(FOLDER.glob("*.ipynb")):
            if not names or path.name.startswith(tuple(names)):
                nbformat.write(execute(path, Path(folder)), path)
                print(f"ran {path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
