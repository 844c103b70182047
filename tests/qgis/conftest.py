"""Scripts of this folder, run in the Python that has QGIS."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.which_qgis import PYTHON, need_qgis


@pytest.fixture(scope="session")
def call_qgis(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Run a script of this folder in the system's Python, with QGIS and a home of its own; returns its JSON."""
    need_qgis()
    home = tmp_path_factory.mktemp("thuis")
    home.chmod(0o700)

    def call(script: str, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [*PYTHON, str(Path(__file__).with_name(script)), *arguments],
            capture_output=True,
            text=True,
            timeout=3600,  # of a machine with much else to do: who hangs, hangs for good
            env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call
