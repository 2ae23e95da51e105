"""The HTML page: its programs find the ids, logits and gradients that Python finds."""

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from exporting import CASES, numpy_network, some_ids
from pages import HOSTILE, Page, check_landmarks

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes
from imdb_lstm.data.load import load_split
from imdb_lstm.errors import RunError
from imdb_lstm.explanation.integrated_gradients import embedded, integrated_gradients
from imdb_lstm.models.numpy.gradients import LineGradient
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.page.examples import FILE, examples_of
from imdb_lstm.page.weights import eight_bit_layers
from imdb_lstm.page.write import page, page_network, write_page
from imdb_lstm.runs.find import shipped_folder
from imdb_lstm.runs.run import NetworkRun, load_run
from imdb_lstm.text.vocabulary import UNKNOWN_ID, Vocabulary, encode_texts

RECURRENT = [name for name, (options, _, _) in CASES.items() if options["encoder"].endswith("u")
             or options["encoder"].endswith("lstm")]  # fmt: skip
SETTINGS = {"temperature": 2.0, "unsureBelow": 0.5}
WORDS = [
    "good", "film", "wasn't", "#tag", "7/10", "😍", "👍🏽", "太", "मीठा", "!", ".", ",", "café",
    "www.a.b", "a@b.co", "it", "'s", "**", "straße", "σας",
]  # fmt: skip
PARTS = [
    *WORDS, *"@#_.-/:'`’*019!?,;()\"&<>İΣς‼。！「٫ॐ", "<br />", "&amp;", "&eacute", "&#233;",
    "&#x41;", "&notit;", "&#0;", "&#x110000;", "&#128;", "http://", "www.", "\u200c", "\u200d",
    "\u0301", "\ufe0f", "\u17d4", "🇩🇪", " ", " ", "\n", "\u3000", "x" * 70,
]  # fmt: skip


def has_node():
    """Whether Node is here, and knows the set notation of regular expressions, as from 20 on."""
    program = ["node", "--eval", "new RegExp('[a--b]', 'v')"]
    return (
        bool(shutil.which("node")) and not subprocess.run(program, capture_output=True).returncode
    )


needs_node = pytest.mark.skipif(not has_node(), reason="Node 20 or newer is not installed")


def network_run(network, words=(), names=("bad", "good"), longest=9):
    """A run in memory: of letters, or of these words."""
    config = Config(maximum_length=longest)
    vocabulary = Vocabulary(words or "abcdefghij")
    return NetworkRun(Path("own"), config, {}, network, vocabulary, Classes(tuple(names), {}), 0.25)


