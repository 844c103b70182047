"""Where everything of a Sankey diagram stands: columns from source to end, and labels that never overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap

from kansenkaart.exports.sankey.diagram import Diagram, Link, find_through

NODE_WIDTH, COLUMN, MARGIN = 14.0, 250.0, 24.0
FONT, LINE = 13.0, 17.0
# A letter is about this wide, per size of the font: wide enough for the widest common ones.
LETTER = 0.6
_BODY = 340.0
_SWEEPS = 8
_LEAST = 1.5
_STEPS = 40
# Beside a node, up to the next column.
_ROOM = COLUMN - NODE_WIDTH - 16.0


@dataclass(frozen=True)
class Box:
    """A rectangle: left, top, width and height."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True)
class Ribbon:
    """A link as it is drawn: from the right of its source to the left of its target.

    Attributes
    ----------
    lane
        Middle of the way back below everything, of a link that goes round; missing for one that goes on.
    """

    link: Link
    x0: float
    y0: float
    x1: float
    y1: float
    width: float
    lane: float | None = None

    @property
    def bend(self) -> float:
        """How far its control points stand out from its ends."""
        if self.lane is None:
            return (self.x1 - self.x0) / 2
        return 40.0 + self.width


@dataclass(frozen=True)
class Label:
    """Lines of text in a box that no other label enters."""

    lines: tuple[str, ...]
    box: Box


@dataclass(frozen=True)
class Layout:
    """A drawn diagram; `unlabelled` are the flows between processes for whose name there was no room."""

    nodes: dict[str, Box]
    ribbons: tuple[Ribbon, ...]
    labels: tuple[Label, ...]
    unlabelled: tuple[Link, ...]
    scale: float
    left: float
    width: float
    height: float


def lay_out(diagram: Diagram, lines: dict[str, tuple[str, ...]], link_lines: dict[str, str]) -> Layout:
    """Lay `diagram` out.

    Parameters
    ----------
    lines
        Text of every node.
    link_lines
        Text of every flow between two processes, by its name.
    """
    columns = _order(diagram, _find_columns(diagram))
    through = find_through(diagram)
    most = max(sum(through[name] for name in column) for column in columns)
    scale = _BODY / most if most > 0 else 0.0
    lines = {
        name: tuple(part for line in told for part in wrap_text(line, _ROOM)) for name, told in lines.items()
    }
    heights = {name: max(through[name] * scale, _LEAST) for name in through}
    needed = {name: max(heights[name] + 10.0, len(lines[name]) * LINE + 8.0) for name in through}
    tallest = max(sum(needed[name] for name in column) for column in columns)
    boxes: dict[str, Box] = {}
    for number, column in enumerate(columns):
        y = MARGIN + (tallest - sum(needed[name] for name in column)) / 2
        for name in column:
            top = y + (needed[name] - heights[name]) / 2
            boxes[name] = Box(MARGIN + number * COLUMN, top, NODE_WIDTH, heights[name])
            y += needed[name]
    ribbons, bottom = _send_back(_draw_ribbons(diagram, boxes, scale), tallest + 2 * MARGIN)
    labels = [_label_node(boxes[node.id], lines[node.id]) for node in diagram.nodes]
    unlabelled = _label_links(diagram, ribbons, labels, link_lines)
    round_about = [ribbon for ribbon in ribbons if ribbon.lane is not None]
    left = min((ribbon.x1 - ribbon.bend - ribbon.width / 2 for ribbon in round_about), default=0.0)
    right = max((ribbon.x0 + ribbon.bend + ribbon.width / 2 for ribbon in round_about), default=0.0)
    width = max(MARGIN + len(columns) * COLUMN, right)
    return Layout(boxes, ribbons, tuple(labels), tuple(unlabelled), scale, min(left, 0.0), width, bottom)


def fit_text(text: str, width: float) -> str:
    """Return `text` cut to `width`.

    Examples
    --------
    >>> fit_text("zuiveringsslib", 60)
    'zuiver…'
    """
    most = int(width / (LETTER * FONT))
    return text if len(text) <= most else text[: most - 1] + "…"


def wrap_text(text: str, width: float) -> list[str]:
    """Return `text` in lines of at most `width`, broken between words; a word that is longer is cut.

    Examples
    --------
    >>> wrap_text("levering aan een glastuinbouwgebied", 120)
    ['levering aan', 'een', 'glastuinbouwge…']
    """
    most = int(width / (LETTER * FONT))
    return [
        fit_text(line, width) for line in wrap(text, most, break_long_words=False, break_on_hyphens=False)
    ]


