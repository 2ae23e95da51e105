"""Reviews without a label: any file of texts, except copies of held-out reviews."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.data.texts import read_texts
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.data.unlabelled import texts_fingerprint, without_copies
from imdb_lstm.errors import DataError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.unfinished import check_run_name
from imdb_lstm.training.train import train

FILE = Path("more.txt")
HELD_OUT = "It begins slowly, finds its feet after an hour, and ends as a joy to behold."


def test_a_txt_a_csv_and_a_jsonl_file_give_the_same_texts(tmp_path):
    texts = ["A joy.", "A waste.", "So, so."]
    (tmp_path / "more.txt").write_text("\n".join(texts) + "\n")
    write_csv(tmp_path / "more.csv", [(text, 7) for text in texts], ("body", "page"))
    rows = [json.dumps({"body": text}) for text in texts]
    (tmp_path / "more.jsonl").write_text("\n".join(rows))
    for name in ("more.txt", "more.csv", "more.jsonl"):
        assert list(read_texts(str(tmp_path / name), Config(text_column="body"))) == texts


def test_copies_and_near_copies_of_held_out_reviews_are_left_out():
    near = HELD_OUT.replace("slowly", "oddly")
    texts = ["Something else.", HELD_OUT.upper(), near, f"  {HELD_OUT} "]
    assert without_copies(texts, [HELD_OUT], FILE) == ["Something else."]


def test_a_file_without_other_texts_is_refused():
    for texts in ([], [HELD_OUT]):
        with pytest.raises(DataError, match=r"more\.txt contains no text"):
            without_copies(texts, [HELD_OUT], FILE)


def test_the_fingerprint_depends_on_the_texts_and_their_order():
    texts = (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""])
    assert len({texts_fingerprint(each) for each in texts}) == 4
    assert texts_fingerprint(texts[0]) == texts_fingerprint(["a", "b"])


def test_no_validation_or_test_review_is_an_unlabelled_one(tiny_config, tmp_path):
    everything = load_split(tiny_config, "all").texts
    (tmp_path / "more.txt").write_text("\n".join([*everything, "A new one."]))
    config = replace(tiny_config, unlabelled=str(tmp_path / "more.txt"))
    found = read_training_data(config, with_unlabelled=True).unlabelled
    learned, validation = load_train_and_validation(tiny_config)
    held_out = {*load_split(tiny_config, "test").texts, *validation.texts}
    assert "A new one." in found
    assert not held_out & set(found)
    assert set(found) <= {"A new one.", *learned.texts}


@pytest.mark.slow
def test_they_get_pseudo_labels_and_a_changed_file_needs_another_run(tiny_config, tmp_path):
    file = tmp_path / "more.txt"
    file.write_text("A wonderful joy.\nA dull waste.\n")
    config = replace(
        tiny_config,
        encoder="bag",
        pseudo_labels_from="ngrams-nb",
        unlabelled=str(file),
        word_vectors=False,
    )
    run = train(config, tmp_path, "run")
    assert read_metrics(run)["pseudo_labelled_reviews"] == 2
    check_run_name(tmp_path, "other", config, resume=False)
    (tmp_path / "run").rename(tmp_path / "first")
    file.write_text("A wonderful joy.\nA dull waste.\nAnother.\n")
    with pytest.raises(RunError, match="run-ngrams-nb was trained on other reviews"):
        train(config, tmp_path, "run")
    file.unlink()
    with pytest.raises(DataError, match=r"more\.txt"):
        train(config, tmp_path, "third")
