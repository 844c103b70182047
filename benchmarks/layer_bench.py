"""What benchmarks of reading a large layer share: every part in a process of its own, beside a peer, in one table."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench_build import peak_mib
from children import Result, machine, run_child

SIZES = (200_000, 2_000_000)
# Wall limit of one part, seconds.
WALL_S = 600
# The bar is one of the largest size.
BAR_ROWS, BAR_MIB = 2_000_000, 4_096


class Row(NamedTuple):
    """One line of the table."""

    rows: str
    what: str
    wall: str
    cpu: str
    times: str
    memory: str
    answer: str
    held: str


class Part(NamedTuple):
    """What is timed: its name in the table, what reads the layer, and for a peer whose it is compared with."""

    title: str
    read: Callable[[Path], Result]
    ours: str = ""


@dataclass(frozen=True)
class LayerBench:
    """A layer that is drawn, the parts that read it, and what the table says of them."""

    script: str
    results: Path
    head: str
    draw: Callable[[Path, int], Result]
    parts: dict[str, Part]
    counted: str
    bar_s: float

    def run(self, doc: str | None) -> None:
        """Run one part when asked for it, else all parts in children; exit with 1 when a bar is missed."""
        parser = argparse.ArgumentParser(description=doc)
        parser.add_argument("sizes", nargs="*", type=int, metavar="ROWS", help=f"default: {SIZES}")
        parser.add_argument("--wall", type=float, default=WALL_S, help=f"seconds per part; default: {WALL_S}")
        parser.add_argument(
            "--write", action="store_true", help=f"also write {self.results.name} beside this file"
        )
        parser.add_argument("--part", nargs=2, metavar=("NAME", "FOLDER"), help="only this part, as JSON")
        asked = parser.parse_args()
        if asked.part:
            self._run_here(asked.part[0], Path(asked.part[1]), asked.sizes[0])
            return
        print_line(Row(*Row._fields))
        rows: list[Row] = []
        for count in asked.sizes or SIZES:
            with tempfile.TemporaryDirectory() as folder:
                run_child(self.script, count, "--part", "draw", folder, limit_s=1_800)
                results: dict[str, Result] = {}
                for name, part in self.parts.items():
                    results[name] = run_child(self.script, count, "--part", name, folder, limit_s=asked.wall)
                    rows.append(self.row_of(name, count, results[name], results.get(part.ours, {})))
                    print_line(rows[-1])
        if asked.write:
            self.results.write_text(self.as_markdown(rows), encoding="utf-8")
        sys.exit(any(row.held == "NO" for row in rows))

    def _run_here(self, name: str, folder: Path, count: int) -> None:
        """Draw the rows, or time one part on them; nothing but the result on standard output."""
        with redirect_stdout(sys.stderr):
            result = self.draw(folder, count) if name == "draw" else time_part(self.parts[name].read, folder)
        print(json.dumps(result))

    def row_of(self, name: str, count: int, result: Result, ours: Result) -> Row:
        """Return a row; a part that was stopped says so."""
        part = self.parts[name]
        barred = not part.ours and count >= BAR_ROWS
        if "stopped" in result:
            return Row(f"{count:,}", part.title, result["stopped"], "", "", "", "", "NO" if barred else "")
        ratio = f"{result['cpu_s'] / ours['cpu_s']:.2f}" if part.ours and "cpu_s" in ours else ""
        good = result["wall_s"] < self.bar_s and result["mib"] < BAR_MIB
        return Row(
            f"{count:,}",
            part.title,
            f"{result['wall_s']:.1f} s",
            f"{result['cpu_s']:.1f} s",
            ratio,
            f"{result['mib']:,.0f} MiB",
            f"{result['used']:,} placed, {result[self.counted]:,} {self.counted}",
            "" if not barred else "yes" if good else "NO",
        )

    def as_markdown(self, rows: list[Row]) -> str:
        """Return the page of results: how it was measured, on what, and the table."""
        table = [Row(*Row._fields), Row(*["---"] * len(Row._fields)), *rows]
        lines = ["| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in table]
        bar = f"Bar: {BAR_ROWS:,} rows under {self.bar_s:g} s and {BAR_MIB:,} MiB."
        return f"{self.head}\n{machine()}. {bar}\n\n" + "\n".join(lines) + "\n"


def time_part(read: Callable[[Path], Result], folder: Path) -> Result:
    begin, begin_cpu = time.perf_counter(), _cpu_s()
    answer = read(folder)
    wall, cpu = time.perf_counter() - begin, _cpu_s() - begin_cpu
    return {**answer, "wall_s": wall, "cpu_s": cpu, "mib": peak_mib()}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def print_line(row: Row) -> None:
    widths = (11, 46, 18, 9, 7, 11, 36, 5)
    print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip(), flush=True)
