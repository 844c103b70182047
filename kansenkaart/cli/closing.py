"""What is said when all is done: layers that give nothing, streams with one side, places that do not take part now."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.workshop import WORKSHOP_KIND
from kansenkaart.cli.screen import stdout
from kansenkaart.errors import Fault, translate
from kansenkaart.project import Project
from kansenkaart.texts import Texts

if TYPE_CHECKING:
    import pandas as pd

# A planned place may be let in by the project; a suspended one never.
_WAITING = ("planned", "suspended")
# What is remarked of every place without a flow.
_IDLE = ("site_lacks", "site_without_flow", "site_closed")


@dataclass(frozen=True)
class Closing:
    """What came of the layers of a run: frames ``LAYERS``, ``SITES``, ``LINKS``, ``FLOWS`` and ``FINDINGS``."""

    layers: pd.DataFrame
    sites: pd.DataFrame
    links: pd.DataFrame
    flows: pd.DataFrame
    findings: pd.DataFrame
    catalogue: Catalogue

    @property
    def can_match(self) -> bool:
        """Whether any stream has both a giver and a taker."""
        return bool((self.flows.groupby("stream")["role"].nunique() > 1).any())


def show_closing(account: Closing, texts: Texts, project: Project) -> None:
    """Print what is easily missed among warnings."""
    console = stdout()
    for fault in find_idle_layers(account):
        console.print(f"[bold yellow]{texts('cli.caution')}[/] {escape(translate(fault, texts))}")
    for line in _tell_one_sided(account, texts):
        console.print(line, markup=False)
    for line in (*_tell_silent(account, texts), *_tell_unsubtracted(account, texts, project)):
        console.print(line, markup=False)
    waiting = _count_waiting(account.sites, texts, include_planned=project.include_planned)
    if waiting:
        console.print(texts("cli.waiting", parts=", ".join(waiting)), markup=False)


def _tell_one_sided(account: Closing, texts: Texts) -> Iterator[str]:
    """Streams of which the layers hold one side only, and which kinds of places could be on the other.

    What is left over of such a stream says nothing about demand: nobody asked. Where such places lie in the layers
    already, that is said instead: they lack a quantity, not a layer.
    """
    roles = account.flows.groupby("stream")["role"].agg(set)
    there = account.sites.loc[account.sites["status"] == "active", "kind"].value_counts()
    for role, other in (("supply", "demand"), ("demand", "supply")):
        absent: list[str] = []
        idle: list[str] = []
        for stream in (str(name) for name, found in roles.items() if found == {role}):
            kinds = {
                str(getattr(pair, f"{other}_kind"))
                for pair in account.catalogue.pairs.values()
                if pair.stream == stream
            }
            known = {kind: int(there[kind]) for kind in kinds if kind in there}
            named = sorted(
                texts.find(f"kinds.{kind}", kind) + (f" {texts.count(known[kind])}" if known else "")
                for kind in known or kinds
            )
            told = f"{texts.find(f'streams.{stream}', stream)} ({', '.join(named)})"
            (idle if known else absent).append(told)
        for key, parts in ((f"only_{role}", absent), (f"only_{role}_idle", idle)):
            if parts:
                yield texts(f"cli.{key}", parts="; ".join(sorted(parts)))


def _tell_silent(account: Closing, texts: Texts) -> Iterator[str]:
    """How many places that are open supply and ask nothing, by layer."""
    sites = account.sites
    silent = sites[(sites["status"] == "active") & ~sites["site_id"].isin(account.flows["site_id"])]
    if len(silent):
        counts = silent["layer"].value_counts(sort=False)
        parts = ", ".join(f"{layer} {texts.count(int(count))}" for layer, count in counts.items())
        yield texts("cli.silent", count=texts.count(len(silent)), parts=parts)


def _tell_unsubtracted(account: Closing, texts: Texts, project: Project) -> Iterator[str]:
    """How many deliveries that run are not taken off, or on one side only, and why."""
    links = account.links
    running = links[links["status"] == "running"]
    if project.existing != "respect" or running.empty:
        return
    findings = account.findings
    counts = {
        "place": int((running["supply_id"].isna() | running["demand_id"].isna()).sum()),
        "quantity": int(running["quantity"].isna().sum()),
        "flow": int(findings.loc[findings["key"] == "link_without_flow", "value"].nunique()),
    }
    parts = [texts(f"cli.unsubtracted_{why}", count=texts.count(one)) for why, one in counts.items() if one]
    if parts:
        yield texts("cli.unsubtracted", parts=", ".join(parts))


def find_idle_layers(account: Closing) -> list[Fault]:
    """Every layer that gives nothing, with why: a filter that took too much, a wrong CRS, a column without a name."""
    shown_only = account.sites["kind"].map(lambda kind: account.catalogue.kinds[kind].shown_only)
    active = account.sites[account.sites["site_id"].isin(account.flows["site_id"]) | shown_only]
    giving, filled = set(active["layer"]), set(account.sites["layer"])
    faults: list[Fault] = []
    for row in account.layers.to_dict("records"):
        layer = str(row["layer"])
        if row["rows_used"] == 0:
            # a room that added no firm left nothing out
            by_room = layer.split(".")[0] == WORKSHOP_KIND and row["rows_read"] == 0
            faults += [] if by_room else [_say_unused(row, account.findings)]
        elif layer in filled - giving - {WORKSHOP_KIND}:
            faults.append(_say_without_flow(row, account))
    return faults


def _say_unused(row: dict[Hashable, Any], findings: pd.DataFrame) -> Fault:
    """A layer of which no row was used."""
    values = {"layer": row["layer"], "file": row["file"], "count": row["rows_read"]}
    values |= {"rejected": row["rows_rejected"], "outside": row["rows_outside"]}
    if not row["rows_read"]:
        message = (
            "Layer '{layer}' ({file}) gives nothing: it holds no row. Look at the file and at a filter it was made "
            "with, or take the layer out of the project."
        )
        return Fault("layer_without_rows", message, values)
    if row["rows_left_out"] == row["rows_read"]:
        message = (
            "Layer '{layer}' ({file}) gives nothing: where leaves out all of its {count} {count:row|rows}. Look at the "
            "values with 'kansenkaart inspect', and set where otherwise."
        )
        return Fault("layer_left_out", message, values)
    used = "{count:its only row was not|none of its {count} rows was} used"
    counted = "({rejected} rejected, {outside} outside the region and its margin)"
    refused = findings[(findings["layer"] == row["layer"]) & (findings["severity"] == "rejected")]
    if refused.empty:
        message = (
            "Layer '{layer}' ({file}) gives nothing: "
            + used
            + " "
            + counted
            + ". Does its CRS, and the region, fit?"
        )
        return Fault("layer_outside", message, values)
    first = refused.iloc[0]
    message = (
        "Layer '{layer}' ({file}) gives nothing: "
        + used
        + " "
        + counted
        + ". The first, row {row}: {reason} {advice}"
    )
    values |= {"row": first["row"], "reason": first["reason"], "advice": first["advice"]}
    return Fault("layer_rejected", message, values)


def _say_without_flow(row: dict[Hashable, Any], account: Closing) -> Fault:
    """A layer with places, of which none supplies or asks anything."""
    own = account.sites[account.sites["layer"] == row["layer"]]
    closed = int((own["status"] == "closed").sum())
    message = (
        "Layer '{layer}' ({file}) gives nothing: {count:its only place has no|none of its {count} places has a} stream "
        "({closed} closed). {reason} {advice}"
    )
    findings = account.findings
    first = findings[(findings["layer"] == row["layer"]) & findings["key"].isin(_IDLE)].iloc[0]
    values = {"layer": row["layer"], "file": row["file"], "count": len(own), "closed": closed}
    values |= {"reason": first["reason"], "advice": first["advice"]}
    return Fault("layer_without_flow", message, values)


def _count_waiting(sites: pd.DataFrame, texts: Texts, *, include_planned: bool) -> list[str]:
    """How many places count as used and supply and ask nothing now, by status."""
    counts = sites["status"].value_counts()
    said = [
        (status, int(counts.get(status, 0)))
        for status in _WAITING
        if not (status == "planned" and include_planned)
    ]
    return [texts(f"cli.waiting_{status}", count=texts.count(count)) for status, count in said if count]
