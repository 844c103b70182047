"""A project and its scenarios in one map: each scenario as what differs from the project as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.maps.columns import PLACE_STEPS_M, read_points
from kansenkaart.maps.compose import as_map, describe_map
from kansenkaart.maps.workshop_map import WorkshopMap
from kansenkaart.project import LoadedProject
from kansenkaart.tables.frames import Frames

# As the page numbers them: `m.change`.
NEW, SURER, LESS_SURE = 1, 2, 3
_CLASSES = ("kansrijk", "verkennen", "technisch")


@dataclass(frozen=True)
class Run:
    """What a run found, with its project and its identity."""

    frames: Frames
    loaded: LoadedProject
    manifest_id: str


def draw_scenarios(base: Run, others: Sequence[Run], told: Sequence[dict[str, Any]]) -> WorkshopMap:
    """Draw one map of a project as it stands and of its scenarios, with a choice between them.

    Parameters
    ----------
    told
        What `describe` tells of each of the `others`.

    Returns
    -------
    WorkshopMap
        Opens with the project as it stands; ``#scenario=<name>`` opens another.
    """
    whole = describe_map(base.frames, base.loaded, base.manifest_id)
    whole.header["scenarios"] = list(told)
    parts: dict[str, str] = {}
    for one in others:
        block = describe_map(one.frames, one.loaded, one.manifest_id)
        block.header["scenarios"] = whole.header["scenarios"]
        block.header["scenario"] = one.loaded.scenario
        block.add("m.change", find_changes(base.frames.matches, one.frames.matches))
        parts[one.loaded.scenario] = block.beside(whole).encode()
    return as_map(whole, base.loaded, scenarios=parts)


def describe(base: Run, one: Run) -> dict[str, Any]:
    """Name, title, what it supposes, and how many chances appear, vanish and change class."""
    before, after = base.frames.matches, one.frames.matches
    change = find_changes(before, after)
    gone = before[~before["match_id"].isin(after["match_id"])].sort_values("rank", kind="stable")
    sites = base.frames.sites
    names = sites.set_index("site_id")["name"]
    spots = dict(zip(sites["site_id"], (read_points(sites) // PLACE_STEPS_M).tolist(), strict=True))
    own = base.loaded.project.scenarios[one.loaded.scenario]
    return {
        "id": one.loaded.scenario,
        "title": own.title or one.loaded.scenario,
        "about": own.about,
        "new": int((change == NEW).sum()),
        "moved": int((change > NEW).sum()),
        # Who, to whom, of what, and where, RD New in metres: the scenario need not know the places any more.
        "gone": [
            [
                names[row.supply_id],
                names[row.demand_id],
                row.stream,
                spots[row.supply_id],
                spots[row.demand_id],
            ]
            for row in gone[["supply_id", "demand_id", "stream"]].itertuples()
        ],
    }


def find_changes(before: pd.DataFrame, after: pd.DataFrame) -> npt.NDArray[np.uint8]:
    """What happens to every chance of `after`, best first: 0 nothing, or ``NEW``, ``SURER`` or ``LESS_SURE``."""
    ordered = after.sort_values("rank", kind="stable")
    rank = {name: number for number, name in enumerate(_CLASSES)}
    was = (
        ordered["match_id"].map(before.set_index("match_id")["chance_class"].map(rank)).to_numpy(dtype=float)
    )
    now = ordered["chance_class"].map(rank).to_numpy(dtype=float)
    change = np.select([np.isnan(was), now < was, now > was], [NEW, SURER, LESS_SURE], 0)
    return np.asarray(change, dtype=np.uint8)
