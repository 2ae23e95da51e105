"""The model card: filled in, and honest about where the reviews came from."""

from dataclasses import replace

import pytest
from test_artifacts import CONFIG, METRICS

from imdb_lstm.config.options import Config
from imdb_lstm.runs.model_card import write_card, write_language_model_card


def test_the_card_holds_name_words_and_scores(tmp_path):
    folder = tmp_path / ".films.unfinished"
    folder.mkdir()
    write_card(folder, CONFIG, METRICS)
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "# films\n" in card
    assert "66.7%" in card and "1,234 parameters" in card and "an abacus" in card
    assert "$" not in card


@pytest.mark.parametrize("encoder", ["lstm", "linear"])
def test_the_card_tells_of_extra_reviews(tmp_path, encoder):
    told = {}
    for extra in ("", "made/elsewhere.csv"):
        config = replace(CONFIG, encoder=encoder, extra_reviews=extra)
        write_card(tmp_path, config, METRICS | {"extra_added": 1234})
        told[extra] = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "No outside text, no outside vectors." in told[""]
    assert "1,234 extra reviews, made elsewhere, of `elsewhere.csv`" in told["made/elsewhere.csv"]
    assert "No outside text" not in told["made/elsewhere.csv"]


def test_the_card_tells_who_labelled_the_unlabelled(tmp_path):
    config = Config(**{**vars(CONFIG), "pseudo_labels_from": "linear+network"})
    write_card(tmp_path, config, METRICS | {"pseudo_labelled_reviews": 49730})
    card = " ".join((tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    assert "49,730 unlabelled reviews too, with soft labels by a linear model of n-grams" in card
    latent = Config(**{**vars(CONFIG), "pseudo_labels_from": "latent"})
    write_card(tmp_path, latent, METRICS | {"pseudo_labelled_reviews": 49730})
    assert "by a linear model of n-gram vectors" in (tmp_path / "MODEL_CARD.md").read_text("utf-8")
    named = Config(**{**vars(CONFIG), "distilled_from": "a/one+two"})
    write_card(tmp_path, named, METRICS | {"pseudo_labelled_reviews": 49730})
    card = " ".join((tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    assert "what one and two, weighed on validation, say" in card and "49,730 unlabelled" in card
    write_card(tmp_path, CONFIG, METRICS | {"unlabelled_reviews": 49730})
    assert "also read 49,730 unlabelled" in (tmp_path / "MODEL_CARD.md").read_text("utf-8")
    write_card(tmp_path, config, METRICS)  # there were none to label
    assert "soft labels" not in (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_card_of_a_language_model_tells_its_perplexity_and_what_it_may_not_have_read(tmp_path):
    metrics = {
        "words": 30_000, "tokens": 123_456, "parameters": 99, "seconds": 7.2,
        "machine": "an abacus", "held_out_forward": 80.04, "held_out_backward": 79.96,
    }  # fmt: skip
    write_language_model_card(tmp_path, Config(units=512, epochs=2), metrics, "words")
    card = " ".join((tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    assert "# words" in card and "forward 80.0, backward 80.0" in card and "123,456 tokens" in card
    assert "never from validation or test reviews" in card and "$" not in card
    assert "--pretrained words --units 512 --embedding-dim 256" in card
