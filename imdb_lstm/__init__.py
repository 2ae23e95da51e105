"""imdb_lstm: sentiment of film reviews with Keras, from IMDb to a trained, evaluated, saved model.

>>> import imdb_lstm
>>> run = imdb_lstm.train("sample", "first")  # doctest: +SKIP
>>> imdb_lstm.evaluate(run).metrics["accuracy"]  # doctest: +SKIP
0.7888888888888889
>>> imdb_lstm.predict(["A joy from start to finish."], run)  # doctest: +SKIP
array([0.97], dtype=float32)

The five functions are those of ``interface.py``. Four of them share their names with modules of
this package, which Python makes its attributes when they are imported: so those modules can be
called, and ``imdb_lstm.train`` is one and the same before and after.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from types import ModuleType
from typing import Any

from imdb_lstm import interface
from imdb_lstm.interface import load

__version__ = "0.1.0"
__all__ = ["evaluate", "explain", "load", "predict", "train"]

VERBS = {name: getattr(interface, name) for name in __all__ if name != "load"}


class _Package(ModuleType):
    """This package: each of the modules in ``VERBS`` is a function, too, once it is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in VERBS and type(value) is ModuleType:
            own = {
                "__call__": staticmethod(VERBS[name]),
                "__signature__": inspect.signature(VERBS[name]),
            }
            value.__class__ = type("CallableModule", (ModuleType,), own)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Import a module that is a function, too, when it is first asked for."""
    if name in VERBS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
