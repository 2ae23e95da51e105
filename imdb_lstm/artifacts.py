"""Run folders, the only code that writes or reads them.

While it trains, a run is ``.NAME.unfinished``; finished, it is sealed with a manifest of checksums
and renamed to ``NAME``. What stands under a run's own name is therefore always whole.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

import keras
import numpy as np

from imdb_lstm import checkpoints, runtime
from imdb_lstm.config import Config, load_config
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.text import Vocabulary

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
REVIEWS = "reviews.json"  # fingerprints, until the manifest has them
CORE_FILES = ("model.keras", "vocabulary.txt", "config.toml", "history.csv", "metrics.json",
              "MODEL_CARD.md")  # fmt: skip
VECTORS = (
    " Its embedding began as vectors learned from the same reviews and, for IMDb, from the 50,000"
    " without a label."
)
CARD_TEMPLATE = Path(__file__).parent / "model_card.md"


@dataclass(frozen=True)
class Run:
    """A finished run, loaded and checked."""

    folder: Path
    model: keras.Model
    vocabulary: Vocabulary
    config: Config
    manifest: dict[str, Any]


def unfinished_folder(output: Path, name: str) -> Path:
    """Where a run of this name lies while it trains."""
    return output / f".{name}.unfinished"


def find_unfinished(output: Path, name: str | None) -> tuple[str, Config]:
    """Name and configuration of a run to go on with; without a name, of the one changed last.

    Raises ``RunError`` when there is none, naming those there are.
    """
    folders = [config.parent for config in output.glob(".*.unfinished/config.toml")]
    folders.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    names = [folder.name.removeprefix(".").removesuffix(".unfinished") for folder in folders]
    if not names or name not in (None, *names):
        raise RunError(f"nothing to resume: unfinished in {output}: {', '.join(names) or 'none'}")
    chosen = name or names[0]
    return chosen, load_config(unfinished_folder(output, chosen) / "config.toml")


def check_name(output: Path, name: str, config: Config, resume: bool) -> Path:
    """The folder to train in, not made yet. Raises ``RunError`` when that would lose something."""
    if Path(name).name != name:
        raise ConfigError(f"{name!r} cannot be the name of a run: choose one without /")
    folder, finished = unfinished_folder(output, name), output / name
    if finished.exists():
        raise RunError(f"{finished} exists: choose another --name, or delete it")
    if (folder / "config.toml").exists() and not resume:
        raise RunError(f"{name} is unfinished in {output}: go on with --resume --name {name}")
    before = find_unfinished(output, name)[1] if resume else config
    kept = vars(config).keys() - {"device", "tensorboard"}
    changed = sorted(key for key in kept if getattr(config, key) != getattr(before, key))
    if changed:
        raise RunError(
            f"{name} was begun with other values of {', '.join(changed)}: "
            "resume with the same, or begin another run with --name"
        )
    return folder


def begin(folder: Path, config: Config, fingerprints: dict[str, str]) -> None:
    """Make the folder of an unfinished run, which from now on can be resumed.

    Raises ``RunError`` when it was begun with other reviews.
    """
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error
    begun = folder / REVIEWS
    before = json.loads(begun.read_text(encoding="utf-8")) if begun.exists() else fingerprints
    changed = [part for part, found in fingerprints.items() if before.get(part) != found]
    if changed:
        file = config.extra_reviews if changed == ["extra"] else config.data
        raise RunError(f"{file} has changed since {folder} was begun: begin another run")
    write_json(begun, fingerprints)
    write_text(folder / "config.toml", config.to_toml())


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises ``OutputError`` when there is no room for it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def write_json(path: Path, value: Any) -> None:
    """``write_text`` of indented JSON."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_model(folder: Path, model: keras.Model, vocabulary: Vocabulary) -> None:
    """Save the network, without its optimizer, and the words it reads."""
    bare = keras.Model(model.input, model.output, name=model.name)
    try:
        bare.save(folder / "model.keras")
        vocabulary.save(folder / "vocabulary.txt")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error


def write_history(path: Path, history: list[dict[str, float]]) -> None:
    """One CSV row an epoch."""
    rows = [",".join(history[0])] + [",".join(map(str, row.values())) for row in history]
    write_text(path, "\n".join(rows) + "\n")


def read_history(folder: Path) -> dict[str, list[float]]:
    """Column → values of a run's ``history.csv``."""
    with (folder / "history.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {key: [float(row[key]) for row in rows] for key in rows[0]}


def write_predictions(path: Path, reviews: Reviews, logits: np.ndarray) -> None:
    """One CSV row a review: where it came from, its label and rating, the logit. No texts."""
    rows = zip(
        reviews.names, reviews.labels.tolist(), reviews.ratings.tolist(), logits.tolist(),
        strict=True,
    )  # fmt: skip
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("name", "label", "rating", "logit"))
    writer.writerows(
        (name, label, rating or "", f"{logit:.6g}") for name, label, rating, logit in rows
    )
    write_text(path, lines.getvalue())


