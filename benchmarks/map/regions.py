"""The region of the benchmark: the same frames for every map, made once and kept in a file."""

from __future__ import annotations

import importlib.util
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
TESTS = HERE.parents[1] / "tests" / "maps"

# Some trades find fewer pairs within reach than asked for: this many more are asked.
_ASKED = 1.1

# Matches per place, as in the bar of 50,000 matches between 10,000 places; a small region has more places than that.
_PER_PLACE = 5
_USUAL_PLACES = 2_000


def load_generator(name: str = "frames") -> ModuleType:
    """Return ``tests/maps/<name>.py``, loaded by its path: a benchmark runs outside the package of the tests."""
    spec = importlib.util.spec_from_file_location(f"map_{name}", TESTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"map_{name}"] = module
    spec.loader.exec_module(module)
    return module


def make_region(folder: Path, matches: int) -> dict[str, Any]:
    """Write the frames of at least `matches` chances, with months, chains, routes and what decides."""
    places = max(matches // _PER_PLACE, min(matches, _USUAL_PLACES))
    made = load_generator().make_frames(matches=int(matches * _ASKED), sites=places)
    frames = load_generator("enriched").enrich(made)
    _file(folder, matches).write_bytes(pickle.dumps(frames))
    return {"matches": len(frames.matches), "sites": len(frames.sites), "flows": len(frames.flows)}


def read_region(folder: Path, matches: int) -> Any:
    """Return the frames that ``make_region`` wrote: pickled, because both ends are this benchmark."""
    return pickle.loads(_file(folder, matches).read_bytes())


def _file(folder: Path, matches: int) -> Path:
    return folder / f"region-{matches}.pickle"
