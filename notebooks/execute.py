"""Run the notebooks on the bundled sample, and keep what they show, without times and places.

python notebooks/execute.py              # all, in their order, in one fresh folder
python notebooks/execute.py 02 04        # some
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
    """The notebook as it runs in the folder, from top to bottom. Raises where a cell does."""
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook, timeout=7_200, kernel_name="python3", record_timing=False, resources=where
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return notebook


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The outputs, text that came in pieces made one."""
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
    """Run the notebooks whose names begin with one of these, or all, and write them."""
    os.environ["PYTHONPATH"] = str(FOLDER.parent)
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(FOLDER.glob("*.ipynb")):
            if not names or path.name.startswith(tuple(names)):
                nbformat.write(execute(path, Path(folder)), path)
                print(f"{path.name} has run")


if __name__ == "__main__":
    main(sys.argv[1:])
