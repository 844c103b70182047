"""The smallest project that gives a chance: one source and one taker of heat in one layer."""

from __future__ import annotations

from pathlib import Path

LAYER = "id,name,kind,x_rd,y_rd,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_temperature_c\n"
ROWS = "b,Bron,industry,110000,480000,200000,,90\nk,Kas,greenhouse,112000,480000,,150000,\n"
TOML = """
title = "Proef"
reference_year = 2025
streams = ["restwarmte_ht"]
draws = 0
[region]
province = "Noord-Holland"
[[layers]]
name = "a"
path = "a.csv"
source = "proef"
year = 2024
"""


def write_project(folder: Path, toml: str = TOML, layer: str = LAYER + ROWS) -> Path:
    """Write the project file and its layer to `folder`, which is made."""
    folder.mkdir(parents=True)
    (folder / "kansenkaart.toml").write_text(toml, encoding="utf-8")
    (folder / "a.csv").write_text(layer, encoding="utf-8")
    return folder
