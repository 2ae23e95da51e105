"""The contribution of each word of a text to the logit, and the gates of an LSTM at each word.

Integrated gradients and occlusion for networks, exact weights for n-gram classifiers, LSTM gates,
and the page that shows the contributions.
"""
