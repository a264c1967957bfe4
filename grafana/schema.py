#!/usr/bin/env python3
"""Reads dashboards with the types that Grafana's authors generate from its schema, and finds what these do not know.

Usage: schema.py DASHBOARD.json ...
Needs the package grafana-foundation-sdk, of which there is one for each version of Grafana: see schemas. What is read
into its types and written again must have every member it had, with its value. Prints one line per finding and exits
with 1 if there is one.
"""

import json
import pathlib
import re
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

# What the schema of some version leaves out, though that version has it or does not need it.
LEFT_OUT = {
    r"\.annotations\.list\[\d+\]\.(tagKeys|textFormat|titleFormat|useValueForTime)": (
        "Members of a query, which the data source Prometheus reads; in the schema since Grafana 12."
    ),
    r"\.annotations\.list\[\d+\]\.builtIn": "Written by Grafana itself; in the schemas after that of 10.1.",
    r"\.panels\[\d+\]\.options\.tooltip\.(mode|show|showColorScale)": (
        "The tooltip of a heatmap: `show` in Grafana 10.1, the others in 11."
    ),
}


def losses(before, after, path=""):
    """Where a value of before is missing or other in after, which may have more."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            yield from losses(value, after.get(key), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after)):
            yield from losses(one, other, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {json.dumps(before)} is read as {json.dumps(after)}"


def main(paths):
    register_default_plugins()
    findings = []
    for path in map(pathlib.Path, paths):
        before = json.loads(path.read_text(encoding="utf-8"))
        after = json.loads(json.dumps(Dashboard.from_json(before), cls=JSONEncoder))
        lost = losses(json.loads(path.read_text(encoding="utf-8")), after)
        findings += [f"{path.name}: {one}" for one in lost if not re.match("|".join(LEFT_OUT), one)]
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
