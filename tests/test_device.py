"""Device, seed and arithmetic are those requested, and the machine is described truly."""

import platform
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from imdb_lstm import device as module
from imdb_lstm.device import (
    _processor_flags,
    describe_devices,
    describe_machine,
    package_versions,
    peak_memory_megabytes,
    set_up_device,
)
from imdb_lstm.errors import ConfigError


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])


def test_asking_for_a_gpu_where_there_is_none_is_refused(no_gpu):
    with pytest.raises(ConfigError, match="sees no GPU"):
        set_up_device("gpu")


def test_without_a_gpu_the_cpu_is_used(no_gpu):
    assert [set_up_device(device) for device in ("auto", "cpu")] == ["cpu", "cpu"]


def test_a_gpu_is_taken_when_there_is_one_but_hidden_when_the_cpu_is_asked_for(monkeypatch):
    seen = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["one", "two"])
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda *given: seen.append(given))
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda *given: seen.append(given)
    )
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: seen[-1][0])
    for device in ("gpu", "auto"):
        assert set_up_device(device) == "gpu"
        assert seen == [(["one", "two"], "GPU"), ("one", True), ("two", True)]
        seen.clear()
    assert set_up_device("cpu") == "cpu"
    assert seen == [([], "GPU")]


def test_a_settled_device_is_kept_and_another_one_refused(monkeypatch):
    def settled(*_):
        raise RuntimeError("cannot be modified after being initialized")

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["one"])
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: ["one"])
    monkeypatch.setattr(tf.config, "set_visible_devices", settled)
    assert [set_up_device(device) for device in ("auto", "gpu")] == ["gpu", "gpu"]
    with pytest.raises(ConfigError, match="already computes on the gpu"):
        set_up_device("cpu")


def test_the_precision_is_set_when_asked_for_and_else_left_alone(no_gpu):
    set_up_device(precision="mixed_bfloat16")
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    set_up_device()
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    set_up_device(precision="float32")
    assert keras.config.dtype_policy().name == "float32"


def test_automatic_precision_is_bfloat16_where_the_processor_supports_it(monkeypatch):
    for flags, device, expected in (
        ({"avx512_bf16", "fma"}, "cpu", "mixed_bfloat16"),
        ({"amx_bf16"}, "cpu", "mixed_bfloat16"),
        ({"avx2", "fma"}, "cpu", "float32"),
        ({"avx512_bf16"}, "gpu", "float32"),
    ):
        monkeypatch.setattr(module, "_processor_flags", lambda flags=flags: flags)
        monkeypatch.setattr(module, "_choose_device", lambda wanted, device=device: device)
        set_up_device(precision="auto")
        assert keras.config.dtype_policy().name == expected


@pytest.fixture
def torch(monkeypatch):
    """PyTorch as the backend of Keras, with a GPU or without, as ``available`` says."""
    from types import SimpleNamespace

    cuda = SimpleNamespace(
        available=True, is_available=lambda: cuda.available, get_device_name=lambda: "Card 9",
        is_bf16_supported=lambda including_emulation: True,
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    monkeypatch.delenv("KERAS_TORCH_DEVICE", raising=False)
    return cuda


def test_pytorch_computes_on_the_gpu_it_has_unless_told_otherwise(torch, monkeypatch):
    assert [set_up_device(device) for device in ("auto", "gpu")] == ["gpu", "gpu"]
    assert "Card 9" in describe_machine()
    with pytest.raises(ConfigError, match="set KERAS_TORCH_DEVICE=cpu"):
        set_up_device("cpu")
    monkeypatch.setenv("KERAS_TORCH_DEVICE", "cpu")
    assert [set_up_device(device) for device in ("auto", "cpu")] == ["cpu", "cpu"]
    torch.available = False
    with pytest.raises(ConfigError, match="PyTorch sees no GPU"):
        set_up_device("gpu")
    assert "Card 9" not in describe_machine()


def test_automatic_precision_is_bfloat16_where_pytorchs_gpu_supports_it(torch, monkeypatch):
    monkeypatch.setattr(module, "_processor_flags", set)
    for torch.available, expected in ((True, "mixed_bfloat16"), (False, "float32")):
        set_up_device(precision="auto")
        assert keras.config.dtype_policy().name == expected


def test_the_processors_flags_are_those_that_linux_lists():
    if describe_machine().startswith("x86_64") and sys.platform == "linux":
        assert {"fpu", "sse2"} <= _processor_flags()


def test_the_seed_decides_every_generator(no_gpu):
    def draw(seed):
        set_up_device(seed=seed)
        return [float(keras.random.uniform(())), np.random.random()]

    first, again, other = draw(3), draw(3), draw(4)
    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True))


