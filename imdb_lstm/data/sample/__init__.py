"""A small bundled data set: 360 reviews written for this project (CC0), see README.md."""
