"""A balance of material flows: what was given, what follows, and whether the two agree."""

from kansenkaart.tables.table import Column, Table

ENTRIES = ("flow", "stock", "transfer", "content")
BALANCE_BASES = ("measured", "estimated", "unknown")
STATES = ("fixed", "checked", "unchecked", "calculated", "unknowable")
# What a region does with a stream, in the order of the way it goes.
ITEMS = ("production", "import", "treatment", "use", "export", "stock", "loss")
# The same of one municipality; two of them are about others in the region, and are nothing to the region itself.
AREA_ITEMS = ("production", "import", "received", "treatment", "use", "passed_on", "export", "stock", "loss")
VERDICTS = ("consistent", "contradictory", "untested")

_NAMED = (
    Column("region", "str", "Region of the balance; every region has one of its own."),
    Column("layer", "str", "Goods, or a substance, water or energy in them."),
)
# What may be given of a row, by a file or by what a build knows: words, then numbers. ``sd_pct``, ``low`` and ``high``
# say how sure a value is, as ``sd`` does.
GIVEN_WORDS = (
    "region",
    "layer",
    "entry",
    "flow",
    "from_process",
    "to_process",
    "unit",
    "basis",
    "kengetal",
    "source",
    "part_of",
)
GIVEN_NUMBERS = ("value", "sd", "sd_pct", "low", "high", "source_year")

_ROW = (
    *_NAMED,
    Column(
        "entry",
        "str",
        "A flow, a change of stock, a transfer coefficient (share of what a process takes in that leaves by this "
        "flow) or a content (layer per quantity of the first layer).",
        allowed=ENTRIES,
    ),
    Column("flow", "str", "Name of the flow or the stock."),
    Column("from_process", "str", "Where it comes from; empty: from outside the region.", nullable=True),
    Column("to_process", "str", "Where it goes; empty: outside the region.", nullable=True),
    Column("unit", "str", "Unit; flows per year."),
    Column("basis", "str", "How the value is known.", allowed=BALANCE_BASES),
    Column("value", "float", "What was given.", nullable=True),
    Column("sd", "float", "Its standard deviation; 0: exact.", nullable=True, minimum=0),
    Column("kengetal", "str", "Kengetal it was made with: rows that share one err together.", nullable=True),
    Column("source", "str", "Source of the value.", nullable=True),
    Column("source_year", "int", "Its year.", nullable=True),
    Column("part_of", "str", "What a diagram adds it up in; empty: it is drawn by itself.", nullable=True),
    Column(
        "row",
        "int",
        "Row of the file; 0: added, for a flow of which this layer said nothing; below 0: the build knows it.",
    ),
)

BALANCE_ROWS = Table(
    name="balance_rows",
    meaning="One row per flow, change of stock, transfer coefficient or content that was given.",
    key=("region", "layer", "entry", "flow"),
    columns=_ROW,
)

BALANCES = Table(
    name="balances",
    meaning="One row per flow, change of stock, transfer coefficient or content of a balance, given and reconciled.",
    key=("region", "layer", "entry", "flow"),
    columns=(
        *_ROW,
        Column(
            "reconciled", "float", "What closes all balances; empty where it cannot be known.", nullable=True
        ),
        Column("reconciled_sd", "float", "Its standard deviation.", nullable=True, minimum=0),
        Column("adjustment", "float", "Reconciled less given.", nullable=True),
        Column(
            "normalised",
            "float",
            "Adjustment per its own standard deviation; above 1.96 is rare. Empty where nothing checks the value.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "state",
            "str",
            "fixed: exact; checked: given, and held against others; unchecked: given, and nothing to hold it against; "
            "calculated: follows from others; unknowable: nothing says how large it is.",
            allowed=STATES,
        ),
    ),
)

BALANCE_TESTS = Table(
    name="balance_tests",
    meaning="One row per balance: whether the data agree, and what to look at first where they do not.",
    key=("region", "layers"),
    columns=(
        Column("region", "str", "Region of the balance."),
        Column("layers", "str", "Its layers; in a build every stream has a balance of its own."),
        Column("chi_square", "float", "Sum of squared adjustments per standard deviation.", minimum=0),
        Column("freedom", "int", "How many of the balances hold data against each other.", minimum=0),
        Column(
            "p_value",
            "float",
            "Chance of so much disagreement with the given standard deviations.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "verdict",
            "str",
            "contradictory: p below 0.05; untested: no balance holds data against each other.",
            allowed=VERDICTS,
        ),
        Column(
            "candidates",
            "str",
            "Rows whose adjustment is the most unlikely; several: nothing tells them apart.",
            nullable=True,
        ),
        Column(
            "candidate_normalised", "float", "Their adjustment per its own standard deviation.", nullable=True
        ),
        Column(
            "p_without",
            "float",
            "Chance of the disagreement that is left without one of them.",
            nullable=True,
        ),
        Column("iterations", "int", "Rounds of the calculation; 1 without products.", minimum=1),
        Column("rows", "int", "Flows, stocks, transfer coefficients and contents.", minimum=1),
        Column("unknowable", "int", "How many of them cannot be known.", minimum=0),
    ),
)

