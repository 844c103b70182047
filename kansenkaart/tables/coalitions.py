"""Coalitions: which chances hang together, who brings and fetches what in them, and what that is worth to each."""

from kansenkaart.tables.decisions import score_columns
from kansenkaart.tables.flows import ROLES
from kansenkaart.tables.matches import SCALE_LEVELS
from kansenkaart.tables.table import Column, Table

FORMS = ("decision", "cooperation", "network")
# Whether a room confirmed it: then it is kept as it is.
STAGES = ("proposed", "confirmed")
SPLITS = ("core", "outside", "empty", "unchecked", "no_value")


def _range(name: str, meaning: str, unit: str, *, nullable: bool = False) -> tuple[Column, ...]:
    """A number with the 10th and 90th percentile of its sum over the same joint draws."""
    return (
        Column(f"{name}_p10", "float", "Its 10th percentile over joint draws.", unit, nullable=True),
        Column(name, "float", meaning, unit, nullable=nullable),
        Column(f"{name}_p90", "float", "Its 90th percentile over joint draws.", unit, nullable=True),
    )


_CO2 = _range("co2_t_y", "CO2 that its chances avoid per year.", "t", nullable=True)
_MATERIAL = _range("material_t_y", "Primary material that its chances may replace per year, at most.", "t")

COALITIONS = Table(
    name="coalitions",
    meaning="One row per coalition: chances that share partners, a pipe, a round, a chain or a business park.",
    key=("coalition_id",),
    geometry="geometry",
    columns=(
        Column(
            "coalition_id",
            "str",
            "<main stream>@<heart>: the same as long as these two are, and for ever once a room confirmed it.",
        ),
        Column(
            "coalition",
            "str",
            "Name: what a room called it, else the municipality of its heart and its streams.",
        ),
        Column("stage", "str", "Proposed, or confirmed by a room.", allowed=STAGES),
        Column("stream", "str", "Main stream: that of most chances."),
        Column("streams", "str", "All its streams, separated by |."),
        Column("heart_id", "str", "Partner that takes part in most chances."),
        Column("municipality", "str", "Municipality of the heart.", nullable=True),
        Column("partners", "int", "How many partners it has; two only where a room says so.", minimum=2),
        Column("chances", "int", "How many chances.", minimum=1),
        Column("kansrijk", "int", "Chances of class kansrijk.", minimum=0),
        Column("with_support", "int", "Chances that pay with existing instruments only.", minimum=0),
        Column("match_ids", "str", "Its chances, separated by a semicolon."),
        Column("scale_level", "str", "From one municipality to across the border.", allowed=SCALE_LEVELS),
        Column(
            "balance",
            "float",
            "Smaller of supply and demand over the larger, mean over streams (0-1).",
            minimum=0,
        ),
        Column(
            "complementary",
            "float",
            "Of all its partners have and want, what meets inside it, mean over streams (0-1).",
            minimum=0,
        ),
        Column("largest_id", "str", "Partner whose leaving fells most."),
        Column("largest_share", "float", "Share of what is moved that falls then (0-1).", minimum=0),
        Column("priced", "int", "Chances of which a price is known.", minimum=0),
        Column(
            "unpriced",
            "str",
            "Streams of which a chance has no price, separated by |: prices.benefit_<stream> may give it.",
            nullable=True,
        ),
        *_range("net_eur_y", "Net value per year of the chances that pay.", "EUR", nullable=True),
        *_CO2,
        *_MATERIAL,
        Column("r_gain", "float", "Rungs of the R-ladder won, mean by mass.", nullable=True),
        Column(
            "jobs",
            "float",
            "Jobs at the places of its partners, as layers say; how many it brings is not known.",
            nullable=True,
            minimum=0,
        ),
        Column("jobs_known", "int", "Partners of whom a layer says so.", minimum=0),
        Column("support_needed_eur_y", "float", "What lacks per year for the others.", "EUR", minimum=0),
        Column(
            "support_given_eur_y", "float", "What existing instruments give of it at most.", "EUR", minimum=0
        ),
        Column(
            "cost_eur_y",
            "float",
            "What the chances that pay cost per year.",
            "EUR",
            nullable=True,
            minimum=0,
        ),
        Column(
            "term_cost_eur",
            "float",
            "That over the term of the investments, in money of now: per year, divided by the price annuity.",
            "EUR",
            nullable=True,
            minimum=0,
        ),
        Column("term_net_eur", "float", "The net value likewise.", "EUR", nullable=True),
        Column(
            "split",
            "str",
            "Fair split: in the core; outside it; the core is empty; not checked; nothing to split.",
            allowed=SPLITS,
        ),
        Column(
            "split_error_eur_y",
            "float",
            "Largest standard error of a share; 0 where exact.",
            "EUR",
            minimum=0,
        ),
        Column("core_group", "str", "Who would have more apart, separated by a semicolon.", nullable=True),
        Column("core_excess_eur_y", "float", "How much more.", "EUR", minimum=0),
        Column("missing_stream", "str", "Stream whose other side is missing.", nullable=True),
        Column("missing_role", "str", "Which side.", nullable=True, allowed=ROLES),
        Column("missing_kinds", "str", "Kinds of place that could be it, in words.", nullable=True),
        Column(
            "missing_quantity", "float", "What that would take or give per year.", nullable=True, minimum=0
        ),
        Column("missing_unit", "str", "Its unit.", nullable=True),
        Column("fits_at", "str", "Place where it would fit best.", nullable=True),
        Column(
            "fits_km", "float", "Mean distance from there to what it serves.", "km", nullable=True, minimum=0
        ),
        Column("form", "str", "Likely form.", allowed=FORMS),
        Column("form_rule", "str", "Key of the rule that says so."),
        Column("next_step", "str", "What to do first, in the project's language."),
        *score_columns(),
        Column("geometry", "geometry", "Outline around its partners, RD New.", "m"),
    ),
)

