"""The machine: backend, device, seed and arithmetic, set before the first operation runs."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import logging
import os
import platform
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imdb_lstm.errors import ConfigError

PACKAGES = ("imdb-lstm", "keras", "tensorflow", "tensorflow-datasets", "numpy", "matplotlib",
            "scikit-learn")  # fmt: skip
MALLOC = {
    -1: 2**31 - 1,  # M_TRIM_THRESHOLD: this much may be free at the end of the heap
    -4: 0,  # M_MMAP_MAX: no array outside the heap
    -8: 1,  # M_ARENA_MAX
}  # of glibc's malloc.h
BACKENDS = ("auto", "numpy", "keras")
DEVICES = ("auto", "cpu", "gpu")
ARITHMETIC = {"amx_bf16": "AMX", "avx512f": "AVX-512", "avx2": "AVX2"}  # the widest first


def import_backend() -> None:
    """Import Keras and its backend without the lines that their native code logs.

    TensorFlow's libraries write to standard error while they are loaded, before any log level
    counts; after that, ``TF_CPP_MIN_LOG_LEVEL`` does. A level that the user has set is respected,
    and then nothing is hidden.
    """
    if "keras" in sys.modules or "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    with _silent_standard_error():
        import keras  # noqa: F401


@contextlib.contextmanager
def _silent_standard_error() -> Iterator[None]:
    """Discard what native code writes to standard error inside the block."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def set_up_device(
    device: str = "auto", seed: int | None = None, precision: str | None = None
) -> str:
    """Choose the device, seed every generator, set the arithmetic; return the name of the device.

    Raises ``ConfigError`` when a GPU is requested and there is none.
    """
    import_backend()
    import keras

    name = device
    if keras.backend.backend() == "tensorflow":
        # It warns about a new graph for each batch width and each model.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        _share_cores()
        keep_freed_memory()
        name = _choose_device(device)
    elif keras.backend.backend() == "torch":
        name = _torch_device(device)
    if precision is not None:
        keras.config.set_dtype_policy(_policy(precision, name))
    if seed is not None:
        keras.utils.set_random_seed(seed)
    return name


def _policy(precision: str, device: str) -> str:
    """The Keras policy of a precision; ``auto`` is bfloat16 on a processor that supports it.

    Elsewhere bfloat16 is emulated, and slow. A GPU is considered only under PyTorch.
    """
    if precision != "auto":
        return precision
    supported = device == "cpu" and processor_has_bfloat16()
    if device == "gpu" and _torch_gpu():
        supported = sys.modules["torch"].cuda.is_bf16_supported(including_emulation=False)
    return "mixed_bfloat16" if supported else "float32"


def processor_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 natively."""
    return bool(_processor_flags() & {"avx512_bf16", "amx_bf16"})


def _processor_flags() -> set[str]:
    """The processor's features as Linux lists them; empty on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.split()}


def _choose_device(device: str) -> str:
    import tensorflow as tf

    if device not in DEVICES:
        raise ConfigError(f"device must be one of {', '.join(DEVICES)}, not {device!r}")
    graphics = tf.config.list_physical_devices("GPU")
    if device == "gpu" and not graphics:
        raise ConfigError("--device gpu: TensorFlow sees no GPU; see `imdb-lstm doctor`")
    wanted = [] if device == "cpu" else graphics
    try:
        # It must be hidden: Keras uses cuDNN whenever a GPU is visible.
        tf.config.set_visible_devices(wanted, "GPU")
        for graphic in wanted:
            tf.config.experimental.set_memory_growth(graphic, True)
    except RuntimeError:  # TensorFlow has computed already: its devices are fixed
        pass
    found = "gpu" if tf.config.get_visible_devices("GPU") else "cpu"
    if device not in ("auto", found):
        raise ConfigError(f"--device {device}: this process already computes on the {found}")
    return found


def _torch_device(device: str) -> str:
    """Where PyTorch computes as the backend of Keras, which is fixed when Keras is imported."""
    import torch

    asked = os.environ.get("KERAS_TORCH_DEVICE", "cuda")
    found = "gpu" if torch.cuda.is_available() and asked != "cpu" else "cpu"
    if device == "gpu" != found:
        raise ConfigError("--device gpu: PyTorch sees no GPU")
    if device == "cpu" != found:
        raise ConfigError("--device cpu: set KERAS_TORCH_DEVICE=cpu, which PyTorch reads")
    return found


