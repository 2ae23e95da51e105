"""Reviews written for this project, free for any use (CC0 1.0); see README.md here."""
