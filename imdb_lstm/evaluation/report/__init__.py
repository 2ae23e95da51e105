"""The report of a run: one HTML page with its scores, figures, mistakes and likely label errors."""
