"""Ready factsheets: a question that many regions have, answered from a project as a page, layers and a QGIS theme."""

from kansenkaart.factsheets.factsheet import FACTSHEETS, Region, Told, tell_factsheet
from kansenkaart.factsheets.write import write_factsheet

__all__ = ["FACTSHEETS", "Region", "Told", "tell_factsheet", "write_factsheet"]
