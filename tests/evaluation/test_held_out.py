"""Runs are evaluated on reviews that none of them has learned from, in whatever file they are."""

import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import tiny_rows, write_csv

import imdb_lstm
from imdb_lstm.config.options import Config
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.labels import Classes
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError, DataError
from imdb_lstm.evaluation import held_out
from imdb_lstm.evaluation.compare import compare_runs, comparison_folder
from imdb_lstm.evaluation.evaluate import (
    evaluate,
)
from imdb_lstm.evaluation.held_out import HeldOut
from imdb_lstm.evaluation.writing import evaluation_folder, write_evaluation
from imdb_lstm.runs.learned import read_classes, read_learned, write_learned
from imdb_lstm.runs.run import load_run
from imdb_lstm.training.train import train

OF_READING = ("data", "split", "left_out_learned", "learned_reviews")


def config_of(path, **options):
    return Config(
        data=str(path), encoder="ngrams-nb", minimum_count=1, device="cpu",
        **{"validation_fraction": 0.25, **options},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def told(caplog):
    caplog.set_level(logging.INFO, "imdb_lstm")
    return caplog


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Runs on one file of sixty reviews: one, and three of other seeds."""
    folder = tmp_path_factory.mktemp("held out")
    write_csv(folder / "mine.csv", tiny_rows())
    train(config_of(folder / "mine.csv"), folder, "run")
    for seed in range(3):
        train(config_of(folder / "mine.csv", seed=seed, test_fraction=0.5), folder, f"seed{seed}")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    return folder / "run"


def measures(found):
    return {name: value for name, value in found.metrics.items() if name not in OF_READING}


def test_a_run_keeps_the_hashes_of_what_it_has_learned_from(folder, run):
    learned = load_train_and_validation(config_of(folder / "mine.csv"))
    keys = text_keys([text for part in learned for text in part.texts])
    assert read_learned(run).tolist() == sorted(set(keys.tolist()))
    assert len(read_learned(run)) == 48
    assert read_classes(run).names == ("negative", "positive")


def test_what_a_run_has_learned_from_is_known_in_a_renamed_copy(folder, run, tmp_path, told):
    own = evaluate(run)
    assert own.split == "test" and len(own.reviews) == 12
    shutil.copy(folder / "mine.csv", tmp_path / "renamed.csv")
    copy = evaluate(run, str(tmp_path / "renamed.csv"))
    assert (copy.split, copy.metrics["left_out_learned"]) == ("all", 48)
    assert sorted(copy.reviews.texts) == sorted(own.reviews.texts)
    assert measures(copy) == measures(own)
    assert "48 of 60 all reviews" in told.text and "left out" in told.text


def test_no_spelling_order_or_format_hides_what_was_learned(run, tmp_path):
    rows = [(f" {text.upper()}!!", label) for text, label, _ in reversed(tiny_rows())]
    new = [("Altogether something else, and lovely.", "pos"), ("New, and awful.", "neg")]
    path = write_csv(tmp_path / "b.tsv", [*rows, *new], ("review", "sentiment"), "\t")
    found = evaluate(run, str(path))
    assert len(found.reviews) == 14 and found.metrics["left_out_learned"] == 48
    assert not np.isin(text_keys(found.reviews.texts), read_learned(run)).any()
    learned = [text for text, _, _ in tiny_rows()
               if np.isin(text_keys([text]), read_learned(run))[0]]  # fmt: skip
    path = write_csv(tmp_path / "c.csv", [(text, i % 2) for i, text in enumerate(learned)],
                     ("text", "label"))  # fmt: skip
    with pytest.raises(DataError, match=r"48 of 48 all reviews.*nothing is left to evaluate on"):
        evaluate(run, str(path))


def test_all_of_the_own_file_is_evaluated_without_what_was_learned(folder, run):
    found = evaluate(run, split="all")
    assert (len(found.reviews), found.metrics["left_out_learned"]) == (12, 48)
    for split, reviews in (("train", 36), ("validation", 12)):
        assert len(evaluate(run, split=split).reviews) == reviews


@pytest.mark.parametrize("options", [
    {}, {"text_column": "text"}, {"label_column": "label"}, {"separator": "comma"},
    {"labels": "negative=negative,positive=positive"}, {"encoding": "utf-8"},
])  # fmt: skip
def test_a_changed_file_is_refused_whatever_options_are_added(options, tmp_path):
    changed, rows = tmp_path, tiny_rows()
    write_csv(changed / "mine.csv", rows)
    run = train(config_of(changed / "mine.csv"), changed, "again")
    assert len(evaluate(run, **options).reviews) == 12
    for other in (rows[::-1], rows[:-1], [*rows[:-1], (rows[-1][0], "positive", 2)]):
        write_csv(changed / "mine.csv", other)
        with pytest.raises(DataError, match="has changed since"):
            evaluate(run, **options)
        with pytest.raises(DataError, match="has changed since"):
            evaluate(run, str(changed / "mine.csv"), **options)
        shutil.copy(changed / "mine.csv", changed / "named.csv")
        assert len(evaluate(run, str(changed / "named.csv"), **options).reviews) < 14


def test_turned_labels_of_the_own_file_are_refused(run):
    with pytest.raises(DataError, match=r"has changed since|no test reviews"):
        evaluate(run, labels="negative=positive,positive=negative")


def test_runs_compared_are_evaluated_on_what_is_new_to_all(folder):
    runs = [folder / f"seed{seed}" for seed in range(3)]
    alone = [set(evaluate(run).reviews.names) for run in runs]
    together = [set(found.reviews.names) for found in compare_runs(runs, device="cpu")]
    assert together == [set.intersection(*alone)] * 3
    assert 0 < len(together[0]) < 20
    learned = np.concatenate([read_learned(run) for run in runs])
    shutil.copy(folder / "mine.csv", folder / "copy.csv")
    for data in (None, str(folder / "copy.csv")):
        ensemble = imdb_lstm.evaluate(runs, data)
        assert set(name.rpartition(":")[2] for name in ensemble.reviews.names) == {
            name.rpartition(":")[2] for name in together[0]
        }
        assert not np.isin(text_keys(ensemble.reviews.texts), learned).any()


def test_the_reviews_of_runs_evaluated_together_are_read_once(folder, monkeypatch):
    runs = [folder / f"seed{seed}" for seed in (0, 0, 1)]
    read, plain = [], held_out.load_splits
    monkeypatch.setattr(held_out, "load_splits", lambda *args: read.append(0) or plain(*args))
    shared = HeldOut(runs)
    for run in runs:
        evaluate(run, held_out=shared)
    assert len(read) == 2  # once for each seed


def test_each_file_has_its_own_folder_and_keeps_it(home, run, tmp_path):
    shutil.copytree(run, home / "saved_models" / "own")
    own, written = home / "saved_models" / "own", []
    rows = [[(f"{text} Number {n}.", label, stars) for text, label, stars in tiny_rows()]
            for n in range(3)]  # fmt: skip
    paths = []
    for name, content in zip(("new.csv", "new.tsv", "a/new.csv"), rows, strict=True):
        (home / name).parent.mkdir(exist_ok=True)
        tab = "\t" if name.endswith("tsv") else ","
        paths.append(write_csv(home / name, content, delimiter=tab))
    for path in (*paths, *paths):
        found = evaluate(own, str(path))
        written.append(evaluation_folder(found))
        written[-1].mkdir(parents=True, exist_ok=True)
        (written[-1] / "metrics.json").write_text(f'{{"fingerprint": "{fingerprint(found)}"}}')
    names = [folder.name for folder in written]
    assert names == ["new-all", "new-all-2", "new-all-3"] * 2
    write_csv(paths[0], rows[0][:40])
    assert evaluation_folder(evaluate(own, str(paths[0]))).name == "new-all-4"


def fingerprint(found):
    assert found.metrics["fingerprint"] == found.reviews.fingerprint()
    return found.reviews.fingerprint()


@pytest.mark.slow
def test_the_files_of_an_evaluation_are_written_to_its_folder(home, run):
    own = home / "saved_models" / "own"
    shutil.copytree(run, own)
    for n in range(2):
        rows = [(f"{text} Number {n}.", label, stars) for text, label, stars in tiny_rows()]
        path = write_csv(home / "new.csv", rows)
        found = [write_evaluation(evaluate(own, str(path))).name for _ in range(2)]
        assert found == [("new-all", "new-all-2")[n]] * 2
    pair = [own, home / "saved_models" / "twin"]
    shutil.copytree(run, pair[1])
    folder = comparison_folder(compare_runs(pair, device="cpu"), home / "saved_models")
    assert folder.name == "mine-test"


def test_a_published_test_split_is_kept_whole_and_what_was_learned_is_counted(
    run, tmp_path, monkeypatch, told
):
    """As that of IMDb is, of which every run reports the same 25,000 reviews."""
    texts = [text for text, _, _ in tiny_rows()][::5]
    published = Reviews(
        texts, np.arange(len(texts), dtype=np.int8) % 2, np.zeros(len(texts), np.float32),
        [f"test:{i}" for i in range(len(texts))],
    )  # fmt: skip
    known = int(np.isin(text_keys(texts), read_learned(run)).sum())
    assert known > 0
    monkeypatch.setattr(held_out, "load_split", lambda *_: published)
    found = evaluate(run, "imdb")
    assert found.split == "test" and found.reviews.texts == texts
    assert found.metrics["learned_reviews"] == known
    assert f"{known} of {len(texts)} test reviews of imdb" in told.text and "whole" in told.text
    everything = evaluate(run, "imdb", "all")
    assert len(everything.reviews) == len(texts) - known


def test_a_built_in_set_that_is_new_is_counted_as_such(run):
    found = evaluate(run, "sample")
    assert (len(found.reviews), found.metrics["learned_reviews"]) == (90, 0)


def test_another_file_needs_no_column_that_split_the_own_one(folder, tmp_path):
    rows = [(text, label, index % 30) for index, (text, label, _) in enumerate(tiny_rows())]
    path = write_csv(tmp_path / "own.csv", rows, ("text", "label", "author"))
    for name, options in (("by", {"group_by": "author"}), ("time", {"time": "author"})):
        run = train(config_of(path, **options), tmp_path, name)
        assert len(evaluate(run).reviews) > 5
        new = [(f"{text} Number 7.", label, stars) for text, label, stars in tiny_rows()]
        other = write_csv(tmp_path / "other.csv", new)
        assert len(evaluate(run, str(other)).reviews) == 60


def test_the_splits_of_another_file_are_its_own(run, tmp_path):
    rows = [(f"{text} Number 7.", label, "test" if n % 3 else "train")
            for n, (text, label, _) in enumerate(tiny_rows())]  # fmt: skip
    path = write_csv(tmp_path / "other.csv", rows, ("text", "label", "split"))
    found = evaluate(run, str(path), "test")
    expected = load_split(config_of(path), "test")
    assert found.reviews.fingerprint() == expected.fingerprint() and len(found.reviews) == 40


@pytest.mark.parametrize(("names", "numbers"), [
    (("negative", "positive"), [0, 1]), (("Positive", "Negative"), [1, 0]),
    (("schlecht", "gut"), [0, 1]), (("negative", "neutral", "positive"), [0, 2]),
    (("neutral", "positive", "negative"), [2, 1]), (("schlecht", "neutral", "gut"), [0, 2]),
])  # fmt: skip
def test_built_in_labels_are_those_of_the_classes_of_the_run(run, tmp_path, names, numbers):
    own = with_classes(run, tmp_path / "own", names)
    reviews, *_ = HeldOut([own.folder]).reviews(own, "sample", "test", {})
    plain = load_split(Config(data="sample"), "test")
    assert reviews.labels.tolist() == np.array(numbers)[plain.labels].tolist()
    assert reviews.classes.names == names and reviews.texts == plain.texts


@pytest.mark.parametrize("names", [("ham", "spam"), ("1", "2", "3"), ("positive", "other", "x")])
def test_built_in_data_of_other_classes_are_refused_in_one_line(run, tmp_path, names):
    own = with_classes(run, tmp_path / "own", names)
    listed = " and ".join([", ".join(names[:-1]), names[-1]])
    with pytest.raises(ConfigError) as found:
        HeldOut([own.folder]).reviews(own, "sample", None, {})
    assert str(found.value) == (
        f"own has the classes {listed}, and sample negative and positive: evaluate it on other "
        "--data"
    )


def test_runs_of_different_classes_do_not_share_their_reviews(run, tmp_path):
    turned = with_classes(run, tmp_path / "turned", ("positive", "negative"))
    both = HeldOut([run, turned.folder])
    runs = load_run(run), turned
    labels = [both.reviews(each, "sample", None, {})[0].labels for each in runs]
    assert (labels[0] == 1 - labels[1]).all()


def with_classes(run, folder, names):
    """A run whose folder is a copy in which the classes have other names."""
    shutil.copytree(run, folder)
    write_learned(folder, Classes(names, {}), read_learned(folder))
    return replace(load_run(run), folder=folder)
