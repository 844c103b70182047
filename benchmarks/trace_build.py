"""Count the modules and functions of the program that run for a project of two places and one match.

Builds and writes under a profiler's hook, in a folder of its own. A module counts when a function of it runs: that is
what a reader who follows the build has to open. The counts depend on the code only, not on the machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
PACKAGE = str(ROOT / "kansenkaart")

LAYER = """id,name,kind,x_rd,y_rd,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_temperature_c
b,Bron,industry,110000,480000,200000,,90
k,Kas,greenhouse,112000,480000,,150000,
"""
TOML = """
title = "Proef"
reference_year = 2025
streams = ["restwarmte_ht"]
draws = 5
[region]
province = "Noord-Holland"
[[layers]]
name = "a"
path = "a.csv"
source = "proef"
year = 2024
"""


class Trace:
    """Functions of the program that were entered: (file, name, line)."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str, int]] = set()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Note a call; module bodies are no functions."""
        code = frame.f_code
        if event == "call" and code.co_name != "<module>" and code.co_filename.startswith(PACKAGE):
            self.seen.add((code.co_filename, code.co_qualname, code.co_firstlineno))


def trace_map(folder: Path) -> set[tuple[str, str, int]]:
    """Build the two places and write the map; what ran, without what only imports."""
    from kansenkaart.pipeline import build

    (folder / "kansenkaart.toml").write_text(TOML, encoding="utf-8")
    (folder / "a.csv").write_text(LAYER, encoding="utf-8")
    trace = Trace()
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        result = build(folder)
        result.map().save(folder / "kansenkaart.html")
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    if len(result.frames.matches) != 1:
        raise SystemExit(f"expected one match, found {len(result.frames.matches)}")
    return trace.seen


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", action="store_true", help="name every module that ran")
    names = parser.parse_args().names
    with tempfile.TemporaryDirectory() as folder:
        seen = trace_map(Path(folder))
    modules = sorted({Path(file).relative_to(PACKAGE).as_posix() for file, _, _ in seen})
    print(f"{len(modules)} modules and {len(seen)} functions run from build to the written map")
    for part, count in sorted(Counter(name.rpartition("/")[0] or "." for name in modules).items()):
        print(f"{count:5d}  {part}")
    print("\n".join(modules) if names else "--names lists the modules")


if __name__ == "__main__":
    main()
