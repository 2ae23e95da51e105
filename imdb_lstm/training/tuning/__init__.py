"""Hyperparameter search: many short trainings, judged on the validation split alone."""
