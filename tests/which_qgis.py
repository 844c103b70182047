"""Which QGIS the tests start: this machine's, or the one behind the words in ``QGIS_IN`` (docs/contributor.md)."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest

_IN = shlex.split(os.environ.get("QGIS_IN", ""))
PYTHON = (*_IN, "/usr/bin/python3")


def find_process() -> tuple[str, ...]:
    """The command ``qgis_process``; Debian's own is a script that hands options of the desktop to the real one."""
    known = "command -v qgis_process.bin || command -v qgis_process"
    found = subprocess.run([*_IN, "sh", "-c", known], capture_output=True, text=True).stdout.strip()
    if not found:
        pytest.skip("no qgis_process: apt-get install qgis")
    return (*_IN, found)


def need_qgis() -> None:
    """Skip where that Python has no QGIS."""
    if subprocess.run([*PYTHON, "-c", "import qgis.core"], capture_output=True).returncode:
        pytest.skip("the system's Python has no QGIS: apt-get install python3-qgis")
