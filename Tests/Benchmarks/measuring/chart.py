"""A small chart of several panels as SVG, for light and dark pages. Both axes are logarithmic, so that
decades are equally far apart and a straight line is a power."""

import math
from html import escape

WIDTH, HEIGHT, GAP = 200, 150, 24
LEFT, TOP_SPACE, BOTTOM = 8, 34, 30

STYLE = """
text { font: 11px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #1f2328 }
.value { font-size: 10px; fill: #1f2328; text-anchor: middle }
.tick { font-size: 10px; text-anchor: middle }
.axis { stroke: #d0d7de }
.line { fill: none; stroke: #0969da; stroke-width: 2; stroke-linejoin: round }
.dot { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 }
  .title, .value { fill: #f0f6fc }
  .axis { stroke: #3d444d }
  .line { stroke: #4493f8 }
  .dot { fill: #4493f8 }
}
"""


class Panel:
    """One curve: what it is, over what, its points, and the unit of their values."""

    def __init__(self, title, over, points, unit):
        self.title, self.over, self.points, self.unit = title, over, points, unit


def scale(values, low, high, least_decades=1):
    """Places on a logarithmic axis from `low` to `high`; values that hardly differ stay close together."""
    logs = [math.log10(value) for value in values]
    spread = max(max(logs) - min(logs), least_decades)
    middle = (max(logs) + min(logs)) / 2
    return [low + (high - low) * (log - middle + spread / 2) / spread for log in logs]


def short(value):
    """A number of two digits that say something: 0.0042, 1.8, 340, 2.1k, 10M."""
    rounded = float(f"{value:.2g}")
    for size, letter in (1e6, "M"), (1e3, "k"):
        if rounded >= size:
            return f"{rounded / size:g}{letter}"
    return f"{rounded:g}"


def draw_panel(panel, left, top):
    bottom, inner = top + HEIGHT - BOTTOM, (left + LEFT + 14, left + WIDTH - 22)
    xs = scale([x for x, _ in panel.points], *inner)
    ys = scale([y for _, y in panel.points], bottom - 12, top + TOP_SPACE + 12)
    parts = [
        f'<text class="title" x="{left + LEFT}" y="{top + 14}">{escape(panel.title)}, {panel.unit}</text>',
        f'<path class="axis" d="M{left + LEFT} {bottom}H{left + WIDTH}"/>',
        f'<text class="tick" x="{left + (LEFT + WIDTH) / 2}" y="{bottom + 27}">{escape(panel.over)}</text>',
        f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys))}"/>',
    ]
    for x, y, (at, value) in zip(xs, ys, panel.points):
        parts += [
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>',
            f'<text class="value" x="{x:.1f}" y="{y - 8:.1f}">{short(value)}</text>',
            f'<text class="tick" x="{x:.1f}" y="{bottom + 13}">{short(at)}</text>']
    return parts


def draw(panels):
    """The panels beside each other, as a whole SVG file."""
    width, height = len(panels) * (WIDTH + GAP) - GAP, HEIGHT + 4
    parts = [part for index, panel in enumerate(panels) for part in draw_panel(panel, index * (WIDTH + GAP), 0)]
    described = "; ".join(
        f"{panel.title}: {short(panel.points[0][1])} {panel.unit} at {short(panel.points[0][0])} {panel.over}, "
        f"{short(panel.points[-1][1])} {panel.unit} at {short(panel.points[-1][0])}" for panel in panels)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">',
        f"<title>How cost grows</title><desc>{escape(described)}</desc>", f"<style>{STYLE}</style>", *parts, "</svg>", ""])
