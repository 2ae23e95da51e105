"""From labels and logits to numbers and figures.

Scores with their confidence intervals, calibration, decision rules, subgroups, contrast sets, label
errors and the plots. Plain NumPy and matplotlib; nothing here loads a model or reads a file.
"""
