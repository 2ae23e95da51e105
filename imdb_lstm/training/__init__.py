"""From a configuration to a finished run.

``train.train`` reads the data, trains the models that give pseudo-labels, prepares ids and batches,
fits the model and writes the run. ``language_model`` pretrains an encoder; ``tuning`` searches
hyperparameters.
"""
