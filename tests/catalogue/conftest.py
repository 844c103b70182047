"""A catalogue to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def catalogue_copy(root: Path, tmp_path: Path) -> Path:
    """Return a copy of the catalogue's data files."""
    return shutil.copytree(
        root / "kansenkaart" / "catalogue",
        tmp_path / "catalogue",
        ignore=shutil.ignore_patterns("*.py", "__pycache__", "boundaries"),
    )
