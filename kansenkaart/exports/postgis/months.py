"""The view ``months_map``: what flows in every month on the line of its chance.

QGIS takes its two moments for the temporal controller by itself; whatever a style says of time it leaves aside.
A view and no table: nothing stands in the schema twice, and it never differs from the tables it shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.postgis.schema import MONTHS, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kansenkaart.database.connect import Session

_VIEW = """
CREATE VIEW {view} AS
SELECT {columns}, k.chance_class, k.geom, make_timestamp({year}, m.month::integer, 1, 0, 0, 0) AS month_begin,
  make_timestamp({year}, m.month::integer, 1, 0, 0, 0) + interval '1 month' AS month_end
FROM {months} m JOIN {chances} k ON k.match_id = m.match_id WHERE m.quantity > 0
"""


def write_months_view(
    connection: Session, target: Target, months: Layer, year: int, *, about: str, named: Mapping[str, str]
) -> None:
    """Make the view over tables that stand in their place.

    Parameters
    ----------
    months
        ``match_months`` as written.
    year
        Reference year, whose months they are.
    about, named
        What the view and its columns hold, with units.
    """
    columns = ["fid", *(str(name) for name in months.frame.columns if name != "geometry")]
    view = target.name(MONTHS)
    command = sql.SQL(_VIEW).format(
        view=view,
        columns=sql.SQL(", ").join(sql.Identifier("m", name) for name in columns),
        year=sql.Literal(year),
        months=target.name(months.name),
        chances=target.name("matches"),
    )
    connection.execute(command)
    connection.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(view, sql.Literal(about)))
    for name, meaning in named.items():
        column = sql.Identifier(target.schema, MONTHS, name)
        connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(column, sql.Literal(meaning)))
