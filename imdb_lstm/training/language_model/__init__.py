"""Pretraining of a language model on unlabelled text, from which a classifier can start."""
