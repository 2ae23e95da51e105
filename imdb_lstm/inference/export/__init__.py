"""Finished runs in other forms: here as a run with quantized weights."""
