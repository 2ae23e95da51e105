"""The model card of a run (Mitchell et al. 2019): what it is, how it was made, what it scored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from imdb_lstm.artifacts import write_text
from imdb_lstm.config import LINEAR, Config

VECTORS = (
    " Its word vectors were learned from the same reviews and, for IMDb, from the 50,000 without a"
    " label."
)
PRETRAINED = (
    " Its embedding and its encoder began as a language model, which learned from the same reviews"
    " and, for IMDb, from the 50,000 without a label."
)


def write_card(folder: Path, config: Config, metrics: Mapping[str, Any]) -> None:
    """Write ``MODEL_CARD.md`` into the folder, from a run's configuration and metrics."""
    validation = metrics["validation"]
    values = {
        **{key: str(value) for key, value in vars(config).items()},
        "data": Path(config.data).name,
        "vectors": PRETRAINED if config.pretrained else VECTORS if config.word_vectors else "",
        "taught": _taught(config, metrics),
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
    name = "model_card_linear.md" if config.encoder == LINEAR else "model_card.md"
    template = Template(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    write_text(folder / "MODEL_CARD.md", template.substitute(values))


def _taught(config: Config, metrics: Mapping[str, Any]) -> str:
    """Who labelled the reviews that came without a label, in a sentence of the card."""
    if "taught_reviews" not in metrics:
        return ""
    teachers = {"linear": "a linear model of n-grams", "network": "a first network"}
    named = " and ".join(teachers[kind] for kind in config.teacher.split("+"))
    count = metrics["taught_reviews"]
    return (
        f" It learned {count:,} unlabelled reviews too, with soft labels by {named}, weighed on "
        "validation."
    )


def _outside(config: Config, metrics: Mapping[str, Any]) -> str:
    """What the model learned from besides its reviews, in a sentence of the card."""
    if not config.extra_reviews:
        return "No outside text, no outside vectors."
    return (
        f"Also from {metrics['extra_added']:,} extra reviews, made elsewhere, of "
        f"`{Path(config.extra_reviews).name}`. No outside vectors."
    )
