"""Where reviews come from, and how they reach a model.

Sources are IMDb through tensorflow-datasets, the bundled sample and challenge set, and files of your
own. ``load`` cuts them into train, validation and test, ``training_data`` collects all that one
training reads, and ``batches`` pads ids into batches.
"""
