"""Metrics and plots, computed from labels and logits.

Classification metrics with confidence intervals, calibration, decision rules, subgroups, contrast
pairs, label errors and figures. Nothing here loads a model or reads a file. SciPy and scikit-learn
are imported inside the functions that need them, so that importing these modules is fast.
"""
