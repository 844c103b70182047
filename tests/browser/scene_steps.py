"""How a test presents: scenes as the frames give them, and the first of them begun."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from kansenkaart.tables import Frames

Open = Callable[..., "object"]

EVIL = (
    "<script>window.evil=1</script><img src=x onerror=window.evil=2>${window.evil=3}`{{ 7*7 }}{% raw %}"
    "'\"\\\u2028\u202e\u0000"
)
CENTRE = "[kansenkaart.page.map.getCenter().lat, kansenkaart.page.map.getCenter().lng]"
ZOOM = "kansenkaart.page.map.getZoom()"

# How much stands on the focus sheet within 2 pixels of places in RD metres.
POINTED = """(ends) => {
  const { model, layers } = kansenkaart.page;
  const { view, _ctx: ctx } = layers.focus;
  return ends.map(([x, y]) => {
    const [u, v] = model.place(x, y);
    const [left, top] = [(u * view.k + view.ox) * view.ratio, (v * view.k + view.oy) * view.ratio];
    const { data } = ctx.getImageData(Math.round(left) - 2, Math.round(top) - 2, 5, 5);
    return data.filter((value, n) => n % 4 === 3 && value > 40).length;
  });
}"""


def ranked(frames: Frames) -> pd.DataFrame:
    return frames.matches.sort_values("rank").reset_index(drop=True)


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def scenes_of(frames: Frames) -> list[dict[str, object]]:
    """Return three scenes that ask for everything a scene can ask for."""
    first = ranked(frames).query("stream == 'restwarmte_ht'").iloc[0]
    names = frames.sites.set_index("site_id")["name"]
    return [
        {
            "title": "Warmte voor de kassen", "text": "Hier is\nwarmte over.\n\nEn daar is vraag.",
            "streams": ["restwarmte_ht", "co2"], "classes": ["kansrijk", "verkennen"], "max_km": 20,
            "leave_out_smallest": 30, "view": "Haarlemmermeer", "tab": "chances",
            "highlight": [f"{names[first.supply_id]} -> {names[first.demand_id]}"],
        },
        {"title": "Rond de Zaan", "latitude": 52.45, "longitude": 4.8, "zoom": 11.5, "streams": ["gft"]},
        {"title": "Wat tekortkomt", "tab": "gaps", "side": "demand", "streams": ["co2", "gft"]},
    ]  # fmt: skip


def begin(opened: Open, scene: int = 0) -> None:
    """Open the drawer and begin at a scene."""
    opened.page.click("#kk-open-present")
    opened.page.click(f".scene-list .line-button >> nth={scene}")
