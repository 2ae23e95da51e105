"""Hyperparameter search: many trainings, compared only on the validation split."""
