"""Damaged files for every reader and every command: each is read, or refused by an error of ours.

``make fuzz SEED=1 COUNT=10000 COMMANDS=500``. Batches run in a process of their own: a crash of a library ends the
batch, not the run. Every input follows from its seed and number alone:
``--seed S --first N --count 1 --batch`` repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutations import mutate
from readers import Desk, read_one
from structured import damage
from whole_commands import command_one
from world import make_world

BATCH = {False: 5_000, True: 100}
# Of the processor: a busy computer is no fault.
LONGEST_S = 120
# Share of the inputs of which places are made as well; see Desk.
WHOLE = 0.2
# Readers that take a fraction of the time of others are offered more, those that take long less.
OFTEN = {"kansenkaart.toml": 4, "t.json": 4, "grens.geojson": 2, "wegen.geojson": 2, "kosten.tif": 2}
OFTEN |= dict.fromkeys(("uit/kansenkaart.gpkg", "natuur.gpkg", "water.geojson", "decisions.gpkg"), 0.5)


def _too_long(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"took over {LONGEST_S} s of the processor")


def run_batch(seed: int, first: int, count: int, world: Path, *, commands: bool) -> None:
    """Try a batch in this process; print one JSON line before each input, and one per answer or fault."""
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory() as home:
        work, aside = Path(home) / "work", Path(home) / "aside"
        shutil.copytree(world, work)
        aside.mkdir()
        # what a reader puts aside for itself must be gone when it is done
        tempfile.tempdir = os.environ["TMPDIR"] = str(aside)
        desk = None if commands else Desk(work)
        # what is made once stays: looking through it at every turn costs a fifth of the time
        gc.freeze()
        for number in range(first, first + count):
            print(json.dumps({"at": number}), flush=True)
            chance = random.Random(f"{seed}/{number}")
            signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
            try:
                if desk is None:
                    answer = command_one(world, work, number, chance)
                else:
                    answer = _damage_and_read(desk, world, chance)
                left = [one.name for one in aside.iterdir()]
                if left:
                    shutil.rmtree(aside)
                    aside.mkdir()
                    raise AssertionError(f"left in the temporary folder: {left}")
                print(json.dumps({"answer": answer}))
            except Exception as error:
                told = f"{type(error).__name__}: {error}"[:600]
                print(json.dumps({"seed": seed, "number": number, "fault": told}), flush=True)
            signal.setitimer(signal.ITIMER_PROF, 0)


def make_input(world: Path, names: list[str], chance: random.Random) -> tuple[str, bytes]:
    """Which sound file is damaged, and what it becomes: its bytes, or what it says."""
    name = chance.choices(names, [OFTEN.get(one, 1) for one in names])[0]
    sound = (world / name).read_bytes()
    return name, damage(name, sound, chance) if chance.random() < 0.5 else mutate(sound, chance)


def _damage_and_read(desk: Desk, world: Path, chance: random.Random) -> str:
    name, damaged = make_input(world, list(desk.readers), chance)
    (desk.folder / name).write_bytes(damaged)
    desk.whole = chance.random() < WHOLE
    try:
        answer = read_one(desk, name)
        if (desk.folder / name).read_bytes() != damaged:
            raise AssertionError("the input was written to")
        left = {one.name for one in desk.folder.iterdir()} ^ {one.name for one in world.iterdir()}
        if left:
            raise AssertionError(f"left behind or taken away: {sorted(left)}")
        return f"{name} {answer}"
    except Exception as error:
        digest = hashlib.sha256(damaged).hexdigest()[:12]
        raise AssertionError(f"{name} ({digest}): {type(error).__name__}: {error}") from error
    finally:
        shutil.copyfile(world / name, desk.folder / name)


@contextlib.contextmanager
def _world() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as home:
        world = Path(home) / "proef"
        world.mkdir()
        with contextlib.redirect_stdout(io.StringIO()):
            make_world(world)
        yield world


def run_all(
    seed: int, count: int, world: Path, *, first: int = 0, commands: bool = False
) -> tuple[int, list[dict[str, object]], Counter[str]]:
    """Try `count` inputs from number `first` on; return how many were tried, every fault, the answers."""
    faults: list[dict[str, object]] = []
    answers: Counter[str] = Counter()
    tried, beyond = 0, first + count
    while first < beyond:
        size = min(BATCH[commands], beyond - first)
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
    parser.add_argument("--batch", action="store_true", help="in this process")
    parser.add_argument("--world", type=Path, help="a sound project made before; default: a fresh one")
    said = parser.parse_args()
    with contextlib.nullcontext(said.world) if said.world else _world() as world:
        if said.batch:
            run_batch(said.seed, said.first, said.count, world, commands=said.commands)
            return 0
        tried, faults, answers = run_all(
            said.seed, said.count, world, first=said.first, commands=said.commands
        )
    for answer, times in sorted(answers.items()):
        print(f"{answer}: {times}")
    print(f"{tried} inputs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
