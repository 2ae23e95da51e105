"""Pretraining of a language model on reviews without labels, for classifiers to start from."""
