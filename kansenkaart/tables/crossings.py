"""Which chances go through an area of the user's own that asks for attention."""

from kansenkaart.tables.table import Column, Table

CROSSINGS = Table(
    name="crossings",
    meaning="One row per chance and own layer it goes through or touches: by its route, else by its straight line.",
    key=("match_id", "overlay"),
    columns=(
        Column("match_id", "str", "The match."),
        Column("overlay", "str", "Title of the layer, as the project calls it."),
    ),
)
