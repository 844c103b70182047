"""What is left of every supply and demand, what runs under contracts of unknown size, and the cause."""

from kansenkaart.tables.flows import ROLES
from kansenkaart.tables.table import Column, Table

GAPS = Table(
    name="gaps",
    meaning="One row per flow, as it stands now: delivered + remaining + under_contract = value.",
    key=("flow_id",),
    columns=(
        Column("flow_id", "str", "The flow."),
        Column("site_id", "str", "Its site."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("role", "str", "Supply or demand.", allowed=ROLES),
        Column("unit", "str", "Unit, per year."),
        Column("value", "float", "Free quantity.", minimum=0),
        Column(
            "reachable",
            "float",
            "Free quantity that the eligible partners within reach could take or give together.",
            minimum=0,
        ),
        Column("delivered", "float", "What the chances move that pay now: kansrijk or verkennen.", minimum=0),
        Column("remaining", "float", "What is left now.", minimum=0),
        Column(
            "if_pays",
            "float",
            "Part of what is left that goes by chances that do not pay now, once they do.",
            minimum=0,
        ),
        Column(
            "under_contract",
            "float",
            "What a taker asks besides, whose intake runs under contracts of a size nobody published: no shortage.",
            minimum=0,
        ),
        Column(
            "elsewhere",
            "float",
            "Part of what is left that a market outside the region takes: all, where it pays there.",
            minimum=0,
        ),
        Column(
            "elsewhere_eur_unit",
            "float",
            "What a unit brings there less handling and drive; empty where no such market is known.",
            "EUR",
            nullable=True,
        ),
        Column("cause", "str", "Key of the binding cause."),
        Column("reason", "str", "The cause in words with numbers, in the project's language."),
        Column("nearest_id", "str", "Nearest almost-partner.", nullable=True),
        Column("nearest_distance_m", "float", "Distance to it.", "m", nullable=True),
    ),
)
