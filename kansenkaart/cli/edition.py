"""What is said of an edition when it is written: who is not in it, who is, and what else it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kansenkaart.cli.screen import stdout
from kansenkaart.texts import Texts

if TYPE_CHECKING:
    from kansenkaart.pipeline import Result


def show_edition(internal: Result, result: Result, partners: Sequence[str], texts: Texts) -> None:
    """Print what only the one who made it may read: that of an edition stands in no file."""
    from kansenkaart.editions.edition import find_hidden_partners

    console, sites = stdout(), internal.frames.sites
    kept = set(result.frames.sites["site_id"])
    hidden = int((~sites["site_id"].isin(list(kept))).sum())
    shown = result.frames.sites["layer"].value_counts().sort_index()
    told = ", ".join(f"{layer} {texts.count(int(count))}" for layer, count in shown.items())
    if sites["confidential"].any():
        key, count = f"cli.edition_{result.loaded.edition}", texts.count(len(sites))
        console.print(texts(key, hidden=texts.count(hidden), count=count, shown=told), markup=False)
    else:
        console.print(texts("cli.edition_all"), markup=False)
    parts = [texts("cli.edition_without")]
    if len(result.loaded.project.control_totals) < len(internal.loaded.project.control_totals):
        parts.append(texts("cli.edition_totals"))
    console.print(texts("cli.edition_left_out", parts="; ".join(parts)), markup=False)
    for partner, others in find_hidden_partners(internal.frames, partners).items():
        console.print(texts("cli.edition_unseen", partner=partner, others=", ".join(others)), markup=False)
