"""A page per municipality of what a build found: to print from the browser, or as a PDF each."""

from kansenkaart.atlas.built import Built, read_build, take_result
from kansenkaart.atlas.pdf import check_pdf
from kansenkaart.atlas.sheet import Sheet, choose_sheets
from kansenkaart.atlas.write import PAGE, name_file, write_atlas

__all__ = [
    "PAGE",
    "Built",
    "Sheet",
    "check_pdf",
    "choose_sheets",
    "name_file",
    "read_build",
    "take_result",
    "write_atlas",
]
