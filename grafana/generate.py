#!/usr/bin/env python3
"""Writes dashboards/*.json from overview.py and exporter.py.

Usage: generate.py [--check]; with --check it writes nothing, says which files differ from what it would write, and
exits with 1 if one does.
"""

import json
import pathlib
import sys

import exporter
import overview

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"


def texts():
    """The files by path: two spaces a level, members in the order of the code."""
    return {
        FOLDER / f"{module.__name__}.json": json.dumps(module.dashboard(), indent=2, ensure_ascii=False) + "\n"
        for module in (overview, exporter)
    }


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    wanted = texts()
    if not arguments:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    findings = [f"{path.name}: not made by generate.py" for path in FOLDER.glob("*.json") if path not in wanted]
    findings += [
        f"{path.name}: not as generate.py writes it"
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
