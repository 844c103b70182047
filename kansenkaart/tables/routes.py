"""Where a match would run: along roads, or where a pipe costs least."""

from kansenkaart.tables.table import Column, Table

ROUTE_BASES = ("straight", "road", "friction")

ROUTES = Table(
    name="routes",
    meaning="One row per match whose route was found over roads or over the friction of the land.",
    key=("match_id",),
    geometry="geometry",
    columns=(
        Column("match_id", "str", "The match."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("basis", "str", "What the route follows.", allowed=ROUTE_BASES),
        Column("length_m", "float", "Length along the route.", "m", minimum=0),
        Column("cost_length_m", "float", "Length that costs as much in the open field.", "m", minimum=0),
        Column("snap_m", "float", "Straight part between the places and the road.", "m", minimum=0),
        Column("cost_eur", "float", "Transport cost over this route per year.", "EUR", nullable=True),
        Column("geometry", "geometry", "The route, RD New.", "m"),
    ),
)
