"""Reading reviews, splitting them, and batching their ids.

Reviews are read from IMDb through tensorflow-datasets, from the bundled sample, challenge set
and counterfactual pairs, or from files of your own. ``load`` splits them into train, validation
and test, ``training_data`` reads all reviews of one training, and ``batches`` makes padded batches
of ids.
"""
