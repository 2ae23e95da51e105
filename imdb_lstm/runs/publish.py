"""Publishing a run on the Hugging Face Hub: its files as they are, and a model card."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from imdb_lstm.config.values import load_config
from imdb_lstm.errors import OutputError
from imdb_lstm.runs.files import make_folder, read_json, read_metrics, replacing, write_text
from imdb_lstm.runs.find import MANIFEST_FILE, results_folder
from imdb_lstm.runs.hub import check_repository, hub_library, told
from imdb_lstm.runs.manifest import (
    CARD_FILE,
    LANGUAGE_MODEL_FILES,
    NETWORK_FILES,
    NGRAM_FILES,
    verify,
)

HUB_CARD = "README.md"  # the Hub reads the card of a model from this file
METRICS = {
    "accuracy": ("accuracy", "Accuracy"),
    "f1": ("f1", "F1"),
    "macro_f1": ("f1", "Macro F1"),
    "auc": ("roc_auc", "Area under the ROC curve"),
    "log_loss": ("log_loss", "Log loss"),
}  # of a run → type and name of the Hub
RUN_FILES = {*NETWORK_FILES, *NGRAM_FILES, *LANGUAGE_MODEL_FILES}
DATASETS = {"imdb": "stanfordnlp/imdb"}  # of a run → name on the Hub


def push(folder: Path, repository: str, private: bool = False) -> str:
    """Send a run to a repository of the Hub, which is made if it is new; return its address.

    Raises ``RunError`` for a damaged run, ``ConfigError`` for a repository that cannot be and
    without the extra ``hub``, and ``OutputError`` when the Hub refuses or cannot be reached.
    """
    hub = hub_library()
    with tempfile.TemporaryDirectory() as staged:
        names = stage(folder, repository, Path(staged))
        with told(OutputError, repository, "cannot be written"):
            api = hub.HfApi(library_name="imdb-lstm")
            address = api.create_repo(repository, private=private, exist_ok=True)
            api.upload_folder(
                repo_id=repository, folder_path=staged, allow_patterns=names,
                commit_message=f"Run {folder.name}",
            )  # fmt: skip
    return str(address)


def stage(folder: Path, repository: str, output: Path) -> list[str]:
    """Write what ``push`` sends into a folder, and return the names of the files.

    Evaluations are not sent, since they may quote reviews; their metrics are in the card. Raises
    the errors of ``push``, and ``OutputError`` for a folder that cannot be written.
    """
    check_repository(repository)
    names = [*(name for name in verify(folder)["files"] if name in RUN_FILES), MANIFEST_FILE]
    make_folder(output)
    for name in names:
        with replacing(output / name) as temporary:
            shutil.copyfile(folder / name, temporary)
    write_text(output / HUB_CARD, hub_card(folder, repository))
    return [*names, HUB_CARD]


def hub_card(folder: Path, repository: str) -> str:
    """Return the model card of a run in the Hub's format, with its metrics as ``model-index``."""
    hub = hub_library()
    card = hub.ModelCard((folder / CARD_FILE).read_text(encoding="utf-8"))
    card.data.model_name = repository.rpartition("/")[2]
    card.data.eval_results = [
        hub.EvalResult(
            task_type="text-classification",
            dataset_type=DATASETS.get(data, data),
            dataset_name=data,
            dataset_split=split,
            metric_type=METRICS[key][0],
            metric_name=METRICS[key][1],
            metric_value=value,
        )
        for data, split, metrics in evaluations(folder)
        for key, value in metrics.items()
        if key in METRICS and value is not None
    ]
    return f"{card}\n{_how_to_load(repository)}"


def evaluations(folder: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield data, split and metrics of each evaluation of a run; validation is the last."""
    for path in sorted((results_folder(folder) / "evaluation").glob("*/metrics.json")):
        metrics = read_json(path)
        if isinstance(metrics, dict) and "members" not in metrics and "split" in metrics:
            yield Path(metrics["data"]).name, metrics["split"], metrics
    validation = read_metrics(folder).get("validation")
    if validation:
        yield _data_of(folder), "validation", validation


def _data_of(folder: Path) -> str:
    return Path(load_config(folder / "config.toml").data).name


def _how_to_load(repository: str) -> str:
    """How to read the run back; the file of Keras has layers that Keras alone does not know."""
    return f"""\
**To predict with it**, `pip install 'imdb-lstm[hub]'`, then

```python
import imdb_lstm

print(imdb_lstm.load("hf://{repository}").predict(["A joy from start to finish."]))
```
"""
