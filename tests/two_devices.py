"""Trains on two devices of its own process, for ``training/test_devices.py``: two virtual CPUs.

``python two_devices.py CONFIG FOLDER`` writes the runs "one" and "two", trained on one device and
on two without dropout, and "whole" and "resumed", trained on two with dropout, the second with an
interruption within its last epoch.
"""

import contextlib
import sys
from dataclasses import replace
from pathlib import Path


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
    train(replace(plain, devices="0,1"), folder, "two")
    noisy = replace(
        plain, devices="0,1", encoder="bag", word_dropout=0.3, output_dropout=0.5, epochs=2
    )
    train(noisy, folder, "whole")
    checkpoints.SECONDS_BETWEEN = 0.0
    with contextlib.suppress(KeyboardInterrupt):
        train(noisy, folder, "resumed", reporter=calling(Interrupt(1, 2)))
    train(noisy, folder, "resumed", resume=True)


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    from resuming import Interrupt, calling

    main(*map(Path, sys.argv[1:]))
