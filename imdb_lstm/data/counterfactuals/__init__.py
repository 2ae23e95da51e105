"""Counterfactual pairs: 300 reviews whose label a few edits reverse (CC0), see README.md."""
