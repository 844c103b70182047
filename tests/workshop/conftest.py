"""A small built map, and ballots filled in on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kansenkaart.exports import build_manifest, write_geopackage, write_manifest
from kansenkaart.pipeline import build
from kansenkaart.workshop import BuiltMap, open_built_map
from tests.small_project import TOML as SMALL
from tests.small_project import write_project

HEAT = "restwarmte_ht"
COLUMNS = (
    "id,name,kind,x_rd,y_rd,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_temperature_c,"
    "demand_temperature_c\n"
)
ROWS = (
    "b1,Bron 1,industry,110000,480000,200000,,90,\n"
    "b2,Bron 2,industry,111000,480000,150000,,90,\n"
    "k1,Kas 1,greenhouse,112000,480000,,150000,,45\n"
    "k2,Kas 2,greenhouse,114000,481000,,120000,,45\n"
)
TOML = (
    SMALL.replace(f'["{HEAT}"]', f'["{HEAT}", "gft"]')
    + """[[links]]
name = "l"
path = "l.csv"
source = "proef"
year = 2024
"""
)
LINKS = "id,stream,supply,demand,quantity,unit,status\nx|1,restwarmte_ht,a:b1,a:k1,1000,GJ,running\n"


@dataclass(frozen=True)
class Room:
    """A built map with its folder, and a maker of ballots on it."""

    folder: Path
    built: BuiltMap

    @property
    def out(self) -> Path:
        return self.folder / "uit"

    @property
    def matches(self) -> list[str]:
        return sorted(self.built.matches.index)

    def ballot(self, number: int = 1, **parts: Any) -> dict[str, Any]:
        return {
            "schema": "kansenkaart-ballot",
            "version": 1,
            "map": {"id": self.built.id, "title": "Proef"},
            "ballot": f"00000000-0000-4000-8000-{number:012d}",
            "table": f"Tafel {number}",
            "saved": "2026-11-21T14:00:00.000Z",
            "matches": [],
            "doubts": [],
            "missing": [],
            **parts,
        }

    @staticmethod
    def said(match: str, verdict: str | None = None, **parts: Any) -> dict[str, Any]:
        return {
            "match": match,
            "votes": 1,
            "verdict": verdict,
            "comment": "",
            "next_step": "",
            "owner": "",
            "due": None,
            "changed": "2026-11-21T13:00:00.000Z",
            **parts,
        }

    @staticmethod
    def firm(number: int = 1, **parts: Any) -> dict[str, Any]:
        return {
            "id": f"10000000-0000-4000-8000-{number:012d}",
            "name": "Warmtewinkel",
            "stream": HEAT,
            "role": "supply",
            "quantity": 50_000.0,
            "unit": "GJ",
            "x": 113_000.0,
            "y": 480_500.0,
            "comment": "",
            "changed": "2026-11-21T13:00:00.000Z",
            **parts,
        }

    @staticmethod
    def doubt(which: int = 1, **parts: Any) -> dict[str, Any]:
        return {
            "id": f"20000000-0000-4000-8000-{which:012d}",
            "match": None,
            "site": None,
            "number": "quantity",
            "shown": "1,12 PJ",
            "comment": "",
            "changed": "2026-11-21T13:00:00.000Z",
            **parts,
        }


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """Return a small map that a room works on."""
    folder = write_project(tmp_path_factory.mktemp("zaal") / "proef", TOML, COLUMNS + ROWS)
    (folder / "l.csv").write_text(LINKS, encoding="utf-8")
    # The map itself says nothing that merging reads.
    result = build(folder)
    out = folder / "uit"
    out.mkdir()
    write_geopackage(out / "kansenkaart.gpkg", result.frames, result.loaded)
    write_manifest(out, build_manifest(out, result.frames, result.loaded, timings={}))
    found = Room(folder, open_built_map(folder / "uit"))
    assert len(found.matches) >= 2
    return found


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of a ballot to a file."""

    def write(ballot: object, name: str = "tafel.json") -> Path:
        file = tmp_path / name
        text = ballot if isinstance(ballot, str) else json.dumps(ballot)
        file.write_text(text, encoding="utf-8")
        return file

    return write
