"""A region that is built by a copy of the program, in which a recipe of the contributor's page was followed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

PROJECT = """
title = "Proef"
language = "{language}"
reference_year = 2025
draws = 0
[region]
municipalities = ["GM0453", "GM0375"]
[[layers]]
name = "bronnen"
path = "bronnen.csv"
crs = "EPSG:28992"
source = "proef"
year = 2025
"""


def build_with(program: Path, region: Path, project: str, rows: str) -> tuple[pd.DataFrame, str]:
    """Build `region` by the `program` of that folder; return its chances and what the screen said."""
    (region / "kansenkaart.toml").write_text(project, encoding="utf-8")
    (region / "bronnen.csv").write_text(rows, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "kansenkaart", "build", str(region), "-o", str(region / "uit")],
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return pd.read_csv(region / "uit" / "tables" / "matches.csv"), done.stdout
