"""Whole processes that are stopped or killed at any moment: the old output or the new one stands there, whole."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_TOML = """
title = "Proef"
reference_year = 2025
draws = 2
[region]
municipalities = ["GM0453", "GM0375"]
[[layers]]
name = "bronnen"
path = "bronnen.csv"
crs = "EPSG:28992"
source = "proef"
year = 2025
"""
_ROWS = """id,name,kind,x,y,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_temperature_c
b,Bron,industry,102000,498000,90000,,90
k,Kas,greenhouse,103500,499500,,80000,
"""
_SIDES = {"bron": "id,x,y,quantity\n1,102000,498000,{n}\n", "kas": "id,x,y,quantity\n2,103000,498000,{n}\n"}


@dataclass
class Scene:
    """A project and two layers, the commands that write, and where each writes."""

    folder: Path
    commands: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> Scene:
        """Write the inputs; nothing is built yet."""
        (folder / "tmp").mkdir(parents=True)
        (folder / "regio").mkdir()
        (folder / "regio" / "kansenkaart.toml").write_text(_TOML, encoding="utf-8")
        (folder / "regio" / "bronnen.csv").write_text(_ROWS, encoding="utf-8")
        for name, rows in _SIDES.items():
            (folder / f"{name}.csv").write_text(rows.format(n=7), encoding="utf-8")
        scene = cls(folder)
        (folder / "kaart").mkdir()
        (folder / "paren").mkdir()
        scene.outputs = {"build": folder / "kaart" / "uit", "match": folder / "paren" / "paren.gpkg"}
        two = [str(folder / f"{name}.csv") for name in _SIDES]
        scene.commands = {
            "build": ["build", str(folder / "regio"), "-o", str(scene.outputs["build"])],
            "match": ["match", *two, "-o", str(scene.outputs["match"]), "--max-distance", "5km", "--overwrite",
                      "--supply-crs", "EPSG:28992", "--demand-crs", "EPSG:28992"],
        }  # fmt: skip
        return scene

    def change(self, number: int) -> None:
        """Change the inputs, so that a new output is not the old one."""
        text = _ROWS.replace("90000", str(90_000 + number))
        (self.folder / "regio" / "bronnen.csv").write_text(text, encoding="utf-8")
        for name, rows in _SIDES.items():
            (self.folder / f"{name}.csv").write_text(rows.format(n=number), encoding="utf-8")

    def start(self, name: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own, with a folder of its own for temporary files."""
        return subprocess.Popen(
            [sys.executable, "-m", "kansenkaart", *self.commands[name]],
            env={**os.environ, "TMPDIR": str(self.folder / "tmp")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=_listen,
        )

    def wait_for_handlers(self, process: subprocess.Popen[str]) -> None:
        """Wait until the program has begun: before that nothing of ours runs."""
        while process.poll() is None and not any((self.folder / "tmp").iterdir()):
            time.sleep(0.002)

    def check_whole(self, name: str) -> str:
        """Return what stands there (nothing, or a digest of its content); fail when it is not whole."""
        out = self.outputs[name]
        if not out.exists():
            return "nothing"
        if name == "build":
            manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
            for file, entry in manifest["outputs"].items():
                assert sha256((out / file).read_bytes()).hexdigest() == entry["sha256"], file
            return str(manifest["identity"])
        with closing(sqlite3.connect(f"file:{out}?mode=ro", uri=True)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return str(database.execute("SELECT quantity FROM matches").fetchone())

    def beside(self, name: str) -> list[str]:
        """What stands beside the output."""
        out = self.outputs[name]
        return sorted(one.name for one in out.parent.iterdir() if one != out)


def _listen() -> None:
    """Where the tests themselves run in the background, a shell has told them to ignore the interrupt."""
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)


def stop_at_random(scene: Scene, *, count: int, seed: int) -> Counter[str]:
    """Stop commands by a signal at random moments, also while they start: one line, its code, nothing left."""
    chance, told = random.Random(seed), Counter[str]()
    for number in range(count):
        name, stop = chance.choice(tuple(scene.commands)), STOPS[number % len(STOPS)]
        process = scene.start(name)
        scene.wait_for_handlers(process)
        time.sleep(chance.uniform(0, 2.5))
        process.send_signal(stop)
        said = process.communicate(timeout=120)[1]
        assert process.returncode in (0, 128 + stop), (name, stop, process.returncode, said)
        assert "Traceback" not in said, said
        if process.returncode:
            assert said.rstrip().splitlines()[-1].startswith(("Onderbroken", "Interrupted")), said
        assert not list((scene.folder / "tmp").iterdir()), name
        assert scene.beside(name) == [], (name, said)
        scene.check_whole(name)
        told[f"{name} {'ended' if process.returncode == 0 else stop.name}"] += 1
    return told


def kill_at_random(scene: Scene, *, count: int, seed: int) -> Counter[str]:
    """Kill two runs on one output at random moments: old or new stands there; the next run clears what they left."""
    chance, told = random.Random(seed), Counter[str]()
    old = {name: _run(scene, name) for name in scene.commands}
    for number in range(count):
        name = tuple(scene.commands)[number % len(scene.commands)]
        scene.change(1000 + number)
        pair = [scene.start(name), scene.start(name)]
        for process in pair:
            time.sleep(chance.uniform(0.0, 3.0))
            process.kill()
        for process in pair:
            process.communicate()
        left = scene.check_whole(name)
        assert left != "nothing", name
        told[f"{name} {'old' if left == old[name] else 'new'}"] += 1
        told[f"{name} left something beside"] += bool(scene.beside(name))
        old[name] = _run(scene, name)
    return told


def _run(scene: Scene, name: str) -> str:
    """Let a command end; nothing may stand beside its output then."""
    process = scene.start(name)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 0, said
    assert scene.beside(name) == [], name
    return scene.check_whole(name)


if __name__ == "__main__":
    place, times, start = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    sys.stdout.write(
        f"stopped: {dict(stop_at_random(Scene.make(place / 'stop'), count=times, seed=start))}\n"
    )
    sys.stdout.write(f"killed: {dict(kill_at_random(Scene.make(place / 'kill'), count=times, seed=start))}\n")
