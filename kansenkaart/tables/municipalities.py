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
    meaning="Totals per stream and municipality, now: supply = given + left, demand = received + short + contract; the "
    "parts that go once it pays are given_if_pays and received_if_pays. Missing where nothing of the stream was read.",
    key=("municipality_code",),
    geometry="geometry",
    open_ended=True,
    columns=(*_AREA, Column("area_ha", "float", "Area of the polygon.", "ha", minimum=0), _GEOMETRY),
)
