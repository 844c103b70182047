"""Whole commands on a damaged file or with a damaged argument, and the judgement of how they end."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from mutations import mutate
from readers import BUILT, MANIFEST, PROJECT
from structured import damage

from kansenkaart.cli.main import run

ALLOWED = (0, 1, 2)
# Every so many commands, one is a process of its own.
REAL = 50

LAYERS = ("a.csv", "l.csv", "grens.geojson", "wegen.geojson", "kosten.tif", "decisions.gpkg", PROJECT)
MATCH = ("match", "a.csv", "b.csv", "-o", "m.gpkg", "--max-distance", "5km")
TO_GIS = ("match", "a.geojson", "b.gpkg", "-o", "m.gpkg", "--max-distance", "5km")
EXPLAIN = ("explain", "uit", "a:b", "a:k", "--anyway")
MERGE = ("workshop", "merge", "uit", "t.json")
OWN = ("a.csv", "a.geojson", "b.gpkg", "l.csv")
# Arguments, files that may be damaged, and what it writes.
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "check": (("check", "."), LAYERS, ""),
    "build": (("build", ".", "-o", "uit", "--draws", "0"), (*LAYERS, MANIFEST, BUILT), "uit"),
    "match": (MATCH, ("a.csv", "b.csv"), "m.gpkg"),
    "match gis": (TO_GIS, ("a.geojson", "b.gpkg"), "m.gpkg"),
    "merge": ((*MERGE, "-o", "d.gpkg"), ("t.json", MANIFEST, BUILT), "d.gpkg"),
    "after": ((*MERGE, "--after", "decisions.gpkg", "-o", "d.gpkg"), ("t.json", "decisions.gpkg"), "d.gpkg"),
    "explain": (EXPLAIN, (*LAYERS, MANIFEST, BUILT), ""),
    "new": (("new", "proef", "--province", "Utrecht", "--title", "Proef"), (), "proef"),
    "inspect": (("inspect", *OWN, "--json"), OWN, ""),
    "new of files": (("new", "proef", *OWN, "--set", "a.kind=rwzi"), OWN, "proef"),
    "catalogue": (("catalogue", "prices", "--stream", "gft", "--csv"), (), ""),
}
# Quick commands more often: most of what is damaged is refused by the same readers.
WEIGHTS = {
    "check": 3,
    "build": 2,
    "match": 2,
    "match gis": 2,
    "merge": 4,
    "after": 2,
    "explain": 2,
    "new": 3,
    "inspect": 3,
    "new of files": 3,
    "catalogue": 2,
}


def mutate_arguments(arguments: tuple[str, ...], chance: random.Random) -> list[str]:
    """Damage one argument; no slash comes in, so that nothing is written outside the folder."""
    asked = list(arguments)
    at = chance.randrange(1, len(asked))
    way = chance.randrange(4)
    if way == 0:
        del asked[at]
    elif way == 1:
        asked.insert(at, asked[chance.randrange(len(asked))])
    else:
        text = mutate(asked[at].encode(), chance).decode("utf-8", "surrogateescape")
        asked[at] = text.replace("\0", "").replace("/", "") or "."
    return asked


def offer(arguments: list[str], folder: Path, *, real: bool) -> tuple[int, str]:
    """Exit code and screen text of a command in `folder`."""
    if real:
        done = subprocess.run(
            [sys.executable, "-m", "kansenkaart", *arguments], cwd=folder, capture_output=True, check=False
        )
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")
    told = io.StringIO()
    here = Path.cwd()
    try:
        os.chdir(folder)
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = run(arguments)
    finally:
        os.chdir(here)
    return code, told.getvalue()


def snapshot(path: Path) -> dict[str, str]:
    """Digest of every file in or at `path`."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in files if one.is_file()}


def judge(folder: Path, before: set[str], old: dict[str, str], output: str, answer: tuple[int, str]) -> None:
    """Raise when an exit code is none of ours, an output is half, or anything else was left in `folder`."""
    code, told = answer
    if code not in ALLOWED or "Traceback" in told:
        raise AssertionError(f"exit code {code}: {told[-300:]}")
    left = {one.name for one in folder.iterdir()} - before - {output}
    strange = {name for name in left if not name.startswith(f"{Path(output).stem}.vorige")}
    if output and strange:
        raise AssertionError(f"exit code {code}; left behind: {sorted(strange)}")
    # what `new` made stays, also where the check behind it refuses a file: it says so, and is mended by hand
    made = "Gemaakt:" in told
    if output and code and not made and snapshot(folder / output) != old:
        raise AssertionError(f"exit code {code}, but the output changed")
    for name in {one.name for one in folder.iterdir()} - before | {output} - {""}:
        if not code and (folder / name).exists():
            check_whole(folder / name)


def check_whole(path: Path) -> None:
    """Raise when `path` is a GeoPackage that SQLite finds damaged, or a build that its manifest does not fit."""
    if path.suffix == ".gpkg":
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
            if source.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise AssertionError(f"{path.name} is damaged")
    if (path / "manifest.json").is_file():
        outputs = json.loads((path / "manifest.json").read_text(encoding="utf-8"))["outputs"]
        wrong = [name for name, entry in outputs.items() if _digest(path / name) != entry["sha256"]]
        if wrong:
            raise AssertionError(f"{path.name} does not fit its manifest: {wrong}")
        if (path / "tables" / "layers.csv").is_file():
            check_accounts(path / "tables" / "layers.csv")


def check_accounts(path: Path) -> None:
    """Raise when the rows of a layer of a build do not add up."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            parts = ("used", "rejected", "outside", "left_out")
            if int(row["rows_read"]) != sum(int(row[f"rows_{key}"]) for key in parts):
                raise AssertionError(f"rows of {row['layer']} do not add up: {row}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"


def command_one(world: Path, work: Path, number: int, chance: random.Random) -> str:
    """Run a whole command on a damaged file or with a damaged argument; return ``done`` or ``refused``."""
    name = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    arguments, files, output = COMMANDS[name]
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(world, work)
    asked, file = list(arguments), ""
    if files and chance.random() < 0.7:
        file = chance.choice(files)
        sound = (work / file).read_bytes()
        damaged = damage(file, sound, chance) if chance.random() < 0.5 else mutate(sound, chance)
        (work / file).write_bytes(damaged)
    else:
        asked = mutate_arguments(arguments, chance)
    before = {one.name for one in work.iterdir()}
    old = snapshot(work / output) if output else {}
    inputs = {
        path: path.read_bytes() for path in work.glob("*.*") if path.is_file() and path.suffix != ".gpkg"
    }
    half = any("\udc80" <= letter <= "\udcff" for argument in asked for letter in argument)
    answer = offer(asked, work, real=number % REAL == 0 and not half)
    try:
        changed = [path.name for path, content in inputs.items() if path.read_bytes() != content]
        if changed:
            raise AssertionError(f"inputs were written to: {changed}")
        # a damaged argument may name another output: then only what is new must be whole
        judge(work, before, old, output if file else "", answer)
    except (AssertionError, OSError) as error:
        raise AssertionError(f"{asked} {file}: {type(error).__name__}: {error}") from None
    return f"{name} {'refused' if answer[0] else 'done'}"
