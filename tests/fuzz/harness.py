"""Damaged files for every reader and every command: each is read, or refused by an error of ours.

``make fuzz SEED=1 COUNT=10000 COMMANDS=500``. Batches run in a process of their own: a crash of a library ends the
batch, not the run. Every input follows from its seed and number alone:
``--seed S --first N --count 1 --batch`` repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from count_rows import count_rows
from mutations import mutate
from world import KINDS, make_world

from kansenkaart.cli.main import run
from kansenkaart.errors import KansenkaartError
from kansenkaart.project import load_project
from kansenkaart.sources.boundaries import load_boundaries
from kansenkaart.sources.links import read_link_layer
from kansenkaart.sources.read_decisions import read_added_sites, read_decisions
from kansenkaart.sources.read_friction import read_friction
from kansenkaart.sources.read_roads import read_roads
from kansenkaart.sources.region import read_region
from kansenkaart.sources.sites import Known, read_layer
from kansenkaart.sources.sources import _list_places
from kansenkaart.texts import load_texts
from kansenkaart.workshop import check_ballot, open_built_map, read_ballot

BATCH = {False: 2_000, True: 100}
LONGEST_S = 120
ALLOWED = (0, 1, 2)
# Every so many commands, one is a process of its own.
REAL = 20
PROJECT = "kansenkaart.toml"

Account = dict[str, Any] | None

# --- readers


def _layer(known: Known, file: str) -> Account:
    layer = known.loaded.project.layers[0].model_copy(update={"path": file})
    return read_layer(layer, known).layer


def _decisions(known: Known, _file: str) -> Account:
    read_added_sites(known)
    return read_decisions(known, {"a:b", "a:k", "a:l"}).account


class Desk:
    """What all inputs of a batch share, and the table of readers: file to damage -> how it is read."""

    def __init__(self, folder: Path) -> None:
        loaded = load_project(folder)
        boundaries = load_boundaries()
        texts = load_texts("nl")
        self.folder = folder
        self.known = known = Known(loaded, boundaries, read_region(loaded, boundaries), texts)
        built = open_built_map(folder / "uit")
        places = _list_places([read_layer(loaded.project.layers[0], known)])
        project = loaded.project
        self.readers: dict[str, Callable[[], Account]] = {
            f"a.{kind}": lambda kind=kind: _layer(known, f"a.{kind}") for kind in KINDS
        } | {
            "a.shx": lambda: _layer(known, "a.shp"),
            "a.dbf": lambda: _layer(known, "a.shp"),
            PROJECT: lambda: load_project(folder) and None,
            "t.json": lambda: check_ballot(read_ballot(folder / "t.json"), "t.json", built),
            "grens.geojson": lambda: read_region(loaded, boundaries) and None,
            "wegen.geojson": lambda: read_roads(project.roads, loaded, known.region, texts).account,
            "kosten.tif": lambda: read_friction(project.friction, loaded, known.region, texts) and None,
            "l.csv": lambda: read_link_layer(project.links[0], loaded, places, texts=texts).layer,
            "decisions.gpkg": lambda: _decisions(known, "decisions.gpkg"),
        }


def read_one(desk: Desk, name: str) -> str:
    """Read a damaged file by its reader; return ``read`` or ``refused``, or raise when the rows do not add up."""
    try:
        account = desk.readers[name]()
    except KansenkaartError:
        return "refused"
    if account is None:
        return "read"
    told = {key: int(account[f"rows_{key}"]) for key in ("read", "used", "rejected", "outside")}
    if told["read"] != told["used"] + told["rejected"] + told["outside"]:
        raise AssertionError(f"{name}: rows do not add up: {told}")
    counted = count_rows(desk.folder / name)
    if counted is None:
        return "read"
    if counted != told["read"]:
        raise AssertionError(f"{name}: another hand counts {counted} rows, the account says {told}")
    return "read and counted"


# --- commands: arguments, files that may be damaged, what it writes

LAYERS = ("a.csv", "l.csv", "grens.geojson", "wegen.geojson", "kosten.tif", "decisions.gpkg", PROJECT)
BUILT = ("uit/manifest.json", "uit/kansenkaart.gpkg")
MATCH = ("match", "a.csv", "b.csv", "-o", "m.gpkg", "--max-distance", "5km")
EXPLAIN = ("explain", "uit", "a:b", "a:k", "--anyway")
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "check": (("check", "."), LAYERS, ""),
    "build": (("build", ".", "-o", "uit", "--draws", "0"), (*LAYERS, *BUILT), "uit"),
    "match": (MATCH, ("a.csv", "b.csv"), "m.gpkg"),
    "merge": (("workshop", "merge", "uit", "t.json", "-o", "d.gpkg"), ("t.json", *BUILT), "d.gpkg"),
    "after": (
        ("workshop", "merge", "uit", "t.json", "--after", "decisions.gpkg", "-o", "d.gpkg"),
        ("t.json", "decisions.gpkg"),
        "d.gpkg",
    ),
    "explain": (EXPLAIN, (*LAYERS, *BUILT), ""),
    "new": (("new", "proef", "--province", "Utrecht", "--title", "Proef"), (), "proef"),
    "catalogue": (("catalogue", "prices", "--stream", "gft", "--csv"), (), ""),
}
# Quick commands more often: most of what is damaged is refused by the same readers.
WEIGHTS = {"check": 3, "build": 2, "match": 4, "merge": 4, "after": 2, "explain": 2, "new": 3, "catalogue": 2}


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
    if output and code and snapshot(folder / output) != old:
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


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"


def command_one(world: Path, work: Path, number: int, chance: random.Random) -> str:
    """Run a whole command on a damaged file or with a damaged argument; return ``done`` or ``refused``."""
    name = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    arguments, files, output = COMMANDS[name]
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(world, work)
    asked = list(arguments)
    damaged = bool(files) and chance.random() < 0.7
    if damaged:
        path = work / chance.choice(files)
        path.write_bytes(mutate(path.read_bytes(), chance))
    else:
        asked = mutate_arguments(arguments, chance)
    before = {one.name for one in work.iterdir()}
    old = snapshot(work / output) if output else {}
    answer = offer(
        asked, work, real=number % REAL == 0 and not any("\udc80" <= c <= "\udcff" for a in asked for c in a)
    )
    try:
        # a damaged argument may name another output: then only what is new must be whole
        judge(work, before, old, output if damaged else "", answer)
    except AssertionError as error:
        raise AssertionError(f"{asked} {path.name if damaged else ''}: {error}") from None
    return f"{name} {'refused' if answer[0] else 'done'}"


# --- a run


def _too_long(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"took over {LONGEST_S} s")


def run_batch(seed: int, first: int, count: int, world: Path, *, commands: bool) -> None:
    """Try a batch in this process; print one JSON line before each input, and one per answer or fault."""
    signal.signal(signal.SIGALRM, _too_long)
    with tempfile.TemporaryDirectory() as home:
        work = Path(home) / "work"
        shutil.copytree(world, work)
        desk = None if commands else Desk(work)
        for number in range(first, first + count):
            print(json.dumps({"at": number}), flush=True)
            chance = random.Random(f"{seed}/{number}")
            signal.alarm(LONGEST_S)
            try:
                if desk is None:
                    answer = command_one(world, work, number, chance)
                else:
                    answer = _damage_and_read(desk, world, chance)
                print(json.dumps({"answer": answer}))
            except Exception as error:
                told = f"{type(error).__name__}: {error}"[:600]
                print(json.dumps({"seed": seed, "number": number, "fault": told}), flush=True)
            signal.alarm(0)


def _damage_and_read(desk: Desk, world: Path, chance: random.Random) -> str:
    name = chance.choice(list(desk.readers))
    sound = (world / name).read_bytes()
    (desk.folder / name).write_bytes(mutate(sound, chance))
    try:
        return f"{name} {read_one(desk, name)}"
    except Exception as error:
        raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error
    finally:
        (desk.folder / name).write_bytes(sound)


@contextlib.contextmanager
def _world() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as home:
        world = Path(home) / "proef"
        world.mkdir()
        with contextlib.redirect_stdout(io.StringIO()):
            make_world(world)
        yield world


def run_all(
    seed: int, count: int, world: Path, *, commands: bool = False
) -> tuple[int, list[dict[str, object]], Counter[str]]:
    """Try `count` inputs in batches of their own process; return how many were tried, every fault, the answers."""
    faults: list[dict[str, object]] = []
    answers: Counter[str] = Counter()
    first = tried = 0
    while first < count:
        size = min(BATCH[commands], count - first)
        asked = [
            "--seed",
            str(seed),
            "--first",
            str(first),
            "--count",
            str(size),
            "--batch",
            "--world",
            str(world),
        ]
        asked += ["--commands"] if commands else []
        done = subprocess.run([sys.executable, __file__, *asked], capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        at = [line["at"] for line in lines if "at" in line]
        fresh: list[dict[str, object]] = [line for line in lines if "fault" in line]
        answers.update(line["answer"] for line in lines if "answer" in line)
        tried += len(at)
        last = at[-1] if at else first
        if done.returncode:
            fresh.append(
                {"seed": seed, "number": last, "fault": f"ended by {done.returncode}: {done.stderr[-300:]}"}
            )
        for fault in fresh:
            print(json.dumps(fault), flush=True)
        faults += fresh
        first = last + 1
        print(f"{tried} tried, {len(faults)} faults", file=sys.stderr, flush=True)
    return tried, faults, answers


def main() -> int:
    """Run what is asked; exit 1 when there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--commands", action="store_true", help="whole commands instead of readers")
    parser.add_argument("--batch", action="store_true", help="in this process, from --first")
    parser.add_argument("--world", type=Path, help="a sound project made before; default: a fresh one")
    said = parser.parse_args()
    with contextlib.nullcontext(said.world) if said.world else _world() as world:
        if said.batch:
            run_batch(said.seed, said.first, said.count, world, commands=said.commands)
            return 0
        tried, faults, answers = run_all(said.seed, said.count, world, commands=said.commands)
    for answer, times in sorted(answers.items()):
        print(f"{answer}: {times}")
    print(f"{tried} inputs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
