"""From raw text to ids: tokenizer, vocabulary, and the splitting of reviews into sentences.

Plain Python and NumPy, with no Keras and no TensorFlow. Training, prediction and export all read a
text through these functions, so a review is never tokenized in two ways.
"""
