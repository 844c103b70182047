"""Tables to start a programme with: an action for every coalition or, without any, for the best chances."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kansenkaart.errors import OutputError
from kansenkaart.exports.tables.csv_files import write_csv
from kansenkaart.programme.account import MapFrames
from kansenkaart.safe_write import refuse_unwritable
from kansenkaart.tables.programme import ACTIONS, RESULTS, TARGETS
from kansenkaart.texts import Texts

NAMES = {"actions": "acties.csv", "results": "resultaten.csv", "targets": "doelen.csv"}
_CHANCES = 10


def write_template(folder: Path, found: MapFrames, *, texts: Texts) -> list[Path]:
    """Write the three tables to `folder`, which is made; nothing that stands there is touched.

    Raises
    ------
    OutputError
        ``programme_there`` when one of them stands there, or it cannot be written.
    """
    files = {name: folder / file for name, file in NAMES.items()}
    there = [file for file in files.values() if file.exists()]
    if there:
        message = "{file} is there already. Name another folder with -o, or take the file away."
        raise OutputError("programme_there", message, file=str(there[0]))
    frames = {"actions": _propose(found, texts), "results": RESULTS.empty(), "targets": TARGETS.empty()}
    with refuse_unwritable(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in files.items():
            write_csv(file, frames[name], name)
    return list(files.values())


def _propose(found: MapFrames, texts: Texts) -> pd.DataFrame:
    """The next step of every coalition, by who takes part in most of it; else a talk about the best chances."""
    names = found.sites.set_index("site_id")["name"]
    if len(found.coalitions):
        rows = found.coalitions[["coalition_id", "next_step", "heart_id"]].set_axis(
            ["about", "what", "owner"], axis=1
        )
    else:
        best = found.matches.sort_values("rank").head(_CHANCES)
        rows = pd.DataFrame({"about": best["match_id"], "owner": best["supply_id"]})
        rows["what"] = texts("programme.talk")
    rows = pd.DataFrame(rows).assign(owner=rows["owner"].map(names), status="planned")
    rows["id"] = [f"A{number}" for number in range(1, len(rows) + 1)]
    return ACTIONS.conform(rows.reindex(columns=ACTIONS.names()).reset_index(drop=True))
