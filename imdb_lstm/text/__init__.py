"""From raw text to token ids: the tokenizer, the vocabulary and the splitting into sentences.

Plain Python and NumPy, without Keras and TensorFlow. Training, prediction and export all encode
texts with these functions, so a review is always tokenized in the same way.
"""
