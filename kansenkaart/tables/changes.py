"""What changed between two projects or builds: chances, the inputs that differ, and what differs in them."""

from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.tables.table import Column, Table

# In the order in which they are told.
SORTS = ("vanished", "appeared", "reclassed", "shrunk", "grown")
# alone: one input makes it by itself. either: each of several does. joint: several together, and no fewer of them.
# unexplained: neither was found. unsought: causes could not be sought, or the runs were used up before it was found.
EXPLAINED = ("alone", "either", "joint", "unexplained", "unsought")

CHANGES = Table(
    name="changes",
    meaning="One row per chance that appeared, vanished, changed class, or grew or shrank by more than a hundredth.",
    key=("stream", "supply_id", "demand_id"),
    geometry="geometry",
    columns=(
        Column("sort", "str", "What became of the chance.", allowed=SORTS),
        Column("stream", "str", "Stream of the catalogue."),
        Column("supply_id", "str", "Site that supplies."),
        Column("supply_name", "str", "Its name.", nullable=True),
        Column("demand_id", "str", "Site that takes."),
        Column("demand_name", "str", "Its name.", nullable=True),
        Column("unit", "str", "Unit of the quantities, per year."),
        Column("quantity_before", "float", "Quantity per year in A.", minimum=0, nullable=True),
        Column("quantity_after", "float", "Quantity per year in B.", minimum=0, nullable=True),
        Column("class_before", "str", "Class in A.", nullable=True, allowed=CHANCE_CLASSES),
        Column("class_after", "str", "Class in B.", nullable=True, allowed=CHANCE_CLASSES),
        Column("net_before_eur_y", "float", "Benefit minus cost in A.", "EUR", nullable=True),
        Column("net_after_eur_y", "float", "The same in B.", "EUR", nullable=True),
        Column("explained", "str", "How sure its cause is.", allowed=EXPLAINED),
        Column("causes", "str", "Inputs that make it, by name in the project file.", nullable=True),
        Column("said", "str", "The change and its cause in a sentence, in the project's language."),
        Column("geometry", "geometry", "Line from supply to demand, RD New.", "m", True),
    ),
)

# What a scenario does to a chance; "now" is the project as it stands. The numbers are those of the map.
SCENARIO_CHANGES = ("same", "new", "surer", "less_sure", "now")

SCENARIO_MATCHES = Table(
    name="scenario_matches",
    meaning="One row per chance and scenario, the project as it stands among them: choose one before adding up.",
    key=("scenario_title", "match_id"),
    geometry="geometry",
    columns=(
        Column(
            "scenario",
            "str",
            "Name in the project file; missing for the project as it stands.",
            nullable=True,
        ),
        Column("scenario_title", "str", "What the scenario is called on the map."),
        Column("change", "str", "What the scenario does to the chance.", allowed=SCENARIO_CHANGES),
        Column("gone_in", "str", "Of the project as it stands: scenarios without the chance.", nullable=True),
        Column("match_id", "str", "The same chance in every scenario."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("supply_id", "str", "Site that supplies."),
        Column("supply_name", "str", "Its name.", nullable=True),
        Column("demand_id", "str", "Site that takes."),
        Column("demand_name", "str", "Its name.", nullable=True),
        Column("quantity", "float", "Quantity per year.", minimum=0),
        Column("unit", "str", "Unit of the quantity, per year."),
        Column("chance_class", "str", "How good the chance is.", allowed=CHANCE_CLASSES),
        Column("net_p10_eur_y", "float", "10th percentile of benefit minus cost.", "EUR", nullable=True),
        Column("net_eur_y", "float", "Benefit minus cost.", "EUR", nullable=True),
        Column("net_p90_eur_y", "float", "90th percentile.", "EUR", nullable=True),
        Column("co2_avoided_t_y", "float", "CO2 avoided.", "t", nullable=True),
        Column("distance_m", "float", "Straight distance.", "m", minimum=0),
        Column("geometry", "geometry", "Line from supply to demand, RD New.", "m", True),
    ),
)

CHANGED_INPUTS = Table(
    name="changed_inputs",
    meaning="One row per input that differs between A and B, with how many changes it makes.",
    key=("input",),
    columns=(
        Column("input", "str", "Name in the project file: layers.<name>, prices.<id>, reference_year."),
        Column("input_name", "str", "The same in words."),
        Column("refused", "bool", "A cannot be run with this input alone as in B."),
        Column("makes", "int", "Changes that it makes by itself.", minimum=0, nullable=True),
        Column("helps", "int", "Changes that it makes together with others.", minimum=0, nullable=True),
        Column("note", "str", "Why it could not be run alone.", nullable=True),
    ),
)

CHANGED_ROWS = Table(
    name="changed_rows",
    meaning="What differs in an input: settings, places, deliveries and numbers, old and new.",
    key=("input", "what", "id", "column"),
    columns=(
        Column("input", "str", "Input that differs."),
        Column(
            "what",
            "str",
            "What the row is about.",
            allowed=("setting", "site", "link", "decision", "number", "route"),
        ),
        Column("id", "str", "Place, delivery, number or pair; of a setting its input."),
        Column("name", "str", "What it is called.", nullable=True),
        Column(
            "column", "str", "Column or key; 'exists' of a row that came or went, 'place' of one that moved."
        ),
        Column("column_name", "str", "The same in words."),
        Column("old", "str", "In A; empty where it was not there.", nullable=True),
        Column("new", "str", "In B; empty where it is no longer there.", nullable=True),
        Column("source", "str", "Where the new value comes from.", nullable=True),
    ),
)