COALITION_PARTNERS = Table(
    name="coalition_partners",
    meaning="One row per coalition and partner; what is shared out adds up to the coalition.",
    key=("coalition_id", "site_id"),
    columns=(
        Column("coalition_id", "str", "The coalition."),
        Column("coalition", "str", "Its name."),
        Column("site_id", "str", "The partner."),
        Column("name", "str", "Its name."),
        Column("kind", "str", "Kind of place."),
        Column("municipality", "str", "Its municipality.", nullable=True),
        Column("chances", "int", "Chances it takes part in.", minimum=1),
        Column("brings", "str", "What it brings per year, in words.", nullable=True),
        Column("fetches", "str", "What it fetches per year, in words.", nullable=True),
        Column("falls_share", "float", "Share of what is moved that falls when it leaves (0-1).", minimum=0),
        Column("falls_eur_y", "float", "What is lost per year when it leaves.", "EUR", nullable=True),
        Column(
            "avoids_eur_y",
            "float",
            "What it avoids per year as a taker, in chances that pay.",
            "EUR",
            nullable=True,
        ),
        Column(
            "bears_eur_y",
            "float",
            "What it takes per year as a supplier, in chances that pay.",
            "EUR",
            nullable=True,
        ),
        *_range("fair_eur_y", "Its share of the net value (Shapley).", "EUR", nullable=True),
        Column(
            "payment_eur_y",
            "float",
            "What it is to receive from the others per year for that (below 0: to pay).",
            "EUR",
            nullable=True,
        ),
        *_range("co2_t_y", "CO2 avoided, half to who brings and half to who fetches.", "t", nullable=True),
        *_range("material_t_y", "Primary material replaced, shared likewise.", "t"),
    ),
)

COALITION_FLOWS = Table(
    name="coalition_flows",
    meaning="One row per coalition, partner, stream and role: what it brings or fetches, and what it has left.",
    key=("coalition_id", "site_id", "stream", "role"),
    columns=(
        Column("coalition_id", "str", "The coalition."),
        Column("coalition", "str", "Its name."),
        Column("site_id", "str", "The partner."),
        Column("name", "str", "Its name."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("role", "str", "Whether it brings (supply) or fetches (demand).", allowed=ROLES),
        *_range("quantity", "What the chances of the coalition move per year.", ""),
        Column("unit", "str", "Unit of the stream, per year."),
        Column("left", "float", "What it has left of that flow after all its chances.", minimum=0),
    ),
)
