"""From a configuration to a finished run.

``train`` is the way through: it reads the data, trains the models that give pseudo-labels, prepares
ids and batches, fits, and writes the run. ``language_model`` pretrains, ``tuning`` searches.
"""
