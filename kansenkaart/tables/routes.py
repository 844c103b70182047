"""Where a match would run: along roads, or where a pipe costs least."""

from kansenkaart.tables.table import Column, Table

ROUTE_BASES = ("straight", "road", "friction", "network")

ROUTES = Table(
    name="routes",
    meaning="One row per match whose route was found over roads, over the friction of the land or via a network.",
    key=("match_id",),
    geometry="geometry",
    columns=(
        Column("match_id", "str", "The match."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("basis", "str", "What the route follows.", allowed=ROUTE_BASES),
        Column("length_m", "float", "Length along the route.", "m", minimum=0),
        Column(
            "cost_length_m",
            "float",
            "Length that costs as much in the open field; via a network what must be laid.",
            "m",
            minimum=0,
        ),
        Column("snap_m", "float", "Straight part between the places and the road.", "m", minimum=0),
        Column("cost_eur", "float", "Transport cost over this route per year.", "EUR", nullable=True),
        Column("network", "str", "Network it goes via.", nullable=True),
        Column("toll_eur_y", "float", "What that network asks per year.", "EUR", nullable=True, minimum=0),
        Column(
            "own_cost_eur_y",
            "float",
            "What the match would take per year with a pipe of its own; empty where none is possible.",
            "EUR",
            nullable=True,
        ),
        Column("geometry", "geometry", "The route, RD New.", "m"),
    ),
)
