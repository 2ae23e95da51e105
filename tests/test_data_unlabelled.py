"""Reviews without a label: any file of texts, without those that are held out."""

import json
from dataclasses import replace

import pytest
from conftest import write_csv

from imdb_lstm import artifacts, train
from imdb_lstm.data import load_train_and_validation, load_unlabelled, unlabelled
from imdb_lstm.data.files import load
from imdb_lstm.errors import DataError, RunError

HELD_OUT = "It begins slowly, finds its feet after an hour, and ends as a joy to behold."


def test_a_txt_a_csv_and_a_jsonl_file_give_the_same_texts(tmp_path):
    texts = ["A joy.", "A waste.", "So, so."]
    (tmp_path / "more.txt").write_text("\n".join(texts) + "\n")
    write_csv(tmp_path / "more.csv", [(text, 7) for text in texts], ("body", "page"))
    rows = [json.dumps({"body": text}) for text in texts]
    (tmp_path / "more.jsonl").write_text("\n".join(rows))
    for name in ("more.txt", "more.csv", "more.jsonl"):
        assert unlabelled.load(tmp_path / name, "body", [HELD_OUT]) == texts


def test_copies_and_near_copies_of_held_out_reviews_are_left_out(tmp_path):
    near = HELD_OUT.replace("slowly", "oddly")
    lines = ["Something else.", HELD_OUT.upper(), near, f"  {HELD_OUT} "]
    (tmp_path / "more.txt").write_text("\n".join(lines))
    assert unlabelled.load(tmp_path / "more.txt", "", [HELD_OUT]) == ["Something else."]


@pytest.mark.parametrize("content", ["", HELD_OUT])
def test_a_file_with_nothing_to_learn_is_refused(tmp_path, content):
    (tmp_path / "more.txt").write_text(content)
    with pytest.raises(DataError, match=r"more\.txt holds no text"):
        unlabelled.load(tmp_path / "more.txt", "", [HELD_OUT])


def test_no_validation_or_test_review_comes_back_as_an_unlabelled_one(tiny_config, tmp_path):
    everything = load(tiny_config, "all").texts
    (tmp_path / "more.txt").write_text("\n".join([*everything, "A new one."]))
    config = replace(tiny_config, unlabelled=str(tmp_path / "more.txt"))
    found = load_unlabelled(config)
    learned, validation = load_train_and_validation(tiny_config)
    held_out = {*load(tiny_config, "test").texts, *validation.texts}
    assert "A new one." in found
    assert not held_out & set(found)
    assert set(found) <= {"A new one.", *learned.texts}


def test_a_teacher_labels_them_and_a_changed_file_is_another_run(tiny_config, tmp_path):
    file = tmp_path / "more.txt"
    file.write_text("A wonderful joy.\nA dull waste.\n")
    config = replace(
        tiny_config, encoder="bag", teacher="linear", unlabelled=str(file), word_vectors=False
    )
    run = train.train(config, tmp_path, "run")
    assert artifacts.read_metrics(run)["taught_reviews"] == 2
    artifacts.check_name(tmp_path, "other", config, resume=False)
    (tmp_path / "run").rename(tmp_path / "first")
    file.write_text("A wonderful joy.\nA dull waste.\nAnother.\n")
    with pytest.raises(RunError, match="run-linear learned from other reviews"):
        train.train(config, tmp_path, "run")
    file.unlink()
    with pytest.raises(DataError, match=r"more\.txt"):
        train.train(config, tmp_path, "third")