def write_figures(folder: Path, figures: Mapping[str, Any]) -> None:
    """Save matplotlib figures as ``NAME.png`` in the folder, made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            unfinished = folder / f".{name}.unfinished"
            figure.savefig(unfinished, dpi=120, bbox_inches="tight", format="png")
            unfinished.replace(folder / f"{name}.png")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}") from error


def write_card(folder: Path, config: Config, metrics: Mapping[str, Any]) -> None:
    """The model card (Mitchell et al. 2019): what the model is, how it was made, what it scored."""
    validation = metrics["validation"]
    values = {
        **{key: str(value) for key, value in vars(config).items()},
        "data": Path(config.data).name,
        "vectors": VECTORS if config.word_vectors else "",
        "outside": _outside(config, metrics),
        "name": folder.name.removeprefix(".").removesuffix(".unfinished"),
        "accuracy": f"{validation['accuracy']:.1%}",
        "low": f"{validation['accuracy_low']:.1%}",
        "high": f"{validation['accuracy_high']:.1%}",
        "reviews": str(validation["reviews"]),
        "parameters": f"{metrics['parameters']:,}",
        "seconds": f"{metrics['seconds']:.0f}",
        "machine": metrics["machine"],
    }
    template = Template(CARD_TEMPLATE.read_text(encoding="utf-8"))
    write_text(folder / "MODEL_CARD.md", template.substitute(values))


def _outside(config: Config, metrics: Mapping[str, Any]) -> str:
    """What the model learned from besides its reviews, in a sentence of the card."""
    if not config.extra_reviews:
        return "No outside text, no outside vectors."
    return (
        f"Also from {metrics['extra_added']:,} extra reviews, made elsewhere, of "
        f"`{Path(config.extra_reviews).name}`. No outside vectors."
    )


def read_metrics(folder: Path) -> dict[str, Any]:
    """What training measured: a run's ``metrics.json``."""
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def find_run(run: str | os.PathLike[str] | None, saved_models: Path) -> Path:
    """The folder of a run: given as a folder, by its name, or none: the one finished last.

    Raises ``RunError`` when there is none.
    """
    if run is not None:
        named = saved_models / run
        return named if not (Path(run) / MANIFEST).exists() and named.exists() else Path(run)
    manifests = sorted(
        saved_models.glob(f"[!.]*/{MANIFEST}"), key=lambda path: path.stat().st_mtime
    )
    if not manifests:
        raise RunError(f"no finished run in {saved_models}: make one with imdb-lstm train")
    return manifests[-1].parent


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(folder: Path, finished: Path, fingerprints: dict[str, str]) -> Path:
    """Write the manifest, then give the run its name; only then the checkpoint is not needed."""
    manifest = {
        "format": FORMAT_VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": runtime.versions(),
        "reviews": fingerprints,
        "files": {name: _sha256(folder / name) for name in CORE_FILES},
    }
    write_json(folder / MANIFEST, manifest)
    os.replace(folder, finished)
    for name in (checkpoints.FILE, REVIEWS):
        (finished / name).unlink(missing_ok=True)
    return finished


def check(folder: Path) -> dict[str, Any]:
    """The manifest of a run that agrees with itself. Raises ``RunError``, naming what does not."""
    if not (folder / MANIFEST).is_file():
        raise RunError(f"{folder} is no finished run: it holds no {MANIFEST}")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version, files = manifest["format"], dict(manifest["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder / MANIFEST} is damaged: {error}") from error
    if version != FORMAT_VERSION:
        raise RunError(f"{folder} is of format {version}; this version reads {FORMAT_VERSION}")
    for name in CORE_FILES:
        if not (folder / name).is_file():
            raise RunError(f"{folder} is damaged: {name} is missing")
        if files.get(name) != _sha256(folder / name):
            raise RunError(f"{folder} is damaged: {name} does not have the checksum it should")
    return manifest


def load_run(folder: Path) -> Run:
    """Load a finished run, its checksums checked first and no code of it executed.

    Raises ``RunError`` when the folder is missing, damaged, or disagrees with itself.
    """
    manifest = check(folder)
    from imdb_lstm import layers  # noqa: F401  registers what model.keras is made of

    try:
        config = load_config(folder / "config.toml")
        vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        model = keras.saving.load_model(folder / "model.keras", compile=False, safe_mode=True)
        words = model.get_layer("embedding").input_dim
    except Exception as error:  # whatever Keras meets in a foreign file
        raise RunError(f"{folder} cannot be loaded: {error}") from error
    if words != len(vocabulary):
        raise RunError(f"{folder} disagrees with itself: embedding and vocabulary differ in size")
    return Run(folder, model, vocabulary, config, manifest)
