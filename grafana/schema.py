#!/usr/bin/env python3
"""Reads dashboards with the types that Grafana's authors generate from its schema, and finds what these do not know.

Usage: schema.py DASHBOARD.json ...
Needs the package grafana-foundation-sdk, of which there is one for each version of Grafana: see schemas. What is read
into its types and written again must have every member it had, with its value; and since these types take any value,
each must be of the type they say, and units be some that Grafana knows. Prints one line per finding and exits with 1 if
there is one.
"""

import enum
import json
import pathlib
import re
import sys
import types
import typing

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}
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


def fits(value, hint):
    """Whether a value is of the type that an annotation says; of a dictionary, only that it is one."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(fits(one, arguments[0]) for one in value)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return value in [one.value for one in hint]
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    kind = origin or hint
    return isinstance(value, kind) if isinstance(kind, type) else True


def mistyped(value, path=""):
    """What, in what was read, is of another type than the annotations say, or a unit that Grafana does not know."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from mistyped(one, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from mistyped(one, f"{path}.{key}")
    elif hasattr(value, "__dict__") and not isinstance(value, enum.Enum):
        hints = typing.get_type_hints(type(value))
        for key, one in vars(value).items():
            if not fits(one, hints.get(key)):
                yield f"{path}.{key}: {one!r} is not {hints[key]}"
            elif key == "unit" and one is not None and one not in UNITS:
                yield f"{path}.{key}: {one!r} is no unit"
            else:
                yield from mistyped(one, f"{path}.{key}")


def main(paths):
    register_default_plugins()
    findings = []
    for path in map(pathlib.Path, paths):
        before = json.loads(path.read_text(encoding="utf-8"))
        typed = Dashboard.from_json(before)
        after = json.loads(json.dumps(typed, cls=JSONEncoder))
        lost = losses(json.loads(path.read_text(encoding="utf-8")), after)
        findings += [f"{path.name}: {one}" for one in lost if not re.match("|".join(LEFT_OUT), one)]
        findings += [f"{path.name}: {one}" for one in mistyped(typed)]
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
