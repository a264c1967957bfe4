#!/usr/bin/env python3
"""Draws a dashboard as SVG, from its JSON and what a Prometheus has: to look at, and for the README.

Usage: render.py [--rate-interval 1m] [--range 1h] [--end SECONDS] DASHBOARD.json http://127.0.0.1:9090 >PICTURE.svg
It is not Grafana and shows less than Grafana does, but panels, places, titles, units, colours, thresholds, legends and
annotations are those of the JSON, and every number is a query's.
"""

import argparse
import json
import pathlib
import sys
import time

from charts import bar_gauge, heat_map, series_of, stat, state_timeline, time_series
from dashboard import annotations, chosen, substitute, variables
from query import duration, instant, over_time, samples
from svg import BACKGROUND, BLUE, BORDER, FAINT, PANEL, NAMED, Drawing

WIDTH, MARGIN, GAP, LINE = 1440, 16, 8, 38
TOP = 96
CHARTS = {
    "stat": stat,
    "timeseries": time_series,
    "heatmap": heat_map,
    "bargauge": bar_gauge,
    "state-timeline": state_timeline,
}
POINTS = {"heatmap": 60, "state-timeline": 240}


class Source:
    """A Prometheus at an end of time, with the variables' values."""

    def __init__(self, url, values, seconds, end):
        self.url, self.values, self.seconds, self.end = url, values, seconds, end
        self.start = end - seconds

    def series(self, target, kind):
        """Each with its legend, its samples as (time, number), and its labels."""
        expression = substitute(target["expr"], self.values)
        if target.get("instant"):
            found = instant(self.url, expression, self.end)
        else:
            found = over_time(self.url, expression, self.seconds, self.end, POINTS.get(kind, 180))
        return [series_of(target, one["metric"], samples(one)) for one in found]

    def marks(self, annotation):
        """The (begin, end) of each thing annotated, within the time that is shown."""
        found = over_time(self.url, substitute(annotation["expr"], self.values), self.seconds, self.end, 360)
        for one in found:
            points = samples(one)
            if annotation.get("useValueForTime"):
                spans = {(float(value) / 1000, float(value) / 1000) for _, value in points}
            else:
                spans = [(points[0][0], points[-1][0])]
            yield from (span for span in spans if span[1] >= self.start)


def head(drawing, dashboard, source):
    """Title, variables, links and annotations, as Grafana has them above the panels."""
    drawing.text(MARGIN, 32, dashboard["title"], size=19, weight=600)
    clock = [time.strftime("%Y-%m-%d %H:%M", time.gmtime(at)) for at in (source.start, source.end)]
    x = WIDTH - MARGIN - drawing.width(f"{clock[0]} to {clock[1]} UTC", 13)
    drawing.text(x, 32, f"{clock[0]} to {clock[1]} UTC", size=13, fill=FAINT)
    for link in reversed(dashboard["links"]):
        x -= drawing.width(link["title"], 13) + 20
        drawing.text(x, 32, link["title"], size=13, fill=BLUE)
    for one in reversed(annotations(dashboard)):
        x -= drawing.width(one["name"], 13) + 34
        drawing.text(x, 32, one["name"], size=13, fill=FAINT)
        drawing.rect(x - 15, 22, 10, 10, NAMED[one["iconColor"]], radius=2)
    x = MARGIN
    for variable in variables(dashboard):
        value = {"datasource": "Prometheus", "query": "All"}.get(variable["type"], variable.get("query"))
        x = box(drawing, x, variable["label"], value)


def box(drawing, x, label, value):
    """A variable with its value; returns where the next begins."""
    first, second = drawing.width(label, 13) + 16, drawing.width(value, 13) + 16
    drawing.rect(x, 52, first, 26, PANEL, stroke=BORDER)
    drawing.rect(x + first, 52, second, 26, BACKGROUND, stroke=BORDER)
    drawing.text(x + 8, 69, label, size=13)
    drawing.text(x + first + 8, 69, value, size=13, fill=BLUE)
    return x + first + second + 8


def draw(dashboard, source):
    lines = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    height = TOP + lines * LINE + 28
    drawing = Drawing(WIDTH, height, f"{dashboard['title']}, drawn by grafana/render.py")
    head(drawing, dashboard, source)
    marks = [(NAMED[one["iconColor"]], list(source.marks(one))) for one in annotations(dashboard)]
    for panel in dashboard["panels"]:
        draw_panel(drawing, panel, source, marks)
    drawing.text(
        MARGIN,
        height - 12,
        "Drawn from the dashboard's JSON and a Prometheus by grafana/render.py; not a screenshot of Grafana.",
        size=12,
        fill=FAINT,
    )
    return drawing.svg()


def draw_panel(drawing, panel, source, marks):
    column = (WIDTH - 2 * MARGIN + GAP) / 24
    place = panel["gridPos"]
    x, y = MARGIN + place["x"] * column, TOP + place["y"] * LINE
    width, height = place["w"] * column - GAP, place["h"] * LINE - GAP
    if panel["type"] == "row":
        drawing.text(x, y + 22, "⌄  " + panel["title"], size=15, weight=600)
        return
    drawing.rect(x, y, width, height, PANEL, stroke=BORDER, radius=3)
    found = [one for target in panel["targets"] for one in source.series(target, panel["type"])]
    CHARTS[panel["type"]](drawing, panel, found, (x, y, width, height), (source.start, source.end), marks)
    drawing.text(x + 10, y + 20, panel["title"], size=13.5, weight=600, limit=width - 20)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dashboard", type=pathlib.Path)
    parser.add_argument("url")
    parser.add_argument("--rate-interval", type=duration, default="1m", help="stands for $__rate_interval")
    parser.add_argument("--range", type=duration, default="1h", help="the time shown")
    parser.add_argument("--end", type=float, help="where the time shown ends, in seconds since 1970; now if not given")
    arguments = parser.parse_args()

    dashboard = json.loads(arguments.dashboard.read_text(encoding="utf-8"))
    values = chosen(dashboard)
    values |= {"__rate_interval": f"{arguments.rate_interval}s", "__range": f"{arguments.range}s"}
    end = time.time() if arguments.end is None else arguments.end
    try:
        print(draw(dashboard, Source(arguments.url.rstrip("/"), values, arguments.range, end)))
    except (OSError, ValueError) as error:
        print(f"{arguments.url}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
