"""A region that is built by a copy of the program, in which a recipe of the contributor's page was followed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
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


_BUILDS = """
import sys
from kansenkaart.cli.main import run
for folder in sys.argv[1:]:
    if run(["build", folder]):
        sys.exit(f"{folder} is not built")
    print("\\f", flush=True)
"""


def build_with(
    program: Path, folder: Path, projects: Mapping[str, str], rows: str
) -> dict[str, tuple[pd.DataFrame, str]]:
    """Build a region by the `program` of that folder, once per project text, all in one process of it.

    Returns under the key of each text its chances and what the screen said. A layer that stands in `folder` is at hand.
    """
    beside = [file for file in folder.iterdir() if file.is_file()]
    for name, project in projects.items():
        (folder / name).mkdir()
        (folder / name / "kansenkaart.toml").write_text(project, encoding="utf-8")
        (folder / name / "bronnen.csv").write_text(rows, encoding="utf-8")
        for file in beside:
            shutil.copy(file, folder / name)
    done = subprocess.run(
        [sys.executable, "-c", _BUILDS, *(str(folder / name) for name in projects)],
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    tables = [pd.read_csv(folder / name / "uit" / "tables" / "matches.csv") for name in projects]
    said = done.stdout.split("\f")
    return dict(zip(projects, zip(tables, said[: len(tables)], strict=True), strict=True))
