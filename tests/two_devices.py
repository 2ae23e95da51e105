"""Trains on two devices of its own process, for ``training/test_devices.py``: two virtual CPUs.

``python two_devices.py CONFIG FOLDER`` writes the run "one", trained on one device, and the run
"two", trained on two and interrupted within its last epoch, and into ``seeds.npz`` the seeds of
dropout of both devices, which are made twice.
"""

import contextlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np


def main(config_file, folder):
    import tensorflow as tf

    from imdb_lstm.config.values import load_config
    from imdb_lstm.training import checkpoints
    from imdb_lstm.training.train import train

    [cpu] = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
    tf.config.set_logical_device_configuration(cpu, two)
    plain = load_config(config_file)
    train(plain, folder, "one")
    both = replace(plain, devices="0,1")
    checkpoints.SECONDS_BETWEEN = 0.0
    with contextlib.suppress(KeyboardInterrupt):
        train(both, folder, "two", reporter=calling(Interrupt(1, 2)))
    train(both, folder, "two", resume=True)
    np.savez(folder / "seeds.npz", first=seeds(both), again=seeds(both))


def seeds(config):
    """The seeds of word dropout on each device, separated twice, as by an epoch that is resumed."""
    from imdb_lstm.training.devices import separate_seeds
    from imdb_lstm.training.fit import compiled_model

    model = compiled_model(config, 9, 5)
    assert separate_seeds(model) == separate_seeds(model) == 2
    state = model.get_layer("word_dropout").seed_generator.state
    copies = model.distribute_strategy.experimental_local_results(state.value)
    return [copy.numpy() for copy in copies]


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    from resuming import Interrupt, calling

    main(*map(Path, sys.argv[1:]))
