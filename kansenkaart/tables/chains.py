"""Chains: what a place takes in, makes of it and passes on, told as one chance."""

from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.tables.table import Column, Table

CHAINS = Table(
    name="chains",
    meaning="One row per chain, place and product: received x yield = made = delivered + kept.",
    key=("chain_id", "processor_id", "takes", "makes"),
    columns=(
        Column("chain_id", "str", "<processor_id>|<first stream>: the same on every leg in matches."),
        Column("processor_id", "str", "Site that turns one stream into another."),
        Column("takes", "str", "Stream it takes in."),
        Column("makes", "str", "Stream it makes of it."),
        Column(
            "received", "float", "What the matches bring in per year, unit of the stream taken.", minimum=0
        ),
        Column("taken_unit", "str", "Unit of what is taken."),
        Column("yield", "float", "Made per unit taken.", minimum=0),
        Column("made", "float", "What is made of it per year.", minimum=0),
        Column("delivered", "float", "What the matches carry away per year.", minimum=0),
        Column("kept", "float", "Made, but nobody within reach takes it.", minimum=0),
        Column("made_unit", "str", "Unit of what is made."),
        Column("net_eur_y", "float", "Net value of all legs of the chain.", "EUR", nullable=True),
        Column("co2_avoided_t_y", "float", "CO2 avoided by all legs of the chain.", "t", nullable=True),
        Column("chance_class", "str", "The weakest class of its legs.", allowed=CHANCE_CLASSES),
        Column("path", "str", "The whole way in words, in the project's language."),
        Column("source", "str", "Source of the yield."),
        Column("source_year", "int", "Its year."),
    ),
)
