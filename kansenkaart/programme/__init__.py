"""The programme: what was agreed, what came of it each year, and how far that is from the targets."""

from kansenkaart.programme.account import MapFrames, YearAccount, draw_up
from kansenkaart.programme.page import write_report
from kansenkaart.programme.read import Read, read_programme
from kansenkaart.programme.template import write_template

__all__ = ["MapFrames", "Read", "YearAccount", "draw_up", "read_programme", "write_report", "write_template"]
