"""A training killed, or without space, at any of its writes leaves nothing half done."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

WHY = {"full": "No space left on device", "quota": "File too large"}
SCRIPT = Path(__file__).parents[1] / "killed_writes.py"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the writes are ended in forked processes")
@pytest.mark.parametrize("kind", ["kill", "full", "quota"])
def test_a_training_stopped_at_any_write_leaves_a_whole_run_or_none(kind, tiny_config, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(replace(tiny_config, encoder="ngrams-nb").to_toml())
    done = subprocess.run(
        [sys.executable, SCRIPT, config, tmp_path, kind],
        capture_output=True, text=True, check=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[1])},
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) > 10
    *stopped, undisturbed = found
    assert undisturbed["between"] is not None
    for each in stopped:
        assert each["code"] == (9 if kind == "kill" else 0)
        assert each["between"] in (None, undisturbed["after"])
        assert (each["again"], each["again_code"]) == ("", 0)
        assert each["after"] == undisturbed["after"] and each["left"] == []
        if kind != "kill" and each["between"] is None:
            assert WHY[kind] in each["message"] and "\n" not in each["message"]
