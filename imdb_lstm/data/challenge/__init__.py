"""The challenge set: 710 reviews written to mislead classifiers (CC0), see README.md."""
