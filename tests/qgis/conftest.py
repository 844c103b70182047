"""The run of the export tests, for the tests that need QGIS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

_PATH = Path(__file__).parents[1] / "exports" / "conftest.py"
_SPEC = spec_from_file_location("exports_run", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = module_from_spec(_SPEC)
# A dataclass looks its own module up while it is made.
sys.modules[_SPEC.name] = _MODULE
_SPEC.loader.exec_module(_MODULE)

run = _MODULE.run
shared_run = _MODULE.shared_run
empty_run = _MODULE.empty_run

SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="session")
def export_runs() -> Any:
    """What makes the runs of the export tests: `make_run`, `make_empty_run` and the text `PROJECT`."""
    return _MODULE


@pytest.fixture(scope="session")
def call_qgis(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Run a script of this folder in the system's Python, with QGIS and a home of its own; returns its JSON."""
    if subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True).returncode:
        pytest.skip("the system's Python has no QGIS: apt-get install python3-qgis")
    home = tmp_path_factory.mktemp("thuis")
    home.chmod(0o700)

    def call(script: str, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [SYSTEM_PYTHON, str(Path(__file__).with_name(script)), *arguments],
            capture_output=True,
            text=True,
            timeout=180,
            env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call