BALANCE_PROCESSES = Table(
    name="balance_processes",
    meaning="One row per process and layer: what enters, leaves and stays, and what lacked before reconciliation.",
    key=("region", "layer", "process"),
    columns=(
        *_NAMED,
        Column("process", "str", "Process."),
        Column("unit", "str", "Unit, per year."),
        Column(
            "inflow", "float", "What enters, reconciled; empty where a part cannot be known.", nullable=True
        ),
        Column("outflow", "float", "What leaves, reconciled.", nullable=True),
        Column("stock_change", "float", "What stays, reconciled.", nullable=True),
        Column(
            "gap",
            "float",
            "In less out less what stays, as given; empty where a part was not given.",
            nullable=True,
        ),
        Column(
            "gap_sd",
            "float",
            "Its standard deviation; rows that share a kengetal err together.",
            nullable=True,
            minimum=0,
        ),
    ),
)

BALANCE_ITEMS = Table(
    name="balance_items",
    meaning="One row per stream of the region and item: how large it is, and whether measured, estimated or unknown.",
    key=("region", "layer", "item"),
    columns=(
        *_NAMED,
        Column("item", "str", "What the region does with the stream.", allowed=ITEMS),
        Column("unit", "str", "Unit, per year."),
        Column(
            "basis",
            "str",
            "How it is known; unknown: nobody said anything, it counts as absent.",
            allowed=BALANCE_BASES,
        ),
        Column("given", "float", "What was observed or stated of it.", nullable=True),
        Column(
            "quantity",
            "float",
            "What closes the balance; the kengetallen of a sum err together.",
            nullable=True,
        ),
        Column("quantity_sd", "float", "Its standard deviation.", nullable=True, minimum=0),
        Column(
            "free",
            "float",
            "What may be matched: what is left of production and of what is potential.",
            nullable=True,
            minimum=0,
        ),
        Column("free_sd", "float", "Its standard deviation.", nullable=True, minimum=0),
        Column(
            "reachable",
            "float",
            "Of what is free: what partners within reach could take.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "potential",
            "float",
            "Beside production: what could be made or taken once an installation for it runs.",
            nullable=True,
            minimum=0,
        ),
    ),
)

BALANCE_AREAS = Table(
    name="balance_areas",
    meaning="One row per stream of the region and municipality: the items of balance_items where they lie, with the "
    "same sums. production + import + received = treatment + use + passed_on + export + stock + loss.",
    key=("layer", "area"),
    columns=(
        *_NAMED,
        Column("area_code", "str", "CBS code GMxxxx; empty: it is not known where.", nullable=True),
        Column("area", "str", "Municipality."),
        Column("unit", "str", "Unit, per year."),
        Column("production", "float", "What comes free there, as the balance of the region closes."),
        Column(
            "production_sd",
            "float",
            "Its standard deviation; rows of several kengetallen count as apart, so that it is rather too wide.",
            nullable=True,
            minimum=0,
        ),
        Column("import", "float", "What comes there from outside the region."),
        Column("received", "float", "What comes there from another municipality of the region."),
        Column("treatment", "float", "What is treated there."),
        Column("use", "float", "What is used there, or by somebody whose place is not known."),
        Column("passed_on", "float", "What goes from there to another municipality of the region."),
        Column("export", "float", "What goes from there out of the region."),
        Column("stock", "float", "What stays there in store."),
        Column("loss", "float", "What is not used yet."),
        Column("observed", "float", "What was observed there.", nullable=True),
        Column("observed_sd", "float", "Its standard deviation.", nullable=True, minimum=0),
        Column("estimated", "float", "What was estimated of the same.", nullable=True),
        Column(
            "differs",
            "float",
            "Observed less estimated, in standard deviations of the difference.",
            nullable=True,
        ),
    ),
)
