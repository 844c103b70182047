"""A comparison in a few sentences: how many changed, how that was found, and which inputs differ."""

from __future__ import annotations

import pandas as pd

from kansenkaart.compare.compared import Compared
from kansenkaart.texts import Texts


def tell_all(compared: Compared, texts: Texts) -> list[str]:
    """Return what was compared, how many chances changed how, and what that says and does not say."""
    lines = [texts("compare.sources", before=compared.titles[0], after=compared.titles[1])]
    if compared.inputs.empty and compared.changes.empty:
        return [*lines, texts("compare.same")]
    changes = compared.changes
    if changes.empty:
        lines.append(texts("compare.none"))
    else:
        lines.append(
            texts("compare.counts", count=texts.count(len(changes)), parts=count_sorts(changes, texts))
        )
    if compared.little:
        lines.append(texts("compare.little", count=texts.count(compared.little)))
    lines.append(texts("compare.runs", runs=compared.runs) if compared.runs else texts("compare.only_what"))
    return lines


def count_sorts(changes: pd.DataFrame, texts: Texts) -> str:
    """How many changes of every sort, in their order."""
    counts = changes["sort"].value_counts()
    sorts = dict.fromkeys(changes["sort"])
    return ", ".join(texts(f"compare.count_{sort}", count=texts.count(int(counts[sort]))) for sort in sorts)


def tell_inputs(compared: Compared, texts: Texts) -> list[str]:
    """Return a line per input that differs; nothing where none does."""
    lines = []
    for row in compared.inputs.to_dict("records"):
        if not compared.runs:
            lines.append(f"  {row['input_name']}")
            continue
        note = row["note"] if isinstance(row["note"], str) else ""
        counts = {name: texts.count(int(row[name])) for name in ("makes", "helps")}
        key = "compare.inputs_not_alone" if row["refused"] else "compare.inputs_line"
        values = {"name": row["input_name"], "helps": counts["helps"]}
        values |= {"note": note} if row["refused"] else {"makes": counts["makes"]}
        lines.append(f"  {texts(key, **values)}")
    return [texts("compare.inputs_title"), *lines] if lines else []
