"""A graph of TensorFlow that reads raw texts: its tokenizer is ours, with known exceptions."""

import json

import pytest
from saved_runs import CONFIG, VOCABULARY, write_run

from imdb_lstm.data.load import BUNDLED
from imdb_lstm.inference.export.check import TOLERANCE
from imdb_lstm.inference.export.export import export
from imdb_lstm.models.network import build_model
from imdb_lstm.runs.find import shipped_folder
from imdb_lstm.text.vocabulary import Vocabulary, encode_texts

pytestmark = pytest.mark.slow
SAME = [
    "", "...", "I’ll see `it´ ‼ now", "Caf&eacute; &amp;lt; &#39;x&#x27;; 1 &lt; 2<br />x", "AT&T",
    "*** 7/10, 8.5/10 or 1,000.5", "naïve x² ½ ÉTÉ", "#Must_See it", "so 😍 good 👎", "C:\\a_b",
    "Привет, мир！", "मीठा है।", "see www.nosuchsite.com/a!", "mail me@nosuch.org.", "ΣΑΣ",
    "<3 b<c>d",
]  # fmt: skip
OTHERWISE = ["cafe\u0301", "太棒了", "&copy it", "see www.imdb.com", "\N{MAN}\u200d\N{WOMAN}"]


def test_ids_are_those_of_training_but_for_known_exceptions():
    import tensorflow as tf

    from imdb_lstm.inference.export.tf_tokenizer import TextEncoder

    shipped = Vocabulary.load(shipped_folder() / "vocabulary.txt")
    vocabulary = Vocabulary([*shipped.words, "www.imdb.com", "👨", "👎"])
    lines = [line for path in BUNDLED.values() for line in path.open(encoding="utf-8")]
    texts = [*SAME, *(json.loads(line)["text"] for line in lines)]
    encode = tf.function(
        TextEncoder(vocabulary, 100), input_signature=[tf.TensorSpec([None], tf.string)]
    )

    def differing(texts):
        found = encode(tf.constant(texts)).to_list()
        own = encode_texts(texts, vocabulary, 100)
        pairs = zip(texts, own, found, strict=True)
        return [text for text, ids, other in pairs if ids.tolist() != other]

    assert differing(texts) == []
    assert differing(OTHERWISE) == OTHERWISE


def test_its_graph_predicts_without_this_package(tiny_run, tmp_path):
    done = export(tiny_run, "saved_model", tmp_path / "own")
    assert done.checked.difference < TOLERANCE
    assert done.checked.otherwise == 0
    found = sorted(path.name for path in done.folder.iterdir())
    assert found == ["README.md", "model.json", "predict.py", "saved_model"]


def test_texts_with_words_that_its_tokenizer_splits_are_left_out_of_the_comparison(tmp_path):
    words = ["#must_see", "@name", "www.imdb.com", *VOCABULARY.words]
    model = build_model(CONFIG, len(words) + 2)
    run = write_run(tmp_path, "tags", vocabulary=Vocabulary(words), model=model)
    done = export(run, "saved_model", tmp_path / "own")
    assert done.checked.otherwise > 0
    assert done.checked.difference < TOLERANCE
