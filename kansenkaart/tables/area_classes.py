"""What all places of an area have together, confidential ones too, in classes: the table of the public edition."""

from typing import get_args

from kansenkaart.allowed import Role
from kansenkaart.tables.table import Column, Table

LEVELS = ("municipality", "province", "region")
# What a total is made of; the first is all of it.
PARTS = ("total", "matched", "left")
SHOWN = ("class", "secret", "none")

AREA_CLASSES = Table(
    name="area_classes",
    meaning="One row per area, stream, role and part: the class its total lies in, or that it is secret. Made with "
    "confidential places; no other frame of a public edition knows them.",
    key=("area_code", "stream", "role", "part"),
    columns=(
        Column("area_code", "str", "CBS code GMxxxx; the name of a province; 'region' for all of it."),
        Column("area", "str", "Name."),
        Column("level", "str", "What the area is.", allowed=LEVELS),
        Column("stream", "str", "Stream of the catalogue."),
        Column("role", "str", "Supply or demand.", allowed=get_args(Role)),
        Column("part", "str", "All that is free, what a chance moves now, or what is left.", allowed=PARTS),
        Column("unit", "str", "Unit, per year."),
        Column("shown", "str", "A class, secret, or nothing there.", allowed=SHOWN),
        Column("from_value", "float", "Low end of the class.", nullable=True, minimum=0),
        Column("to_value", "float", "High end of the class.", nullable=True, minimum=0),
        Column("label", "str", "The class in words, in the project's language."),
    ),
)
