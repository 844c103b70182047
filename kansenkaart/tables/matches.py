"""The chances: who supplies what to whom, and the pairs that were possible."""

from typing import get_args

import pandas as pd

from kansenkaart.allowed import ChanceClass, ScaleLevel
from kansenkaart.tables.table import Column, Table

CHANCE_CLASSES: tuple[str, ...] = get_args(ChanceClass)
# Possible, but it does not pay now: in no total does it count as delivered.
NOT_NOW = CHANCE_CLASSES[-1]
SCALE_LEVELS: tuple[str, ...] = get_args(ScaleLevel)


def pay_now(matches: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `matches` that count as delivered: kansrijk and verkennen."""
    return matches[(matches["chance_class"] != NOT_NOW).to_numpy(dtype=bool)]


_PAIR = (
    Column("match_id", "str", "<stream>|<supply_id>|<demand_id>, and |<network> where it goes via one."),
    Column("stream", "str", "Stream of the catalogue."),
    Column("supply_id", "str", "Site that supplies."),
    Column("demand_id", "str", "Site that takes."),
)

_PRICED = (
    Column("unit", "str", "Unit of the quantity, per year."),
    Column("distance_m", "float", "Straight distance.", "m", minimum=0),
    Column("route_m", "float", "Distance along the route that cost uses.", "m", minimum=0),
    Column("route_basis", "str", "What the route is."),
    Column(
        "cost_eur_y", "float", "All it really takes per year; no price between the two.", "EUR", nullable=True
    ),
    Column("benefit_eur_y", "float", "What the taker avoids per year.", "EUR", nullable=True),
    Column(
        "net_low_eur_y", "float", "Stress test: every price at its worse end at once.", "EUR", nullable=True
    ),
    Column("net_p10_eur_y", "float", "10th percentile over joint draws.", "EUR", nullable=True),
    Column("net_eur_y", "float", "Benefit minus cost.", "EUR", nullable=True),
    Column("net_p90_eur_y", "float", "90th percentile over joint draws.", "EUR", nullable=True),
    Column(
        "net_high_eur_y", "float", "Stress test: every price at its better end at once.", "EUR", nullable=True
    ),
    Column(
        "net_p10_eur_unit",
        "float",
        "Net value per unit, 10th percentile over joint draws: how much the price may fall and it still pays.",
        "EUR",
        nullable=True,
    ),
    Column("net_p90_eur_unit", "float", "The same, 90th percentile.", "EUR", nullable=True),
    Column(
        "pays_share",
        "float",
        "Share of joint draws of prices, quantities and places in which the pair pays (0-1).",
        minimum=0,
        nullable=True,
    ),
    Column(
        "break_even_eur_unit",
        "float",
        "What it takes per unit: the price from which the pair pays.",
        "EUR",
        nullable=True,
    ),
    Column(
        "break_even_dear_eur_unit", "float", "The same if the pipe costs half more.", "EUR", nullable=True
    ),
    Column(
        "price_from_eur_unit",
        "float",
        "Lowest price per unit at which both gain: it pays all costs. Empty where nothing is left.",
        "EUR",
        nullable=True,
    ),
    Column(
        "price_to_eur_unit",
        "float",
        "Highest price per unit at which both gain: what the taker avoids. Empty where nothing is left.",
        "EUR",
        nullable=True,
    ),
    Column(
        "support_needed_eur_y",
        "float",
        "What lacks per year; 0 where it pays.",
        "EUR",
        nullable=True,
        minimum=0,
    ),
    Column(
        "support_needed_eur_unit",
        "float",
        "What lacks per unit; 0 where it pays.",
        "EUR",
        nullable=True,
        minimum=0,
    ),
    Column(
        "support_given_eur_y",
        "float",
        "What existing instruments give at most towards it, per year.",
        "EUR",
        nullable=True,
        minimum=0,
    ),
    Column("support_from", "str", "Instruments that give it, first taken first.", nullable=True),
    Column("pays_with_support", "bool", "Pays with existing instruments, and not without."),
    Column(
        "break_even_km",
        "float",
        "Straight distance up to which the pair pays at this size.",
        "km",
        nullable=True,
        minimum=0,
    ),
    Column(
        "pipe_mw",
        "float",
        "Power the heat pipe is sized on: base load, or its busiest month.",
        "MW",
        nullable=True,
    ),
    Column("co2_avoided_t_y", "float", "CO2 avoided per year, net of transport.", "t", nullable=True),
    Column("r_now", "int", "R-ladder rung where the stream goes now (Potting 2017)."),
    Column("r_after", "int", "R-ladder rung after this match: within reach, with capacity that is free."),
    Column(
        "r_possible",
        "int",
        "Highest R-ladder rung that places of any kind could bring it to, wherever and however full they are.",
    ),
    Column("scale_level", "str", "Scale of the pair.", allowed=SCALE_LEVELS),
    Column("chance_class", "str", "Kansrijk, verkennen or technisch.", allowed=CHANCE_CLASSES),
    Column("class_rule", "str", "Key of the rule that set the class."),
)

MATCHES = Table(
    name="matches",
    meaning="The chosen pairs: nobody is promised twice, and the total is the best there is.",
    key=("match_id",),
    geometry="geometry",
    columns=(
        *_PAIR,
        Column("quantity", "float", "Quantity per year that this run allocates.", minimum=0),
        Column("quantity_p10", "float", "10th percentile over the draws.", minimum=0, nullable=True),
        Column("quantity_p50", "float", "Median over the draws.", minimum=0, nullable=True),
        Column("quantity_p90", "float", "90th percentile over the draws.", minimum=0, nullable=True),
        *_PRICED,
        Column(
            "robustness", "float", "Share of draws in which the match stands (0-1).", minimum=0, nullable=True
        ),
        Column("trunk_id", "str", "Heat pipe this match shares: <supply_id>|<first taker>.", nullable=True),
        Column(
            "round_id",
            "str",
            "Collection round this match shares: <supply_id of its heart>|<taker>.",
            nullable=True,
        ),
        Column(
            "overlap",
            "float",
            "Share of the smaller yearly total that supply and demand have in the same months (0-1).",
            minimum=0,
            nullable=True,
        ),
        Column("chain_id", "str", "Chain this match is a leg of.", nullable=True),
        Column("leg", "int", "Place in the chain, 1 is the first; 0 outside a chain.", minimum=0),
        Column("coupled_id", "str", "Taker that gets heat and CO2 together.", nullable=True),
        Column(
            "decided_by",
            "str",
            "The uncertain numbers that can make the chance fall, most deciding first.",
            nullable=True,
        ),
        Column("rank", "int", "1 is the best chance of the run."),
        Column(
            "decision",
            "str",
            "What a room decided: confirmed pairs are served first. Empty where nothing was decided.",
            nullable=True,
            allowed=("confirmed",),
        ),
        Column("reason", "str", "Why this partner, and what to know, in the project's language."),
        Column("geometry", "geometry", "Line from supply to demand, RD New.", "m"),
    ),
)

CANDIDATES = Table(
    name="candidates",
    meaning="Pairs that were possible: chosen ones, the ten best others of each flow, and those of what another has.",
    key=("match_id",),
    geometry="geometry",
    columns=(
        *_PAIR,
        Column("chosen", "bool", "Whether the pair got a quantity."),
        Column("quantity", "float", "What it got, else what it could reach, per year.", minimum=0),
        Column(
            "given",
            "bool",
            "Possible, but another has it now: not counted, and a chance only when contracts are reopened.",
        ),
        Column("given_to", "str", "Who has it now, as far as a link says so.", nullable=True),
        Column(
            "given_until",
            "str",
            "When the last of these contracts ends, where a link says so.",
            nullable=True,
        ),
        Column(
            "given_as",
            "str",
            "How another has it: partner = a link names who; contract = the partner is not known, and it comes up "
            "at the next tender; sold = such a place is taken to have a taker.",
            nullable=True,
            allowed=("partner", "contract", "sold"),
        ),
        Column("given_why", "str", "The same in words, in the project's language.", nullable=True),
        *_PRICED,
        Column("geometry", "geometry", "Line from supply to demand, RD New.", "m"),
    ),
)
