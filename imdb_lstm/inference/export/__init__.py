"""Finished runs in other forms: a run with quantized weights, and folders for other programs."""