def _find_columns(diagram: Diagram) -> dict[str, int]:
    """Column of every node: one further than the furthest that feeds it; what goes round is not followed twice."""
    follows: dict[str, list[str]] = {node.id: [] for node in diagram.nodes}
    for link in diagram.links:
        follows[link.source].append(link.target)
    state: dict[str, int] = {}
    done: list[str] = []
    forward: set[tuple[str, str]] = set()
    fed = {link.target for link in diagram.links}
    starts = [name for name in follows if name not in fed] + list(follows)
    for start in starts:
        path = [(start, iter(follows[start]))] if start not in state else []
        state.setdefault(start, 1)
        while path:
            name, rest = path[-1]
            step = next(rest, None)
            if step is None:
                state[name] = 2
                done.append(name)
                path.pop()
            elif state.get(step) != 1:  # one that is being followed now closes a circle
                forward.add((name, step))
                if step not in state:
                    state[step] = 1
                    path.append((step, iter(follows[step])))
    column = dict.fromkeys(follows, 0)
    for name in reversed(done):
        for step in follows[name]:
            if (name, step) in forward:
                column[step] = max(column[step], column[name] + 1)
    for link in diagram.links:  # what comes from outside stands right before where it goes
        if link.source.startswith("i:"):
            column[link.source] = max(column[link.target] - 1, 0)
    return column


def _order(diagram: Diagram, column: dict[str, int]) -> list[list[str]]:
    """Nodes per column, each near what it is linked with: sweeps of barycentres, to and fro."""
    columns: list[list[str]] = [[] for _ in range(max(column.values()) + 1)]
    for node in diagram.nodes:
        columns[column[node.id]].append(node.id)
    near: dict[str, list[str]] = {node.id: [] for node in diagram.nodes}
    for link in diagram.links:
        near[link.source].append(link.target)
        near[link.target].append(link.source)
    for sweep in range(_SWEEPS):
        for names in columns if sweep % 2 else reversed(columns):
            place = {name: (at + 0.5) / len(one) for one in columns for at, name in enumerate(one)}
            middle = {
                name: sum(place[other] for other in near[name]) / len(near[name])
                if near[name]
                else place[name]
                for name in names
            }
            names.sort(key=lambda name: (middle[name], name))
    return [names for names in columns if names]


def _draw_ribbons(diagram: Diagram, boxes: dict[str, Box], scale: float) -> tuple[Ribbon, ...]:
    """Ribbons side by side on every node, in the order of where they go."""
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    for side, other, at in (("source", "target", starts), ("target", "source", ends)):
        used = {name: box.y for name, box in boxes.items()}
        numbers = sorted(
            range(len(diagram.links)),
            key=lambda number: (boxes[getattr(diagram.links[number], other)].y, number),
        )
        for number in numbers:
            link = diagram.links[number]
            at[number] = used[getattr(link, side)]
            used[getattr(link, side)] += (link.quantity or 0.0) * scale
    return tuple(
        Ribbon(
            link,
            boxes[link.source].x + NODE_WIDTH,
            starts[number],
            boxes[link.target].x,
            ends[number],
            (link.quantity or 0.0) * scale,
        )
        for number, link in enumerate(diagram.links)
    )


def _send_back(ribbons: tuple[Ribbon, ...], bottom: float) -> tuple[tuple[Ribbon, ...], float]:
    """Give what goes round a lane of its own below everything, the narrowest first; return the new bottom too."""
    lanes = {}
    for number in sorted(range(len(ribbons)), key=lambda number: (ribbons[number].width, number)):
        one = ribbons[number]
        if one.x1 < one.x0:
            lanes[number] = bottom + one.width / 2
            bottom += one.width + LINE
    sent = tuple(replace(one, lane=lanes.get(number)) for number, one in enumerate(ribbons))
    return sent, bottom


def _label_node(box: Box, lines: tuple[str, ...]) -> Label:
    """To the right of its node, in the slot that is kept for it."""
    width = max(len(line) for line in lines) * LETTER * FONT
    height = len(lines) * LINE
    return Label(lines, Box(box.x + NODE_WIDTH + 6.0, box.y + box.height / 2 - height / 2, width, height))


def _label_links(
    diagram: Diagram, ribbons: tuple[Ribbon, ...], labels: list[Label], texts: dict[str, str]
) -> list[Link]:
    """Name the flows between processes where there is room, the largest first; return those without."""
    without = []
    taken = [label.box for label in labels]
    kinds = {node.id: node.kind for node in diagram.nodes}
    for ribbon in sorted(ribbons, key=lambda one: (-one.width, one.link.flow)):
        link = ribbon.link
        if {kinds[link.source], kinds[link.target]} != {"process"} or link.target == f"p:{link.flow}":
            continue  # its node bears its name
        text = fit_text(texts[link.flow], COLUMN - 2 * NODE_WIDTH)
        width = len(text) * LETTER * FONT
        centre = (ribbon.y0 + ribbon.y1 + ribbon.width) / 2 if ribbon.lane is None else ribbon.lane
        middle = centre - LINE / 2
        x = (ribbon.x0 + ribbon.x1) / 2 - width / 2
        box = next(
            (
                one
                for step in range(_STEPS)
                if not any((one := _moved(x, middle, width, step)).meets(other) for other in taken)
            ),
            None,
        )
        if box is None or box.y < 0:
            without.append(link)
            continue
        taken.append(box)
        labels.append(Label((text,), box))
    return without


def _moved(x: float, y: float, width: float, step: int) -> Box:
    """The place tried in `step`: in the middle, then ever further below and above."""
    off = (step + 1) // 2 * (LINE / 2) * (1 if step % 2 else -1)
    return Box(x, y + off, width, LINE)
