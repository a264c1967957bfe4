#!/usr/bin/env python3
"""Runs every query of a dashboard against a Prometheus and fails if one returns nothing.

Usage: query.py [--rate-interval 1m] [--range 1h] DASHBOARD.json http://127.0.0.1:9090
Queries of panels, of variables and of annotations; variables stand for All. Prints one line per query that fails or
is empty (no series, or nothing but NaN) and exits with 1 if there is one, with 2 if Prometheus cannot be asked.
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

from dashboard import annotations, panels, substitute, variables

POINTS = 120


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


def instant(url, expression):
    return [[series["value"]] for series in get(url, "query", query=expression)["result"]]


def over_time(url, expression, seconds):
    now = time.time()
    step = max(seconds / POINTS, 1)
    data = get(url, "query_range", query=expression, start=now - seconds, end=now, step=step)
    return [series["values"] for series in data["result"]]


def label_values(url, expression):
    """The values of a query variable, as if each were a sample."""
    selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", expression).groups()
    return [[(0, 0)] for _ in get(url, f"label/{label}/values", **{"match[]": selector})]


def has_data(series):
    return any(value not in ("NaN", None) for samples in series for _, value in samples)


def queries(dashboard, seconds):
    """Yields (where, expression, how to run it): a function of URL and expression that returns lists of samples."""
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
            if not has_data(execute(url, expanded)):
                findings.append(f"{where}: no data: {expanded}")
        except ValueError as error:
            findings.append(f"{where}: {error}: {expanded}")
    return count, findings


def duration(text):
    """Seconds of a Prometheus duration of one unit, such as 90s or 6h."""
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 30s, 5m, 6h or 7d")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dashboard", type=pathlib.Path)
    parser.add_argument("url")
    parser.add_argument("--rate-interval", type=duration, default="1m", help="stands for $__rate_interval")
    parser.add_argument("--range", type=duration, default="1h", help="the dashboard's time range, up to now")
    arguments = parser.parse_args()

    dashboard = json.loads(arguments.dashboard.read_text(encoding="utf-8"))
    values = {variable["name"]: ".+" for variable in variables(dashboard)}
    values |= {"__rate_interval": f"{arguments.rate_interval}s", "__range": f"{arguments.range}s"}
    try:
        count, findings = run(dashboard, arguments.url.rstrip("/"), values, arguments.range)
    except OSError as error:
        print(f"{arguments.url}: cannot ask Prometheus: {error}")
        return 2
    for finding in findings:
        print(f"{arguments.dashboard.name}: {finding}")
    if count == 0:
        print(f"{arguments.dashboard.name}: no queries")
        return 1
    if not findings:
        print(f"{arguments.dashboard.name}: {count} queries, each with data")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
