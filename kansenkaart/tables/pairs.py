"""The pairs of one stream, as the matching holds them: checked where they are made, never written."""

from kansenkaart.tables.matches import CHANCE_CLASSES, SCALE_LEVELS
from kansenkaart.tables.table import Column, Table

_ELIGIBLE, _ROUTES, _ROUNDS = "pairs/eligibility.py", "pairs/routes.py", "price/ways.py"
_NETWORKS = "pairs/networks.py"
_TRUNKS, _POSE, _PRICED = "price/heat_pipe.py", "solve/problem.py", "solve/solution.py"

# Network of a pair that goes by a pipe or truck of its own, and what its columns hold.
OWN = -1
NO_NETWORK = {"network": OWN, "toll_eur_unit": 0.0, "access_m": 0.0, "access_cost_m": 0.0}

PAIRS = Table(
    name="pairs",
    meaning="Every pair of a stream that may exist and that a route joins, by supply and distance; one row for every "
    "way it can go: a pipe or truck of its own, or via a network that lies there.",
    key=("s", "d", "network"),
    columns=(
        Column("s", "int", "Position of the supply among the supplies of the stream.", origin=_ELIGIBLE),
        Column("d", "int", "Position of the demand among its demands.", origin=_ELIGIBLE),
        Column("distance_m", "float", "Straight distance.", "m", minimum=0, origin=_ELIGIBLE),
        Column("rule", "int", "Position of its kinds in the catalogue's pairs.", minimum=0, origin=_ELIGIBLE),
        Column("temperature_unknown", "bool", "A temperature that counts is missing.", origin=_ELIGIBLE),
        Column("running_unknown", "bool", "A delivery of unknown size runs at an end.", origin=_ELIGIBLE),
        Column("confirmed", "bool", "A room confirmed it; false where none decided.", origin=_ELIGIBLE),
        Column("route_m", "float", "Length of the route.", "m", minimum=0, origin=_ROUTES),
        Column("cost_length_m", "float", "Metres that pipe cost counts.", "m", minimum=0, origin=_ROUTES),
        Column("snap_m", "float", "Straight parts from both places to the route.", "m", origin=_ROUTES),
        Column(
            "route_basis",
            "str",
            "What the route follows.",
            allowed=("straight", "road", "friction", "network"),
            origin=_ROUTES,
        ),
        Column("quay", "bool", "A ship may go; false for streams that never sail.", origin="price/ways.py"),
        Column(
            "round", "int", "Position of the supply at the heart of its collection round.", origin=_ROUNDS
        ),
        Column("round_m", "float", "Route from there to its own supply.", "m", minimum=0, origin=_ROUNDS),
        Column("network", "int", "Position of the network it goes via; -1 without.", origin=_NETWORKS),
        Column("toll_eur_unit", "float", "What that network asks.", "EUR", minimum=0, origin=_NETWORKS),
        Column("access_m", "float", "Pipe from the supply to it.", "m", minimum=0, origin=_NETWORKS),
        Column("access_cost_m", "float", "What pipe cost counts of that.", "m", minimum=0, origin=_NETWORKS),
        Column(
            "weight_m",
            "float",
            "Straight distance, via a network in proportion to what must be laid: of equals the least goes first.",
            "m",
            minimum=0,
            origin=_NETWORKS,
        ),
    ),
)

HEAT_PAIRS = Table(
    name="heat_pairs",
    meaning="The pairs of a stream in GJ, which goes through pipes that can be shared: those of `pairs`, and more.",
    key=PAIRS.key,
    columns=(
        *PAIRS.columns,
        Column("trunk", "int", "Number of the trunk it could share.", origin=_TRUNKS),
        Column("trunk_root", "int", "Position of the demand where that trunk ends.", origin=_TRUNKS),
        Column("trunk_m", "float", "Length of the route to there.", "m", minimum=0, origin=_TRUNKS),
        Column("trunk_cost_m", "float", "What pipe cost counts of that.", "m", minimum=0, origin=_TRUNKS),
        Column("branch_m", "float", "Pipe of its own from there.", "m", minimum=0, origin=_TRUNKS),
        Column("ha_per_unit", "float", "Glass per GJ asked; 0 where none.", "ha", minimum=0, origin=_TRUNKS),
        Column("trunk_most", "float", "The most its source has per year.", "GJ", minimum=0, origin=_POSE),
        Column(
            "load_hours",
            "float",
            "Hours in which its months move its year; empty when matched by the year.",
            "h",
            nullable=True,
            minimum=0,
            origin=_POSE,
        ),
        Column(
            "quantity",
            "float",
            "What was sent over it per year, which fills the trunks; empty before anything was.",
            "GJ",
            nullable=True,
            minimum=0,
            origin="solve/solve.py",
        ),
    ),
)


