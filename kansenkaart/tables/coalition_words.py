"""What is said of a coalition, for its sheet and for the map alike: numbers with their ranges, and who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kansenkaart.tables.decisions import VALUES
from kansenkaart.texts import UNKNOWN, Texts
from kansenkaart.units import write_unit

Row = Mapping[Any, Any]

# What fits on one A4.
MOST_PARTNERS = 12
NARROW = "\u00a0"
# Standard errors within which a drawn share lies, of twenty all but one.
_SURE = 2


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


def tell_coalition(
    row: Row, names: Mapping[str, str], apart: Sequence[str], texts: Texts
) -> dict[str, tuple[str, str]]:
    """Return what is known of a coalition, by key, in the order of its sheet: (what, in words).

    `names` holds those of the partners by id, `apart` those of the group that would rather go alone (``core_group``).
    """
    gain: str = UNKNOWN if pd.isna(row["r_gain"]) else texts.number(row["r_gain"], 2)
    told = {
        "net": tell_range(row, "net_eur_y", texts),
        "co2": tell_range(row, "co2_t_y", texts),
        "material": tell_range(row, "material_t_y", texts) if row["material_t_y"] > 0 else "",
        "rungs": gain,
        "support": _tell_support(row, texts),
        "term": _tell_term(row, texts),
        "jobs": _tell_jobs(row, texts),
        "unpriced": _tell_unpriced(row, texts),
        "next_step": row["next_step"],
        "lead": names.get(row["heart_id"], row["heart_id"]),
        "form": tell_form(row, texts),
        "missing": tell_missing(row, texts),
        "depends_on": texts(
            "report.coalition_depends",
            name=names.get(row["largest_id"], row["largest_id"]),
            share=texts.number(100 * row["largest_share"], 2),
        ),
        "even": texts(
            "report.coalition_balance",
            balance=texts.number(100 * row["balance"], 2),
            inside=texts.number(100 * row["complementary"], 2),
        ),
        "split": _tell_split(row, apart, texts),
        "values": tell_scores(row, texts),
        "warning": texts("report.coalition_down") if row["r_gain"] < 0 else "",
    }
    return {key: (texts(f"report.coalition_{key}"), words) for key, words in told.items() if words}


def _tell_support(row: Row, texts: Texts) -> str:
    """What lacks, and what existing instruments give of it; nothing where nothing lacks."""
    if not row["support_needed_eur_y"] > 0:
        return ""
    needed, given = (texts.number(row[f"support_{name}_eur_y"], 2) for name in ("needed", "given"))
    return texts("report.coalition_support_told", needed=needed, given=given)


def _tell_term(row: Row, texts: Texts) -> str:
    """What it costs and leaves over the term of its investments; nothing where nothing pays."""
    if pd.isna(row["term_cost_eur"]) or not row["term_cost_eur"] > 0:
        return ""
    cost, net = (texts.number(row[name], 2) for name in ("term_cost_eur", "term_net_eur"))
    times = texts.number(row["term_cost_eur"] / row["cost_eur_y"])
    return texts("report.coalition_term_told", cost=cost, net=net, times=times)


def _tell_jobs(row: Row, texts: Texts) -> str:
    """The jobs of its partners, and that nobody knows how many it brings."""
    if not row["jobs_known"]:
        return texts("report.coalition_jobs_unknown")
    return texts(
        "report.coalition_jobs_told",
        jobs=texts.number(row["jobs"]),
        known=texts.count(row["jobs_known"]),
        partners=texts.count(row["partners"]),
    )


def _tell_unpriced(row: Row, texts: Texts) -> str:
    """Of which streams no price is known, and by which key a project gives one; nothing where all are."""
    if not isinstance(row["unpriced"], str):
        return ""
    streams = row["unpriced"].split("|")
    names = texts("tables.and").join(texts.find(f"streams.{one}", one).lower() for one in streams)
    keys = texts("tables.and").join(f"[prices.benefit_{one}]" for one in streams)
    return texts("report.coalition_unpriced_told", streams=names, keys=keys)


def _tell_split(row: Row, apart: Sequence[str], texts: Texts) -> str:
    told = texts(f"tables.values.split.{row['split']}")
    if apart:
        excess = texts.number(row["core_excess_eur_y"], 2)
        told = texts("report.coalition_apart", told=told, names=", ".join(apart), excess=excess)
    if row["split_error_eur_y"] > 0:
        told += texts("report.coalition_error", error=texts.number(_SURE * row["split_error_eur_y"], 2))
    return told[:1].upper() + told[1:]


def tell_part(key: str, most: int, count: int, texts: Texts) -> str:
    """Return the title of a table that holds `most` of `count` rows at most."""
    title = texts(f"report.coalition_{key}")
    return title if count <= most else texts("report.cluster_part", title=title, shown=most, count=count)


def tell_partners(row: Row, partners: pd.DataFrame, flows: pd.DataFrame, texts: Texts) -> list[list[str]]:
    """Return a head and a row for each of the first partners: what it brings, fetches, and what falls without it.

    Where there is something to split, who gets what, too. `flows` are those of the coalition.
    """
    split = row["net_eur_y"] > 0
    columns = ("partner", "brings", "fetches", "falls", *(("side", "fair", "receives") if split else ()))
    rows = [[texts(f"report.coalition_{name}") for name in columns]]
    for one in partners.head(MOST_PARTNERS).to_dict("records"):
        own = flows[flows["site_id"] == one["site_id"]]
        told = [_tell_flows(own[own["role"] == role], row, texts) for role in ("supply", "demand")]
        rows.append([one["name"], *told, f"{texts.number(100 * one['falls_share'], 2)} %"])
        if split:
            side = texts.number(one["avoids_eur_y"] - one["bears_eur_y"], 2)
            rows[-1] += [side, tell_range(one, "fair_eur_y", texts), texts.number(one["payment_eur_y"], 2)]
    return rows


def _tell_flows(flows: pd.DataFrame, row: Row, texts: Texts) -> str:
    """How much of which streams; of the only one without its name, which stands above."""
    told = []
    for one in flows.to_dict("records"):
        amount = f"{texts.number(one['quantity'])}{NARROW}{write_unit(one['unit'])}"
        name = texts.find(f"streams.{one['stream']}", one["stream"])
        told.append(amount if row["streams"] == row["stream"] else f"{amount} {name}")
    return "; ".join(told) or UNKNOWN
