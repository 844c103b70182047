"""What a match moves in every month, for streams that cannot be kept."""

from kansenkaart.tables.table import Column, Table

MATCH_MONTHS = Table(
    name="match_months",
    meaning="One row per month of a match of a seasonal stream; the twelve add up to its quantity.",
    key=("match_id", "month"),
    columns=(
        Column("match_id", "str", "The match."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("month", "int", "1 is January.", minimum=1),
        Column("quantity", "float", "Delivered in the month.", minimum=0),
        Column("from_store", "float", "Part of it that comes out of a seasonal store.", minimum=0),
        Column("unit", "str", "Unit of the stream."),
    ),
)
