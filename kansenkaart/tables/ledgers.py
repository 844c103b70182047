"""Ledgers: what several streams of one place draw from the same source of heat, gas, phosphorus or dry matter."""

from kansenkaart.tables.table import Column, Table

LEDGER_EFFECTS = ("quantity", "credit")

LEDGERS = Table(
    name="ledgers",
    meaning="One row per ledger, plant and stream: entries of a ledger never add up to more than its budget.",
    key=("ledger", "plant", "stream", "role"),
    columns=(
        Column(
            "ledger", "str", "Ledger of the catalogue; network: what an existing network can still carry."
        ),
        Column("plant", "str", "Plant or network the ledger is about: sites of one plant share it."),
        Column("stream", "str", "Stream that draws from it."),
        Column(
            "role",
            "str",
            "Whether the plant supplies, takes or, as a network, carries that stream.",
            allowed=("supply", "demand", "carry"),
        ),
        Column("unit", "str", "Unit of the ledger, per year."),
        Column("coefficient", "float", "Ledger units per unit of the stream.", minimum=0),
        Column("quantity", "float", "What the matches move, unit of the stream.", minimum=0),
        Column("drawn", "float", "Coefficient x quantity.", minimum=0),
        Column("budget", "float", "What the plant has in all.", minimum=0),
        Column(
            "effect",
            "str",
            "quantity: matches stay within the budget; credit: only the CO2 counted does.",
            allowed=LEDGER_EFFECTS,
        ),
        Column("source", "str", "Source of the coefficient and of the budget."),
        Column("source_year", "int", "Its year."),
    ),
)
