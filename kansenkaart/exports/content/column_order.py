"""In which order a sheet or an attribute table shows its columns, and which of them are printed."""

from __future__ import annotations

from collections.abc import Sequence

# Who, what and how much: what is read first, and what is printed. Other sheets print all but their ids.
_FIRST = {
    "matches": (
        *("rank", "stream", "supply_name", "supply_municipality", "demand_name", "demand_municipality"),
        *("quantity", "unit", "distance_m", "net_eur_y", "co2_avoided_t_y", "chance_class"),
    ),
    "actions": (
        *("partner", "municipality", "role", "stream", "counterpart", "quantity", "unit", "chance_class"),
        *("next_step", "owner", "due"),
    ),
    "gaps": (
        *(
            "site_name",
            "municipality",
            "stream",
            "role",
            "remaining",
            "remaining_low",
            "remaining_high",
            "unit",
            "contact_role",
        ),
        *("value", "delivered", "if_pays", "cause"),
    ),
    "links": (
        *("stream", "supply_name", "supply_municipality", "demand_name", "demand_municipality"),
        *("quantity", "unit", "status", "from_date", "until_date"),
    ),
    "sites": ("name", "kind", "municipality", "status", "source", "source_year"),
    "area_view": (
        *("area", "stream", "inside", "outgoing", "incoming", "if_pays_supply", "if_pays_demand"),
        *("left_supply", "left_demand", "unit"),
    ),
    "site_clusters": ("cluster", "theme", "kind", "places", "chances", "chances_inside", "partners"),
    "coalitions": (
        *("coalition", "stream", "municipality", "partners", "chances", "kansrijk"),
        *("net_eur_y_p10", "net_eur_y", "net_eur_y_p90", "co2_t_y", "missing_role", "next_step"),
    ),
    "coalition_partners": (
        *("coalition", "name", "kind", "municipality", "brings", "fetches"),
        *("fair_eur_y_p10", "fair_eur_y", "fair_eur_y_p90", "co2_t_y"),
    ),
    "ladder": (
        *(
            "name",
            "municipality",
            "stream",
            "quantity",
            "unit",
            "r_now",
            "r_possible",
            "possible",
            "r_reached",
        ),
        "within_reach",
    ),
    "provenance": ("sort", "name", "source", "source_year", "used_rows", "licence"),
}
_IDS = ("_id", "_ids", "_code")


def order_columns(name: str, columns: Sequence[str]) -> list[str]:
    """Return `columns` of table `name` with who and what first and ids last."""
    first = [one for one in _FIRST.get(name, ()) if one in columns]
    rest = [one for one in columns if one not in first]
    return [*first, *(one for one in rest if not is_id(one)), *(one for one in rest if is_id(one))]


def is_id(column: str) -> bool:
    """Whether `column` holds what a person does not read."""
    return column.endswith(_IDS)


def count_printed(name: str, columns: Sequence[str]) -> int:
    """How many of the ordered `columns` are printed."""
    return len([one for one in columns if (one in _FIRST[name] if name in _FIRST else not is_id(one))])
