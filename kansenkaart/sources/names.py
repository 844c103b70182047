"""The names a column of a layer may have, and the unit of each quantity."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.units import column_suffix

TEXT_COLUMNS = (
    *(
        "id",
        "name",
        "kind",
        "sbi",
        "municipality_code",
        "municipality",
        "status",
        "status_date",
        "status_note",
    ),
    *("placement", "basis", "source", "source_year", "licence", "confidential"),
)
PRECISION = "location_precision_m"
# Pairs of columns that hold coordinates, in the order they are looked for.
COORDINATE_PAIRS = (("x_rd", "y_rd"), ("lon", "lat"), ("x", "y"))
GEOMETRY_TEXT = "geometry_wkt"
# Numbers that a format gives its rows, also in a table that was exported from one: no column of the user's.
ROW_NUMBERS = ("fid", "ogc_fid")
TEMPERATURES = ("supply_temperature_c", "demand_temperature_c")

_MOST_HINTS = 3


@dataclass(frozen=True)
class Names:
    """Every column name that means something, by what it holds.

    Parameters
    ----------
    quantities
        Name of a driver or measured quantity -> its unit.
    attributes
        Name of an attribute -> its allowed values.
    maxima
        Name of a driver -> the value above which a unit was mistaken.
    """

    quantities: dict[str, str]
    attributes: dict[str, tuple[str, ...]]
    maxima: dict[str, float]

    def all(self) -> tuple[str, ...]:
        """All names, each once, in a stable order."""
        coordinates = [name for pair in COORDINATE_PAIRS for name in pair]
        fixed = (*TEXT_COLUMNS, PRECISION, *coordinates, GEOMETRY_TEXT)
        return tuple(dict.fromkeys((*fixed, *self.quantities, *self.attributes)))

    def nearest(self, name: str) -> list[str]:
        """Return names that look like `name`."""
        return get_close_matches(name.lower(), self.all(), n=_MOST_HINTS, cutoff=0.8)


def list_names(catalogue: Catalogue) -> Names:
    """All column names that `catalogue` gives a meaning to."""
    quantities = {driver.id: driver.unit for driver in catalogue.drivers.values()}
    quantities |= {name: "C" for name in TEMPERATURES if name not in quantities}
    for stream in catalogue.streams.values():
        quantities |= dict.fromkeys(measured_columns(stream.id, stream.unit), stream.unit)
    maxima = {
        driver.id: driver.maximum for driver in catalogue.drivers.values() if driver.maximum is not None
    }
    return Names(quantities, {name: one.allowed for name, one in catalogue.attributes.items()}, maxima)


def measured_columns(stream: str, unit: str) -> list[str]:
    """Columns in which a layer may state quantities of `stream` itself.

    Examples
    --------
    >>> measured_columns("gft", "t")[:3]
    ['supply_gft_t_y', 'supply_gft_low_t_y', 'supply_gft_high_t_y']
    """
    names: list[str] = []
    for role in ("supply", "demand"):
        starts = [f"{role}_{stream}", f"{role}_{stream}_low", f"{role}_{stream}_high"]
        starts += [f"covered_{role}_{stream}", f"free_{role}_{stream}"]
        names += [f"{start}_{column_suffix(unit)}_y" for start in starts]
    return names