def answers(path, **questions):
    """What the programs of a page answer, in Node."""
    program = ["node", str(Path(__file__).with_name("answers.js")), str(path)]
    done = subprocess.run(program, input=json.dumps(questions), capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def eight_bits(case, tmp_path):
    return NumpyNetwork(eight_bit_layers(numpy_network(case, tmp_path).layers))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A page of a network that knows a few words of many kinds."""
    folder = tmp_path_factory.mktemp("page")
    network = eight_bits("lstm", folder)
    path = folder / "page.html"
    run = network_run(network, WORDS[:10] + WORDS[12:], longest=60)
    path.write_text(page(run, network, SETTINGS), encoding="utf-8")
    return run, path


def fuzzed(count, seed=3):
    """Texts of parts that tokenizers stumble over, and of random characters."""
    letters = random.Random(seed)
    return [
        "".join(
            letters.choice(PARTS) if letters.random() < 0.8 else chr(letters.randrange(32, 0x3100))
            for _ in range(letters.randrange(1, 40))
        )
        for _ in range(count)
    ]


@needs_node
@pytest.mark.slow
def test_texts_have_the_ids_and_places_of_python(written):
    run, path = written
    texts = ["", *fuzzed(400), *load_split(Config(data="sample"), "test").texts]
    found = answers(path, texts=texts)["texts"]
    expected = encode_texts(texts, run.vocabulary, run.config.maximum_length)
    for text, own, there in zip(texts, expected, found, strict=True):
        assert there["ids"] == own.tolist(), ascii(text)
        units = np.cumsum([0, *(len(letter.encode("utf-16-le")) // 2 for letter in text)]).tolist()
        places = [[t, units[a], units[b]] for t, a, b in run.vocabulary.locate(text)]
        assert there["places"] == places, ascii(text)


@needs_node
@pytest.mark.slow
@pytest.mark.parametrize("case", RECURRENT)
def test_networks_have_the_logits_and_gradients_of_python(case, tmp_path):
    network, classes = eight_bits(case, tmp_path), CASES[case][1]
    path = tmp_path / "page.html"
    names = [f"class {number}" for number in range(classes)]
    path.write_text(page(network_run(network, names=names), network, SETTINGS), encoding="utf-8")
    reviews, _ = some_ids()
    direction = np.array([1.0] if classes == 2 else [-1.0, 0.0, 1.0], np.float32)
    points, lines = [0.0, 0.3, 1.0], []
    for ids in reviews[:4]:
        start = np.full_like(ids, UNKNOWN_ID)
        lines.append({"start": start.tolist(), "end": ids.tolist(), "fractions": points,
                      "direction": direction.tolist()})  # fmt: skip
    found = answers(path, reviews=[ids.tolist() for ids in reviews], lines=lines)
    logits = network.logits(reviews).reshape(len(reviews), -1)
    np.testing.assert_allclose([each["logits"] for each in found["reviews"]], logits, atol=1e-4)
    for ids, there in zip(reviews, found["lines"], strict=False):
        ends = embedded(network, np.full_like(ids, UNKNOWN_ID)), embedded(network, ids)
        own, slopes = LineGradient(network, *ends, direction).at(np.array(points))
        np.testing.assert_allclose(there["logits"], own, atol=1e-4)
        np.testing.assert_allclose(there["slopes"], slopes, atol=1e-3 * (1 + np.abs(slopes).max()))
        wanted = integrated_gradients(network, ids, direction)
        got = there["contributions"]
        assert got["error"] <= 0.001 or got["steps"] >= 512
        size = 1 + np.abs(wanted.values).max()
        np.testing.assert_allclose(got["values"], wanted.values, atol=0.05 * size)


@needs_node
@pytest.mark.slow
def test_probabilities_and_doubt_are_those_of_the_decision_rule(tmp_path):
    from imdb_lstm.metrics.decision_rule import UNSURE, DecisionRule
    from imdb_lstm.metrics.logits import reported_probabilities

    for case, names in (("lstm", ("bad", "good")), ("bilstm in chunks", ("a", "b", "c"))):
        network = eight_bits(case, tmp_path)
        run, path = network_run(network, names=names), tmp_path / "page.html"
        path.write_text(page(run, network, SETTINGS), encoding="utf-8")
        reviews, _ = some_ids()
        logits = network.logits(reviews)
        threshold = run.threshold if len(names) == 2 else None
        rule = DecisionRule(threshold, SETTINGS["unsureBelow"], names, temperature=2.0)
        found = answers(path, reviews=[ids.tolist() for ids in reviews])["reviews"]
        given = [UNSURE if each["unsure"] else names[each["verdict"]] for each in found]
        assert given == rule.verdicts(logits).tolist()
        own = reported_probabilities(logits / 2)
        there = np.array([each["probabilities"] for each in found])
        np.testing.assert_allclose(there[:, 1] if own.ndim == 1 else there, own, atol=1e-5)


def test_a_page_loads_nothing_and_can_be_read(written):
    html = written[1].read_text(encoding="utf-8")
    check_landmarks(html)
    parsed = Page(html)
    [policy] = [a["content"] for a in parsed.attributes("meta") if a.get("http-equiv")]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and "connect-src" not in rules
    assert rules["script-src"].startswith("'sha256-") and rules["worker-src"] == "blob:"
    assert not {"link", "iframe", "object", "form", "img"} & {tag for tag, _ in parsed.tags}
    assert not any("src" in attributes for _, attributes in parsed.tags)
    ids = {attributes.get("id") for _, attributes in parsed.tags}
    assert "verdict" in ids
    labelled = {a["for"] for a in parsed.attributes("label") if "for" in a}
    assert {a["id"] for a in parsed.attributes("textarea")} <= labelled <= ids


def test_nothing_in_a_run_ends_an_element_of_the_page(tmp_path):
    network = eight_bits("bilstm in chunks", tmp_path)
    hostile = [name for name in HOSTILE if "\x00" not in name and "\ud800" not in name]
    html = page(network_run(network, hostile, hostile[:3]), network, SETTINGS)
    Page(html)  # every element ends where it should
    assert len(re.findall("<script", html)) == 4
    [text] = re.findall(r'id="settings">(.*?)</script>', html, re.DOTALL)
    assert json.loads(text)["classes"] == hostile[:3]
    assert json.loads(text)["words"] == hostile


def test_only_recurrent_networks_have_a_page(tiny_ngrams, tmp_path):
    with pytest.raises(RunError, match="n-gram classifier"):
        write_page(tiny_ngrams, tmp_path / "page.html")
    with pytest.raises(RunError, match="needs lstm, bilstm, gru or bigru"):
        page_network(network_run(numpy_network("bag", tmp_path)))
    assert not (tmp_path / "page.html").exists()


def test_a_run_is_written_and_its_weights_of_8_bits_are_compared(tiny_run, tmp_path):
    done = write_page(tiny_run, tmp_path / "page.html")
    assert done.bytes == (tmp_path / "page.html").stat().st_size
    assert done.texts > 20 and 0 < done.difference < 0.05


def test_every_example_is_true_of_the_bundled_network():
    run = load_run(shipped_folder())
    found = examples_of(run)
    assert len(found) == len(json.loads(FILE.read_text(encoding="utf-8")))
    assert {each.fools for each in found} == {True, False}
    assert examples_of(network_run(run.network, run.vocabulary.words, ("a", "b"))) == []


@pytest.mark.slow
def test_a_browser_answers_the_text_in_the_address(written):
    from benchmarks.browser import Browser, chromium

    if not chromium() or sys.platform == "win32":
        pytest.skip("Chromium is not installed")
    with Browser(f"file://{written[1]}#text=a%20good%20film") as browser:
        browser.wait("document.documentElement.dataset.marked")
        run = written[0]
        verdict = browser.run("document.getElementById('verdict').textContent")
        logit = float(run.predict_logits(["a good film"])[0])
        name = run.classes.names[int(logit > run.threshold)]
        unsure = abs(logit - run.threshold) < SETTINGS["unsureBelow"]
        assert verdict == (f"unsure, perhaps {name}" if unsure else name)
        marked = "document.querySelectorAll('#text-marked [title]').length"
        assert browser.run(marked) == 3
