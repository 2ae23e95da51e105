"""The model card of a run (Mitchell et al. 2019): what it is, how it was made, what it scored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from imdb_lstm.artifacts import write_text
from imdb_lstm.config import DIRECTIONS, LATENT, LINEAR, Config

VECTORS = (
    " Its word vectors were learned from the same reviews and, for IMDb, from the 50,000 without a"
    " label."
)
PRETRAINED = (
    " Its embedding and its encoder began as a language model, which learned from the same reviews"
    " and, for IMDb, from the 50,000 without a label."
)

NGRAMS = {
    LINEAR: "each weighed by its log-count ratio (Wang & Manning 2012)",
    LATENT: "by the mean of their vectors, which foretell a review's n-grams and were learned from"
    " all reviews, those without a label too (Li et al. 2016, Thongtan & Phienthrakul 2019)",
}
TEACHERS = {
    "linear": "a linear model of n-grams",
    "latent": "a linear model of n-gram vectors",
    "network": "a first network",
}


def write_card(
    folder: Path, config: Config, metrics: Mapping[str, Any], name: str | None = None
) -> None:
    """Write ``MODEL_CARD.md`` into the folder, from a run's configuration and metrics.

    ``name``: that of the run, where the folder's does not tell it.
    """
    validation = metrics["validation"]
    values = {
        **{key: str(value) for key, value in vars(config).items()},
        "data": Path(config.data).name,
        "vocabulary_size": f"{metrics.get('compact', {}).get('words', config.vocabulary_size):,}",
        "vectors": began_sentence(config),
        "taught": taught_sentence(config, metrics) + excerpts_sentence(metrics),
        "outside": outside_sentence(config, metrics),
        "weighed": NGRAMS.get(config.encoder, ""),
        "compact": compact_sentence(metrics),
        "name": name or folder.name.removeprefix(".").removesuffix(".unfinished"),
        "accuracy": f"{validation['accuracy']:.1%}",
        "low": f"{validation['accuracy_low']:.1%}",
        "high": f"{validation['accuracy_high']:.1%}",
        "reviews": str(validation["reviews"]),
        "parameters": f"{metrics['parameters']:,}",
        "seconds": f"{metrics['seconds']:.0f}",
        "machine": metrics["machine"],
    }
    _fill("model_card_linear.md" if config.is_linear else "model_card.md", folder, values)


def write_language_card(
    folder: Path, config: Config, metrics: Mapping[str, Any], name: str
) -> None:
    """Write ``MODEL_CARD.md`` of a language model into its folder."""
    directions = DIRECTIONS[config.encoder]
    found = [f"{direction} {metrics[f'held_out_{direction}']:.1f}" for direction in directions]
    values = {
        **{key: str(value) for key, value in vars(config).items()},
        "data": Path(config.data).name,
        "name": name,
        "directions": " and ".join(directions),
        "perplexities": ", ".join(found),
        "words": f"{metrics['words']:,}",
        "tokens": f"{metrics['tokens']:,}",
        "parameters": f"{metrics['parameters']:,}",
        "seconds": f"{metrics['seconds']:.0f}",
        "machine": metrics["machine"],
    }
    _fill("model_card_language.md", folder, values)


def _fill(form: str, folder: Path, values: Mapping[str, str]) -> None:
    """Write the card from one of the forms beside this module."""
    template = Template(Path(__file__).with_name(form).read_text(encoding="utf-8"))
    write_text(folder / "MODEL_CARD.md", template.substitute(values))


def began_sentence(config: Config) -> str:
    """What was learned before the labels, in a sentence of the card; empty where nothing was."""
    return PRETRAINED if config.pretrained else VECTORS if config.word_vectors else ""


def taught_sentence(config: Config, metrics: Mapping[str, Any]) -> str:
    """Who labelled the reviews that came without a label, in a sentence of the card."""
    if count := metrics.get("unlabelled_reviews"):
        return f" Its training also read {count:,} unlabelled reviews, for terms without a label."
    if "taught_reviews" not in metrics:
        return ""
    if config.distilled_from:
        named = " and ".join(Path(name).name for name in config.distilled_from.split("+"))
        count = metrics["taught_reviews"]
        others = f" and of {count:,} unlabelled ones" if count else ""
        said = f"It learned what {named}, weighed on validation, say of the train reviews{others}."
        return f" {said}{pieced_sentence(metrics)}"
    named = " and ".join(TEACHERS[kind] for kind in config.teacher.split("+"))
    count = metrics["taught_reviews"]
    return (
        f" It learned {count:,} unlabelled reviews too, with soft labels by {named}, weighed on "
        f"validation.{pieced_sentence(metrics)}"
    )


def pieced_sentence(metrics: Mapping[str, Any]) -> str:
    """What text was made for the teachers to label, in a sentence of the card."""
    if not metrics.get("patchworks"):
        return ""
    return f" So it did {metrics['patchworks']:,} texts pieced together from sentences of them all."


def excerpts_sentence(metrics: Mapping[str, Any]) -> str:
    """What was cut from the reviews to learn from, in a sentence of the card."""
    if not metrics.get("excerpts"):
        return ""
    return f" It learned {metrics['excerpts']:,} excerpts by the labels of their reviews."


def compact_sentence(metrics: Mapping[str, Any]) -> str:
    """How the network was made small, in a sentence of the card; empty where it was not."""
    if "compact" not in metrics:
        return ""
    made = metrics["compact"]
    bits = made.get("recurrent_bits")  # those of earlier versions were not rounded
    rest = f", recurrent matrices to {bits}" if bits else ""
    return (
        f" Compact: {made['words']:,} words, embeddings rounded to {made['bits']} bits a value"
        f"{rest}."
    )


def outside_sentence(config: Config, metrics: Mapping[str, Any]) -> str:
    """What the model learned from besides its reviews, in a sentence of the card."""
    if not config.extra_reviews:
        return "No outside text, no outside vectors."
    return (
        f"Also from {metrics['extra_added']:,} extra reviews, made elsewhere, of "
        f"`{Path(config.extra_reviews).name}`. No outside vectors."
    )
