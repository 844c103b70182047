"""Municipal areas, and the totals per stream in each."""

from kansenkaart.tables.table import Column, Table

_AREA = (
    Column("municipality_code", "str", "CBS code GMxxxx."),
    Column("municipality", "str", "Name."),
    Column("province", "str", "Province."),
    Column("in_region", "bool", "Whether it belongs to the region."),
)
_GEOMETRY = Column("geometry", "geometry", "Generalised polygon, RD New.", "m")

AREAS = Table(
    name="areas",
    meaning="The municipalities a build knows: region and margin.",
    key=("municipality_code",),
    geometry="geometry",
    columns=(*_AREA, _GEOMETRY),
)

MUNICIPALITIES = Table(
    name="municipalities",
    meaning="Totals per stream and municipality: <stream>_supply, _demand, _delivered, _overschot, _tekort.",
    key=("municipality_code",),
    geometry="geometry",
    open_ended=True,
    columns=(*_AREA, _GEOMETRY),
)
