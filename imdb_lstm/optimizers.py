"""The optimizer factory: Adam, AdamW, RMSprop or SGD with a schedule, clipping and averaging."""

from __future__ import annotations

import math

import keras
from keras import ops

from imdb_lstm.config import Config


@keras.saving.register_keras_serializable(package="imdb_lstm")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """Linear rise over ``warmup`` steps, then constant, linear or half-cosine fall to zero.

    >>> schedule = Schedule("linear", peak=1.0, steps=10, warmup=2)
    >>> [round(float(schedule(step)), 2) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """

    def __init__(self, kind: str, peak: float, steps: int, warmup: int = 0) -> None:
        self.kind, self.peak, self.steps, self.warmup = kind, peak, steps, warmup

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rise = ops.minimum(1.0, (step + 1) / max(1, self.warmup)) if self.warmup else 1.0
        gone = ops.clip((step - self.warmup) / max(1, self.steps - self.warmup), 0.0, 1.0)
        fall = {
            "constant": ops.ones_like(gone),
            "linear": 1 - gone,
            "cosine": 0.5 * (1 + ops.cos(math.pi * gone)),
        }[self.kind]
        return self.peak * rise * fall

    def get_config(self):
        return {name: getattr(self, name) for name in ("kind", "peak", "steps", "warmup")}


def build_optimizer(config: Config, steps: int) -> keras.optimizers.Optimizer:
    """The configured optimizer for a run of at most ``steps`` training steps."""
    schedule = Schedule(
        config.schedule, config.learning_rate, steps, round(config.warmup_fraction * steps)
    )
    common = {
        "learning_rate": schedule,
        "global_clipnorm": config.gradient_clip or None,
        "use_ema": bool(config.weight_average),
        "ema_momentum": config.weight_average or 0.99,
    }
    if config.optimizer == "adamw":
        return keras.optimizers.AdamW(weight_decay=config.weight_decay, **common)
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(momentum=0.9, nesterov=True, **common)
    kinds = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    return kinds[config.optimizer](**common)
