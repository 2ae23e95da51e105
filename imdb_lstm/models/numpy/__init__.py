"""Finished networks in NumPy: the layers of ``models.network`` without Keras or its backend.

A saved network answers in a tenth of the time that importing TensorFlow takes, and can be read: one
function a layer. Reviews are not padded. The tokens of all reviews of a batch follow one another:
``values`` (N, D) has D values for each of N tokens, and ``lengths`` (B,) says how many of them each
of B reviews has.
"""
