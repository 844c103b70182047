"""A folder in which every command that writes has something to write, and what must be true of it at any moment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_TOML = """
title = "Proef"
reference_year = 2025
draws = 2
streams = ["restwarmte_ht"]
[region]
municipalities = ["GM0453"]
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
_OWN = "van de planner"
_NOTE = "SELECT description FROM gpkg_contents LIMIT 1"


@dataclass
class Scene:
    """Inputs, the commands that write, and where each writes."""

    folder: Path
    commands: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, Path] = field(default_factory=dict)
    edit: str = ""

    @classmethod
    def make(cls, folder: Path, names: list[str]) -> Scene:
        """Write the inputs for the commands `names`; of their outputs nothing is there yet."""
        for name in ("tmp", "regio", "kaart", "paren", "zaal", "nieuw"):
            (folder / name).mkdir(parents=True)
        (folder / "regio" / "kansenkaart.toml").write_text(_TOML, encoding="utf-8")
        out = {
            "build": folder / "kaart" / "uit",
            "match": folder / "paren" / "paren.gpkg",
            "merge": folder / "zaal" / "decisions.gpkg",
            "new": folder / "nieuw" / "regio",
        }
        two = [str(folder / f"{name}.csv") for name in _SIDES]
        ballot = [str(folder / "gebouwd"), str(folder / "tafel.json")]
        commands = {
            "build": ["build", str(folder / "regio"), "-o", str(out["build"])],
            "match": ["match", *two, "-o", str(out["match"]), "--max-distance", "5km", "--overwrite",
                      "--supply-crs", "EPSG:28992", "--demand-crs", "EPSG:28992"],
            "merge": ["workshop", "merge", *ballot, "-o", str(out["merge"])],
            "new": ["new", str(out["new"])],
        }  # fmt: skip
        scene = cls(folder, {name: commands[name] for name in names}, out)
        scene.change(0)
        if "merge" in names:
            scene._finish([*commands["build"][:2], "-o", str(folder / "gebouwd")])
            scene.change(0)
        if "new" in names:
            scene._finish(["new", str(folder / "voorbeeld")])
        return scene

    def change(self, number: int) -> None:
        """Change the inputs, so that a new output is not the old one."""
        text = _ROWS.replace("90000", str(90_000 + number))
        (self.folder / "regio" / "bronnen.csv").write_text(text, encoding="utf-8")
        for name, rows in _SIDES.items():
            (self.folder / f"{name}.csv").write_text(rows.format(n=1 + number), encoding="utf-8")
        self._vote(number)

    def _vote(self, number: int) -> None:
        manifest = self.folder / "gebouwd" / "manifest.json"
        if not manifest.exists():
            return
        firm = {"id": "10000000-0000-4000-8000-000000000001", "name": f"Winkel {number}", "unit": "GJ"}
        firm |= {"stream": "restwarmte_ht", "role": "supply", "quantity": 1.0, "x": 102500.0, "y": 498500.0}
        firm |= {"comment": "", "changed": "2026-11-21T13:00:00.000Z"}
        ballot = {
            "schema": "kansenkaart-ballot",
            "version": 1,
            "map": {"id": json.loads(manifest.read_text(encoding="utf-8"))["manifest_id"], "title": "Proef"},
            "ballot": "00000000-0000-4000-8000-000000000001",
            "table": "Tafel 1",
            "saved": "2026-11-21T14:00:00.000Z",
            "matches": [],
            "doubts": [],
            "missing": [firm],
        }
        (self.folder / "tafel.json").write_text(json.dumps(ballot), encoding="utf-8")

    def prepare(self, name: str, number: int) -> None:
        """Do what people do between two runs: edit the decisions in QGIS, put files in the folder of a project."""
        out = self.outputs[name]
        if name == "merge" and out.exists():
            self.edit = f"bewerking {number}"
            with closing(sqlite3.connect(out)) as database, database:
                database.execute("UPDATE gpkg_contents SET description = ?", (self.edit,))
        if name == "new":
            shutil.rmtree(out, ignore_errors=True)
            if number % 2:
                (out / "layers").mkdir(parents=True)
                (out / "layers" / "vraag.csv").write_text(_OWN, encoding="utf-8")

    def check_kept(self, name: str) -> None:
        """Fail when the last edit is in no file; put away what was kept, as its owner would."""
        if name != "merge" or not self.edit:
            return
        out = self.outputs[name]
        kept = list(out.parent.glob("decisions.vorige*.gpkg"))
        assert self.edit in {_read(file, _NOTE) for file in (out, *kept)}, (self.edit, kept)
        for file in kept:
            file.unlink()

    def start(self, name: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own, with a folder of its own for temporary files."""
        return self._start(self.commands[name])

    def _start(self, arguments: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "kansenkaart", *arguments],
            env={**os.environ, "TMPDIR": str(self.folder / "tmp")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=_listen,
        )

    def _finish(self, arguments: list[str]) -> None:
        process = self._start(arguments)
        said = process.communicate(timeout=300)[1]
        assert process.returncode == 0, said

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
        if name == "new":
            return self._check_project(out)
        assert _read(out, "PRAGMA integrity_check") == "ok"
        firm = "SELECT name FROM added_sites" if name == "merge" else "SELECT quantity FROM matches"
        return f"{_read(out, firm)} {_read(out, _NOTE)}"

    def _check_project(self, out: Path) -> str:
        """A project is there once its file is; every file is whole from the moment it is there."""
        example = self.folder / "voorbeeld"
        expected = {one.relative_to(example): one.read_bytes() for one in example.rglob("*") if one.is_file()}
        found = {one.relative_to(out): one.read_bytes() for one in out.rglob("*") if one.is_file()}
        shown = {
            name: text
            for name, text in found.items()
            if not str(name).startswith(".") and "/." not in str(name)
        }
        for name, content in shown.items():
            own = name.name == "vraag.csv" and content == _OWN.encode()
            assert own or content == expected[name], name
        if Path("kansenkaart.toml") not in shown:
            assert not shown or shown[Path("layers/vraag.csv")] == _OWN.encode(), sorted(shown)
            return "nothing"
        assert shown.keys() == expected.keys()
        return "project"

    def find_beside(self, name: str) -> list[str]:
        """What stands beside the output, but for versions that were kept."""
        out = self.outputs[name]
        beside = [one.name for one in out.parent.iterdir() if one != out]
        if name == "new" and out.is_dir():
            beside += [one.name for one in out.rglob(".*kansenkaart-*")]
        return sorted(one for one in beside if not one.startswith("decisions.vorige"))


def _read(file: Path, question: str) -> str:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return str(database.execute(question).fetchone()[0])


def _listen() -> None:
    """Where the tests themselves run in the background, a shell has told them to ignore the interrupt."""
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)
