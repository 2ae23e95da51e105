"""The model cards: complete, and without a sentence that contradicts the configuration."""

import re
from dataclasses import replace

import pytest
from saved_runs import CONFIG, METRICS

from imdb_lstm.config.options import ENCODER_NAMES, NGRAM_ENCODERS, Config
from imdb_lstm.config.values import load_config
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import SHIPPED, shipped_folder
from imdb_lstm.runs.model_card import write_card, write_language_model_card

LANGUAGE_MODEL_METRICS = {
    "words": 30_000, "tokens": 123_456, "parameters": 99, "seconds": 7.2,
    "machine": "an abacus", "held_out_forward": 80.04, "held_out_backward": 79.96,
}  # fmt: skip


@pytest.fixture
def card_of(tmp_path):
    """A function that writes a card and returns its text, whitespace normalised."""

    def card(config, metrics, name="films", write=write_card, classes=("negative", "positive")):
        names = [classes] if write is write_card else []
        write(tmp_path, config, metrics, *names, name)
        return " ".join((tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8").split())

    return card


def test_the_card_has_name_description_and_accuracy(tmp_path):
    folder = tmp_path / ".films.unfinished"
    folder.mkdir()
    write_card(folder, CONFIG, METRICS, ("negative", "positive"))
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "# films\n" in card
    assert "66.7%" in card and "1,234 parameters" in card and "an abacus" in card
    assert card.startswith("---\nlibrary_name: keras\n") and card.endswith(".\n")
    assert "\n\n\n" not in card


def test_every_encoder_has_a_card_that_is_filled_in(card_of):
    for encoder in (*ENCODER_NAMES, *NGRAM_ENCODERS):
        card = card_of(replace(CONFIG, encoder=encoder), METRICS)
        assert not re.search(r"[{}%]{2}|None|\bnan\b", card), encoder
        assert ("library_name: keras" in card) == (encoder in ENCODER_NAMES)
        assert ("**Training.**" in card) == (encoder in ENCODER_NAMES)
        assert ("tags: [sentiment-analysis, lstm]" in card) == (encoder == "lstm")


def test_the_card_of_the_shipped_run_agrees_with_its_config(card_of):
    folder = shipped_folder(SHIPPED)
    config, metrics = load_config(folder / "config.toml"), read_metrics(folder)
    card = card_of(config, metrics)
    assert f"{config.units} units per direction" in card and "bidirectional LSTM" in card
    assert f"started from the finished network {config.pretrained}" in card
    assert "mean of those of both-0, both-1 and both-2" in card
    assert "distilled" in card and f"{metrics['recombined_texts']:,} texts recombined" in card
    assert f"{metrics['counterfactual_texts']:,} texts in which the verdict" in card
    assert "No outside text or vectors" in card and "chunk" not in card
    for wrong in ("word vectors", "n-grams of", "at random", "pseudo-labels", "new state", "extra"):
        assert wrong not in card


def test_the_card_of_a_language_model_reports_its_perplexity_and_what_it_did_not_read(card_of):
    config = Config(units=512, epochs=2)
    card = card_of(config, LANGUAGE_MODEL_METRICS, "words", write_language_model_card)
    assert "# words" in card and "forward 80.0, backward 80.0." in card
    assert "123,456 tokens, in 2 epochs. No outside text or vectors were used." in card
    assert "`imdb` and the 50,000 reviews of IMDb without a label, lower-cased" in card
    assert "no review of validation or test, and no label" in card
    assert "--pretrained words --units 512 --embedding-dim 256" in card


def test_the_card_of_a_language_model_of_a_file_does_not_mention_imdb(card_of):
    config = Config(data="films.csv", unlabelled="data/more.txt")
    card = card_of(config, LANGUAGE_MODEL_METRICS, "words", write_language_model_card)
    assert "`films.csv` and the reviews without a label in more.txt" in card
    assert "No outside vectors were used." in card
    assert "imdb]" not in card and "IMDb" not in card


def test_the_card_names_the_classes_of_the_run(card_of):
    card = card_of(CONFIG, METRICS, classes=("ham", "spam"))
    assert "Classifies texts as spam or ham;" in card and 'that of the class "spam"' in card
    assert "above zero, the review is classified as spam" in card
    assert "sentiment" not in card and "film reviews" not in card and "positive" not in card
    card = card_of(replace(CONFIG, data="imdb"), METRICS)
    assert "Classifies film reviews as positive or negative;" in card
    assert "language: en tags: [sentiment-analysis" in card


def test_the_card_of_several_classes_is_of_a_softmax(card_of):
    card = card_of(CONFIG, METRICS, classes=("arts", "sport", "<b>_x_"))
    assert "as arts, sport or \\<b\\>\\_x\\_;" in card
    assert "one logit for each of the 3 classes" in card and "softmax" in card
    assert "above zero" not in card and "probability is that of the class" not in card
    many = card_of(CONFIG, METRICS, classes=tuple(f"{k}{'x' * 200}" for k in range(100)))
    assert "and 90 more;" in many and len(many) < len(card) + 1_000
