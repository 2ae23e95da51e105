"""What is learned: the networks and the n-gram models, without the code that trains them.

``network`` builds Embedding → encoder → pooling → Dense from ``layers`` and ``recurrent``. Beside it
are the n-gram classifiers and embeddings, the word embeddings and the language model.
"""
