"""What the user reads, in Dutch and English: the language of QGIS, Dutch for Dutch and English for all others."""

from __future__ import annotations

from qgis.core import QgsApplication

_NL = {
    "setting": "Programma kansenkaart (leeg: gezocht op PATH)",
    "absent": (
        "Het programma kansenkaart is niet gevonden. Installeer het met Python 3.11 of nieuwer: "
        "'pipx install <map of wheel van kansenkaart>' (of 'pip install'), en start QGIS opnieuw. Staat het ergens "
        "anders? Wijs het dan aan via Extra > Opties > Processing > Aanbieders > kansenkaart."
    ),
    "absent_chosen": (
        "Het programma {path} bestaat niet of is niet uitvoerbaar. Wijs kansenkaart aan via Extra > Opties > "
        "Processing > Aanbieders > kansenkaart, of maak het veld leeg om op PATH te zoeken."
    ),
    "not_started": "{path} kan niet worden gestart: {error}",
    "cancelled": "Gestopt op verzoek. Wat er stond, is niet veranderd.",
    "failed": "kansenkaart stopte met code {code} zonder uitleg.",
    "no_geopackage": "{path} is geen GeoPackage: {error}",
    "no_layer": "De laag {layer} in {path} is niet te openen.",
    "no_file": "{path} bestaat niet. Kies de kansenkaart.gpkg van een build, of een GeoPackage van twee lagen.",
    "layers": "Lagen",
    "load_after": "Resultaat in het project laden",
    "load_title": "Resultaat laden met stijlen",
    "load_help": "Laadt alle lagen en tabellen van een GeoPackage dat kansenkaart schreef, elk met zijn eigen stijl.",
    "load_input": "GeoPackage van kansenkaart",
    "build_title": "Kansenkaart bouwen",
    "build_help": (
        "Bouwt van een projectbestand (kansenkaart.toml) de kaart, het GeoPackage, de tabellen en het "
        "kwaliteitsverslag, en laadt de lagen. Stoppen kan: dan blijft staan wat er stond."
    ),
    "build_project": "Projectbestand (kansenkaart.toml)",
    "build_draws": "Aantal trekkingen voor de zekerheid (leeg: zoals in het projectbestand; 0 is uit)",
    "build_overwrite": "Ook een map met gewijzigde bestanden vervangen (de oude blijft als .vorige)",
    "build_output": "Map voor de uitvoer",
    "build_map": "De kaart (HTML)",
    "explain_title": "Uitleggen: waarom wel of niet",
    "explain_help": (
        "Legt regel voor regel uit waarom de ene plek de andere wel of niet iets levert, in de kaart die in de "
        "map staat."
    ),
    "explain_folder": "Map met het resultaat van 'Kansenkaart bouwen'",
    "explain_supply": "Aanbod: naam of id, of een deel ervan",
    "explain_demand": "Vraag: naam of id, of een deel ervan",
    "explain_project": "Projectbestand (leeg: gezocht bij het resultaat)",
    "explain_anyway": "Ook uitleggen als de bestanden sindsdien zijn veranderd",
    "explain_output": "Uitleg",
    "compare_title": "Vergelijken: wat veranderde en waardoor",
    "compare_help": (
        "Zegt welke kansen erbij kwamen, verdwenen, groeiden, krompen of van klasse wisselden tussen twee projecten, "
        "en welke invoer dat deed. Twee mappen met een resultaat worden vergeleken zonder oorzaken."
    ),
    "compare_before": "Eerst: map van een project of van een resultaat",
    "compare_after": "Daarna: net zo'n map",
    "compare_page": "Blad om te printen",
    "compare_package": "Lijnen van wat veranderde",
    "compare_output": "Wat veranderde",
    "atlas_title": "Atlas per gemeente",
    "atlas_help": (
        "Maakt van een resultaat een A4 per gemeente: kaart, beste kansen, totalen, tekorten, coalities en bronnen. "
        "Voor PDF is het extra pakket kansenkaart[pdf] nodig."
    ),
    "atlas_municipality": "Alleen deze gemeente: naam of code (leeg: alle)",
    "atlas_pdf": "Ook een PDF per gemeente",
    "atlas_overwrite": "Bladen die er al staan vervangen",
    "atlas_output": "Map voor de bladen (niet die van het resultaat)",
    "atlas_page": "Alle bladen (HTML)",
    "match_title": "Twee lagen verbinden",
    "match_help": (
        "Verdeelt wat de plekken van de ene laag over hebben zo goed mogelijk over de plekken van de andere, "
        "binnen een afstand. Beide hoeveelheden staan in dezelfde eenheid. Punten, vlakken en lijnen; vlakken van "
        "rand tot rand. Het resultaat is een GeoPackage in RD New met de paren, wat over is, wat ontbreekt en wat "
        "is geweigerd. Is alleen een selectie gekozen, heeft een laag een filter of staat hij in het geheugen, dan "
        "wordt hij eerst uitgeschreven."
    ),
    "match_supply": "Laag met aanbod",
    "match_supply_quantity": "Aanbod: kolom met de hoeveelheid (leeg: op naam gekozen, anders 1 per plek)",
    "match_supply_id": "Aanbod: kolom met het id",
    "match_supply_name": "Aanbod: kolom met de naam",
    "match_demand": "Laag met vraag",
    "match_demand_quantity": "Vraag: kolom met de hoeveelheid (leeg: op naam gekozen, anders 1 per plek)",
    "match_demand_id": "Vraag: kolom met het id",
    "match_demand_name": "Vraag: kolom met de naam",
    "match_max_distance": "Grootste afstand (km)",
    "match_method": "Manier",
    "match_method_optimal": "Beste verdeling",
    "match_method_greedy": "Steeds het beste paar eerst",
    "match_method_nearest": "Alleen de dichtstbijzijnde",
    "match_objective": "Doel",
    "match_objective_quantity": "Meeste hoeveelheid, dan de kortste afstand",
    "match_objective_distance": "Dichtbij gaat voor veel",
    "match_objective_value": "Meeste geld: waarde min kosten per km",
    "match_value": "Waarde van één eenheid (alleen bij het doel geld)",
    "match_cost_per_km": "Kosten van één eenheid per km (alleen bij het doel geld)",
    "match_detour": "Omwegfactor: lengte van de weg gedeeld door de rechte afstand",
    "match_unit": "Eenheid, voor de teksten (bijvoorbeeld t/jaar)",
    "match_same_places": "Hetzelfde id in beide lagen is dezelfde plek (levert nooit aan zichzelf)",
    "match_unsaved": "De laag {layer} heeft wijzigingen die niet zijn opgeslagen; die doen niet mee.",
    "match_output": "GeoPackage",
    "match_matches": "Paren",
    "match_findings": "Geweigerd en opgemerkt",
    "match_money_unused": (
        "Waarde en kosten per km doen alleen iets bij het doel 'Meeste geld'. Maak ze leeg of kies dat doel."
    ),
    "match_value_absent": "Bij het doel 'Meeste geld' is de waarde van één eenheid nodig.",
}

