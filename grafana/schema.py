#!/usr/bin/env python3
"""Reads dashboards with the types that Grafana generates from its own schemas, of one version of Grafana.

Usage: schema.py FOLDER DASHBOARD.json ...
FOLDER is where `pip install --target` has put grafana-foundation-sdk of that version. Prints one line per member that
its types do not have, or have with another type, and per unit that Grafana does not know; exits with 1 if there is one.
"""

import enum
import importlib
import json
import re
import sys
import types
import typing

# Members that the types leave out.
OPEN = {
    r"annotations\.list\[\]\.(step|tagKeys|textFormat|titleFormat|useValueForTime)":
        "a data source may add members to an annotation, and Prometheus' has these",
    r"templating\.list\[\]\.definition": "what the list of variables shows; Grafana writes it itself",
    # Up to 10.3 and 10.2; members that a version does not know do nothing in it.
    r"annotations\.list\[\]\.builtIn": "Grafana 10.1 writes it, but has no type for it",
    r"panels\[\]\.options\.(tooltip\.(mode|showColorScale)|namePlacement|sizing)": "newer than Grafana 10.1",
    r"panels\[\]\.fieldConfig\.defaults\.custom\.spanNulls": "a state timeline's, which the editor has and no type",
}


def lost(before, after, path=""):
    """Yields what reading and writing a value did not keep."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            inner = f"{path}.{key}".lstrip(".")
            if key in after:
                yield from lost(value, after[key], inner)
            elif not any(re.fullmatch(pattern, inner) for pattern in OPEN):
                yield f"{inner}: not in the schema"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after):
            yield from lost(one, other, path + "[]")
    elif before != after:
        yield f"{path}: {before!r} is read as {after!r}"


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


def mistyped(value, units, path=""):
    """Yields the members of an object, and of those in it, that are of another type than the annotations say."""
    if isinstance(value, list):
        for one in value:
            yield from mistyped(one, units, path + "[]")
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from mistyped(one, units, f"{path}.{key}")
    elif hasattr(value, "__dict__") and not isinstance(value, enum.Enum):
        hints = typing.get_type_hints(type(value))
        for key, one in vars(value).items():
            inner = f"{path}.{key}".lstrip(".")
            if not fits(one, hints.get(key)):
                yield f"{inner}: {one!r} is not {hints[key]}"
            elif key == "unit" and one is not None and one not in units:
                yield f"{inner}: {one!r} is no unit"
            else:
                yield from mistyped(one, units, inner)


def findings(folder, dashboard):
    """What the types in the folder do not take of a dashboard, sorted. One folder for a process: the names are the same."""
    sys.path.insert(0, str(folder))
    module = importlib.import_module("grafana_foundation_sdk.models.dashboard")
    encoder = importlib.import_module("grafana_foundation_sdk.cog.encoder")
    importlib.import_module("grafana_foundation_sdk.cog.plugins").register_default_plugins()
    names = vars(importlib.import_module("grafana_foundation_sdk.models.units"))
    units = {value for name, value in names.items() if isinstance(value, str) and not name.startswith("_")}

    read = module.Dashboard.from_json(dashboard)
    written = json.loads(json.dumps(read, cls=encoder.JSONEncoder))
    return sorted({*lost(dashboard, written), *mistyped(read, units)})


def main(arguments):
    if len(arguments) < 2:
        print(__doc__)
        return 2
    folder, *paths = arguments
    count = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for finding in findings(folder, json.load(file)):
                print(f"{path}: {finding}")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
