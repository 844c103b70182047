"""One checked frame per arrow: what each holds, in which unit, and what is refused."""

from kansenkaart.tables.area_classes import AREA_CLASSES
from kansenkaart.tables.balances import (
    BALANCE_AREAS,
    BALANCE_ITEMS,
    BALANCE_PROCESSES,
    BALANCE_ROWS,
    BALANCE_TESTS,
    BALANCES,
)
from kansenkaart.tables.chains import CHAINS
from kansenkaart.tables.changes import CHANGED_INPUTS, CHANGED_ROWS, CHANGES, SCENARIO_MATCHES
from kansenkaart.tables.clusters import CLUSTERS, REGION_SECTORS
from kansenkaart.tables.coalitions import COALITION_FLOWS, COALITION_PARTNERS, COALITIONS
from kansenkaart.tables.crossings import CROSSINGS
from kansenkaart.tables.decisions import COALITION_DECISIONS, DECISIONS
from kansenkaart.tables.flows import FLOWS, MONTH_COLUMNS
from kansenkaart.tables.frames import Frames, Remarks
from kansenkaart.tables.gaps import GAPS
from kansenkaart.tables.hubs import HUB_FLOWS, HUBS
from kansenkaart.tables.ladder import LADDER
from kansenkaart.tables.ledgers import LEDGERS
from kansenkaart.tables.links import LINKS
from kansenkaart.tables.match_months import MATCH_MONTHS
from kansenkaart.tables.matches import CANDIDATES, MATCHES
from kansenkaart.tables.municipalities import AREAS, MUNICIPALITIES
from kansenkaart.tables.pairs import HEAT_PAIRS, PAIRS, PRICED_PAIRS
from kansenkaart.tables.quality import FINDINGS, LAYERS
from kansenkaart.tables.routes import ROUTES
from kansenkaart.tables.site_clusters import AREA_VIEW, CHAIN_VIEW, CLUSTER_STREAMS, SITE_CLUSTERS
from kansenkaart.tables.sites import SITES
from kansenkaart.tables.solves import SOLVES
from kansenkaart.tables.surroundings import Backdrop, Friction, PipeNetwork, Roads, Surroundings
from kansenkaart.tables.table import Column, Table
from kansenkaart.tables.tornado import TORNADO

ALL_TABLES: tuple[Table, ...] = (
    SITES,
    LINKS,
    AREAS,
    FLOWS,
    MATCHES,
    CANDIDATES,
    GAPS,
    MUNICIPALITIES,
    MATCH_MONTHS,
    ROUTES,
    CHAINS,
    LEDGERS,
    TORNADO,
    SOLVES,
    LAYERS,
    FINDINGS,
    DECISIONS,
    COALITION_DECISIONS,
    CLUSTERS,
    REGION_SECTORS,
    SITE_CLUSTERS,
    CLUSTER_STREAMS,
    AREA_VIEW,
    CHAIN_VIEW,
    LADDER,
    BALANCES,
    BALANCE_AREAS,
    BALANCE_ITEMS,
    BALANCE_PROCESSES,
    BALANCE_TESTS,
    COALITIONS,
    COALITION_PARTNERS,
    COALITION_FLOWS,
    HUBS,
    HUB_FLOWS,
    AREA_CLASSES,
    CROSSINGS,
)

# Frames of a comparison, beside those of a build.
COMPARED_TABLES: tuple[Table, ...] = (CHANGES, CHANGED_INPUTS, CHANGED_ROWS, SCENARIO_MATCHES)

# Frames that no file holds: they pass inside the matching only.
INNER_TABLES: tuple[Table, ...] = (PAIRS, HEAT_PAIRS, PRICED_PAIRS)

__all__ = [
    "ALL_TABLES",
    "AREAS",
    "AREA_CLASSES",
    "AREA_VIEW",
    "BALANCES",
    "BALANCE_AREAS",
    "BALANCE_ITEMS",
    "BALANCE_PROCESSES",
    "BALANCE_ROWS",
    "BALANCE_TESTS",
    "CANDIDATES",
    "CHAINS",
    "CHAIN_VIEW",
    "CHANGED_INPUTS",
    "CHANGED_ROWS",
    "CHANGES",
    "CLUSTERS",
    "CLUSTER_STREAMS",
    "COALITIONS",
    "COALITION_DECISIONS",
    "COALITION_FLOWS",
    "COALITION_PARTNERS",
    "COMPARED_TABLES",
    "CROSSINGS",
    "DECISIONS",
    "FINDINGS",
    "FLOWS",
    "GAPS",
    "HEAT_PAIRS",
    "HUBS",
    "HUB_FLOWS",
    "INNER_TABLES",
    "LADDER",
    "LAYERS",
    "LEDGERS",
    "LINKS",
    "MATCHES",
    "MATCH_MONTHS",
    "MONTH_COLUMNS",
    "MUNICIPALITIES",
    "PAIRS",
    "PRICED_PAIRS",
    "REGION_SECTORS",
    "ROUTES",
    "SCENARIO_MATCHES",
    "SITES",
    "SITE_CLUSTERS",
    "SOLVES",
    "TORNADO",
    "Backdrop",
    "Column",
    "Frames",
    "Friction",
    "PipeNetwork",
    "Remarks",
    "Roads",
    "Surroundings",
    "Table",
]
