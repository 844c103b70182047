"""Step 1 from a table of sectors per area to frame ``clusters``: read, counted and found, as it is asked for."""

from __future__ import annotations

from pathlib import Path

from kansenkaart.clusters import Asked, Clusters, find_clusters
from kansenkaart.clusters.counts import count_places, read_counts
from kansenkaart.errors import DataError
from kansenkaart.project import ClusterTable
from kansenkaart.sources import SectorRows, read_sectors
from kansenkaart.tables.clusters import CLASSIFICATIONS, COUNTED
from kansenkaart.texts import Texts


def read_clusters(table: ClusterTable, path: Path, *, texts: Texts) -> Clusters:
    """Find the clusters of `table`, which stands at `path`.

    Raises
    ------
    DataError
        When the table cannot be used.
    """
    columns = {ours: theirs for theirs, ours in table.rename.items()}
    read = read_sectors(path, columns=columns, recipe=table.recipe, sheet=table.table, texts=texts)
    classification = _choose_classification(read, table, path.name)
    rows = (
        count_places(read.rows, level=table.level or "section", file=path.name) if table.places else read.rows
    )
    counts = read_counts(rows, file=path.name, level=table.level, kind=table.areas)
    known = next((name for name in ("jobs", *COUNTED) if name in counts.measures), COUNTED[0])
    asked = Asked(
        table.counted or known,
        classification,
        table.weigh(),
        table.pseudo,
        table.least,
        read.names,
        read.letters,
    )
    return find_clusters(counts, asked, file=path.name, texts=texts)


def _choose_classification(read: SectorRows, table: ClusterTable, file: str) -> str:
    """What the file says, else what is asked; never another than the file says."""
    found = read.classification or table.classification
    if found not in CLASSIFICATIONS or table.classification not in (None, found):
        message = "{file}: say with classification by which the sectors are coded: {allowed}. The file says: {found}."
        raise DataError(
            "clusters_coded",
            message,
            file=file,
            allowed=", ".join(CLASSIFICATIONS),
            found=read.classification or "-",
        )
    return found
