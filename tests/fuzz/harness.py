"""Damaged files for every reader and for two whole commands: each is read, or refused by an error of ours.

``make fuzz SEED=1 COUNT=10000``. Batches run in a process of their own: a crash of a
library ends the batch, not the run.
Every input follows from its seed and number alone: ``--seed S --first N --count 1 --batch``
repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from kansenkaart.cli.main import run
from kansenkaart.errors import KansenkaartError
from kansenkaart.project.read_toml import read_toml
from kansenkaart.sources.read import read_file
from kansenkaart.workshop.ballots import read_ballot

BATCH = 200
KINDS = ("csv", "xlsx", "gpkg", "geojson", "fgb", "shp", "shx", "dbf", "parquet", "toml", "ballot")
COMMANDS = ("check", "match")
ALLOWED = (0, 1, 2, 130)
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
"""
HOSTILE = (
    b'"',
    b"\x00",
    b"\xff\xfe",
    b"\n",
    b"1e999",
    b"-1",
    b"9" * 40,
    b"\x1b[2J",
    b"NaN",
    b"'",
    b"{",
    b"]]",
    b";",
)


def make_seeds(folder: Path) -> dict[str, Path]:
    """Write a small valid file of every kind to `folder`."""
    frame = gpd.GeoDataFrame(
        {
            "id": ["b", "k", "l"],
            "name": ["Bron", "Kas", "Café"],
            "kind": ["industry", "greenhouse", "greenhouse"],
        },
        geometry=[Point(110_000 + 900 * n, 480_000) for n in range(3)],
        crs="EPSG:28992",
    ).assign(supply_restwarmte_ht_gj_y=[2e5, None, None], demand_restwarmte_ht_gj_y=[None, 1e5, 2e4])
    plain = pd.DataFrame(frame.drop(columns="geometry")).assign(x_rd=frame.geometry.x, y_rd=480_000.0)
    plain.to_csv(folder / "a.csv", index=False)
    plain.to_excel(folder / "a.xlsx", index=False)
    for kind in ("gpkg", "geojson", "fgb"):
        frame.to_file(folder / f"a.{kind}")
    frame.rename(columns=lambda name: str(name)[:10] if name != "geometry" else name).iloc[
        :, [0, 1, 2, -3]
    ].to_file(folder / "a.shp")
    frame.to_parquet(folder / "a.parquet")
    (folder / "a.toml").write_text(TOML, encoding="utf-8")
    ballot = {
        "schema": "kansenkaart-ballot",
        "version": 1,
        "ballot": {"name": "Tafel 1"},
        "matches": [],
        "missing": [],
    }
    (folder / "a.ballot").write_text(json.dumps(ballot), encoding="utf-8")
    return {kind: folder / f"a.{kind}" for kind in KINDS}


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Return `content` damaged in one to four ways."""
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randrange(len(content) + 1), chance.randrange(len(content) + 1)))
        way = chance.randrange(6)
        if way == 0 and content:
            at = min(at, len(content) - 1)
            content = content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
        elif way == 1:
            content = content[:at]
        elif way == 2:
            content = content[:at] + chance.choice(HOSTILE) + content[at:]
        elif way == 3:
            content = content[:at] + content[to:]
        elif way == 4:
            content = content[:to] + content[at : min(to, at + 4_000)] + content[to:]
        else:
            content = content[:at] + chance.randbytes(min(to - at, 16)) + content[min(to, at + 16) :]
    return content


def read_one(kind: str, path: Path) -> None:
    """Read a file by the reader of its kind; an error of ours is a good answer."""
    readers: dict[str, Callable[[Path], object]] = {"toml": read_toml, "ballot": read_ballot}
    with contextlib.suppress(KansenkaartError):
        readers.get(kind, lambda one: read_file(one, file=one.name))(path)


def run_command(name: str, folder: Path) -> None:
    """Run a whole command on the damaged layer; raise when its exit code is none of ours."""
    out = folder / "m.gpkg"
    out.unlink(missing_ok=True)
    arguments = {
        "check": ["check", str(folder)],
        "match": [
            "match",
            str(folder / "a.csv"),
            str(folder / "b.csv"),
            "-o",
            str(out),
            "--max-distance",
            "5km",
        ],
    }[name]
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = run(arguments)
    if code not in ALLOWED:
        raise AssertionError(f"exit code {code}: {told.getvalue()[-300:]}")
    if name == "match" and out.exists() != (code == 0):
        raise AssertionError(f"exit code {code}, but the output is {'there' if out.exists() else 'absent'}")
    if [one.name for one in folder.iterdir() if ".deel" in one.name or ".nieuw" in one.name]:
        raise AssertionError("a half-written output was left")


def try_one(seed: int, number: int, folder: Path, seeds: dict[str, Path], *, commands: bool) -> None:
    """Make input `number` and offer it."""
    chance = random.Random(f"{seed}/{number}")
    if commands:
        damaged = chance.choice(("a.csv", "kansenkaart.toml"))
        for name, content in (
            ("a.csv", seeds["csv"]),
            ("b.csv", seeds["csv"]),
            ("kansenkaart.toml", seeds["toml"]),
        ):
            data = content.read_bytes()
            (folder / name).write_bytes(mutate(data, chance) if name == damaged else data)
        run_command(chance.choice(COMMANDS), folder)
        return
    kind = chance.choice(KINDS)
    stem = "a.shp" if kind in ("shp", "shx", "dbf") else f"a.{kind}"
    for part in seeds["shp"].parent.glob("a.*") if stem == "a.shp" else [seeds[kind]]:
        if stem != "a.shp" or part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            data = part.read_bytes()
            (folder / part.name).write_bytes(mutate(data, chance) if part.suffix == f".{kind}" else data)
    read_one(kind, folder / stem)


def run_batch(seed: int, first: int, count: int, *, commands: bool) -> None:
    """Try a batch in this process; print one JSON line per fault, and the number in hand to the file ``at``."""
    with tempfile.TemporaryDirectory() as home:
        work = Path(home) / "work"
        work.mkdir()
        seeds = make_seeds(Path(home))
        for number in range(first, first + count):
            print(json.dumps({"at": number}), flush=True)
            try:
                try_one(seed, number, work, seeds, commands=commands)
            except Exception as error:
                told = f"{type(error).__name__}: {error}"[:300]
                print(json.dumps({"seed": seed, "number": number, "fault": told}), flush=True)


def run_all(seed: int, count: int, *, commands: bool = False) -> tuple[int, list[dict[str, object]]]:
    """Try `count` inputs in batches of their own process; return how many were tried, and every fault."""
    faults: list[dict[str, object]] = []
    first = tried = 0
    while first < count:
        size = min(BATCH, count - first)
        asked = ["--seed", str(seed), "--first", str(first), "--count", str(size), "--batch"]
        asked += ["--commands"] if commands else []
        done = subprocess.run([sys.executable, __file__, *asked], capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        at = [line["at"] for line in lines if "at" in line]
        faults += [line for line in lines if "fault" in line]
        tried += len(at)
        last = at[-1] if at else first
        if done.returncode:
            faults.append(
                {"seed": seed, "number": last, "fault": f"ended by {done.returncode}: {done.stderr[-300:]}"}
            )
        first = last + 1
    return tried, faults


def main() -> int:
    """Run what is asked; exit 1 when there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--commands", action="store_true", help="whole commands instead of readers")
    parser.add_argument("--batch", action="store_true", help="in this process, from --first")
    said = parser.parse_args()
    if said.batch:
        run_batch(said.seed, said.first, said.count, commands=said.commands)
        return 0
    tried, faults = run_all(said.seed, said.count, commands=said.commands)
    for fault in faults:
        print(json.dumps(fault))
    print(f"{tried} inputs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
