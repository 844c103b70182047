"""The tables of a programme, as its keeper fills them in: actions, what was realised, and targets."""

from kansenkaart.tables.table import Column, Table

STATUSES = ("planned", "running", "done", "stopped")

# What a target may be about, per year: tonnes that must be less, or what must be there.
LESS = ("co2_t", "material_t")
MEASURES = (*LESS, "net_eur", "chances", "jobs")

ACTIONS = Table(
    name="programme_actions",
    meaning="What is done for a chance or a coalition, by whom and when.",
    key=("id",),
    columns=(
        Column("id", "str", "Of the action."),
        Column("about", "str", "Id of a chance or a coalition."),
        Column("what", "str", "What is done."),
        Column("owner", "str", "Who sees to it.", nullable=True),
        Column("due", "str", "When it must be done: yyyy, yyyy-mm or yyyy-mm-dd.", nullable=True),
        Column("status", "str", "How far it is.", allowed=STATUSES),
        Column("spent_eur", "float", "Spent so far.", "EUR", nullable=True, minimum=0),
    ),
)

RESULTS = Table(
    name="programme_results",
    meaning="What a chance or a coalition delivered in a year.",
    key=("about", "year"),
    columns=(
        Column("about", "str", "Id of a chance or a coalition."),
        Column("year", "int", "The year."),
        Column("quantity", "float", "Delivered, in the unit of its stream.", minimum=0),
        Column("source", "str", "Who measured it.", nullable=True),
        Column(
            "jobs",
            "float",
            "Jobs that there were by it, as told; empty: not known.",
            nullable=True,
            minimum=0,
        ),
    ),
)

TARGETS = Table(
    name="programme_targets",
    meaning="What must be less in a year, against a baseline, or what the programme must bring.",
    key=("id",),
    columns=(
        Column("id", "str", "Of the target."),
        Column("what", "str", "In words."),
        Column("measure", "str", "What counts for it.", allowed=MEASURES),
        Column("baseline_year", "int", "Year of the baseline."),
        Column("baseline", "float", "How much it was then per year.", "t", nullable=True, minimum=0),
        Column("target_year", "int", "When it must be reached."),
        Column("less_percent", "float", "How much less it must be then.", "%", nullable=True, minimum=0),
        Column(
            "target",
            "float",
            "Instead of baseline and less_percent: what the programme must bring per year by then, in t, EUR, chances "
            "that deliver, or jobs.",
            nullable=True,
            minimum=0,
        ),
        Column("source", "str", "Where baseline and target come from.", nullable=True),
    ),
)
