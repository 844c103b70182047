"""What is said of a coalition, for its sheet and for the map alike: numbers with their ranges, and who is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kansenkaart.tables.decisions import VALUES
from kansenkaart.texts import UNKNOWN, Texts
from kansenkaart.units import write_unit

Row = Mapping[Any, Any]


def tell_range(row: Row, name: str, texts: Texts) -> str:
    """Return a number with its range; unknown where it is."""
    if pd.isna(row[name]):
        return UNKNOWN
    value = texts.number(row[name], 2)
    low, high = row[f"{name}_p10"], row[f"{name}_p90"]
    if pd.isna(low) or low == high:
        return value
    return texts("report.coalition_range", value=value, low=texts.number(low, 2), high=texts.number(high, 2))


def tell_form(row: Row, texts: Texts) -> str:
    """Return the likely form and why."""
    form = texts(f"tables.values.form.{row['form']}")
    why = texts(f"tables.values.form_rule.{row['form_rule']}")
    return texts("report.coalition_form_why", form=form, why=why)


def tell_missing(row: Row, texts: Texts) -> str:
    """Return who is missing and where it fits best."""
    if not isinstance(row["missing_stream"], str):
        return texts("report.coalition_nobody")
    key = "giver" if row["missing_role"] == "supply" else "taker"
    return texts(
        f"report.coalition_missing_{key}",
        kinds=row["missing_kinds"],
        quantity=f"{texts.number(row['missing_quantity'], 2)} {write_unit(row['missing_unit'])}",
        stream=texts.find(f"streams.{row['missing_stream']}", row["missing_stream"]).lower(),
        place=row["fits_at"],
    )


def tell_scores(row: Row, texts: Texts) -> str:
    """Return how a room scored what is worth something beside money; empty where it did not."""
    given = [
        texts(
            "report.coalition_score", value=texts(f"tables.values.value.{name}"), score=texts.number(score, 2)
        )
        for name in VALUES
        if not pd.isna(score := row[f"score_{name}"])
    ]
    scores = ", ".join(given)
    return texts("report.coalition_scores", scores=scores, tables=row["scored_by"]) if given else ""


def tell_coalition(row: Row, lead: str, texts: Texts) -> list[tuple[str, str]]:
    """Return what the map says of a coalition: (what, in words), what is known only."""
    told = {
        "net": tell_range(row, "net_eur_y", texts),
        "co2": tell_range(row, "co2_t_y", texts),
        "missing": tell_missing(row, texts),
        "lead": lead,
        "form": tell_form(row, texts),
        "next_step": row["next_step"],
        "values": tell_scores(row, texts),
    }
    return [(texts(f"report.coalition_{name}"), words) for name, words in told.items() if words]
