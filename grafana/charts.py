"""The kinds of panels, drawn into a rectangle. Each takes the drawing, the panel's JSON, the series found, the rectangle
as (x, y, width, height), the time shown as (start, end), and the annotations as (colour, spans of time)."""

import math
import re
from dataclasses import dataclass, field

from svg import FAINT, GRID, NAMED, PALETTE, number
from units import clock_ticks, ticks, written


@dataclass
class Series:
    name: str
    points: list
    labels: dict = field(default_factory=dict)

    @property
    def last(self):
        return next((value for _, value in reversed(self.points) if not math.isnan(value)), math.nan)


def series_of(target, labels, samples):
    """A series of Prometheus under the name that the query's legend gives it."""
    name = re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), target["legendFormat"])
    return Series(name, [(at, float(value)) for at, value in samples], labels)


def defaults(panel):
    return panel["fieldConfig"]["defaults"]


def overrides(panel, name):
    """The properties that the panel sets for a series of this name."""
    return {
        one["id"]: one["value"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"] == {"id": "byName", "options": name}
        for one in override["properties"]
    }


def colors(panel, found):
    """Each series' own colour, or the next of the palette."""
    return [
        NAMED[own["fixedColor"]] if (own := overrides(panel, one.name).get("color")) else PALETTE[i % len(PALETTE)]
        for i, one in enumerate(found)
    ]


def state_of(panel, value):
    """The text, if a mapping has one, and the colour of a value."""
    for mapping in defaults(panel).get("mappings", []):
        if one := mapping["options"].get(f"{value:g}"):
            return one["text"], NAMED[one["color"]]
    steps = defaults(panel)["thresholds"]["steps"]
    return None, NAMED[[step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]]


def stat(drawing, panel, found, place, _, __):
    x, y, width, height = place
    unit, decimals = defaults(panel)["unit"], defaults(panel).get("decimals")
    if not found:
        drawing.text(
            x + width / 2,
            y + height / 2 + 16,
            defaults(panel).get("noValue", "No data"),
            size=20,
            fill=FAINT,
            anchor="middle",
        )
    for index, one in enumerate(found):
        text, tint = state_of(panel, one.last)
        shown = one.name if panel["options"]["textMode"] == "name" else text or written(one.last, unit, decimals)
        room = width / len(found)
        if panel["options"]["colorMode"] == "background":
            drawing.rect(x + index * room, y, room, height, tint, radius=3, opacity=0.75)
            tint = "#fff"
        size = min(38, (room - 32) / len(shown) / 0.68)
        named = panel["options"]["textMode"] == "value_and_name"
        middle = x + (index + 0.5) * room
        drawing.text(
            middle,
            y + height / 2 + 10 + size / 3 - (8 if named else 0),
            shown,
            size=round(size, 1),
            fill=tint,
            anchor="middle",
            weight=600,
        )
        if named:
            drawing.text(middle, y + height - 20, one.name, size=13, fill=FAINT, anchor="middle")


def bar_gauge(drawing, panel, found, place, _, __):
    x, y, width, height = place
    names = max((drawing.width(one.name, 13) for one in found), default=0) + 24
    top = max((one.last for one in found), default=0) or 1
    room = (height - 40) / max(len(found), 1)
    left, longest = x + names, width - names - 110
    for index, (one, tint) in enumerate(zip(found, colors(panel, found))):
        line = y + 32 + index * room
        drawing.text(x + 12, line + room / 2 + 4, one.name, size=13)
        drawing.rect(left, line + 4, longest, room - 8, "#22252b", radius=2)
        drawing.rect(left, line + 4, longest * one.last / top, room - 8, tint, radius=2, opacity=0.8)
        drawing.text(
            left + longest + 12,
            line + room / 2 + 7,
            written(one.last, defaults(panel)["unit"]),
            size=20,
            fill=tint,
            weight=600,
        )


def legend(drawing, panel, found, tints, place):
    """Names with last values below the chart, in as many lines as they need, up to three; returns its height."""
    x, y, width, height = place
    unit = defaults(panel)["unit"]
    lines, room = [[]], width - 24
    for one, tint in zip(found, tints):
        last = written(one.last, unit)
        need = drawing.width(f"{one.name} {last}", 12) + 44
        if need > room and lines[-1]:
            lines.append([])
            room = width - 24
        lines[-1].append((one.name, last, tint, width - 24 - room))
        room -= need
    left_out = sum(map(len, lines[3:]))
    lines = lines[:3]
    bottom = y + height - 12
    for number_of, line in enumerate(reversed(lines)):
        for name, last, tint, offset in line:
            at = x + 12 + offset
            drawing.rect(at, bottom - number_of * 18 - 5, 14, 4, tint, radius=2)
            drawing.text(at + 20, bottom - number_of * 18, name, size=12)
            drawing.text(at + 28 + drawing.width(name, 12), bottom - number_of * 18, last, size=12, fill=FAINT)
    if left_out:
        drawing.text(x + width - 12, bottom, f"and {left_out} more", size=12, fill=FAINT, anchor="end")
    return len(lines) * 18 + 8


def clock_axis(drawing, area, span, below=True, lines=True):
    left, top, width, height = area
    for at, text in clock_ticks(*span):
        x = left + (at - span[0]) / (span[1] - span[0]) * width
        if lines:
            drawing.line(x, top, x, top + height, GRID)
        if below and left + 10 < x < left + width - 10:
            drawing.text(x, top + height + 16, text, size=11.5, fill=FAINT, anchor="middle")


def mark(drawing, area, span, marks):
    """Annotations: a dashed line where one begins, and a shade until it ends."""
    left, top, width, height = area
    for tint, spans in marks:
        for begin, end in spans:
            first, last = (
                left + (min(max(at, span[0]), span[1]) - span[0]) / (span[1] - span[0]) * width for at in (begin, end)
            )
            if last - first > 1:
                drawing.rect(first, top, last - first, height, tint, opacity=0.09)
                drawing.rect(first, top + height, last - first, 3, tint)
            drawing.line(first, top, first, top + height, tint, dash="3 3")


def scale(panel, found, stacked):
    """The numbers at the vertical axis."""
    values = [value for one in found for _, value in one.points if not math.isnan(value)] or [0]
    if stacked:
        sums = {}
        for one in found:
            for at, value in one.points:
                sums[at] = sums.get(at, 0) + value
        values = [0, *sums.values()]
    low, high = min(values), max(values)
    low = defaults(panel).get("min", low - (high - low) * 0.1)
    high = max(high, defaults(panel)["custom"].get("axisSoftMax", high))
    if high - low < 1e-12:
        low, high = (low, low + 1) if low == 0 else (low - abs(low) * 0.1, high + abs(high) * 0.1)
    return ticks(low, high, defaults(panel)["unit"])


def runs(points):
    """The points cut where they are no numbers, or further apart than usual: where a line has gaps."""
    usual = min((after[0] - before[0] for before, after in zip(points, points[1:])), default=1)
    run = []
    for at, value in points:
        if run and (math.isnan(value) or at - run[-1][0] > usual * 1.5):
            yield run
            run = []
        if not math.isnan(value):
            run.append((at, value))
    if run:
        yield run


def time_series(drawing, panel, found, place, span, marks):
    x, y, width, height = place
    custom, unit = defaults(panel)["custom"], defaults(panel)["unit"]
    stacked = custom["stacking"]["mode"] == "normal"
    if custom["drawStyle"] == "bars":
        found = [one for one in found if any(value > 0 for _, value in one.points)] or found
    tints = colors(panel, found)
    below = legend(drawing, panel, found, tints, place)
    axis = scale(panel, found, stacked)
    labels = [written(one, unit) for one in axis]
    left = x + 18 + max(drawing.width(text, 11.5) for text in labels)
    area = (left, y + 36, x + width - 14 - left, height - 36 - below - 24)

    def at_x(at):
        return left + (at - span[0]) / (span[1] - span[0]) * area[2]

    def at_y(value):
        return area[1] + area[3] * (1 - (value - axis[0]) / (axis[-1] - axis[0]))

    for value, text in zip(axis, labels):
        drawing.line(left, at_y(value), left + area[2], at_y(value), GRID)
        drawing.text(left - 8, at_y(value) + 4, text, size=11.5, fill=FAINT, anchor="end")
    clock_axis(drawing, area, span)
    mark(drawing, area, span, marks)
    base = {}
    for one, tint in zip(found, tints):
        own = overrides(panel, one.name)
        points = [(at, value + base.get(at, 0)) for at, value in one.points]
        for run in runs(points):
            floor = [(at, base.get(at, 0) if stacked else max(axis[0], 0)) for at, _ in run]
            draw_run(drawing, run, floor, tint, custom, own, at_x, at_y)
        if stacked:
            base |= dict(points)


def draw_run(drawing, run, floor, tint, custom, own, at_x, at_y):
    if custom["drawStyle"] == "bars":
        d = "".join(
            f"M{number(at_x(at))} {number(at_y(low))}V{number(at_y(high))}"
            for (at, high), (_, low) in zip(run, floor)
            if high > low
        )
        if d:
            drawing.path(d, stroke=tint, width=2)
        return
    line, back = (
        "L".join(f"{number(at_x(at))} {number(at_y(value))}" for at, value in compact(edge))
        for edge in (run, floor[::-1])
    )
    if custom["fillOpacity"] and "custom.lineStyle" not in own:
        drawing.path(f"M{line}L{back}Z", fill=tint, opacity=custom["fillOpacity"] / 100)
    width = own.get("custom.lineWidth", custom["lineWidth"] * 1.3)
    if width:
        drawing.path(f"M{line}", stroke=tint, width=width, dash="8 6" if "custom.lineStyle" in own else None)


def compact(points):
    """The points without those between two of the same value, which a straight line passes anyway."""
    return [
        point
        for index, point in enumerate(points)
        if index in (0, len(points) - 1) or not points[index - 1][1] == point[1] == points[index + 1][1]
    ]


RAMPS = {"Oranges": ((0x4A, 0x24, 0x08), (0xFF, 0xB3, 0x57)), "Blues": ((0x0E, 0x2A, 0x52), (0x9C, 0xCB, 0xFF))}
SHADES = 12


def heat_map(drawing, panel, found, place, span, marks):
    """A row for each bucket that ever has something, and one on either side of them."""
    x, y, width, height = place
    rows = buckets(found)
    used = [index for index, (_, cells) in enumerate(rows) if any(value > 0.01 for value in cells.values())]
    if not used:
        drawing.text(x + width / 2, y + height / 2, "No data", size=20, fill=FAINT, anchor="middle")
        return
    rows = rows[max(used[0] - 1, 0) : used[-1] + 2]
    unit = panel["options"]["yAxis"]["unit"]
    labels = [written(edge, unit) if math.isfinite(edge) else "+Inf" for edge, _ in rows]
    left = x + 18 + max(drawing.width(text, 11.5) for text in labels)
    area = (left, y + 36, x + width - 14 - left, height - 36 - 30)
    tall = area[3] / len(rows)
    most = max(value for _, cells in rows for value in cells.values())
    times = sorted({at for _, cells in rows for at in cells})
    step = min((after - before for before, after in zip(times, times[1:])), default=span[1] - span[0])
    wide = step / (span[1] - span[0]) * area[2]
    shades = {}
    for index, (_, cells) in enumerate(rows):
        top = area[1] + (len(rows) - 1 - index) * tall
        drawing.text(left - 8, top + tall / 2 + 4, labels[index], size=11.5, fill=FAINT, anchor="end")
        for at in times:
            if cells.get(at, 0) > 0.01 and at - step >= span[0]:
                shade = math.ceil((cells[at] / most) ** panel["options"]["color"]["exponent"] * SHADES)
                end = left + (at - span[0]) / (span[1] - span[0]) * area[2]
                shades.setdefault(shade, []).append(
                    f"M{number(end - wide)} {number(top + 0.5)}"
                    f"h{number(wide - 1)}v{number(tall - 1)}h-{number(wide - 1)}z"
                )
    clock_axis(drawing, area, span, lines=False)
    low, high = RAMPS[panel["options"]["color"]["scheme"]]
    for shade, cells in sorted(shades.items()):
        tint = "#" + "".join(f"{round(a + (b - a) * shade / SHADES):02x}" for a, b in zip(low, high))
        drawing.path("".join(cells), fill=tint)
    mark(drawing, area, span, marks)


def buckets(found):
    """(upper edge, observations by time) of each bucket alone: Prometheus' also count what lies in those below."""
    rows, before = [], {}
    for one in sorted(found, key=lambda one: float(one.labels["le"].replace("+Inf", "inf"))):
        cells = dict(one.points)
        rows.append((float(one.labels["le"]), {at: value - before.get(at, 0) for at, value in cells.items()}))
        before = cells
    return rows


def state_timeline(drawing, panel, found, place, span, marks):
    x, y, width, height = place
    left = x + 18 + max((drawing.width(one.name, 12) for one in found), default=0)
    area = (left, y + 36, x + width - 14 - left, height - 36 - 30)
    room = area[3] / max(len(found), 1)
    clock_axis(drawing, area, span, lines=False)
    for index, one in enumerate(found):
        top, tall = area[1] + (index + 0.1) * room, room * panel["options"]["rowHeight"]
        drawing.text(left - 8, top + tall / 2 + 4, one.name, size=12, anchor="end")
        for value, begin, end in bands(one.points):
            text, tint = state_of(panel, value)
            first, last = (left + (at - span[0]) / (span[1] - span[0]) * area[2] for at in (begin, end))
            drawing.rect(first, top, last - first, tall, tint, opacity=defaults(panel)["custom"]["fillOpacity"] / 100)
            if text and last - first > drawing.width(text, 12) + 12:
                drawing.text(first + 8, top + tall / 2 + 4, text, size=12, fill="#fff")


def bands(points):
    """(value, begin, end) of each time in which the value stayed the same."""
    for run in runs(points):
        begin = run[0]
        for before, point in zip(run, run[1:]):
            if point[1] != begin[1]:
                yield begin[1], begin[0], point[0]
                begin = point
        yield begin[1], begin[0], run[-1][0]
