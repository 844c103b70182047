"""One door out: the project without what an edition may not know, and the frames that it may publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

import pandas as pd

from kansenkaart.editions.area_totals import classify_areas
from kansenkaart.editions.rules import Rules
from kansenkaart.errors import DataError, UsageError
from kansenkaart.project import ControlTotal, LoadedProject
from kansenkaart.project.withheld import Edition, Withheld
from kansenkaart.tables import FINDINGS, Frames
from kansenkaart.texts import load_texts

_SHOWN = 3


def withhold(
    loaded: LoadedProject, internal: Frames, *, edition: Edition, partners: Sequence[str] = ()
) -> LoadedProject:
    """Return the project that reads no row of a confidential place, but those of `partners`.

    Built from it, everything follows from what may be known: also who is matched with whom. What no row can be asked
    of is left out as a whole: decisions of a room, programme, scenes, own background, hubs, and steps 1 and 2.

    Parameters
    ----------
    internal
        Frames of the internal run of `loaded`.
    partners
        Site ids of those the edition is for; they see each other.

    Raises
    ------
    UsageError
        When a partner is no place of the project.
    DataError
        When no place is left.
    """
    sites = internal.sites.set_index("site_id")
    _check_partners(partners, [str(one) for one in sites.index])
    secret = frozenset(str(one) for one in sites.index[sites["confidential"].to_numpy(dtype=bool)])
    hidden = secret - set(partners)
    if not set(sites.index[sites["in_region"].to_numpy(dtype=bool)]) - hidden:
        message = (
            "Every place of the region is confidential ({count}): a {edition} edition would be an empty map. Add a "
            "layer with public places, such as waste-water plants, or correct which rows are confidential."
        )
        raise DataError("edition_empty", message, count=len(hidden), edition=edition)
    tied = internal.links["supply_id"].isin(list(hidden)) | internal.links["demand_id"].isin(list(hidden))
    links = frozenset(str(one) for one in internal.links.loc[tied.to_numpy(dtype=bool), "link_id"])
    names = loaded.project.editions.public_names
    withheld = Withheld(edition, secret, frozenset(partners), links, public_names=names)
    texts = load_texts(loaded.project.language)
    title = texts(f"editions.title_{edition}", title=loaded.project.title)
    changed = loaded.changed(
        title=title,
        question=" ".join([loaded.project.question, texts(f"editions.note_{edition}")]).strip(),
        control_totals=[one.model_dump() for one in _keep_totals(loaded, internal, hidden)],
        **_keep_foreseen(loaded, internal, hidden | links),
        workshop={},
        programme={},
        scenes=(),
        background=(),
        clusters=None,
        balances=None,
        hubs={},
    )
    return replace(changed, withheld=withheld)


def reduce_frames(frames: Frames, loaded: LoadedProject) -> Frames:
    """Return what may be published of a run of ``withhold``: no account of rows, and no layer of which none is used."""
    project = loaded.project
    own = {one.path for one in (project.overrides, project.addresses) if one is not None and one.path}
    used = (frames.layers["rows_used"] > 0) & ~frames.layers["file"].isin(list(own))
    layers = frames.layers[used.to_numpy(dtype=bool)].reset_index(drop=True)
    layers = layers.assign(
        rows_read=layers["rows_used"], rows_rejected=0, rows_outside=0, rows_left_out=0
    ).astype(frames.layers.dtypes.to_dict())
    return replace(frames, layers=layers, findings=FINDINGS.empty())


def reduce_project(loaded: LoadedProject, frames: Frames) -> LoadedProject:
    """Return the project as an edition tells it: without layers of which nothing is in `frames`, and corrections."""
    kept = set(frames.layers["layer"])
    project = loaded.project
    return loaded.changed(
        layers=[one.model_dump() for one in project.layers if one.name in kept],
        links=[one.model_dump() for one in project.links if one.name in kept],
        overrides=None,
        addresses=None,
    )


def protect_areas(loaded: LoadedProject, internal: Frames) -> pd.DataFrame:
    """Return frame ``AREA_CLASSES`` of the internal run, by the rules of the project."""
    asked = loaded.project.editions
    rules = Rules(asked.minimum_places, asked.dominance_percent)
    return classify_areas(internal, rules, texts=load_texts(loaded.project.language))


def find_hidden_partners(internal: Frames, partners: Sequence[str]) -> dict[str, list[str]]:
    """Return per partner the confidential places that it is matched with and may not see: they are no partners."""
    secret = set(internal.sites.loc[internal.sites["confidential"].to_numpy(dtype=bool), "site_id"])
    ends = internal.matches[["supply_id", "demand_id"]]
    found: dict[str, list[str]] = {}
    for partner in partners:
        others = {
            *ends.loc[ends["supply_id"] == partner, "demand_id"],
            *ends.loc[ends["demand_id"] == partner, "supply_id"],
        }
        if unseen := sorted((others & secret) - set(partners)):
            found[partner] = unseen
    return found


def _check_partners(partners: Sequence[str], known: list[str]) -> None:
    for partner in partners:
        if partner not in known:
            near = get_close_matches(partner, known, n=_SHOWN, cutoff=0.5) or known[:_SHOWN]
            message = (
                "--partner {partner}: no place of this project has that id. Ids are <layer>:<id>, as in column "
                "site_id of the internal edition; such as {near}."
            )
            raise UsageError("edition_partner", message, partner=partner, near=", ".join(near))


def _keep_foreseen(loaded: LoadedProject, internal: Frames, hidden: frozenset[str]) -> dict[str, object]:
    """What opens, closes and grows of places, deliveries and layers that may be known; scenarios stay at home."""
    ids = pd.concat([internal.sites["site_id"], internal.links["link_id"]]).astype(str)
    open_ids = set(ids) - hidden
    known = open_ids | {one.partition(":")[0] for one in open_ids}
    project = loaded.project
    turns = {"closed": project.closed, "planned": project.planned}
    kept: dict[str, object] = {
        name: [one.model_dump() for one in several if one.id in known] for name, several in turns.items()
    }
    growth = [one.model_dump() for one in project.growth if {one.site, one.layer} - {None} <= known]
    return kept | {"growth": growth, "scenarios": {}}


def _keep_totals(loaded: LoadedProject, internal: Frames, hidden: frozenset[str]) -> list[ControlTotal]:
    """Published totals that no place that is left out has a part in: the rest would be laid on those that stay."""
    own = internal.flows[internal.flows["site_id"].isin(list(hidden))]
    sides = set(zip(own["stream"], own["role"], strict=True))
    return [one for one in loaded.project.control_totals if (one.stream, one.role) not in sides]
