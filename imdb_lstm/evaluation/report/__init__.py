"""The report of a run: one HTML page with its scores, figures, mistakes and doubtful labels."""
