"""The sections of the quality report, each from one frame."""

from __future__ import annotations

import pandas as pd

from kansenkaart import __version__
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.project import Project
from kansenkaart.tables.quality import SEVERITIES
from kansenkaart.texts import UNKNOWN, Texts

# A page of every finding of a large faulty file would not open; the CSV holds them all.
SHOWN_PER_LAYER = 300

_BAR = 160


def draw_header(project: Project, layers: pd.DataFrame, findings: pd.DataFrame, texts: Texts) -> Markup:
    """Title, what this page is, and five numbers."""
    facts = " · ".join(
        [
            texts("report.year", year=project.reference_year),
            texts("report.version", version=__version__),
        ]
    )
    tiles = [
        ("layers", len(layers)),
        ("read", _total(layers, "rows_read")),
        ("used", _total(layers, "rows_used")),
        ("rejected", _total(layers, "rows_rejected")),
        ("findings", len(findings)),
    ]
    numbers = join(
        element(
            "div",
            element("dt", texts(f"report.tile_{name}")),
            element("dd", texts.count(value)),
            class_="tile bad" if name == "rejected" and value else "tile",
        )
        for name, value in tiles
    )
    return element(
        "header",
        element("p", texts("report.heading"), class_="kicker"),
        element("h1", project.title),
        element("p", texts("report.intro"), class_="lead"),
        element("dl", numbers, class_="tiles"),
        element("p", facts, class_="facts"),
    )


def draw_layers(layers: pd.DataFrame, texts: Texts) -> Markup:
    """Per layer: read = used + rejected + outside, with a bar of the shares."""
    names = ("layer", "read", "used", "rejected", "outside", "share")
    head = [texts(f"report.{name}") for name in names]
    rows = [_layer_row(row, texts) for _, row in layers.iterrows()]
    wrong = [
        str(row["layer"])
        for _, row in layers.iterrows()
        if row["rows_read"]
        != row["rows_used"] + row["rows_rejected"] + row["rows_outside"] + row["rows_left_out"]
    ]
    verdict = texts("report.does_not_add_up", layers=", ".join(wrong)) if wrong else texts("report.adds_up")
    return element(
        "section",
        element("h2", texts("report.layers")),
        element("p", f"{texts('report.layers_intro')} {verdict}", class_="bad" if wrong else "good"),
        table(head, rows, numeric=frozenset({1, 2, 3, 4}), caption=texts("report.layers"), name="layers"),
    )


def _layer_row(row: pd.Series, texts: Texts) -> list[str]:
    counts = [int(row[f"rows_{name}"]) for name in ("read", "used", "rejected", "outside")]
    place = join([element("strong", str(row["layer"])), element("small", str(row["file"]))])
    return [place, *(texts.count(value) for value in counts), _bar(counts, texts)]


def _bar(counts: list[int], texts: Texts) -> Markup:
    """Shares as three strips; the numbers stand in the row and in the label, not in colour alone."""
    read, used, rejected, outside = counts
    words = texts(
        "report.share_text",
        used=texts.count(used),
        rejected=texts.count(rejected),
        outside=texts.count(outside),
    )
    strips, left = [], 0.0
    for name, value in (("used", used), ("rejected", rejected), ("outside", outside)):
        width = _BAR * value / read if read else 0.0
        strips.append(element("rect", class_=name, x=f"{left:.2f}", y="0", width=f"{width:.2f}", height="12"))
        left += width
    return element(
        "svg", *strips, viewBox=f"0 0 {_BAR} 12", width=str(_BAR), height="12", role="img", aria_label=words
    )


def draw_findings(findings: pd.DataFrame, texts: Texts, *, order: list[str]) -> Markup:
    """Findings per layer in `order`, the most serious first, then by row."""
    parts = [
        _layer_findings(layer, findings[findings["layer"] == layer], texts)
        for layer in order
        if bool((findings["layer"] == layer).any())
    ]
    intro = texts("report.findings_intro") if parts else texts("report.findings_none")
    return element("section", element("h2", texts("report.findings")), element("p", intro), *parts)


def _layer_findings(layer: str, findings: pd.DataFrame, texts: Texts) -> Markup:
    weight = findings["severity"].map({name: number for number, name in enumerate(SEVERITIES)})
    ranked = findings.assign(weight=weight).sort_values(["weight", "row", "key"], kind="stable")
    head = [texts(f"report.{name}") for name in ("row", "severity", "column", "value", "reason", "advice")]
    rows = [_finding_row(row, texts) for _, row in ranked.head(SHOWN_PER_LAYER).iterrows()]
    count = texts.count(len(findings))
    amount = texts("report.findings_count", count=count)
    summary = element("summary", element("strong", layer), element("span", amount), _tally(findings, texts))
    parts = [
        summary,
        table(
            head,
            rows,
            numeric=frozenset({0}),
            caption=f"{texts('report.findings')}: {layer}",
            name="findings",
        ),
    ]
    if len(findings) > SHOWN_PER_LAYER:
        more = texts("report.findings_more", shown=texts.count(SHOWN_PER_LAYER), count=count)
        parts.append(element("p", more, class_="more"))
    return element("details", *parts, open="")


