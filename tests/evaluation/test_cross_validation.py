"""Cross-validation: every review is tested once, by the run that did not see it."""

from dataclasses import replace

import numpy as np
import pytest
from several import evaluation_of
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.copies import text_keys
from imdb_lstm.errors import RunError
from imdb_lstm.evaluation import cross_validation
from imdb_lstm.evaluation.cross_validation import (
    cross_validate,
    cross_validation_metrics,
    write_cross_validation,
)
from imdb_lstm.runs.files import read_json
from imdb_lstm.runs.learned import read_learned
from imdb_lstm.training.reporter import Reporter

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Sixty reviews, some of them twice, and labels that cannot all be learned."""
    rows = [(text, label) for text, label, _ in tiny_rows()]
    rows += [(text.upper(), label) for text, label in rows[::7]]
    coin = np.random.default_rng(0).choice(["positive", "negative"], 30).tolist()
    rows += [(f"{text} Number {n}.", coin[n]) for n, (text, _) in enumerate(rows[15:45])]
    path = write_csv(tmp_path_factory.mktemp("data") / "a.csv", rows, ("text", "label"))
    return Config(
        data=str(path), encoder="ngrams-nb", minimum_count=1, folds=3, validation_fraction=0.2,
        device="cpu",
    )  # fmt: skip


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def evaluations(config, output):
    return cross_validate(config, output, "cross")


def test_every_review_is_predicted_once_by_a_run_that_did_not_see_it(evaluations, output):
    assert [found.name for found in evaluations] == [f"cross-fold{n}" for n in (1, 2, 3)]
    names = [name for found in evaluations for name in found.reviews.names]
    assert len(names) == len(set(names)) == 99
    for found in evaluations:
        assert not np.isin(text_keys(found.reviews.texts), read_learned(found.run)).any()
        assert found.split == "test" and abs(len(found.reviews) - 33) <= 3


def test_the_pooled_accuracy_is_that_of_all_predictions_together(evaluations):
    metrics = cross_validation_metrics(evaluations)
    right = np.concatenate([(e.margins > 0) == e.reviews.labels for e in evaluations])
    assert metrics["pooled"]["accuracy"] == pytest.approx(right.mean())
    assert 0 < metrics["pooled"]["accuracy_low"] < right.mean() < metrics["pooled"]["accuracy_high"]
    assert (metrics["folds"], metrics["reviews"]) == (3, 99)
    assert right.mean() < 1, "the data leave something to measure"
    for measure in ("accuracy", "balanced_accuracy", "f1", "log_loss", "auc"):
        own, values = metrics[measure], [each.metrics[measure] for each in evaluations]
        assert own["values"] == values and own["mean"] == pytest.approx(np.mean(values))
        assert own["low"] < own["mean"] < own["high"]


def test_finished_runs_are_used_again_and_other_options_are_refused(
    config, evaluations, output, monkeypatch
):
    monkeypatch.setattr(cross_validation, "train", None)
    lines = []
    again = cross_validate(config, output, "cross", Reporter(line=lines.append))
    for one, other in zip(again, evaluations, strict=True):
        np.testing.assert_array_equal(one.logits, other.logits)
    assert [line[:11] for line in lines] == [f"fold {n} of 3" for n in (1, 2, 3)]
    for options in ({"minimum_count": 2}, {"folds": 4}, {"seed": 1}, {"threshold": "f1"}):
        [name] = options
        with pytest.raises(RunError, match=rf"cross-fold1 was trained with .*{name}"):
            cross_validate(replace(config, **options), output, "cross")


def test_what_was_interrupted_is_finished(config, evaluations, tmp_path, monkeypatch):
    trained, plain = [], cross_validation.train

    def interrupted(config, output, name, *args, **more):
        trained.append(name)
        if trained == ["x-fold1", "x-fold2"]:
            raise KeyboardInterrupt
        return plain(config, output, name, *args, **more)

    monkeypatch.setattr(cross_validation, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cross_validate(config, tmp_path, "x")
    found = cross_validate(config, tmp_path, "x")
    assert trained == ["x-fold1", "x-fold2", "x-fold2", "x-fold3"]
    for one, other in zip(found, evaluations, strict=True):
        np.testing.assert_array_equal(one.logits, other.logits)


@pytest.mark.usefixtures("drawn_figures")
def test_the_written_metrics_are_those_of_the_evaluations(evaluations, tmp_path):
    metrics = cross_validation_metrics(evaluations)
    folder = write_cross_validation(evaluations, metrics, tmp_path, "cross")
    assert folder == tmp_path / "cross_validation" / "cross"
    assert read_json(folder / "metrics.json") == metrics
    assert (folder / "figures" / "accuracy_by_fold.png").stat().st_size > 5_000


@pytest.mark.parametrize("ordered", [False, True])
def test_several_classes_have_their_measures_and_a_fold_may_lack_an_area(ordered):
    folds = [evaluation_of(3, ordered=ordered, seed=seed) for seed in range(3)]
    assert cross_validation_metrics(folds).keys().isdisjoint({"f1", "auc"})  # a class is absent
    folds[0].metrics["auc"], folds[2].metrics["auc"] = 0.8, 0.9
    found = cross_validation_metrics(folds)
    assert found["auc"]["mean"] == pytest.approx(0.85)
    assert found["auc"]["values"] == [0.8, None, 0.9]
    assert found["macro_f1"]["values"] == [each.metrics["macro_f1"] for each in folds]
    assert ("quadratic_kappa" in found) == ("mean_absolute_error" in found) == ordered
