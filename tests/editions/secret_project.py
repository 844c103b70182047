"""A project of public and confidential places, with a secret of its own in every column of the confidential ones."""

from __future__ import annotations

import csv
import io
from pathlib import Path

TOML = """
title = "Proef"
reference_year = 2025
streams = ["restwarmte_ht"]
draws = 3
[region]
municipalities = ["GM0358", "GM0394", "GM0392", "GM0363"]
margin_km = 0
[[layers]]
name = "open"
path = "open.csv"
source = "openbaar register"
year = 2024
[[layers]]
name = "dicht"
path = "dicht.csv"
source = "LMA-levering geheimzinnig"
year = 2024
[[layers]]
name = "gemengd"
path = "gemengd.csv"
year = 2024
[[links]]
name = "loopt"
path = "loopt.csv"
[[closed]]
id = "dicht:GEHEIMID005"
source = "Geheime sluiting vijf"
[[closed]]
id = "loopt:GEHEIMID901"
source = "Geheim einde van een levering"
[[planned]]
id = "gemengd:GEHEIMID020"
source = "Geheime opening twintig"
[[planned]]
id = "open:b1"
source = "de krant van gisteren"
[[growth]]
site = "dicht:GEHEIMID007"
low = 1.0
value = 1.01734
high = 1.1
source = "Geheime groei zeven"
[[growth]]
layer = "dicht"
low = 1.0
value = 1.01392
high = 1.1
source = "Geheime groei van allen"
[[growth]]
layer = "gemengd"
low = 1.0
value = 1.011
high = 1.1
source = "de groei van kassen"
"""

# Of the texts of that file, what an edition may not say.
# Numbers with more figures than the seconds of a manifest have.
FORESEEN = (
    *("GEHEIMID005", "GEHEIMID901", "GEHEIMID020", "GEHEIMID007", "Geheime sluiting", "Geheim einde"),
    *("Geheime opening", "Geheime groei", "1.01734", "1.01392", '"dicht"'),
)

OPEN = """id,name,kind,x_rd,y_rd,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_temperature_c
b1,Bron Openbaar,industry,112000,476000,200000,,90
k1,Kas Openbaar,greenhouse,113500,476500,,90000,
"""

LINKS = """id,stream,supply,demand,supply_name,demand_name,quantity,status,reason
GEHEIMID901,restwarmte_ht,open:b1,dicht:GEHEIMID003,Bron Openbaar,Zwijgzame Kwekerij 3,1234,running,Geheime Reden Drie
l2,restwarmte_ht,open:b1,open:k1,Bron Openbaar,Kas Openbaar,2000,running,bekend contract
"""

# Of what a layer may say beside what a place needs: each confidential row has a word of its own in each.
NOTES = [f"opmerking_{number:02d}" for number in range(1, 19)]
HEAD = [
    *("id", "name", "kind", "x_rd", "y_rd", "supply_restwarmte_ht_gj_y", "demand_restwarmte_ht_gj_y"),
    *("supply_temperature_c", "status", "status_note", "source", "licence", "confidential", *NOTES),
]
# Corners of four municipalities: Aalsmeer, Haarlemmermeer, Haarlem, Amsterdam.
CENTRES = ((112000, 475500), (107000, 480000), (104000, 489000), (121000, 487000))


def write_secret_project(folder: Path, *, shuffle: bool = False) -> Path:
    """Write a project with a layer of confidential places and one of both.

    Parameters
    ----------
    shuffle
        Other names, ids, remarks, places and quantities.
    """
    folder.mkdir(parents=True)
    (folder / "kansenkaart.toml").write_text(TOML if not shuffle else _other(TOML), encoding="utf-8")
    (folder / "open.csv").write_text(OPEN, encoding="utf-8")
    (folder / "loopt.csv").write_text(LINKS if not shuffle else _other(LINKS), encoding="utf-8")
    rows = [_secret_row(number, shuffle=shuffle) for number in range(24)]
    _write(folder / "dicht.csv", rows[:18])
    public = dict.fromkeys(HEAD, "") | {"id": "m1", "name": "Gemengd Openbaar", "kind": "greenhouse"}
    public |= {
        "x_rd": "108000",
        "y_rd": "480500",
        "demand_restwarmte_ht_gj_y": "40000",
        "confidential": "nee",
    }
    _write(folder / "gemengd.csv", [public, *rows[18:]])
    return folder


def list_secrets(folder: Path) -> set[str]:
    """Every text of every confidential row that no public row has, numbers of six figures and more too."""
    rows = [
        row
        for name in ("dicht.csv", "gemengd.csv")
        for row in csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8")))
    ]
    secret = {value for row in rows if row["confidential"] == "ja" for value in row.values()}
    public = {value for row in rows if row["confidential"] != "ja" for value in row.values()}
    return {
        value
        for value in secret - public
        if len(value) >= 6 and value not in ("industry", "greenhouse", "active")
    }


def _secret_row(number: int, *, shuffle: bool) -> dict[str, str]:
    x, y = CENTRES[number % len(CENTRES)]
    step = 37 if shuffle else 11
    supplies = number % 2 == 0
    amount = f"{(41000 if shuffle else 30000) + 1711 * (number // 4) * (number // 4)}.{number:02d}1"
    row = {
        "id": f"GEHEIMID{number:03d}",
        "name": f"Zwijgzame Kwekerij {number}",
        "kind": "industry" if supplies else "greenhouse",
        "x_rd": f"{x + step * number}.{number:02d}7",
        "y_rd": f"{y + step * number}.{number:02d}9",
        "supply_restwarmte_ht_gj_y": amount if supplies else "",
        "demand_restwarmte_ht_gj_y": "" if supplies else amount,
        "supply_temperature_c": "90" if supplies else "",
        "status": "active",
        "status_note": f"Geheime stand {number}",
        "source": f"Opgave van Zwijgzaam {number}",
        "licence": f"Vertrouwelijk convenant {number}",
        "confidential": "ja",
        **{note: f"Plantgeheim {note} {number}" for note in NOTES},
    }
    return {key: _other(value) for key, value in row.items()} if shuffle else row


def _other(text: str) -> str:
    """The same with other secrets."""
    changes = {
        "GEHEIMID": "ANDERID",
        "Zwijgzame": "Andere",
        "Geheim": "Ander",
        "Plant": "Boom",
        "Zwijgzaam": "Ander",
    }
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEAD)
        writer.writeheader()
        writer.writerows(rows)
