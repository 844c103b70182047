"""Units of the streams and of the columns users bring, and how they convert into each other."""

from __future__ import annotations

# Each unit as (dimension, factor to the dimension's base unit). Lower heating value of Groningen gas,
# 31.65 MJ/m3: gas and heat stay apart dimensions on purpose, a boiler stands between them.
_UNITS: dict[str, tuple[str, float]] = {
    "GJ": ("energy", 1.0),
    "TJ": ("energy", 1e3),
    "PJ": ("energy", 1e6),
    "MWh": ("energy", 3.6),
    "GWh": ("energy", 3.6e3),
    "kWh": ("energy", 3.6e-3),
    "kg": ("mass", 1e-3),
    "t": ("mass", 1.0),
    "kt": ("mass", 1e3),
    "Mt": ("mass", 1e6),
    "kg ds": ("dry mass", 1e-3),
    "t ds": ("dry mass", 1.0),
    "kt ds": ("dry mass", 1e3),
    "m3": ("volume", 1.0),
    "Mm3": ("volume", 1e6),
    "m2": ("area", 1e-4),
    "are": ("area", 1e-2),
    "ha": ("area", 1.0),
    "km2": ("area", 1e2),
    "m": ("length", 1e-3),
    "km": ("length", 1.0),
    "kW": ("power", 1e-3),
    "MW": ("power", 1.0),
    "GW": ("power", 1e3),
    # Three different persons: never converted into each other without a kengetal with a source.
    "p.e. (60 g BZV)": ("population equivalent 60 g", 1.0),
    "v.e.": ("vervuilingseenheid", 1.0),
    "i.e.": ("inwonerequivalent", 1.0),
    "inw": ("inhabitants", 1.0),
    "C": ("temperature", 1.0),
    "EUR": ("money", 1.0),
    "-": ("none", 1.0),
}

UNITS: tuple[str, ...] = tuple(_UNITS)


def write_unit(unit: str) -> str:
    """Return `unit` as a reader sees it; names of columns and files keep the plain digit.

    Examples
    --------
    >>> write_unit("m3"), write_unit("km2"), write_unit("GJ")
    ('m³', 'km²', 'GJ')
    """
    return unit.replace("m3", "m³").replace("m2", "m²")


def conversion_factor(source: str, target: str) -> float:
    """Return the factor that turns a quantity in `source` into `target`.

    Parameters
    ----------
    source, target
        Names from ``UNITS``.

    Raises
    ------
    ValueError
        When a unit is unknown or the two do not measure the same thing; the message names what is allowed.

    Examples
    --------
    >>> conversion_factor("TJ", "GJ")
    1000.0
    >>> conversion_factor("are", "ha")
    0.01
    """
    for unit in (source, target):
        if unit not in _UNITS:
            raise ValueError(f"unknown unit '{unit}'; allowed: {', '.join(UNITS)}")
    dimension, factor = _UNITS[source]
    target_dimension, target_factor = _UNITS[target]
    if dimension != target_dimension:
        allowed = [name for name, (other, _) in _UNITS.items() if other == target_dimension]
        raise ValueError(
            f"'{source}' measures {dimension} and cannot become '{target}' ({target_dimension}); "
            f"allowed: {', '.join(allowed)}"
        )
    return factor / target_factor


def list_units(target: str) -> list[str]:
    """Units that can be converted to `target`.

    Examples
    --------
    >>> list_units("ha")
    ['m2', 'are', 'ha', 'km2']
    """
    return [unit for unit in UNITS if converts(unit, target)]


def converts(unit: str, target: str) -> bool:
    """Whether a quantity in `unit` can be told in `target`.

    Examples
    --------
    >>> converts("kt", "t"), converts("kt", "GJ")
    (True, False)
    """
    try:
        conversion_factor(unit, target)
    except ValueError:
        return False
    return True
