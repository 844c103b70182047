"""Groups of places near each other, what each has and wants; and the region's streams by area and by chain."""

from typing import get_args

from kansenkaart.allowed import Theme
from kansenkaart.tables.table import Column, Table

THEMES: tuple[str, ...] = get_args(Theme)
# Which way something goes, seen from the region.
CROSSINGS = ("inside", "out", "in", "outside")

SITE_CLUSTERS = Table(
    name="site_clusters",
    meaning="One row per group of places of one theme that lie near each other.",
    key=("cluster_id",),
    geometry="geometry",
    columns=(
        Column("cluster_id", "str", "<theme>-<number>, 1 has the largest share of the theme's streams."),
        Column(
            "cluster", "str", "Name: its municipality and the kinds of place that lead its strongest streams."
        ),
        Column("theme", "str", "Theme of its streams.", allowed=THEMES),
        Column("kind", "str", "Kind of place that leads the stream of which it has most."),
        Column("municipality_code", "str", "Municipality that weighs most.", nullable=True),
        Column("municipality", "str", "Its name.", nullable=True),
        Column("places", "int", "How many places it has.", minimum=1),
        Column("site_ids", "str", "Its places, separated by |."),
        Column("across_m", "float", "Distance between the two places farthest apart.", "m", minimum=0),
        Column("share", "float", "Its part of the region's supply and demand in the theme, 0-1.", minimum=0),
        Column("chances", "int", "Chances of the theme with at least one end in it.", minimum=0),
        Column("chances_inside", "int", "Chances with both ends in it.", minimum=0),
        Column("co2_avoided_t_y", "float", "CO2 that its chances avoid per year, those that pay now.", "t"),
        Column("partners", "str", "Who outside it exchanges most with it, by chances.", nullable=True),
        Column("geometry", "geometry", "Outline around its places, RD New.", "m"),
    ),
)

_SIDES = (
    Column("inside", "float", "What the chances that pay now move between its own places.", minimum=0),
    Column("outgoing", "float", "What they bring from it to others.", minimum=0),
    Column("incoming", "float", "What they bring to it from others.", minimum=0),
    Column("left_supply", "float", "Free supply that nobody takes.", minimum=0),
    Column("left_demand", "float", "Demand that nobody fills.", minimum=0),
    Column("if_pays_supply", "float", "Part of the supply left that goes once it pays.", minimum=0),
    Column("if_pays_demand", "float", "Part of the demand left that is filled once it pays.", minimum=0),
    Column(
        "runs_inside", "float", "What runs already between its own places, as far as published.", minimum=0
    ),
    Column("runs_out", "float", "What runs already from it to others.", minimum=0),
    Column("runs_in", "float", "What runs already to it from others.", minimum=0),
)

CLUSTER_STREAMS = Table(
    name="cluster_streams",
    meaning="What a group of places has and wants per stream: inside + outgoing + left = supply, and so for demand.",
    key=("cluster_id", "stream"),
    columns=(
        Column("cluster_id", "str", "The group."),
        Column("cluster", "str", "Its name."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("unit", "str", "Unit of the stream; quantities are per year."),
        Column("supply", "float", "Free supply of its places.", minimum=0),
        Column("demand", "float", "Demand of its places that is not filled yet.", minimum=0),
        *_SIDES,
        Column(
            "self_sufficiency",
            "float",
            "Share of its demand that its own places fill, by the chances; empty without demand.",
            nullable=True,
            minimum=0,
        ),
    ),
)

AREA_VIEW = Table(
    name="area_view",
    meaning="One municipality, all streams: the same quantities as chain_view, added up by area.",
    key=("area", "stream"),
    columns=(
        Column("area_code", "str", "CBS code GMxxxx; empty: a place that is not on the map.", nullable=True),
        Column("area", "str", "Municipality."),
        Column("in_region", "bool", "Whether it belongs to the region."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("unit", "str", "Unit of the stream; quantities are per year."),
        *_SIDES,
    ),
)

CHAIN_VIEW = Table(
    name="chain_view",
    meaning="One stream from source to end, also across the border: the quantities of area_view, by pair of areas.",
    key=("stream", "from_area", "to_area"),
    columns=(
        Column("stream", "str", "Stream of the catalogue."),
        Column("unit", "str", "Unit of the stream; quantities are per year."),
        Column("from_area", "str", "Municipality of the supply; empty: nobody supplies.", nullable=True),
        Column("to_area", "str", "Municipality of the demand; empty: nobody takes.", nullable=True),
        Column("crossing", "str", "Which way it goes, seen from the region.", allowed=CROSSINGS),
        Column("runs", "float", "What runs already, as far as published.", minimum=0),
        Column("chances", "float", "What the chances that pay now move.", minimum=0),
        Column("if_pays", "float", "What the chances move that do not pay now, once they do.", minimum=0),
        Column("left_supply", "float", "Free supply that nobody takes.", minimum=0),
        Column("left_demand", "float", "Demand that nobody fills.", minimum=0),
    ),
)
