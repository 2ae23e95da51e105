"""Reviews written to mislead, never trained on, free for any use (CC0 1.0); see README.md here."""
