"""Hostile texts, the project that a small run came from, and the frames by name."""

from __future__ import annotations

from kansenkaart.tables import ALL_TABLES, Table

EVIL = (
    "=cmd|' /C calc'!A0",
    "+31 20 1234567",
    "-1+1",
    "@SUM(A1:A9)",
    "<script>alert(1)</script>",
    "{{ 7*7 }} {% raw %} ${1+1} `x`",
    'Jansen & Zn. "De Kas"; B.V., Café Ürk',
    "regel een\r\nregel twee\u2028drie",
    "tab\tbel\x07esc\x1b",
    "nul\x00byte",
    "https://example.org/?a=1&b=<2>",
    "007",
)
PROJECT = """
title = "Kansen <b>Noord-Holland</b> & 't Gooi"
question = "Wie kan wat met wiens restwarmte?"
reference_year = 2023
draws = 0

[region]
province = "Noord-Holland"

[[layers]]
name = "bedrijven"
path = "bedrijven.csv"
source = "Provincie"
year = 2023
"""

TABLES: dict[str, Table] = {table.name: table for table in ALL_TABLES}
