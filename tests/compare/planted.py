"""Two projects of a region with ten changes planted between them, each in an input and a pair of places of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
from shapely.geometry import LineString, box

COLUMNS = (
    *("id", "name", "kind", "x_rd", "y_rd", "status", "inhabitants", "supply_temperature_c"),
    *("supply_restwarmte_ht_gj_y", "demand_restwarmte_ht_gj_y", "demand_voedingsreststromen_t_y"),
    *("supply_meubels_grofvuil_t_y", "demand_meubels_grofvuil_t_y"),
    *("supply_betonpuin_t_y", "demand_betonpuin_t_y"),
)
HEAD = """
{settings}
title = "{title}"
reference_year = {year}
streams = {streams}
draws = 0
[region]
province = "Noord-Holland"
[stream.restwarmte_ht]
hard_km = 6
"""
LINK_TOML = """
[[links]]
name = "leveringen"
path = "leveringen.csv"
source = "opgave"
year = 2024
"""
HEAT = ["restwarmte_ht"]
STREAMS = [*HEAT, "voedingsreststromen", "meubels_grofvuil", "betonpuin"]
LINK = "id,stream,supply,demand,quantity,status,until_date\n"
RUNNING = "1,restwarmte_ht,Bron lopend,Kas lopend,150000,running,2027-12-31\n"
CONTRACT = "1,restwarmte_ht,Bron contract,Kas contract,150000,running,\n"
CONTRACT_TOML = """
[[links]]
name = "contracten"
path = "contracten.csv"
source = "opgave"
year = 2024
"""
NETWORK_TOML = """
[[networks]]
name = "net"
path = "net.geojson"
stream = "restwarmte_ht"
spare = 200000
toll_eur_unit = 0.1
temperature_c = 85
source = "opgave"
year = 2024
"""
KENGETAL_TOML = """
[kengetallen.voedselrest_bedrijven_inwoner]
low = 0.1
value = 0.16
high = 0.2
source = "eigen weging"
"""
PRICE_TOML = """
[prices.avoided_bulky_waste]
low = 1
value = 2
high = 3
source = "eigen opgave"
"""
DISTANCE_TOML = """
[stream.betonpuin]
hard_km = 3
"""


def source(y: float, *, x: float = 110_000, heat: float = 200_000, **more: object) -> dict[str, object]:
    """A source of heat at `y`."""
    told = {"id": "b", "name": "Bron", "kind": "industry", "x_rd": x, "y_rd": y}
    return {**told, "supply_restwarmte_ht_gj_y": heat, "supply_temperature_c": 90, **more}


def taker(y: float, *, x: float = 112_000, heat: float = 150_000, **more: object) -> dict[str, object]:
    """A greenhouse at `y`."""
    told = {"id": "k", "name": "Kas", "kind": "greenhouse", "x_rd": x, "y_rd": y}
    return {**told, "demand_restwarmte_ht_gj_y": heat, **more}


def other(one: str, kind: str, x: float, y: float, **has: object) -> dict[str, object]:
    """A place of a stream that goes by truck."""
    return {"id": one, "name": f"Plek {one}", "kind": kind, "x_rd": x, "y_rd": y, **has}


def pair(
    one: str, y: float, *, supply: dict[str, object] | None = None, **end: object
) -> list[dict[str, object]]:
    """A source and a taker, called after `one`."""
    given, asked = source(y, **(supply or {})), taker(y, **end)
    return [
        {**given, "id": f"{one}-b", "name": f"Bron {one}"},
        {**asked, "id": f"{one}-k", "name": f"Kas {one}"},
    ]


PLACES = [
    *pair("gesloten", 480_000),
    *pair("gehalveerd", 488_000),
    *pair("nieuw", 496_000)[1:],
    *pair("verhuisd", 504_000),
    *pair("lopend", 512_000),
    *pair("contract", 520_000),
    *pair("ver", 530_000, supply={"heat": 6_000}, x=115_000, heat=6_000),
    other("gemeente", "municipality", 121_000, 487_000, inhabitants=50_000),
    other("vergister", "digester", 122_000, 488_000, demand_voedingsreststromen_t_y=90_000),
    other("werf", "recycling_yard", 120_000, 490_000, supply_meubels_grofvuil_t_y=900),
    other("winkel", "second_hand", 120_500, 490_500, demand_meubels_grofvuil_t_y=500),
    other("stad", "municipality", 118_000, 498_000, supply_betonpuin_t_y=50_000),
    other("breker", "concrete_breaker", 118_000, 503_000, demand_betonpuin_t_y=90_000),
]
CHANGED = [
    *pair("gesloten", 480_000, supply={"status": "closed"}),
    *pair("gehalveerd", 488_000, supply={"heat": 100_000}),
    *pair("nieuw", 496_000),
    *pair("verhuisd", 504_000, x=119_000),
    *PLACES[7:],
]


def write(
    folder: Path,
    layers: dict[str, list[dict[str, object]]],
    *,
    toml: str = "",
    settings: str = "",
    year: int = 2025,
    streams: Sequence[str] = HEAT,
) -> Path:
    """A project in `folder`, which is made."""
    folder.mkdir(parents=True)
    parts = [HEAD.format(title=folder.name, year=year, settings=settings, streams=json.dumps(streams)), toml]
    for name, rows in layers.items():
        lines = [",".join(COLUMNS), *(",".join(str(row.get(one, "")) for one in COLUMNS) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        parts.append(f'[[layers]]\nname = "{name}"\npath = "{name}.csv"\nsource = "proef"\nyear = 2024\n')
    (folder / "leveringen.csv").write_text(LINK + RUNNING, encoding="utf-8")
    (folder / "contracten.csv").write_text(LINK + CONTRACT, encoding="utf-8")
    line = LineString([(110_000, 530_050), (115_000, 530_050)])
    frame = gpd.GeoDataFrame({"id": ["noord"], "name": ["Net Noord"]}, geometry=[line], crs="EPSG:28992")
    frame.to_file(folder / "net.geojson")
    (folder / "kansenkaart.toml").write_text("\n".join(parts), encoding="utf-8")
    return folder


def write_planted(folder: Path) -> tuple[Path, Path]:
    """A and B, with the ten changes between them."""
    toml = LINK_TOML + CONTRACT_TOML + NETWORK_TOML + KENGETAL_TOML + PRICE_TOML + DISTANCE_TOML
    before = write(folder / "A", {"plek": PLACES}, toml=LINK_TOML, streams=STREAMS)
    return before, write(folder / "B", {"plek": CHANGED}, toml=toml, year=2030, streams=STREAMS)


# Pairs at the edge of a class: distance of the taker, and its heat.
_EDGES = (
    *((112_040, 10_000), (112_060, 10_000), (112_080, 10_000), (112_100, 10_000)),
    *((112_800, 60_000), (112_850, 60_000), (112_900, 60_000), (112_750, 60_000)),
)
PRICED = [
    place
    for number, (x, heat) in enumerate(_EDGES)
    for place in pair(f"p{number}", 470_000 + 8_000 * number, supply={"heat": 1.5 * heat}, x=x, heat=heat)
]

JOINT = {
    "taker": [{**taker(480_000), "id": "k", "name": "Kas samen"}],
    "planned": [{**source(500_000, status="planned"), "id": "b", "name": "Bron gepland"}],
    "source": [{**source(480_000), "id": "b", "name": "Bron samen"}],
}
START = [*pair("rest", 520_000), {**taker(500_000), "id": "wacht", "name": "Kas wacht"}]

DATACENTRE = """id,name,kind,x_rd,y_rd,it_mw,cooling,upgrade,demand_restwarmte_lt_gj_y
d,Datacenter,datacentre,110000,480000,{mw},water,none,
k,Kas een,greenhouse,110300,480000,,,,60000
l,Kas twee,greenhouse,110800,480000,,,,60000
"""
DATACENTRE_TOML = """
title = "Datacenter"
reference_year = 2025
streams = ["restwarmte_lt"]
draws = 0
[region]
province = "Noord-Holland"
[stream.restwarmte_lt]
min_lot = 40000
[[layers]]
name = "dc"
path = "a.csv"
source = "opgave"
year = 2024
"""


# A road that goes round, a network that became dear, and ground that is hard to dig.
BETWEEN = """
[roads]
path = "weg.geojson"
source = "wegbeheerder"
year = 2024
[friction]
source = "kaart van de grond"
year = 2024
[[friction.layers]]
path = "veen.geojson"
kind = "veen"
factor = {factor}
"""
_APART = [
    *pair("ver", 530_000, supply={"heat": 6_000}, x=115_000, heat=6_000),
    *pair("veen", 500_000),
    other("werf", "recycling_yard", 120_000, 490_000, supply_meubels_grofvuil_t_y=900),
    other("winkel", "second_hand", 124_000, 490_000, demand_meubels_grofvuil_t_y=500),
]


def write_between(folder: Path) -> tuple[Path, Path]:
    """A and B, with three changes in what lies between places."""
    straight = [(119_000, 490_000), (125_000, 490_000)]
    round_about = [(120_000, 490_000), (120_000, 560_000), (124_000, 560_000), (124_000, 490_000)]
    made = []
    for name, factor, toll, road in (("A", 1.5, "0.1", straight), ("B", 40, "90", round_about)):
        toml = BETWEEN.format(factor=factor) + NETWORK_TOML.replace("= 0.1", f"= {toll}")
        made.append(write(folder / name, {"plek": _APART}, toml=toml, streams=STREAMS))
        for file, shape in (("weg", LineString(road)), ("veen", box(110_500, 480_000, 111_500, 520_000))):
            frame = gpd.GeoDataFrame({"id": [1]}, geometry=[shape], crs="EPSG:28992")
            frame.to_file(made[-1] / f"{file}.geojson")
    return made[0], made[1]


def write_joint(folder: Path) -> tuple[Path, Path]:
    """A and B, where one chance needs two new layers, and one a new layer and a setting."""
    before = write(folder / "A", {"start": START})
    return before, write(folder / "B", {"start": START, **JOINT}, settings="include_planned = true")
