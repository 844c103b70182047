"""A small region with four coalitions in the making: heat in one pipe, furniture, and two towns' rubble and food."""

from __future__ import annotations

from kansenkaart.catalogue import load_catalogue
from kansenkaart.coalitions.coalitions import Found
from kansenkaart.flows import estimate_flows
from kansenkaart.matches import MatchInputs, find_matches
from kansenkaart.project import load_project
from kansenkaart.sources import read_sources
from kansenkaart.texts import load_texts
from tests.small_project import write_project

TEXTS = load_texts("nl")
CATALOGUE = load_catalogue()
STREAMS = ("restwarmte_ht", "meubels_grofvuil", "betonpuin", "voedingsreststromen")
COLUMNS = {
    "gives_heat": "supply_restwarmte_ht_gj_y",
    "asks_heat": "demand_restwarmte_ht_gj_y",
    "celsius": "supply_temperature_c",
    "gives_goods": "supply_meubels_grofvuil_t_y",
    "asks_goods": "demand_meubels_grofvuil_t_y",
    "gives_rubble": "supply_betonpuin_t_y",
    "asks_rubble": "demand_betonpuin_t_y",
    "gives_food": "supply_voedingsreststromen_t_y",
    "asks_food": "demand_voedingsreststromen_t_y",
}
# id, name, kind, x, y, and what it has and wants
PLACES = (
    ("bron", "Bron", "industry", 110_000, 480_000, {"gives_heat": 900_000, "celsius": 95}),
    ("kas1", "Kas een", "greenhouse", 113_000, 480_000, {"asks_heat": 150_000}),
    ("kas2", "Kas twee", "greenhouse", 113_300, 480_100, {"asks_heat": 120_000}),
    ("kas3", "Kas drie", "greenhouse", 113_500, 479_900, {"asks_heat": 90_000}),
    ("werf1", "Werf een", "recycling_yard", 120_000, 490_000, {"gives_goods": 900}),
    ("werf2", "Werf twee", "recycling_yard", 123_000, 490_000, {"gives_goods": 300}),
    ("win1", "Winkel een", "second_hand", 120_500, 490_500, {"asks_goods": 500}),
    ("win2", "Winkel twee", "second_hand", 122_000, 490_000, {"asks_goods": 500}),
    ("stad", "Gemeente een", "municipality", 121_000, 487_000, {"gives_rubble": 50_000, "gives_food": 4_000}),
    (
        "dorp",
        "Gemeente twee",
        "municipality",
        109_000,
        497_000,
        {"gives_rubble": 20_000, "gives_food": 2_000},
    ),
    ("breker", "Breker", "concrete_breaker", 118_000, 492_000, {"asks_rubble": 90_000}),
    ("vergist", "Vergister", "digester", 116_000, 489_000, {"asks_food": 9_000}),
)
TOML = f"""
title = "Proef"
reference_year = 2025
streams = {list(STREAMS)}
draws = 0
[region]
province = "Noord-Holland"
[coalitions]
[[layers]]
name = "a"
path = "a.csv"
source = "proef"
year = 2024
""".replace("'", '"')


def write_region(folder, places=PLACES, toml=TOML):
    """The project in `folder`, which is made."""
    head = ",".join(["id", "name", "kind", "x_rd", "y_rd", *COLUMNS.values()])
    rows = [
        ",".join([*map(str, one[:5]), *(str(one[5].get(name, "")) for name in COLUMNS)]) for one in places
    ]
    return write_project(folder, toml, "\n".join([head, *rows]) + "\n")


def find_chances(folder):
    """What step 3 finds in the project of `folder`, as coalitions are made of it."""
    loaded = load_project(folder)
    sources = read_sources(loaded, progress=lambda _: None)
    flows = estimate_flows(
        sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=TEXTS
    ).flows
    matched = find_matches(
        MatchInputs(
            sources.sites, flows, sources.links, sources.areas, sources.surroundings, sources.decisions
        ),
        loaded.catalogue,
        project=loaded.project,
        texts=TEXTS,
    )
    return Found(sources.sites, matched.matches, matched.gaps, matched.tornado, matched.chosen)
