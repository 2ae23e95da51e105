"""Names of options by group, by kind of model, and by what they decide."""

from dataclasses import fields

from imdb_lstm.config.fields import ALL_MODELS, GROUPS
from imdb_lstm.config.groups import (
    file_options,
    options_for,
    options_of,
    preparing_options,
)
from imdb_lstm.config.options import Config


def test_every_option_is_in_one_group_and_read_by_some_model():
    names = [field.name for field in fields(Config)]
    assert sorted(name for group in GROUPS for name in options_of(group)) == sorted(names)
    assert set(options_for(*ALL_MODELS)) == set(names)


def test_an_ngram_model_reads_the_reviews_and_nearly_no_option_of_a_network():
    found = set(options_for("n-grams"))
    assert set(options_of("reviews", "file", "split")) < found
    of_networks = {*options_of("optimisation", "regularisation", "pretraining"), "units"}
    assert found & of_networks == {"class_weights", "threshold"}


def test_how_a_file_is_read_is_said_by_its_columns_labels_and_dialect():
    found = file_options()
    assert {"text_column", "split_column", "labels", "separator", "bad_rows"} < set(found)
    assert set(found) < set(options_of("reviews", "file", "split"))
    assert not {"data", "test_fraction", "unlabelled"} & set(found)


def test_what_an_encoder_computes_does_not_prepare_reviews():
    assert not {"units", "encoder", "learning_rate"} & set(preparing_options())
    assert {"data", "maximum_length", "embedding_dim", "seed"} < set(preparing_options())
