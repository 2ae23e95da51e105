"""Options without effect: told for a model that does not read them, and for no other one."""

from dataclasses import fields, replace

from imdb_lstm.config.groups import options_for
from imdb_lstm.config.options import NGRAM_ENCODERS, Config
from imdb_lstm.config.presets import PRESETS, TRAINING_PRESETS
from imdb_lstm.config.unread import CONDITIONS, reads_unlabelled, unread_options

NAMES = [field.name for field in fields(Config)]


def test_every_condition_is_of_an_option_and_holds_somewhere():
    assert CONDITIONS.keys() <= {*NAMES}
    everything = Config(
        encoder="bilstm", pretrained="a", distilled_from="b", optimizer="adamw",
        counterfactual=0.5,
    )  # fmt: skip
    assert unread_options(everything, NAMES) == {"ngrams": "an n-gram classifier"}
    assert not unread_options(Config(pseudo_labels_from="ngrams-nb"), ["ngrams"])


def test_a_bag_has_no_units_and_a_convolution_no_state():
    assert unread_options(Config(encoder="bag"), ["units", "layers", "bigram_dim"]).keys() == {
        "units", "layers",
    }  # fmt: skip
    recurrent = ["chunk_length", "weight_drop", "recurrent_dropout"]
    assert unread_options(Config(encoder="cnn"), recurrent).keys() == {*recurrent}
    assert "recurrent_dropout" not in unread_options(Config(encoder="transformer"), recurrent)


def test_an_ngram_classifier_reads_what_its_metadata_says():
    for encoder in NGRAM_ENCODERS:
        found = unread_options(Config(encoder=encoder), NAMES)
        read = {*options_for("n-grams")}
        assert {*NAMES} - read <= found.keys()
        assert found.keys() & read <= {"counterfactual_excerpts", "antonyms", "unlabelled"}
        assert ("unlabelled" in found) == (encoder == "ngrams-nb")


def test_no_preset_sets_an_option_without_effect():
    for name in TRAINING_PRESETS:
        preset, plain = PRESETS[name], Config()
        changed = [each for each in NAMES if getattr(preset, each) != getattr(plain, each)]
        in_use = [each for each in changed if getattr(preset, each)]
        assert not unread_options(preset, in_use), name


def test_unlabelled_reviews_are_read_only_where_something_learns_from_them():
    plain = Config(word_vectors=False)
    assert not reads_unlabelled(plain)
    assert not reads_unlabelled(replace(plain, encoder="ngrams-nb"))
    for options in (
        {"word_vectors": True}, {"pseudo_labels_from": "network"}, {"distilled_from": "a"},
        {"encoder": "ngrams-embedded"},
    ):  # fmt: skip
        assert reads_unlabelled(replace(plain, **options)), options
    assert not reads_unlabelled(Config(pretrained="words"))  # which brings its own embeddings
