"""The region of the benchmark: the same frames for every map, made once and kept in a file."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

# The frames of the tests; a library may bring a `tests` of its own, so ours comes first.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.maps.enriched import enrich
from tests.maps.frames import make_frames, make_loaded

__all__ = ["make_loaded", "make_region", "read_region"]

# Some trades find fewer pairs within reach than asked for: this many more are asked.
_ASKED = 1.1

# Matches per place, as in the bar of 50,000 matches between 10,000 places; a small region has more places than that.
_PER_PLACE = 5
_USUAL_PLACES = 2_000


def make_region(folder: Path, matches: int) -> dict[str, Any]:
    """Write the frames of at least `matches` chances, with months, chains, routes and what decides."""
    places = max(matches // _PER_PLACE, min(matches, _USUAL_PLACES))
    frames = enrich(make_frames(matches=int(matches * _ASKED), sites=places))
    _file(folder, matches).write_bytes(pickle.dumps(frames))
    return {"matches": len(frames.matches), "sites": len(frames.sites), "flows": len(frames.flows)}


def read_region(folder: Path, matches: int) -> Any:
    """Return the frames that ``make_region`` wrote: pickled, because both ends are this benchmark."""
    return pickle.loads(_file(folder, matches).read_bytes())


def _file(folder: Path, matches: int) -> Path:
    return folder / f"region-{matches}.pickle"
