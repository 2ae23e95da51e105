"""The sentences about a run: every option has words, and none contradicts the configuration."""

from dataclasses import replace

from saved_runs import METRICS

from imdb_lstm.config.options import (
    ENCODER_NAMES,
    LABELLERS,
    NGRAM_ENCODERS,
    NGRAMS_EMBEDDED,
    POOLINGS,
    Config,
)
from imdb_lstm.runs import description
from imdb_lstm.runs.description import data_sentences, joined_names, model_sentences
from imdb_lstm.runs.training_description import copy_sentences, training_sentences

CLASSES = ("negative", "positive")
NETWORK = Config(data="films.csv", word_vectors=False)


def described(config, **metrics):
    """All sentences about a run."""
    found = METRICS | metrics
    sentences = [*model_sentences(config, CLASSES), *data_sentences(config, found)]
    return " ".join([*sentences, *training_sentences(config), *copy_sentences(found)])


def test_every_encoder_pooling_and_labeller_has_words():
    assert set(description.ENCODERS) == set(ENCODER_NAMES)
    assert set(description.NGRAM_WEIGHTS) == set(NGRAM_ENCODERS)
    assert set(description.POOLINGS) == set(POOLINGS)
    single = {part for kinds in LABELLERS for part in kinds.split("+")} - {"none"}
    assert set(description.LABELLERS) == single
    encoders = {
        described(replace(NETWORK, encoder=name)) for name in (*ENCODER_NAMES, *NGRAM_ENCODERS)
    }
    assert len(encoders) == len(ENCODER_NAMES) + len(NGRAM_ENCODERS)
    assert not any("{" in text or "None" in text for text in encoders)


def test_ngrams_are_not_described_as_a_network():
    for encoder in NGRAM_ENCODERS:
        text = described(replace(NETWORK, encoder=encoder, ngrams=2))
        assert "n-grams of up to 2 tokens" in text
        for wrong in ("epoch", "layer", "ooling", "dropout", "learning rate", "initialised"):
            assert wrong not in text
        assert ("n-gram embeddings" in text) == (encoder == NGRAMS_EMBEDDED)


def test_the_start_of_the_weights_is_described_by_what_was_configured():
    pretrained = replace(NETWORK, pretrained="a/words", word_vectors=True)
    same = described(pretrained, pretrained_on_same_split=True)
    assert "the language model words, learned from the same reviews." in same
    assert "word vectors" not in same and "No outside text or vectors" in same
    other = described(pretrained, pretrained_on_same_split=False)
    assert "may have read texts of the validation split" in other and "No outside" not in other
    vectors = replace(NETWORK, word_vectors=True)
    assert "co-occurrence from the train reviews, and kept fixed." in described(vectors)
    assert "and fine-tuned." in described(replace(vectors, freeze_embeddings=False))
    assert "and the 50,000 reviews of IMDb" in described(replace(vectors, data="imdb"))
    assert "at random" in described(NETWORK)
    assert "word vectors" not in described(NETWORK) and "pretrained" not in described(NETWORK)


def test_texts_from_elsewhere_are_named():
    assert "No outside text or vectors were used." in described(NETWORK)
    for encoder in ("lstm", "ngrams-nb"):
        extra = replace(NETWORK, encoder=encoder, extra_reviews="made/elsewhere.csv")
        text = described(extra, extra_added=200)
        assert "800 reviews of films.csv and 200 extra ones from elsewhere.csv" in text
        assert "No outside vectors were used." in text and "outside text" not in text
    more = replace(NETWORK, word_vectors=True, unlabelled="data/more.txt")
    assert "the reviews without a label in more.txt" in described(more)
    assert "outside text" not in described(more)


def test_other_runs_may_have_learned_from_elsewhere():
    started = replace(NETWORK, pretrained="shipped")
    text = described(started, started_from_run=True, pretrained_on_same_split=True)
    assert "No outside text or vectors were used, unless by the runs named here." in text
    distilled = described(replace(NETWORK, distilled_from="one+two"))
    assert "were used, unless by the runs named here." in distilled


def test_counterfactual_texts_are_counted_apart_from_their_excerpts():
    config = replace(NETWORK, counterfactual=0.5)
    alone = described(config, counterfactual_texts=300)
    assert "on 700 reviews of films.csv and 300 texts in which the verdict" in alone
    both = described(replace(config, counterfactual_excerpts=True), counterfactual_texts=300)
    assert "on 700 reviews of films.csv and 100 texts in which the verdict" in both
    assert "each with its changed sentences" in both and "each with" not in alone


def test_pseudo_labels_are_described_by_the_models_that_gave_them():
    both = replace(NETWORK, pseudo_labels_from="ngrams-nb+network")
    text = described(both, pseudo_labelled_reviews=49730, recombined_texts=10, excerpts=20)
    assert "49,730 unlabelled reviews with pseudo-labels by NB-weighted n-grams and a first" in text
    assert "10 texts recombined from sentences of reviews were labelled in the same way" in text
    assert "20 excerpts of reviews" in text
    assert "pseudo-labels" not in described(both)  # there were no reviews to label
    one = replace(NETWORK, pseudo_labels_from="ngrams-embedded")
    assert "by n-gram embeddings" in described(one, pseudo_labelled_reviews=3)


def test_distillation_names_its_runs():
    config = replace(NETWORK, distilled_from="a/one+two")
    text = described(config, pseudo_labelled_reviews=49730)
    assert "what one and two together predict for the train reviews and 49,730" in text
    alone = described(replace(NETWORK, distilled_from="one"), pseudo_labelled_reviews=0)
    assert "what one predicts for the train reviews." in alone


def test_chunks_bigrams_and_quantization_are_described_only_where_there_are_any():
    assert "every 64 tokens" in described(replace(NETWORK, chunk_length=64))
    for other in ({"chunk_length": 0}, {"encoder": "cnn"}, {"encoder": "bag"}):
        assert "new state" not in described(replace(NETWORK, **other))
    assert "in 2 layers" in described(replace(NETWORK, layers=2))
    assert "layers" not in described(replace(NETWORK, layers=2, encoder="bag"))
    assert "adds 8 dimensions" in described(replace(NETWORK, bigram_dim=8))
    assert "bigram" not in described(NETWORK) and "Quantized" not in described(NETWORK)
    made = {"words": 1_000, "bits": 4, "recurrent_bits": 8}
    assert "Quantized: 1,000 words, embeddings with 4 bits" in described(NETWORK, quantized=made)


def test_the_logits_are_those_of_the_classes():
    [_, of_two] = model_sentences(NETWORK, ("ham", "spam"))
    assert of_two.endswith("gives one logit: above zero, the review is classified as spam.")
    [_, of_more] = model_sentences(NETWORK, ("a", "b", "c"))
    assert "one logit for each of the 3 classes" in of_more and "above zero" not in of_more


def test_names_of_classes_are_bounded():
    names = [f"{'x' * 500}\n{k}" for k in range(100)]
    found = joined_names(names, "or")
    assert len(found) < 700 and found.endswith(" and 90 more") and "\n" not in found
    assert joined_names(["a", "b", "c"], "or") == "a, b or c"