_EN = {
    "setting": "Program kansenkaart (empty: looked for on PATH)",
    "absent": (
        "The program kansenkaart is not found. Install it with Python 3.11 or newer: "
        "'pipx install <folder or wheel of kansenkaart>' (or 'pip install'), and restart QGIS. Does it stand "
        "elsewhere? Point to it at Settings > Options > Processing > Providers > kansenkaart."
    ),
    "absent_chosen": (
        "The program {path} does not exist or cannot be executed. Point to kansenkaart at Settings > Options > "
        "Processing > Providers > kansenkaart, or empty the field to look on PATH."
    ),
    "not_started": "{path} cannot be started: {error}",
    "cancelled": "Stopped as asked. What stood there is unchanged.",
    "failed": "kansenkaart stopped with code {code} without an explanation.",
    "no_geopackage": "{path} is no GeoPackage: {error}",
    "no_layer": "Layer {layer} of {path} cannot be opened.",
    "no_file": "{path} does not exist. Choose the kansenkaart.gpkg of a build, or a GeoPackage of two layers.",
    "layers": "Layers",
    "load_after": "Load the result into the project",
    "load_title": "Load a result with its styles",
    "load_help": "Loads all layers and tables of a GeoPackage that kansenkaart wrote, each with its own style.",
    "load_input": "GeoPackage of kansenkaart",
    "build_title": "Build a kansenkaart",
    "build_help": (
        "Builds from a project file (kansenkaart.toml) the map, the GeoPackage, the tables and the quality report, "
        "and loads the layers. It can be cancelled: what stood there stays."
    ),
    "build_project": "Project file (kansenkaart.toml)",
    "build_draws": "Draws for the certainty (empty: as in the project file; 0 is off)",
    "build_overwrite": "Also replace a folder with changed files (the old one is kept as .vorige)",
    "build_output": "Folder for the output",
    "build_map": "The map (HTML)",
    "explain_title": "Explain why, or why not",
    "explain_help": (
        "Explains rule by rule why one place does, or does not, supply another in the map that stands in the folder."
    ),
    "explain_folder": "Folder with the result of 'Build a kansenkaart'",
    "explain_supply": "Supply: name or id, or a part of it",
    "explain_demand": "Demand: name or id, or a part of it",
    "explain_project": "Project file (empty: looked for beside the result)",
    "explain_anyway": "Also explain when the files have changed since",
    "explain_output": "Explanation",
    "compare_title": "Compare: what changed, and why",
    "compare_help": (
        "Says which chances came, went, grew, shrank or changed class between two projects, and which input made it. "
        "Two folders with a result are compared without causes."
    ),
    "compare_before": "Before: folder of a project or of a result",
    "compare_after": "After: a folder of that sort",
    "compare_page": "Page to print",
    "compare_package": "Lines of what changed",
    "compare_output": "What changed",
    "atlas_title": "Atlas per municipality",
    "atlas_help": (
        "Makes an A4 per municipality of a result: map, best chances, totals, shortages, coalitions and sources. "
        "PDF needs the extra package kansenkaart[pdf]."
    ),
    "atlas_municipality": "Only this municipality: name or code (empty: all)",
    "atlas_pdf": "Also a PDF per municipality",
    "atlas_overwrite": "Replace pages that stand there",
    "atlas_output": "Folder for the pages (not that of the result)",
    "atlas_page": "All pages (HTML)",
    "match_title": "Match two layers",
    "match_help": (
        "Divides what the places of one layer have over those of the other as well as possible, within a distance. "
        "Both quantities are in one unit. Points, polygons and lines; polygons from edge to edge. The result is a "
        "GeoPackage in RD New with the pairs, what is left, what is unmet and what was rejected. A selection, a "
        "filtered layer or a layer in memory is exported first."
    ),
    "match_supply": "Layer with supply",
    "match_supply_quantity": "Supply: column with the quantity (empty: by its name, else 1 per place)",
    "match_supply_id": "Supply: column with the id",
    "match_supply_name": "Supply: column with the name",
    "match_demand": "Layer with demand",
    "match_demand_quantity": "Demand: column with the quantity (empty: by its name, else 1 per place)",
    "match_demand_id": "Demand: column with the id",
    "match_demand_name": "Demand: column with the name",
    "match_max_distance": "Largest distance (km)",
    "match_method": "Method",
    "match_method_optimal": "Best division",
    "match_method_greedy": "Best pair first",
    "match_method_nearest": "Only the nearest",
    "match_objective": "Objective",
    "match_objective_quantity": "Most quantity, then least distance",
    "match_objective_distance": "Near before much",
    "match_objective_value": "Most money: value less the cost per km",
    "match_value": "Value of one unit (only with the objective money)",
    "match_cost_per_km": "Cost of one unit per km (only with the objective money)",
    "match_detour": "Detour: length of the way per straight distance",
    "match_unit": "Unit, for the texts (such as t/year)",
    "match_same_places": "The same id in both layers is the same place (never supplies itself)",
    "match_unsaved": "Layer {layer} has edits that are not saved; they do not take part.",
    "match_output": "GeoPackage",
    "match_matches": "Pairs",
    "match_findings": "Rejected and remarked",
    "match_money_unused": "Value and cost per km only count with the objective 'Most money'. Empty them or choose it.",
    "match_value_absent": "The objective 'Most money' needs the value of one unit.",
}

_WORDS = {"nl": _NL, "en": _EN}


def language():
    """Return the language of QGIS as the program knows it: ``nl`` or ``en``."""
    return "nl" if QgsApplication.locale().lower().startswith("nl") else "en"


def say(key, **values):
    """Return text `key` in the language of QGIS with its ``{names}`` filled."""
    return _WORDS[language()][key].format(**values)