def _tally(findings: pd.DataFrame, texts: Texts) -> Markup:
    counts = findings["severity"].value_counts()
    return join(
        element(
            "span",
            f"{texts.count(int(counts[name]))} {texts(f'tables.values.severity.{name}')}",
            class_=f"tag {name}",
        )
        for name in SEVERITIES
        if name in counts
    )


def _finding_row(row: pd.Series, texts: Texts) -> list[str]:
    severity = str(row["severity"])
    tag = element("span", texts(f"tables.values.severity.{severity}"), class_=f"tag {severity}")
    place = str(row["row"]) if row["row"] else texts("report.whole_file")
    value = element("code", str(row["value"])) if _known(row["value"]) else UNKNOWN
    column = element("code", str(row["column"])) if _known(row["column"]) else UNKNOWN
    return [place, tag, column, value, str(row["reason"]), str(row["advice"])]


def draw_solves(solves: pd.DataFrame, texts: Texts) -> Markup:
    """Per stream: what was maximised, whether it is proven the best, and what simpler ways would have given."""
    heading = element("h2", texts("report.solves"))
    if not len(solves):
        return element("section", heading, element("p", texts("report.solves_none")))
    names = ("stream", "objective", "pairs", "quantity", "annual", "method", "certified", "nearest", "greedy")
    rows = [_solve_row(row, texts) for _, row in solves.iterrows()]
    head = [texts(f"report.{name}") for name in names]
    grid = table(
        head, rows, numeric=frozenset({2, 3, 4, 7, 8}), caption=texts("report.solves"), name="solves"
    )
    return element("section", heading, element("p", texts("report.solves_intro")), grid)


def _solve_row(row: pd.Series, texts: Texts) -> list[str]:
    stream = str(row["stream"])
    return [
        texts.find(f"streams.{stream}", stream),
        _objective(row, texts),
        texts.count(int(row["pairs"])),
        f"{texts.number(float(row['quantity']))} {row['unit']}",
        _by_year(row, texts),
        texts(f"tables.values.method.{row['method']}"),
        _proof(row, texts),
        _share(row["nearest_share"], texts),
        _share(row["greedy_share"], texts),
    ]


def _by_year(row: pd.Series, texts: Texts) -> str:
    """What yearly totals alone would have matched; unknown for a stream that was matched by the year."""
    if not _known(row["annual_quantity"]):
        return UNKNOWN
    return f"{texts.number(float(row['annual_quantity']))} {row['unit']}"


def _proof(row: pd.Series, texts: Texts) -> str:
    if row["certified"]:
        return texts("report.yes")
    if not _known(row["gap"]):
        return texts("report.no")
    return texts("report.within", gap=texts.number(100.0 * float(row["gap"]), 2))


def _objective(row: pd.Series, texts: Texts) -> Markup:
    reached = texts("report.reached", value=texts.number(float(row["value"])), unit=row["value_unit"])
    return join([texts(f"tables.values.objective.{row['objective']}"), element("small", reached)])


def draw_sources(provenance: pd.DataFrame, texts: Texts) -> Markup:
    """Sources of places and links with year and licence."""
    sources = provenance[provenance["sort"] == "source"]
    rows = [
        [
            str(row["source"]),
            str(row["source_year"]),
            str(row["licence"]) if _known(row["licence"]) else texts("report.licence_unknown"),
            str(row["used_in"]),
            texts.count(int(row["used_rows"])),
        ]
        for _, row in sources.iterrows()
    ]
    head = [texts(f"report.{name}") for name in ("source", "source_year", "licence", "used_in", "used_rows")]
    grid = table(head, rows, numeric=frozenset({1, 4}), caption=texts("report.sources"), name="sources")
    return element("section", element("h2", texts("report.sources")), grid)


def draw_cuts(cuts: list[str], texts: Texts) -> Markup:
    """Tables that are longer than a sheet of the workbook; nothing when all fit."""
    if not cuts:
        return Markup("")
    items = join(element("li", words) for words in cuts)
    heading = element("h2", texts("report.cuts"))
    return element(
        "section", heading, element("p", texts("report.cuts_intro")), element("ul", items), class_="cuts"
    )


def _total(layers: pd.DataFrame, column: str) -> int:
    return int(layers[column].sum())


def _share(value: float, texts: Texts) -> str:
    return UNKNOWN if pd.isna(value) else texts("report.percent", share=texts.number(100.0 * float(value)))


def _known(value: object) -> bool:
    return isinstance(value, str) and value != ""
