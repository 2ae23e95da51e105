"""What each word of a text contributes to the logit, and what an LSTM computes at each word.

Integrated gradients and occlusion for networks, exact weights for n-gram models, LSTM gates, and the
page that shows them.
"""
