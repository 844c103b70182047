"""The project and its scenarios as they are published together: what each supposes, and its chances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from kansenkaart.arrays import IntArray
from kansenkaart.catalogue.legend import BETWEEN
from kansenkaart.geo import RD
from kansenkaart.tables import SCENARIO_MATCHES, Frames
from kansenkaart.tables.changes import SCENARIO_CHANGES
from kansenkaart.texts import Texts


@dataclass(frozen=True)
class Shown:
    """A run by its title, with what it supposes, its frames, and how its chances differ from the project.

    Attributes
    ----------
    name
        In the project file; empty for the project as it stands, as ``about``, ``differs`` and ``change`` are.
    differs
        How many chances are ``new``, ``gone`` and ``moved`` (to another class).
    change
        Position in ``SCENARIO_CHANGES`` of every chance, best first.
    """

    title: str
    frames: Frames
    name: str = ""
    about: str = ""
    differs: Mapping[str, int] | None = None
    change: IntArray | None = None

    @classmethod
    def now(cls, frames: Frames, texts: Texts) -> Shown:
        """The project as it stands."""
        return cls(texts("map.scenario_none"), frames)

    @classmethod
    def of(cls, told: Mapping[str, Any], frames: Frames, change: IntArray) -> Shown:
        """A scenario, by what the map tells of it."""
        differs = {"new": told["new"], "gone": len(told["gone"]), "moved": told["moved"]}
        return cls(told["title"], frames, told["id"], told["about"] or "", differs, change)


def list_scenarios(runs: Sequence[Shown]) -> gpd.GeoDataFrame:
    """Return frame ``SCENARIO_MATCHES``: the chances of every run, those of the project as it stands first."""
    return SCENARIO_MATCHES.conform(
        gpd.GeoDataFrame(pd.concat([_list(one, runs) for one in runs], ignore_index=True), crs=RD)
    )


def _list(run: Shown, runs: Sequence[Shown]) -> gpd.GeoDataFrame:
    """The chances of a run, best first."""
    ordered = run.frames.matches.sort_values("rank", kind="stable", ignore_index=True)
    names = run.frames.sites.set_index("site_id")["name"]
    told = {f"{side}_name": ordered[f"{side}_id"].map(names).astype("str") for side in ("supply", "demand")}
    change = SCENARIO_CHANGES[-1] if run.change is None else [SCENARIO_CHANGES[code] for code in run.change]
    gone = None if run.name else _tell_gone(ordered["match_id"], runs)
    titled = {"scenario": run.name or None, "scenario_title": _tell_apart(run, runs)}
    return gpd.GeoDataFrame(ordered.assign(change=change, gone_in=gone, **titled, **told))


def _tell_apart(run: Shown, runs: Sequence[Shown]) -> str:
    """Its title, with its name where another has the same."""
    same = sum(one.title == run.title for one in runs) > 1
    return f"{run.title} ({run.name})" if same and run.name else run.title


def _tell_gone(ids: pd.Series, runs: Sequence[Shown]) -> list[str | None]:
    """The scenarios in which every chance is gone."""
    stay = {one.name: set(one.frames.matches["match_id"]) for one in runs if one.name}
    return [BETWEEN.join(name for name, own in stay.items() if match not in own) or None for match in ids]
