"""Which uncertain number decides: the run again with one number at its low and at its high end."""

from kansenkaart.tables.table import Column, Table

TORNADO = Table(
    name="tornado",
    meaning="One row per stream and uncertain number, the most deciding first.",
    key=("stream", "input_id"),
    columns=(
        Column("stream", "str", "Stream of the catalogue."),
        Column("input_id", "str", "Kengetal, price, yield or flow."),
        Column("input_kind", "str", "What it is.", allowed=("kengetal", "price", "yield", "flow")),
        Column("low", "float", "Low end of the number."),
        Column("value", "float", "The number used."),
        Column("high", "float", "High end of the number."),
        Column("input_unit", "str", "Its unit."),
        Column("quantity_low", "float", "Quantity matched with the number at its low end.", minimum=0),
        Column("quantity_high", "float", "Quantity matched with the number at its high end.", minimum=0),
        Column("net_low_eur_y", "float", "Net value with the number at its low end.", "EUR", nullable=True),
        Column("net_high_eur_y", "float", "Net value with the number at its high end.", "EUR", nullable=True),
        Column(
            "matches_changed",
            "int",
            "Matches that change class, halve or vanish at one of the ends.",
            minimum=0,
        ),
        Column("rank", "int", "1 decides most within the stream.", minimum=1),
    ),
)
