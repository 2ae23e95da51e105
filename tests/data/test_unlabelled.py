"""Reviews without a label: any file of texts, without those that are held out."""

import json
from dataclasses import replace

import pytest
from tiny_world import write_csv

from imdb_lstm.data.load import load_train_and_validation, load_unlabelled
from imdb_lstm.data.readers import load_file_split
from imdb_lstm.data.unlabelled import load_unlabelled_file
from imdb_lstm.errors import DataError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.unfinished import check_run_name
from imdb_lstm.training.train import train

HELD_OUT = "It begins slowly, finds its feet after an hour, and ends as a joy to behold."


def test_a_txt_a_csv_and_a_jsonl_file_give_the_same_texts(tmp_path):
    texts = ["A joy.", "A waste.", "So, so."]
    (tmp_path / "more.txt").write_text("\n".join(texts) + "\n")
    write_csv(tmp_path / "more.csv", [(text, 7) for text in texts], ("body", "page"))
    rows = [json.dumps({"body": text}) for text in texts]
    (tmp_path / "more.jsonl").write_text("\n".join(rows))
    for name in ("more.txt", "more.csv", "more.jsonl"):
        assert load_unlabelled_file(tmp_path / name, "body", [HELD_OUT]) == texts


def test_copies_and_near_copies_of_held_out_reviews_are_left_out(tmp_path):
    near = HELD_OUT.replace("slowly", "oddly")
    lines = ["Something else.", HELD_OUT.upper(), near, f"  {HELD_OUT} "]
    (tmp_path / "more.txt").write_text("\n".join(lines))
    assert load_unlabelled_file(tmp_path / "more.txt", "", [HELD_OUT]) == ["Something else."]


@pytest.mark.parametrize("content", ["", HELD_OUT])
def test_a_file_with_nothing_to_learn_is_refused(tmp_path, content):
    (tmp_path / "more.txt").write_text(content)
    with pytest.raises(DataError, match=r"more\.txt holds no text"):
        load_unlabelled_file(tmp_path / "more.txt", "", [HELD_OUT])


def test_no_validation_or_test_review_comes_back_as_an_unlabelled_one(tiny_config, tmp_path):
    everything = load_file_split(tiny_config, "all").texts
    (tmp_path / "more.txt").write_text("\n".join([*everything, "A new one."]))
    config = replace(tiny_config, unlabelled=str(tmp_path / "more.txt"))
    found = load_unlabelled(config)
    learned, validation = load_train_and_validation(tiny_config)
    held_out = {*load_file_split(tiny_config, "test").texts, *validation.texts}
    assert "A new one." in found
    assert not held_out & set(found)
    assert set(found) <= {"A new one.", *learned.texts}


def test_a_teacher_labels_them_and_a_changed_file_is_another_run(tiny_config, tmp_path):
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
    with pytest.raises(RunError, match="run-linear learned from other reviews"):
        train(config, tmp_path, "run")
    file.unlink()
    with pytest.raises(DataError, match=r"more\.txt"):
        train(config, tmp_path, "third")
