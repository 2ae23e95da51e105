# make train       set everything up, train on the bundled sample, evaluate on its held-out part
# make test        set everything up, run all tests
# make test-fast   the quick tests, two minutes in all
# make coverage    all tests, and the share of lines and branches that they reach: twice the time
# make lint        style, docstrings and types
# Each needs Python 3.11 to 3.13 and a package index, nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13)
BIN := .venv/bin

.PHONY: train test test-fast coverage lint setup
setup: .venv/installed

.venv/installed: pyproject.toml requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

train: setup
	$(BIN)/imdb-lstm train --data sample --name sample-$$(date +%Y%m%d-%H%M%S)
	$(BIN)/imdb-lstm evaluate

test: setup
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

test-fast: setup
	$(BIN)/python -m pytest -m "not slow" --numprocesses 2 --dist worksteal

coverage: setup
	rm -rf build/coverage && mkdir -p build/coverage
	$(BIN)/coverage run -m pytest --numprocesses 2 --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy imdb_lstm
