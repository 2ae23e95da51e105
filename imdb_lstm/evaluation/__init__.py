"""Evaluation of finished runs on a split, comparison of runs, and the report.

This is the only code that reads the labels of the test split.
"""
