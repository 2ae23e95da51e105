"""The models: networks, n-gram classifiers, embeddings and the language model.

``network`` builds Embedding → encoder → pooling → Dense from ``layers`` and ``recurrent``. The code
that trains networks and reads data is in other packages.
"""
