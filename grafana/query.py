#!/usr/bin/env python3
"""Runs every query of dashboards against a Prometheus and fails if one returns nothing.

Usage: query.py [--rate-interval 1m] [--range 1h] DASHBOARD.json [...] http://127.0.0.1:9090
Queries of panels, of variables and of annotations; variables have the values they are opened with. Prints one line
per query that fails or is empty (no series, or nothing but NaN) and exits with 1 if there is one, with 2 if Prometheus
cannot be asked.
"""

import argparse
import json
import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from dashboard import annotations, chosen, panels, substitute, variables

POINTS = 120
# What has no data while all is well. These run as well, and must be valid.
MAY_BE_EMPTY = {"annotation 'Alerts'": "No alert fires where nothing is wrong; ALERTS has no series then."}


def get(url, path, **parameters):
    """The data of an answer of Prometheus' HTTP API; ValueError with Prometheus' own words if it refuses."""
    # Not through a proxy: a test's Prometheus is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=30) as response:
            return json.load(response)["data"]
    except urllib.error.HTTPError as error:
        try:
            reason = json.load(error)["error"]
        except (ValueError, KeyError):
            reason = f"status {error.code}"
        raise ValueError(reason) from error


def instant(url, expression, end=None):
    """The series at a time, now if it is None: each with its labels and a sample."""
    at = {} if end is None else {"time": end}
    return get(url, "query", query=expression, **at)["result"]


def over_time(url, expression, seconds, end=None, points=POINTS):
    """The series in the seconds up to a time: each with its labels and samples."""
    end = time.time() if end is None else end
    step = max(seconds / points, 1)
    return get(url, "query_range", query=expression, start=end - seconds, end=end, step=step)["result"]


def samples(series):
    return series["values"] if "values" in series else [series["value"]]


def label_values(url, expression):
    """The values of a query variable, as if each were a series with a sample."""
    selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", expression).groups()
    return [{"value": (0, value)} for value in get(url, f"label/{label}/values", **{"match[]": selector})]


def has_data(series):
    return any(value not in ("NaN", None) for one in series for _, value in samples(one))


def queries(dashboard, seconds):
    """Yields (where, expression, how to run it): a function of URL and expression that returns series."""

    def ranged(url, expression):
        return over_time(url, expression, seconds)

    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            where = f"panel '{panel.get('title')}' target {target.get('refId')}"
            yield where, target["expr"], instant if target.get("instant") else ranged
    for annotation in annotations(dashboard):
        yield f"annotation '{annotation.get('name')}'", annotation["expr"], ranged
    for variable in variables(dashboard):
        if variable.get("type") == "query":
            yield f"variable '{variable.get('name')}'", variable["query"], label_values


def run(dashboard, url, values, seconds):
    """Runs all queries; returns how many, and one line for each that fails or is empty."""
    count, findings = 0, []
    for where, expression, execute in queries(dashboard, seconds):
        count += 1
        expanded = substitute(expression, values)
        try:
            if not has_data(execute(url, expanded)) and where not in MAY_BE_EMPTY:
                findings.append(f"{where}: no data: {expanded}")
        except ValueError as error:
            findings.append(f"{where}: {error}: {expanded}")
    places = {where for where, _, _ in queries(dashboard, seconds)}
    findings += [f"{where}: may be empty, but is no query" for where in MAY_BE_EMPTY if where not in places]
    return count, findings


def report(path, url, rate_interval, seconds):
    """Prints what there is to say about one dashboard; true if all is well."""
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    values = chosen(dashboard) | {"__rate_interval": f"{rate_interval}s", "__range": f"{seconds}s"}
    count, findings = run(dashboard, url, values, seconds)
    for finding in findings:
        print(f"{path.name}: {finding}")
    if not findings:
        print(f"{path.name}: {count} queries, each with data but for {', '.join(MAY_BE_EMPTY)}")
    return not findings


def duration(text):
    """Seconds of a Prometheus duration of one unit, such as 90s or 6h."""
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 30s, 5m, 6h or 7d")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dashboards", type=pathlib.Path, nargs="+")
    parser.add_argument("url")
    parser.add_argument("--rate-interval", type=duration, default="1m", help="stands for $__rate_interval")
    parser.add_argument("--range", type=duration, default="1h", help="the dashboard's time range, up to now")
    arguments = parser.parse_args()

    try:
        well = [
            report(path, arguments.url.rstrip("/"), arguments.rate_interval, arguments.range)
            for path in arguments.dashboards
        ]
    except OSError as error:
        print(f"{arguments.url}: cannot ask Prometheus: {error}")
        return 2
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
