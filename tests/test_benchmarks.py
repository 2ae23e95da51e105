"""Benchmarks: the page of results, the counted operations, other implementations of networks."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import deletion, growth, lexicons, peak, record, recurrence, rows, table
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.models.network import build_model
from imdb_lstm.models.recurrent import Recurrent

COMMON = {"command": "python -m x", "commit": "abc", "date": "2026-01-01", "machine": "m",
          "peak_memory_megabytes": 10}  # fmt: skip


def scored(kind, name, accuracy, seconds, **values):
    """A row of a trained and tested model."""
    return {"kind": kind, "name": name, "test_accuracy": accuracy, "seconds": seconds,
            "test_accuracy_low": accuracy - 0.004, "test_accuracy_high": accuracy + 0.004,
            "test_log_loss": 0.25, **values, **COMMON}  # fmt: skip


ROWS = [
    scored("preset", "quick", 0.9, 300, seed=0, validation_accuracy=0.91),
    scored("preset", "quick", 0.92, 400, seed=1, validation_accuracy=0.93),
    scored("ensemble", "three of quick", 0.925, 900),
    scored("baseline", "words", 0.88, 10),
    {key: it for key, it in scored("baseline", "words", 0.88, 0).items() if key != "seconds"},
    scored("encoder", "cnn", 0.899, 100, seed=0),
    scored("ablation", "plain", 0.9, 300, seed=0, whole="plain"),
    scored("ablation", "plain", 0.92, 300, seed=1, whole="plain"),
    scored("ablation", "plain, one direction", 0.88, 200, seed=0, whole="plain"),
    scored("ablation", "plain, one direction", 0.91, 200, seed=1, whole="plain"),
    scored("ablation", "plain, one direction", 0.5, 200, seed=2, whole="plain"),
    scored("classes", "stars: quick", 0.5, 300, seed=0, test_macro_f1=0.4,
           test_mean_absolute_error=1.2, temperature_scaled_log_loss=1.3),
    scored("classes", "topics: words", 0.9, 30, test_macro_f1=0.8),
    {"kind": "mcnemar", "name": "quick against words", "only_a_right": 1_234, "only_b_right": 900,
     "p_value": 1.23456e-13, **COMMON},
    {"kind": "challenge", "name": "quick", "one_sentence_accuracy": 0.875, "both_right": 0.75,
     "same_verdict": 0.5, **COMMON},
    {"kind": "stars", "name": "with a head", "validation_log_loss": 0.25, **COMMON},
    {"kind": "peer", "name": "PyTorch, packed", "training_times_ours": 0.5, **COMMON},
    {"kind": "recurrence", "name": "hoisted, float32", "times_used": 0.5, **COMMON},
    {"kind": "growth", "name": "quick, by reviews", "sizes": [1_000, 20_000],
     "training_seconds": [1.5, 3.0], **COMMON},
    {"kind": "explanation", "name": "occlusion", "mean_fall": 1.5, "error_share_most": 0.0099,
     **COMMON},
    {"kind": "speed", "name": "a step", "milliseconds": {"whole step": 12.5}, **COMMON},
    {"kind": "service", "name": "score, for comparison", "reviews_per_second": 400, **COMMON},
    {"kind": "service", "name": "serve", "connections": 100, "p99_milliseconds": 300.5,
     "memory_megabytes": [230, 240], **COMMON},
    {"kind": "answer", "name": "cold: predict", "seconds": 0.5, **COMMON},
    {"kind": "page", "name": "shipped, 200 words", "answer_milliseconds": 90.5, **COMMON},
    {"kind": "reliability", "name": "tuning: killed and resumed", "kills": 20, **COMMON},
]  # fmt: skip


def lines_of(page, title):
    """Cells of the lines of a section's table, with its header first."""
    section = page.partition(f"## {title}")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if "|" in line]
    return [cells for cells in lines if not cells[0].startswith("---")]


@pytest.fixture(scope="module")
def page():
    return table.page(ROWS)


def test_every_kind_has_its_section_and_every_table_as_many_cells_as_its_header(page):
    assert {row["kind"] for row in ROWS} == set(table.SECTIONS)
    for title, _ in table.SECTIONS.values():
        header, *lines = lines_of(page, title)
        assert lines and all(len(cells) == len(header) for cells in lines), title
    assert len(lines_of(page, "Provenance of each row")) == 1 + len(ROWS)
    assert "[LOG.md](LOG.md)" in page and "docs/glossary.md" in page


def test_a_row_of_an_unknown_kind_is_an_error():
    with pytest.raises(KeyError, match="typo"):
        table.page([*ROWS, {"kind": "typo"}])