def _torch_gpu() -> str:
    """The GPU that PyTorch computes on as the backend of Keras; empty if there is none."""
    keras = sys.modules.get("keras")  # not imported for this alone
    torch = sys.modules.get("torch") if keras and keras.backend.backend() == "torch" else None
    return torch.cuda.get_device_name() if torch and torch.cuda.is_available() else ""


def _share_cores() -> None:
    """Let the two directions of an LSTM run in parallel, on half of the cores each.

    Their steps are too small for many threads: on two cores a training step takes
    0.64 of the time it takes with TensorFlow's own setting (see ``benchmarks/LOG.md``).
    """
    import tensorflow as tf

    chosen = tf.config.threading.get_intra_op_parallelism_threads()
    if chosen or "TF_NUM_INTRAOP_THREADS" in os.environ:
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(max(1, (os.cpu_count() or 1) // 2))
        tf.config.threading.set_inter_op_parallelism_threads(2)
    except RuntimeError:  # TensorFlow has computed already: its threads are fixed
        pass


def keep_freed_memory() -> None:
    """Have glibc, where it is the C library, keep freed memory for the next allocation.

    It gives arrays of some megabytes back to Linux as soon as they are free. Every training step
    needs as many again, which Linux clears page by page: a fifth of the processor's time (see
    ``benchmarks/LOG.md``). One heap for all threads, or each would keep its own.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # macOS, or another C library
        return
    for option, value in MALLOC.items():
        mallopt(option, value)


def choose_backend(backend: str = "auto", device: str = "auto") -> str:
    """What predicts: numpy or keras, set up on the device.

    ``auto`` is Keras on a GPU, if one is asked for or this process computes on one already, and
    NumPy otherwise, which needs neither Keras nor TensorFlow. Raises ``ConfigError``.
    """
    for name, value, values in (("backend", backend, BACKENDS), ("device", device, DEVICES)):
        if value not in values:
            raise ConfigError(f"{name} must be one of {', '.join(values)}, not {value!r}")
    if backend == "auto":
        backend = "keras" if device == "gpu" or _computes_on_gpu() else "numpy"
    if backend == "keras":
        set_up_device(device)
    elif device == "gpu":
        raise ConfigError("--device gpu: NumPy computes on the CPU only; leave out --backend")
    return backend


def _computes_on_gpu() -> bool:
    """Whether Keras is loaded here, and computes on a GPU."""
    if "keras" not in sys.modules:
        return False
    if tf := sys.modules.get("tensorflow"):
        return bool(tf.config.get_visible_devices("GPU"))
    return bool(_torch_gpu())


def peak_memory_megabytes() -> float:
    """Peak memory of this process, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that affect results."""
    found = {"python": platform.python_version()}
    for package in (*PACKAGES, *(["torch"] if "torch" in sys.modules else [])):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def describe_machine() -> str:
    """The processor, its widest vector instructions, cores, a GPU under PyTorch and the system.

    Seconds on a processor say little without the second: of two machines here AVX-512 was twice as
    quick as AVX2.
    """
    flags = _processor_flags()
    arithmetic = next((name for flag, name in ARITHMETIC.items() if flag in flags), None)
    cores = f"{os.cpu_count()} cores"
    parts = (platform.machine(), arithmetic, cores, _torch_gpu(), platform.system())
    return ", ".join(part for part in parts if part)


def describe_devices() -> dict[str, Any]:
    """What TensorFlow can compute on, and whether cuDNN can be used."""
    import tensorflow as tf

    build = tf.sysconfig.get_build_info()
    graphics = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(g).get("device_name", "?") for g in graphics]
    return {
        "GPUs": ", ".join(f"{number}: {name}" for number, name in enumerate(names)) or "none",
        "TensorFlow built with cuDNN": build.get("cudnn_version", "no"),
        "cuDNN used for LSTM and GRU": "yes" if graphics else "no, there is no GPU",
    }
