"""A small region with a source, a taker, a plan, a contract, and scenarios of it."""

from __future__ import annotations

from pathlib import Path

from tests.small_project import TOML, write_project

# Two pairs, too far from each other to trade.
LAYER = (
    "id,name,kind,x_rd,y_rd,status,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_temperature_c\n"
    "b,Bron,industry,110000,480000,active,200000,,90\n"
    "k,Kas,greenhouse,{x},480000,active,,150000,\n"
    "p,Plan,greenhouse,110000,481000,planned,,40000,\n"
    "v,Vast,greenhouse,110000,520000,active,,60000,\n"
    "w,Wijk,industry,110500,520000,active,60000,,90\n"
)
LINKS = "id,stream,supply,demand,quantity,status\nc,restwarmte_ht,a:w,a:v,60000,running\n"
WITH_LINKS = '[[links]]\nname = "l"\npath = "l.csv"\nsource = "proef"\nyear = 2024\n'


def write_region(folder: Path, scenarios: str, *, metres: int = 2000) -> Path:
    """Write the region to `folder`, with `scenarios` at the end of its project file."""
    write_project(folder, TOML + WITH_LINKS + scenarios, LAYER.format(x=110000 + metres))
    (folder / "l.csv").write_text(LINKS, encoding="utf-8")
    return folder