def _money(name: str, meaning: str, unit: str = "EUR") -> Column:
    """A number that is missing where no price is known."""
    return Column(name, "float", meaning, unit, nullable=True, origin=_PRICED)


def _drawn(name: str, meaning: str, unit: str = "EUR") -> Column:
    """A number that is missing where no price is known or the pair is not kept."""
    return Column(name, "float", meaning, unit, nullable=True, origin="price/classes.py")


def _class(name: str, meaning: str, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, "str", meaning, nullable=True, allowed=allowed, origin="price/classes.py")


PRICED_PAIRS = Table(
    name="priced_pairs",
    meaning="The pairs of a solved stream: those of `pairs` or `heat_pairs`, at what they got or could have got.",
    key=PAIRS.key,
    open_ended=True,
    columns=(
        *PAIRS.columns,
        Column("quantity", "float", "What it got, per year.", minimum=0, origin=_PRICED),
        Column("chosen", "bool", "It got something.", origin=_PRICED),
        Column("along", "bool", "It shares a trunk; false for goods.", origin=_PRICED),
        _money("cost_eur_y", "All it really takes per year."),
        _money("benefit_eur_y", "What the taker avoids per year."),
        _money("net_low_eur_y", "Benefit minus cost, pessimistic end."),
        _money("net_eur_y", "Benefit minus cost."),
        _money("net_high_eur_y", "Benefit minus cost, optimistic end."),
        _money("own_cost_eur_y", "What a pipe of its own would take for the same; of pairs via a network."),
        _money("break_even_eur_unit", "What it takes per unit."),
        _money("break_even_dear_eur_unit", "The same if its pipe costs half more; empty for goods."),
        _money("price_from_eur_unit", "Lowest price at which both gain; empty where nothing is left."),
        _money("price_to_eur_unit", "Highest price at which both gain; empty where nothing is left."),
        _money("support_needed_eur_y", "What lacks per year; 0 where it pays."),
        _money("support_needed_eur_unit", "The same per unit."),
        _money("support_given_eur_y", "What existing instruments give at most towards it, per year."),
        Column(
            "support_from", "str", "Instruments that give it.", nullable=True, origin="price/economics.py"
        ),
        Column("pays_with_support", "bool", "Pays with these only.", origin="price/economics.py"),
        _money("break_even_km", "Straight distance up to which it pays.", "km"),
        _money("pipe_mw", "Power its pipe is sized on; empty for goods.", "MW"),
        _money("co2_avoided_t_y", "CO2 avoided per year, net of transport.", "t"),
        Column("scale_level", "str", "Scale of the pair.", allowed=SCALE_LEVELS, origin=_PRICED),
        Column("worth", "int", "Higher was preferred by the run itself.", origin=_PRICED),
        Column("kept", "bool", "It got something, or is among the best others of an end.", origin=_PRICED),
        _drawn("net_p10_eur_y", "10th percentile of the net value over joint draws."),
        _drawn("net_p90_eur_y", "90th percentile of the same."),
        _drawn("net_p10_eur_unit", "10th percentile of the net value per unit: above 0 it is good."),
        _drawn("net_p90_eur_unit", "90th percentile of the same: at most 0 it does not pay."),
        _drawn("pays_share", "Share of the draws in which it pays.", ""),
        _drawn("known_p10_eur_unit", "10th percentile per unit if both places were known exactly."),
        _drawn("beyond_share", "Share of the draws in which the places lie beyond the hard distance.", ""),
        _drawn("place_eur_unit", "What the places may add to the cost per unit, 90th percentile."),
        _class("chance_class", "How good it is; empty when not kept.", CHANCE_CLASSES),
        _class("class_rule", "Key of the rule that set the class."),
    ),
)
