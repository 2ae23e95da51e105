"""Deployment: what is installed is what the package says, and what is copied exists."""

import re
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def requirements(lines):
    """The requirements of a file, without comments and blanks."""
    return {line.partition("#")[0].strip() for line in lines} - {""}


def test_requirements_are_those_of_the_package_and_hold_no_tensorflow():
    found = requirements((DEPLOY / "requirements.txt").read_text("utf-8").splitlines())
    package = requirements((ROOT / "requirements.txt").read_text("utf-8").splitlines())
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    serve = set(settings["project"]["optional-dependencies"]["serve"])
    assert found <= package | serve and serve <= found
    assert not any(re.match("tensorflow|keras|scipy|scikit|matplotlib", each) for each in found)


def test_the_image_copies_what_exists_and_is_not_ignored():
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    copies = [line.split()[1:-1] for line in lines if re.match("COPY (?!--from)", line)]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    for source in chain.from_iterable(copies):
        assert (ROOT / source).exists()
        assert any(each == source or each.startswith(f"{source}/") for each in kept), source
    assert any(line.startswith("USER ") and line != "USER root" for line in lines)
