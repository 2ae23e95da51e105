"""Runs from strangers: each attack is refused in one line, runs nothing and stays in its folder.

The numbers are those of the vulnerabilities of Keras that an attack stands for, "CVE-" left out.
"""

import base64
import json
import marshal
import os
import pickle
import socket
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
from hostile import (
    CONFIG,
    WEIGHTS,
    Pickled,
    agreed,
    changed,
    members,
    npy,
    npz,
    packed,
    with_config,
    with_member,
    with_weights,
)
from saved_runs import write_run

from imdb_lstm.cli import main
from imdb_lstm.errors import RunError, UserError
from imdb_lstm.runs.files import read_history, read_metrics
from imdb_lstm.runs.find import LANGUAGE_MODEL_FILE, MANIFEST_FILE
from imdb_lstm.runs.learned import read_classes, read_learned
from imdb_lstm.runs.manifest import NETWORK_FILE, NGRAMS_FILE, verify
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.validation import read_validation

MEGABYTE = 2**20
ROWS = 40_000_000  # of an embedding of gigabytes
CANARY = "canary"  # made in the working directory by code that runs


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished network. Do not change it."""
    return write_run(tmp_path_factory.mktemp("runs"), "films")


@pytest.fixture(autouse=True)
def nothing_happens(tmp_path, monkeypatch):
    """Afterwards no code has run and no connection was tried; the secret is as it was."""
    tried = []
    monkeypatch.setattr(socket.socket, "connect", lambda *_: tried.append(1))
    monkeypatch.setattr(os, "system", lambda *_: tried.append(1))
    (tmp_path / "home").mkdir()
    (tmp_path / "secret.txt").write_text("<pad>\n<unknown>\nsecret\n")
    monkeypatch.chdir(tmp_path / "home")
    yield
    assert not tried and not (tmp_path / "home" / CANARY).exists()
    assert (tmp_path / "secret.txt").read_text() == "<pad>\n<unknown>\nsecret\n"


def refused(folder, match, call=load_run, most=40 * MEGABYTE):
    """Assert that a call on the folder of a run is refused in one short line, in bounded memory."""
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=match) as error:
            call(folder)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    said = str(error.value)
    assert said.isprintable() and len(said) < 700 and "Traceback" not in said
    assert error.value.exit_code in (2, 4) and peak < most


def replace_layer(name, **values):
    """Return a change of a configuration: another module and class of a layer."""
    return lambda layers, _: layers[name].update(values)


def in_options(name, key, value):
    return lambda layers, _: layers[name]["config"].update({key: value})


def called(module, name, *arguments):
    """An object whose deserialization calls a function."""
    return {
        "module": module, "class_name": "function", "config": name, "registered_name": name,
        "args": list(arguments),
    }  # fmt: skip


BYTECODE = base64.b64encode(marshal.dumps((lambda x: os.mkdir("canary") or x).__code__)).decode()
LAMBDA = {
    "module": "builtins", "class_name": "__lambda__",
    "config": {"code": BYTECODE, "defaults": None, "closure": None},
}  # fmt: skip
PICKLE = base64.b64encode(pickle.dumps(Pickled(CANARY))).decode()
SAFE_MODE_OFF = called("keras.config", "enable_unsafe_deserialization")
CONFIGS = {
    "2025-1550 a module and function of the configuration": replace_layer(
        "dropout", module="os", class_name="system", config={"name": "dropout", "command": "id"}
    ),
    "2025-1550 a function of another module as an option": in_options(
        "logit", "kernel_initializer", called("os", "mkdir", CANARY)
    ),
    "2025-8747 get_file in the configuration": in_options(
        "logit", "activation", called("keras.utils", "get_file", "x", "http://example.org/x")
    ),
    "2025-9906 safe mode is turned off by the configuration": in_options(
        "mask", "dtype", SAFE_MODE_OFF
    ),
    "2024-3660 a Lambda layer": replace_layer(
        "dropout", module="keras.layers", class_name="Lambda",
        config={"name": "dropout", "function": LAMBDA},
    ),
    "2025-49655 TorchModuleWrapper holds a pickle": replace_layer(
        "dropout", module="keras.layers", class_name="TorchModuleWrapper",
        config={"name": "dropout", "module": PICKLE},
    ),
    "2025-12058 StringLookup reads a vocabulary": replace_layer(
        "mask", module="keras.layers", class_name="StringLookup",
        config={"name": "mask", "vocabulary": "../secret.txt"},
    ),
    "2025-12058 StringLookup fetches a vocabulary": replace_layer(
        "mask", module="keras.layers", class_name="StringLookup",
        config={"name": "mask", "vocabulary": "http://169.254.169.254/latest"},
    ),
    "2026-1462 TFSMLayer runs a SavedModel": replace_layer(
        "dropout", module="keras.layers", class_name="TFSMLayer",
        config={"name": "dropout", "filepath": "../graph"},
    ),
    "2026-12479 a layer named as a path": in_options("dropout", "name", "../../canary"),
    "2026-12481 a Lambda layer inside a layer": in_options(
        "pooling", "layer", {"module": "keras.layers", "class_name": "Lambda",
                             "config": {"name": "inner", "function": LAMBDA}},
    ),
    "an unregistered class": replace_layer(
        "pooling", module="their_package", class_name="Pooling", registered_name="theirs>Pooling"
    ),
    "2026-0897 an embedding of 40 million rows": in_options("embedding", "input_dim", ROWS),
    "an embedding of 40 million columns": in_options("embedding", "output_dim", ROWS),
    "units that are not stored": in_options("logit", "units", ROWS),
    "a kind of pooling that is none": in_options("pooling", "kinds", ["__init__"]),
    "options that are none": in_options("pooling", "kinds", 7),
    "a layer less": lambda _, config: config["config"]["layers"].pop(),
    "two layers of a name": lambda layers, _: layers["mask"]["config"].update(name="pooling"),
    "no layers": lambda _, config: config.clear(),
}  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "keras"])
@pytest.mark.parametrize("attack", CONFIGS)
def test_a_hostile_configuration_is_refused(attack, backend, run, tmp_path):
    content = with_config(run, CONFIGS[attack])
    folder = changed(run, tmp_path / "theirs", NETWORK_FILE, content)
    refused(folder, "theirs cannot be loaded: ", lambda path: load_run(path, backend))


TABLE = "layers/embedding/vars/0"


def replaced(make):
    """Return a change of the weights: ``make`` puts something in place of the embedding."""

    def change(file):
        del file[TABLE]
        make(file)

    return change


def virtual(file):
    layout = h5py.VirtualLayout((6, 4), "f4")
    layout[:] = h5py.VirtualSource("../secret.h5", "x", (6, 4))
    file.create_virtual_dataset(TABLE, layout)


def early(file):
    """Create an array that is declared but for one chunk never written."""
    file.create_dataset(TABLE, (ROWS, 256), "f4", chunks=(6, 256))


LINKS = {
    "2026-1669 an external link": lambda f: f.__setitem__(TABLE, h5py.ExternalLink("../s.h5", "x")),
    "2026-1669 external storage": lambda f: f.create_dataset(
        TABLE, (6, 4), "f4", external=[("../secret.txt", 0, 96)]
    ),
    "a virtual data set": virtual,
    "a soft link": lambda f: f.__setitem__(TABLE, h5py.SoftLink("/layers/dense/vars/0")),
    "a hard link to its own parent": lambda f: f.__setitem__(TABLE, f["layers"]),
    "2026-0897 unwritten chunks": early,
    "2026-0897 zeros that gzip packs": lambda f: f.create_dataset(
        TABLE, (4_000_000, 4), "i1", compression="gzip", fillvalue=0
    ),
    "2026-0897 an array without storage": lambda f: f.create_dataset(TABLE, (ROWS, 256), "f4"),
    "objects": lambda f: f.create_dataset(TABLE, (2,), h5py.string_dtype()),
    "structures": lambda f: f.create_dataset(TABLE, (6,), [("a", "f4"), ("b", "f4")]),
    "a data type": lambda f: f.__setitem__(TABLE, np.dtype("f4")),
    "fewer rows than words": lambda f: f.create_dataset(TABLE, data=np.zeros((5, 4), "f4")),
    "other dimensions": lambda f: f.create_dataset(TABLE, data=np.zeros((6, 4, 1), "f4")),
    "numbers that are none": lambda f: f.create_dataset(TABLE, data=np.full((6, 4), np.nan, "f4")),
    "other numbers": lambda f: f.create_dataset(TABLE, data=np.zeros((6, 4), "f8")),
    "no array": lambda f: None,
}


@pytest.mark.parametrize("attack", LINKS)
def test_hostile_weights_are_refused(attack, run, tmp_path):
    content = with_weights(run, replaced(LINKS[attack]))
    folder = changed(run, tmp_path / "theirs", NETWORK_FILE, content)
    refused(folder, "theirs cannot be loaded: ")
    refused(folder, "theirs cannot be loaded: ", lambda path: load_run(path, "keras"))


def bomb(name, size=30 * MEGABYTE):
    """A member of zeros, packed."""
    return packed([(name, bytes(size))], zipfile.ZIP_DEFLATED)


def lying(run):
    """An archive that declares the size of a bomb as ten bytes."""
    content = bytearray(packed([(CONFIG, b" " * 20 * MEGABYTE)], zipfile.ZIP_DEFLATED))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(content)


def nested(depth):
    return "[" * depth + "]" * depth


ARCHIVES = {
    "no archive": lambda run: b"not a zip",
    "2025-9905 a Lambda layer in a .h5 file": lambda run: members(run / NETWORK_FILE)[WEIGHTS],
    "a pickle": lambda run: pickle.dumps(Pickled(CANARY)),
    "path traversal": lambda run: with_member(run, "../../canary", b"x"),
    "an absolute path": lambda run: with_member(run, "/tmp/canary", b"x"),
    "one file more": lambda run: with_member(run, "assets/vocabulary.txt", b"x"),
    "one file less": lambda run: packed([(CONFIG, b"{}")]),
    "a name twice": lambda run: packed([*members(run / NETWORK_FILE).items(), (CONFIG, b"{}")]),
    "a zip bomb": lambda run: bomb(WEIGHTS),
    "a configuration of many megabytes": lambda run: with_member(run, CONFIG, b" " * 2_000_000),
    "a configuration nested deeply": lambda run: with_member(run, CONFIG, nested(100_000)),
    "a huge number": lambda run: with_member(run, CONFIG, "9" * 100_000),
    "no HDF5": lambda run: with_member(run, WEIGHTS, b"x" * 1000),
    "another compression": lambda run: packed(
        members(run / NETWORK_FILE).items(), zipfile.ZIP_LZMA
    ),
    "a size that is declared wrongly": lying,
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("attack", ARCHIVES)
def test_a_hostile_archive_is_refused_by_both_backends(attack, run, tmp_path):
    folder = changed(run, tmp_path / "theirs", NETWORK_FILE, ARCHIVES[attack](run))
    for backend in ("numpy", "keras"):
        refused(folder, "theirs cannot be loaded: ", lambda path, b=backend: load_run(path, b))


def test_unchanged_copies_are_loaded_by_both_backends(run, tmp_path):
    content = packed(members(run / NETWORK_FILE).items(), zipfile.ZIP_DEFLATED)
    folder = changed(run, tmp_path / "theirs", NETWORK_FILE, content)
    (tmp_path / "link").symlink_to(folder)  # a folder may be one
    own = load_run(run).predict_logits(["a lovely film"])
    for backend in ("numpy", "keras"):
        found = load_run(tmp_path / "link", backend).predict_logits(["a lovely film"])
        np.testing.assert_allclose(found, own, atol=1e-6)


# Names and contents of other files, and what reads them.
TEXTS = {
    "NaN": ("metrics.json", '{"temperature": NaN}', read_metrics),
    "infinity": ("metrics.json", '{"threshold": 1e999}', read_metrics),
    "a number of thousands of digits": ("metrics.json", "9" * 100_000, read_metrics),
    "a number too large to divide by": (
        "metrics.json",
        f'{{"logit_std": 1{"0" * 400}}}',
        read_metrics,
    ),
    "a temperature of zero": ("metrics.json", '{"temperature": 0}', read_metrics),
    "a text as a number": ("metrics.json", '{"temperature": "1.0"}', read_metrics),
    "a list as a text": ("metrics.json", '{"machine": ["a"]}', read_metrics),
    "a list as a group": ("metrics.json", '{"quantized": [8]}', read_metrics),
    "a list": ("metrics.json", "[1]", read_metrics),
    "a value that is missing": ("metrics.json", "{}", lambda path: read_metrics(path)["seconds"]),
    "JSON nested deeply": ("metrics.json", nested(100_000), read_metrics),
    "JSON of many megabytes": ("metrics.json", " " * 11_000_000, read_metrics),
    "other bytes": ("metrics.json", b"\xff\xfe\x00", read_metrics),
    "TOML of many megabytes": ("config.toml", "# \n" * 100_000, load_run),
    "TOML nested deeply": ("config.toml", f"units = {nested(20_000)}", load_run),
    "TOML with deep keys": ("config.toml", f"{'a.' * 20_000}a = 1", load_run),
    "TOML with a huge number": ("config.toml", f"units = {'9' * 90_000}", load_run),
    "an option of another type": ("config.toml", 'units = ["a"]', load_run),
    "one class": ("classes.json", '{"names": ["a"], "values": {}}', read_classes),
    "a class twice": ("classes.json", '{"names": ["a", "a"], "values": {}}', read_classes),
    "a million classes": (
        "classes.json",
        json.dumps({"names": ["a"] * 10**6, "values": {}}),
        read_classes,
    ),
    "an escape sequence as a class": (
        "classes.json",
        '{"names": ["a", "\\u001b[2J"], "values": {}}',
        read_classes,
    ),
    "a value of no class": (
        "classes.json",
        '{"names": ["a", "b"], "values": {"x": 2}}',
        read_classes,
    ),
    "values that are none": ("classes.json", '{"names": ["a", "b"], "values": 3}', read_classes),
    "names that are none": ("classes.json", '{"names": {"a": 1}, "values": {}}', read_classes),
    "a logit that is none": ("validation.csv", "name,label,logit\na,1,nan\n", read_validation),
    "a label of no class": ("validation.csv", "name,label,logit\na,7,1.5\n", read_validation),
    "other columns": ("validation.csv", "name,label,logit 0\na,1,1.5\n", read_validation),
    "rows of many lengths": ("validation.csv", "name,label,logit\na,1,1,2\nb\n", read_validation),
    "a huge field": ("validation.csv", f"name,label,logit\n{'a' * 200_000}\n", read_validation),
    "a text as a loss": ("history.csv", "epoch,loss\n1,__import__('os')\n", read_history),
    "no rows": ("history.csv", "", read_history),
    "a pickle for hashes": ("learned.npy", pickle.dumps(Pickled(CANARY)), read_learned),
    "an array of objects": (
        "learned.npy",
        npy((1,), "|O", pickle.dumps(Pickled(CANARY))),
        read_learned,
    ),
    "hashes that are not stored": ("learned.npy", npy((10**12,), "<u8"), read_learned),
    "an overflow of sizes": ("learned.npy", npy((2**62, 2**62), "<u8"), read_learned),
    "a negative size": ("learned.npy", npy((-1,), "<u8"), read_learned),
    "hashes of other numbers": ("learned.npy", npy((2,), "<f8", bytes(16)), read_learned),
    "a huge header": ("learned.npy", npy((1,) * 20_000, "<u8"), read_learned),
    "code in a header": (
        "learned.npy",
        npy("__import__('os').mkdir('canary')", "<u8"),
        read_learned,
    ),
}


@pytest.mark.parametrize("attack", TEXTS)
def test_a_hostile_value_is_refused(attack, run, tmp_path):
    name, content, read = TEXTS[attack]
    folder = changed(run, tmp_path / "theirs", name, content)
    refused(folder, "theirs", read, most=60 * MEGABYTE)


def test_a_vocabulary_may_be_neither_a_pipe_nor_larger_than_it_may_be(run, tmp_path):
    folder = changed(run, tmp_path / "theirs", "vocabulary.txt", "")
    (folder / "vocabulary.txt").unlink()
    os.mkfifo(folder / "vocabulary.txt")
    refused(folder, r"vocabulary\.txt is missing")
    (folder / "vocabulary.txt").unlink()
    with (folder / "vocabulary.txt").open("wb") as stream:
        stream.truncate(10**12)  # no block of it is written
    refused(folder, r"vocabulary\.txt is larger than")


NGRAMS = {
    "2019-6446 an array of objects": lambda: npz(
        ngrams=np.array([Pickled(CANARY)], object),
        weights=np.zeros(1, "f4"),
        bias=np.zeros((), "f4"),
    ),
    "weights that are not stored": lambda: packed([("weights.npy", npy((10**10,)))]),
    "a zip bomb": lambda: bomb("weights.npy"),
    "a header bomb in a small archive": lambda: packed(
        [("ngrams.npy", npy((2**40,), "|u1", b"a"))]
    ),
    "path traversal": lambda: packed([("../canary.npy", npy((1,), "<f4", bytes(4)))]),
    "no array": lambda: packed([("weights.txt", b"1")]),
    "other numbers of weights": lambda: ngrams(weights=np.zeros(3, "f4")),
    "weights that are none": lambda: ngrams(weights=np.array([0, np.nan], "f4")),
    "a bias of a shape": lambda: ngrams(bias=np.zeros((5, 5), "f4")),
    "a damping below zero": lambda: ngrams(damping=np.array(-1.0)),
    "texts as weights": lambda: ngrams(weights=np.array(["a", "b"])),
    "n-grams of many tokens": lambda: ngrams(
        ngrams=np.frombuffer(b"a\n" + b"a " * 200 + b"a", "u1")
    ),
    "no UTF-8": lambda: ngrams(ngrams=np.frombuffer(b"a\n\xff", "u1")),
}


def ngrams(**arrays):
    own = {
        "ngrams": np.frombuffer(b"a\nb", "u1"),
        "weights": np.zeros(2, "f4"),
        "bias": np.zeros((), "f4"),
    }
    return npz(**{**own, **arrays})


def as_ngrams(run, folder, content):
    """A run as that of an n-gram classifier with this file."""
    copy = changed(run, folder, NGRAMS_FILE, content)
    manifest = json.loads((copy / MANIFEST_FILE).read_text())
    for name in (NETWORK_FILE, "vocabulary.txt", "history.csv"):
        del manifest["files"][name]
    manifest["files"][NGRAMS_FILE] = ""
    (copy / MANIFEST_FILE).write_text(json.dumps(manifest))
    return agreed(copy)


@pytest.mark.parametrize("attack", NGRAMS)
def test_hostile_ngrams_are_refused(attack, run, tmp_path):
    refused(as_ngrams(run, tmp_path / "theirs", NGRAMS[attack]()), "theirs cannot be loaded: ")


def test_ngrams_of_these_arrays_are_loaded_where_nothing_is_wrong(run, tmp_path):
    folder = as_ngrams(run, tmp_path / "theirs", ngrams(bias=np.array(0.5, "f4")))
    assert load_run(folder).predict_logits(["a b"]).tolist() == [0.5]


def test_a_manifest_that_names_other_files_is_refused(run, tmp_path):
    for number, name in enumerate(("../../secret.txt", "/etc/passwd", "more.txt")):
        folder = changed(run, tmp_path / f"theirs{number}", "MODEL_CARD.md", "")
        manifest = json.loads((folder / MANIFEST_FILE).read_text())
        manifest["files"][name] = "0" * 64
        (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
        refused(folder, f"it names {name}")


@pytest.mark.parametrize(
    ("key", "value"),
    [("reviews", []), ("reviews", {"train": 1}), ("versions", None), ("created", 7),
     ("files", {NETWORK_FILE: ["a"]}), ("format", "9" * 4000)],
)  # fmt: skip
def test_a_manifest_with_other_values_is_refused(key, value, run, tmp_path):
    folder = changed(run, tmp_path / "theirs", "MODEL_CARD.md", "")
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    (folder / MANIFEST_FILE).write_text(json.dumps({**manifest, key: value}))
    refused(folder, "theirs")


def test_a_manifest_of_many_megabytes_or_levels_is_refused(run, tmp_path):
    folder = changed(run, tmp_path / "theirs", "MODEL_CARD.md", "")
    for text in (" " * 11_000_000, nested(100_000)):
        (folder / MANIFEST_FILE).write_text(text)
        refused(folder, r"manifest\.json is damaged", verify, most=60 * MEGABYTE)


@pytest.mark.parametrize(
    "place", ["vocabulary.txt", "figures/history.png", "evaluation-films", "more"]
)
def test_a_link_that_leads_out_of_the_folder_is_refused(place, run, tmp_path):
    folder = changed(run, tmp_path / "theirs", "MODEL_CARD.md", "")
    (folder / place).unlink(missing_ok=True)
    (folder / place).symlink_to(tmp_path / "secret.txt" if "." in place else tmp_path)
    refused(folder, f"{place} is a link that leads out of it")


def test_a_link_within_the_folder_is_followed(run, tmp_path):
    folder = changed(run, tmp_path / "theirs", "MODEL_CARD.md", "")
    (folder / "vocabulary.txt").rename(folder / "words.txt")
    (folder / "vocabulary.txt").symlink_to("words.txt")
    assert len(load_run(folder).vocabulary) == 6


def test_commands_end_with_one_line_and_the_exit_code_of_a_run(run, tmp_path, capsys):
    content = with_config(run, CONFIGS["2024-3660 a Lambda layer"])
    folder = str(changed(run, tmp_path / "theirs", NETWORK_FILE, content))
    for words in (
        ["predict", "--run", folder, "A film."],
        ["explain", "--run", folder, "A film."],
        ["evaluate", folder, "--data", "sample"],
        ["export", folder, "--format", "numpy"],
        ["train", "--data", "sample", "--pretrained", folder, "--encoder", "bilstm"],
    ):
        assert main(words) == RunError.exit_code
        lines = [line for line in capsys.readouterr().err.splitlines() if "imdb-lstm:" in line]
        assert len(lines) == 1, words


def test_what_a_file_says_is_printed_as_one_line_without_control_characters(run, tmp_path):
    def change(layers, _):
        layers["mask"]["class_name"] = "\x1b[2J\nimdb-lstm: all is well"

    folder = changed(run, tmp_path / "theirs", NETWORK_FILE, with_config(run, change))
    refused(folder, r"\\x1b\[2J imdb-lstm")


LANGUAGE_MODELS = {
    "objects": lambda: npz(embedding=np.array([Pickled(CANARY)], object)),
    "a shape that is not stored": lambda: packed([("embedding.npy", npy((10**10, 4)))]),
    "a zip bomb": lambda: bomb("embedding.npy"),
    "no embedding": lambda: npz(softmax_bias=np.zeros(6, "f2")),
    "another width": lambda: npz(embedding=np.zeros((6, 9), "f2"), softmax_bias=np.zeros(6, "f2")),
    "other names": lambda: npz(embedding=np.zeros((6, 4), "f2"), evil=np.zeros(6, "f2")),
    "numbers that are none": lambda: npz(
        embedding=np.full((6, 4), np.inf, "f2"), softmax_bias=np.zeros(6, "f2")
    ),
}


@pytest.mark.parametrize("attack", LANGUAGE_MODELS)
def test_a_hostile_language_model_is_refused(attack, run, tmp_path):
    from imdb_lstm.runs.pretrained import load_language_model

    folder = changed(run, tmp_path / "theirs", LANGUAGE_MODEL_FILE, LANGUAGE_MODELS[attack]())
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    names = (LANGUAGE_MODEL_FILE, "vocabulary.txt", "history.csv", "config.toml", "metrics.json",
             "MODEL_CARD.md")  # fmt: skip
    manifest["files"] = dict.fromkeys(names, "")
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
    refused(agreed(folder), "theirs cannot be loaded: ", load_language_model)
