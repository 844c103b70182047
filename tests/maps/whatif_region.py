"""A small region where every taker gets all it asks from one supplier at any price: only money and classes move."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kansenkaart.pipeline import Result, build
from kansenkaart.project import LoadedProject, load_project

_HEAD = (
    "id,name,kind,x_rd,y_rd,supply_temperature_c,demand_temperature_c,"
    "supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_restwarmte_lt_gj_y,demand_restwarmte_lt_gj_y,"
    "supply_co2_t_y,demand_co2_t_y,supply_struviet_fosfaat_t_y,demand_struviet_fosfaat_t_y,"
    "supply_bermgras_maaisel_t_y,demand_bermgras_maaisel_t_y,supply_gft_t_y,demand_gft_t_y,free_supply_gft_t_y\n"
)
_COLUMNS = {"ht": 7, "lt": 9, "co2": 11, "struviet": 13, "gras": 15, "gft": 17, "free_gft": 19}


# Metres from the source, and GJ of heat asked per year.
_TAKERS = (
    (800, 90_000),
    (2_500, 60_000),
    (5_000, 40_000),
    (9_000, 60_000),
    (12_000, 9_000),
    (14_000, 900),
    (7_000, 160_000),
)


def _row(name: str, kind: str, x: float, y: float, **flows: float) -> str:
    cells = [name, f"Plek {name}", kind, str(x), str(y)] + [""] * 15
    for key, value in flows.items():
        if key in ("hot", "warm"):
            cells[5 if key == "hot" else 6] = str(value)
        else:
            stream, side = key.rsplit("_", 1)
            cells[_COLUMNS[stream] + (side == "in")] = str(value)
    return ",".join(cells) + "\n"


def _rows() -> list[str]:
    rows = [
        _row("bron", "industry", 110_000, 490_000, hot=95, ht_out=3_000_000),
        _row("puur", "co2_source", 111_000, 489_000, co2_out=90_000),
        _row("staal", "steel", 140_000, 530_000, hot=120, ht_out=900_000),
        _row("data", "datacentre", 112_000, 510_000, hot=35, lt_out=200_000),
        _row("rwzi", "rwzi", 118_000, 495_000, struviet_out=9_000),
        _row("berm", "verge_manager", 121_000, 497_000, gras_out=90_000),
        _row("stad", "municipality", 121_500, 489_000, gft_out=9_000, free_gft_out=9_000),
        _row("kunst", "fertiliser_maker", 118_400, 520_000, struviet_in=300),
        _row("composteer", "composter", 125_000, 489_000, gft_in=4_000),
    ]
    for n, (far, size) in enumerate(_TAKERS):
        # One taker of which nobody knows the temperature.
        warm = {} if n == 6 else {"warm": 45}
        rows.append(
            _row(
                f"kas{n}",
                "greenhouse",
                110_000 + far,
                490_000 - 40 * n,
                **warm,
                ht_in=size,
                co2_in=size / 100,
            )
        )
        rows.append(
            _row(f"lauw{n}", "building", 112_000 + 60 * n, 510_000 + 110 * n, warm=20, lt_in=size / 12)
        )
        kind = "digester" if n % 2 else "composter"
        rows.append(_row(f"verg{n}", kind, 121_000 + 2 * far, 497_500, gras_in=size / 30))
    rows.append(_row("buur", "greenhouse", 141_000, 530_000, warm=45, ht_in=70_000))
    return rows


# What the takers of heat in this region avoid.
PRICES = {"restwarmte_ht": "avoided_heat_glass", "restwarmte_lt": "avoided_heat_building_lt"}

_PROJECT = """
title = "Wat als proefregio"
question = "Wat doet een andere prijs?"
reference_year = 2025
draws = 0
streams = ["restwarmte_ht", "restwarmte_lt", "co2", "struviet_fosfaat", "bermgras_maaisel", "gft"]
[region]
province = "Noord-Holland"
[[layers]]
name = "plek"
path = "plek.csv"
source = "proef"
year = 2024
[stream.restwarmte_ht]
fixed_eur_y = 12000
"""


def write_region(folder: Path, *, prices: str = "", language: str = "nl") -> LoadedProject:
    """Write the project and its layer to `folder`, with `prices` as tables of the project file, and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plek.csv").write_text(_HEAD + "".join(_rows()), encoding="utf-8")
    text = _PROJECT.replace("draws = 0", f'draws = 0\nlanguage = "{language}"')
    (folder / "kansenkaart.toml").write_text(text + prices, encoding="utf-8")
    return load_project(folder)


def build_region(folder: Path, **shifts: float) -> Result:
    """Build with the price of every stream named in `shifts` moved by so many EUR per unit, in the project file."""
    loaded = write_region(folder)
    tables = []
    for stream, shift in shifts.items():
        price = loaded.catalogue.prices[PRICES.get(stream, f"benefit_{stream}")]
        low, value, high = (max(number + shift, 0.0) for number in (price.low, price.value, price.high))
        tables.append(f"[prices.{price.id}]\nlow = {low!r}\nvalue = {value!r}\nhigh = {high!r}\n")
    return build(write_region(folder, prices="".join(tables)))


def at_robustness(result: Result, robustness: float) -> Result:
    """Return `result` as if every chance stood in this share of the draws."""
    matches = result.frames.matches.assign(robustness=robustness)
    return replace(result, frames=replace(result.frames, matches=matches))
