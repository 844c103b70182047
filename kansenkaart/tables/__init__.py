"""One checked frame per arrow: what each holds, in which unit, and what is refused."""

from kansenkaart.tables.flows import FLOWS
from kansenkaart.tables.frames import Frames
from kansenkaart.tables.gaps import GAPS
from kansenkaart.tables.links import LINKS
from kansenkaart.tables.matches import CANDIDATES, MATCHES
from kansenkaart.tables.municipalities import AREAS, MUNICIPALITIES
from kansenkaart.tables.quality import FINDINGS, LAYERS
from kansenkaart.tables.sites import SITES
from kansenkaart.tables.solves import SOLVES
from kansenkaart.tables.table import Column, Table

ALL_TABLES: tuple[Table, ...] = (
    SITES,
    LINKS,
    AREAS,
    FLOWS,
    MATCHES,
    CANDIDATES,
    GAPS,
    MUNICIPALITIES,
    SOLVES,
    LAYERS,
    FINDINGS,
)

__all__ = [
    "ALL_TABLES",
    "AREAS",
    "CANDIDATES",
    "FINDINGS",
    "FLOWS",
    "GAPS",
    "LAYERS",
    "LINKS",
    "MATCHES",
    "MUNICIPALITIES",
    "SITES",
    "SOLVES",
    "Column",
    "Frames",
    "Table",
]
