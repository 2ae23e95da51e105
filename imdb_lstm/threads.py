"""How many threads compute: one a core, and in each of them matrix products take no more."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_threads = 0  # as many as there are cores


def threads() -> int:
    """The threads that predict: one a core that this process may use."""
    own = getattr(os, "sched_getaffinity", None)  # Linux only
    return _threads or (len(own(0)) if own else os.cpu_count() or 1)


def use_one_thread() -> None:
    """Compute on a single core; must be called before the first operation."""
    global _threads
    _threads = 1
    _blas().limit(limits=1)
    if "tensorflow" in sys.modules:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def on_one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that computes with NumPy: each of its matrix products takes one thread.

    The steps of a recurrent network are too small for more: OpenBLAS needs several times as long
    for them on two threads as on one (see ``benchmarks/LOG.md``).
    """

    @functools.wraps(function)
    def wrapped(*arguments: P.args, **named: P.kwargs) -> T:
        with _blas().limit(limits=1):
            return function(*arguments, **named)

    return wrapped


@functools.cache
def _blas() -> Any:
    """What sets the threads of the libraries that NumPy multiplies matrices with."""
    import numpy  # noqa: F401  they are loaded with it
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
