"""Threads: one within TensorFlow's operations and in NumPy's products, where it is asked for."""

from functools import partial

import pytest
import tensorflow as tf
from threadpoolctl import threadpool_info

from imdb_lstm import threads as own
from imdb_lstm.threads import on_one_thread, threads, use_one_thread


@pytest.fixture
def several():
    """Let NumPy have three threads, and this process as many as it has cores, before and after."""
    with own._blas().limit(limits=3):
        yield
    own._threads = 0


def threads_of_blas():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_thread_is_one_within_and_between_operations(several, monkeypatch):
    seen = {}
    for kind in ("intra", "inter"):
        setter = f"set_{kind}_op_parallelism_threads"
        monkeypatch.setattr(tf.config.threading, setter, partial(seen.__setitem__, kind))
    use_one_thread()
    assert seen == {"intra": 1, "inter": 1}
    assert threads() == 1 and threads_of_blas() == {1}


def test_a_function_on_one_thread_leaves_the_others_to_its_caller(several):
    @on_one_thread
    def computed(fails=False):
        if fails:
            raise ValueError
        return threads_of_blas()

    assert computed() == {1} and threads_of_blas() == {3}
    with pytest.raises(ValueError):
        computed(fails=True)
    assert threads_of_blas() == {3}