def test_an_ablation_is_compared_with_the_reference_of_the_same_seeds(page):
    [_, whole, (name, seeds, accuracy, difference, _)] = lines_of(page, "Ablations")
    assert whole[3] == "+0.00 points"
    assert (name, seeds) == ("plain, one direction", "0, 1, 2")
    assert accuracy.startswith("76.33%")  # all three seeds; seed 2 has no reference
    assert difference == "-1.50 ± 0.71 points (seeds compared: 2)"


def test_the_ablation_figure_has_a_bar_per_ablation_and_a_dot_per_seed():
    rows_of = [row for row in ROWS if row["kind"] == "ablation"]
    axes = table.ablation_figure(rows_of).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one direction"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([-1.5])
    assert axes.lines[0].get_xdata() == pytest.approx([-2, -1])


def test_time_to_an_accuracy_is_that_of_the_fastest_run_that_reached_it(page):
    assert lines_of(page, "Training time to a test accuracy")[1:] == [
        ["quick", "300, by 2 of 2", "400, by 1 of 2"],
        ["three of quick", "900, by 1 of 1", "900, by 1 of 1"],
    ]


def test_the_accuracy_figure_shows_the_mean_of_the_seeds_and_the_least_seconds(monkeypatch):
    monkeypatch.setattr(table, "CHARTED", {"quick": "ours", "words": "theirs"})
    ours, theirs = table.charted(ROWS)
    assert ours["run"] == "ours" and ours["seconds"] == 300
    ends = [ours[key] for key in ("accuracy_low", "accuracy", "accuracy_high")]
    assert ends == pytest.approx([0.906, 0.91, 0.914])
    assert (theirs["accuracy"], theirs["seconds"]) == (0.88, 10)


def test_values_are_formatted(page):
    assert lines_of(page, "Differences between two models")[1] == [
        "quick against words",
        "1234",
        "900",
        "1.2e-13",
    ]
    assert lines_of(page, "Challenge")[1] == ["quick", "87.50%", "75.00%", "50.00%"]
    assert lines_of(page, "Growth")[1][1:] == ["1000 / 20,000", "1.5 / 3.0"]
    assert lines_of(page, "Speed")[1] == ["a step", "milliseconds: whole step 12.5"]


def test_the_recorded_rows_make_a_page():
    recorded = [json.loads(line) for line in record.RESULTS.read_text("utf-8").splitlines()]
    written = table.page(recorded)
    assert len(table.charted(recorded)) == len(table.CHARTED)
    assert all(row["name"] in written for row in recorded)


def test_arguments_select_one_row_per_seed():
    [(kind, name, config, values), (*_, other, _)] = rows.configurations(
        ["ablations", "one direction", "1", "2"]
    )
    assert (kind, name) == ("ablation", f"{rows.WHOLE}, one direction")
    assert values == {"whole": rows.WHOLE}
    assert (config.seed, other.seed) == (1, 2) and replace(config, seed=2) == other
    assert [row[:2] for row in rows.configurations(["encoders", "cnn"])] == [("encoder", "cnn")]
    [(*_, config, values)] = rows.configurations(["standard"])
    assert config.seed == 0 and config.recombined_texts and not values


def test_every_ablation_but_nothing_changes_the_reference():
    for name, options in rows.ABLATIONS.items():
        assert (replace(rows.BASE, **options) != rows.BASE) == (name != "nothing"), name


@pytest.mark.slow
def test_a_run_is_trained_once_and_recorded(tmp_path, monkeypatch, tiny_csv):
    monkeypatch.setattr(rows, "OUTPUT", tmp_path)
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results.jsonl")
    config = replace(PRESETS["small"], data=str(tiny_csv), epochs=1, units=2, embedding_dim=4)
    unfinished = rows.trained("preset", "tiny, small", config, prepare_only=True)
    assert not (tmp_path / "preset-tiny-small-0").exists() and unfinished.exists()
    run = rows.trained("preset", "tiny, small", config)
    finished = (run / "manifest.json").stat().st_mtime_ns
    assert rows.trained("preset", "tiny, small", config) == run == tmp_path / "preset-tiny-small-0"
    assert (run / "manifest.json").stat().st_mtime_ns == finished
    rows.record_run("preset", "tiny", run, config.seed)
    [line] = (tmp_path / "results.jsonl").read_text("utf-8").splitlines()
    row = json.loads(line)
    assert row["epochs"] == 1 and 0 <= row["test_accuracy"] <= 1


@pytest.mark.slow
def test_two_operations_are_counted_for_every_weight_of_a_kernel():
    for encoder in ("lstm", "bilstm", "gru", "bigru"):
        config = Config(encoder=encoder, embedding_dim=7, units=5, layers=2)
        weights = [w for w in build_model(config, 20).trainable_variables if "encoder" in w.path]
        kernels = sum(w.shape[0] * w.shape[1] for w in weights if w.name.endswith("kernel"))
        assert peak.operations_a_token(config) == 2 * kernels, encoder