def test_versions_name_python_and_every_package(monkeypatch):
    monkeypatch.setattr(module, "PACKAGES", ("keras", "no-such-package"))
    monkeypatch.delitem(sys.modules, "torch", raising=False)  # another test may have imported it
    found = package_versions()
    assert list(found) == ["python", "keras", "no-such-package"]
    assert found["python"].startswith("3.")
    assert found["keras"] == keras.__version__
    assert found["no-such-package"] == "not installed"


def test_peak_memory_is_in_megabytes_and_does_not_fall():
    before = peak_memory_megabytes()
    block = np.ones(30 * 2**17)  # 30 MiB
    after = peak_memory_megabytes()
    assert 50 < before <= after < 2**20
    assert block.sum() == 30 * 2**17


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_is_kept_for_the_next_allocation():
    code = """
import resource, sys
from imdb_lstm.device import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
for _ in range(20):
    bytes(bytearray(48 * 2**20))  # 12,288 pages, twice
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""
    given_back, kept = (
        int(subprocess.run([sys.executable, "-c", code, word], capture_output=True, text=True,
                           check=True).stdout)
        for word in ("given back", "kept")
    )  # fmt: skip
    assert given_back > 20 * 12_288 > 5 * kept


def test_the_report_is_one_line_and_strings(no_gpu):
    assert "cores" in describe_machine() and "\n" not in describe_machine()
    found = describe_devices()
    assert found["GPUs"] == "none"
    assert found["cuDNN used for LSTM and GRU"] == "no, there is no GPU"
    assert all(isinstance(value, str) for value in found.values())


def test_a_machine_is_described_by_its_widest_vector_instructions(monkeypatch):
    for flags, named in (
        ({"avx2", "avx512f", "sse"}, ["AVX-512"]), ({"avx2", "sse"}, ["AVX2"]), ({"sse"}, []),
    ):  # fmt: skip
        monkeypatch.setattr(module, "_processor_flags", lambda flags=flags: flags)
        parts = describe_machine().split(", ")
        assert [part for part in parts if part.startswith("A")] == named


def test_networks_predict_in_numpy_unless_a_gpu_computes(monkeypatch):
    assert [module.choose_backend(*given) for given in ((), ("auto", "cpu"), ("numpy",))] == [
        "numpy", "numpy", "numpy",
    ]  # fmt: skip
    asked = []
    monkeypatch.setattr(module, "set_up_device", asked.append)
    assert module.choose_backend("keras", "cpu") == "keras"
    assert module.choose_backend("auto", "gpu") == "keras"
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: ["one"])
    assert module.choose_backend() == "keras"
    assert asked == ["cpu", "gpu", "auto"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("onnx",), "backend must be one of auto, numpy, keras, not 'onnx'"),
        (("auto", "tpu"), "device must be one of auto, cpu, gpu, not 'tpu'"),
        (("numpy", "gpu"), "NumPy computes on the CPU only"),
    ],
)
def test_another_backend_or_device_is_refused(given, message):
    with pytest.raises(ConfigError, match=message):
        module.choose_backend(*given)