@pytest.mark.slow
@pytest.mark.parametrize("form", recurrence.FORMS)
def test_every_form_of_the_recurrence_has_the_states_and_gradients_of_the_layer(form):
    import tensorflow as tf

    values, wanted = tf.random.normal((4, 5, 2), seed=1), tf.random.normal((4, 5, 6), seed=2)
    layer = Recurrent("lstm", 3, bidirectional=True, seed=3)
    layer.build(values.shape)
    states = recurrence.FORMS[form](layer, values)
    np.testing.assert_allclose(states, recurrence.as_used(layer, values), atol=1e-6)
    found, expected = (
        recurrence.gradients(recurrence.FORMS[name], layer, values, wanted)
        for name in (form, "as used")
    )
    assert len(found) == 7  # of the values, and of the kernels and biases of two directions
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_texts_of_a_length_contain_all_words_but_the_remainder():
    texts = ["One film.", "Two good films!", "Three"]
    assert list(growth.of_length(texts, 3)) == ["one film .", "two good films"]


def test_a_tenth_of_the_words_is_deleted_and_falls_are_towards_the_other_class():
    ids = np.arange(2, 32)
    scores = np.zeros(30)
    scores[[4, 9, 20]] = 1
    assert deletion.without(ids, scores).tolist() == np.delete(ids, [4, 9, 20]).tolist()
    assert len(deletion.without(ids[:3], scores[:3])) == 2
    found = deletion.measured(np.array([2.0, -1.0]), np.array([[3.0, -0.5]]))
    assert found == {"mean_fall": 1.25, "mean_change": 1.75, "verdicts_turned": 0.5}


def test_the_growth_figure_has_a_panel_per_measure_and_a_line_per_model():
    measured = {key: [1, 2] for key in growth.MEASURED}
    found = [{"model": model, "axis": axis, "sizes": [64, 1_024], **measured}
             for axis in growth.AXES for model in growth.MODELS]  # fmt: skip
    panels = growth.draw("quick", found).axes
    assert len(panels) == len(growth.AXES) * len(growth.MEASURED)
    assert all(len(axes.lines) == len(growth.MODELS) for axes in panels)
    assert [label.get_text() for label in panels[0].get_xticklabels()] == ["64", "1,024"]


def copy_weights(source, target):
    """Copy from the Keras network to PyTorch's; both order the gates of an LSTM alike."""
    import torch

    def put(parameter, values):
        parameter.data = torch.tensor(np.array(values))

    put(target.embedding.weight, source.get_layer("embedding").get_weights()[0])
    kernel, bias = source.get_layer("logit").get_weights()
    put(target.logit.weight, kernel.T)
    put(target.logit.bias, bias)
    for number in range(target.config.layers):
        layer = source.get_layer(f"encoder_{number + 1}")
        for direction, suffix in ((layer.forwards, ""), (layer.backwards, "_reverse")):
            inward, recurrent, bias = direction.get_weights()
            for name, values in (("weight_ih", inward.T), ("weight_hh", recurrent.T),
                                 ("bias_ih", bias), ("bias_hh", 0 * bias)):  # fmt: skip
                put(getattr(target.recurrent, f"{name}_l{number}{suffix}"), values)


@pytest.mark.slow  # imports PyTorch
@pytest.mark.parametrize("chunk_length", [0, 3])
@pytest.mark.parametrize("layers", [1, 2])
def test_the_pytorch_network_computes_the_same_logits(chunk_length, layers):
    pytest.importorskip("torch", reason="the benchmark extra is not installed")
    from benchmarks.torch_network import Runner

    config = Config(units=5, embedding_dim=7, chunk_length=chunk_length, layers=layers)
    ours = build_model(config, vocabulary_size=20)
    runner = Runner(config, 20, packed=True, bfloat16=False, threads=1)
    copy_weights(ours, runner.network)
    ids = np.array([[5, 6, 7, 8, 9, 10, 2], [4, 3, 0, 0, 0, 0, 0], [11, 12, 13, 14, 0, 0, 0]])
    ids = ids.astype(np.int32)
    expected = np.asarray(ours(ids))[:, 0]
    assert np.ptp(expected) > 1e-4
    np.testing.assert_allclose(runner.score([ids]), expected, atol=1e-5)
    runner.train([(ids, np.ones((3, 1), np.float32))])
    assert (runner.score([ids]) > expected).all()


def test_the_best_threshold_of_a_lexicon_is_that_with_most_reviews_right():
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 2, 60)
    scores = np.round(draw.normal(labels, 1.0), 1)  # with ties
    found = lexicons.best_threshold(labels, scores)
    right = [np.mean((scores > cut) == labels) for cut in np.linspace(-4, 5, 901)]
    assert np.mean((scores > found) == labels) == max(right)
