#!/usr/bin/env python3
"""Checks dashboards as github.com/grafana/dashboard-linter does, a little stricter, and their format.

Usage: check.py [DASHBOARD.json ...]; without arguments, every file in dashboards/ next to this script.
Prints one line per finding and exits with 1 if there is one. With promtool in PATH it also parses every query.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from dashboard import VARIABLE, annotations, panels, substitute, variables

# Those of Grafana's units that fit what the exporter measures; add as needed.
UNITS = {"none", "short", "percentunit", "s", "bytes", "cps", "ops", "reqps", "dateTimeAsIso", "bool_yes_no"}
BUILT_IN = {"__rate_interval": "5m", "__range": "1h", "__interval": "30s"}
FUNCTIONS_OF_COUNTERS = ("rate", "irate", "increase")
KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
GROUPING = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
# The function, if the selector is its first argument; the metric; its matchers; its window.
SELECTOR = r"(?:(\w+)\s*\(\s*)?(?<![$\w:])([a-zA-Z_:][\w:]*)\b(?!\s*\()(\{[^}]*\})?(?:\[([^\]]*)\])?"


def selectors(expression):
    """Yields (metric, matchers, window, function) of each selector of a query; function is the one right around it."""
    text = blank(GROUPING, blank(r'"[^"]*"', expression))
    for match in re.finditer(SELECTOR, text):
        function, metric, _, window = match.groups()
        if metric not in KEYWORDS:
            yield metric, expression[match.start(3) : match.end(3)], window, function


def blank(pattern, text):
    """The text with spaces for what matches, so that positions stay."""
    return re.sub(pattern, lambda match: " " * len(match[0]), text)


def check_format(raw, dashboard):
    if raw != json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n":
        yield "format: not as json.dumps(indent=2, ensure_ascii=False) writes it, with a newline at the end"


def check_frame(dashboard):
    if dashboard.get("editable") is not False:
        yield "editable is not false"
    for key in ("uid", "title", "description", "schemaVersion"):
        if not dashboard.get(key):
            yield f"no {key}"
    if dashboard.get("id"):
        yield "id is set: it belongs to one Grafana"


def check_variables(dashboard):
    named = {variable.get("name"): variable for variable in variables(dashboard)}
    source = named.get("datasource", {})
    if source.get("type") != "datasource" or source.get("query") != "prometheus":
        yield "variable datasource: missing, or not a data source of type prometheus"
    if source.get("label") != "Data source":
        yield "variable datasource: label is not 'Data source'"
    for name in ("job", "instance"):
        if name not in named:
            yield f"variable {name}: missing"
    for name, variable in named.items():
        if variable.get("type") == "query":
            yield from (f"variable {name}: {finding}" for finding in check_query_variable(name, variable))


def check_query_variable(name, variable):
    if not uses_data_source(variable):
        yield "does not use ${datasource}"
    if variable.get("label") != name.title():
        yield f"label is not '{name.title()}'"
    if not variable.get("multi") or not variable.get("includeAll") or variable.get("allValue") != ".+":
        yield "is not multi-select with All as '.+'"
    if variable.get("refresh") != 2:
        yield "is not refreshed when the time range changes (refresh 2)"
    if not re.fullmatch(r"label_values\(.+, \w+\)", variable.get("query", "")):
        yield "query is not label_values(selector, label)"


def uses_data_source(holder):
    return holder.get("datasource") == {"type": "prometheus", "uid": "${datasource}"}


def check_panels(dashboard):
    known = {variable.get("name") for variable in variables(dashboard)} | set(BUILT_IN)
    seen, cells = set(), {}
    for panel in panels(dashboard):
        title = panel.get("title") or f"id {panel.get('id')}"
        for finding in [*check_panel(panel), *check_place(panel, seen, cells)]:
            yield f"panel '{title}': {finding}"
        for target in panel.get("targets", []):
            for finding in check_target(panel, target, known):
                yield f"panel '{title}' target {target.get('refId')}: {finding}"
    for annotation in annotations(dashboard):
        for finding in check_expression(annotation["expr"], known, ("$__rate_interval",)):
            yield f"annotation '{annotation.get('name')}': {finding}"


def check_panel(panel):
    if not panel.get("title") or not panel.get("description"):
        yield "no title or no description"
    if not uses_data_source(panel):
        yield "does not use ${datasource}"
    unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
    if unit not in UNITS:
        yield f"unit {unit!r} is missing or unknown"
    if not panel.get("targets"):
        yield "no targets"
    references = [target.get("refId") for target in panel.get("targets", [])]
    if len(references) != len(set(references)):
        yield "a refId is used twice"


def check_place(panel, seen, cells):
    """Panel ids are unique; panels lie within the 24 columns and do not overlap."""
    if panel.get("id") in seen:
        yield f"id {panel.get('id')} is used twice"
    seen.add(panel.get("id"))
    place = panel.get("gridPos", {})
    x, y, width, height = (place.get(key, -1) for key in "xywh")
    if x < 0 or y < 0 or width < 1 or height < 1 or x + width > 24:
        yield "gridPos is incomplete or outside of the 24 columns"
        return
    mine = {(column, line) for column in range(x, x + width) for line in range(y, y + height)}
    for other in {cells[cell] for cell in mine if cell in cells}:
        yield f"overlaps '{other}'"
    cells.update({cell: panel.get("title") for cell in mine})


def check_target(panel, target, known):
    if not uses_data_source(target):
        yield "does not use ${datasource}"
    if not target.get("expr"):
        yield "no expression"
        return
    if panel.get("type") == "timeseries" and not target.get("legendFormat"):
        yield "no legend"
    # Headline numbers are for the whole selected range; everything over time uses $__rate_interval.
    windows = ("$__rate_interval", "$__range") if panel.get("type") == "stat" else ("$__rate_interval",)
    yield from check_expression(target["expr"], known, windows)


def check_expression(expression, known, windows):
    for match in VARIABLE.finditer(expression):
        if (match[1] or match[2]) not in known:
            yield f"unknown variable {match[0]}"
    for metric, matchers, window, function in selectors(expression):
        for label in ("job", "instance"):
            if f'{label}=~"${label}"' not in matchers:
                yield f'{metric} has no matcher {label}=~"${label}"'
        if window is not None and window not in windows:
            yield f"{metric} has the window [{window}], not {' or '.join(windows)}"
        counted = function in FUNCTIONS_OF_COUNTERS and window is not None
        if re.search(r"_(total|bucket|sum|count)$", metric) and not counted:
            yield f"counter {metric} is not in rate, irate or increase"


def check_promql(dashboard):
    """Parses every query with promtool, as the expressions of a rule file."""
    values = {variable["name"]: ".+" for variable in variables(dashboard)} | BUILT_IN
    expressions = [target["expr"] for panel in panels(dashboard) for target in panel.get("targets", [])]
    expressions += [annotation["expr"] for annotation in annotations(dashboard)]
    expressions += [re.sub(r"label_values\((.+), \w+\)", r"\1", variable["query"])
                    for variable in variables(dashboard) if variable.get("type") == "query"]
    for expression in expressions:
        rules = {"groups": [{"name": "query", "rules": [{"record": "q", "expr": substitute(expression, values)}]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump(rules, file)
            file.flush()
            run = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True)
        if run.returncode != 0:
            yield f"not PromQL: {expression}"


def check(path):
    raw = path.read_text(encoding="utf-8")
    try:
        dashboard = json.loads(raw)
    except json.JSONDecodeError as error:
        return [f"not JSON: {error}"]
    findings = [*check_format(raw, dashboard), *check_frame(dashboard), *check_variables(dashboard),
                *check_panels(dashboard)]
    # Only a query whose parts are in order is worth parsing.
    if not findings and shutil.which("promtool"):
        findings = list(check_promql(dashboard))
    return findings


def main(arguments):
    here = pathlib.Path(__file__).resolve().parent
    paths = [pathlib.Path(argument) for argument in arguments] or sorted((here / "dashboards").glob("*.json"))
    findings = [f"{path.name}: {finding}" for path in paths for finding in check(path)]
    for finding in findings:
        print(finding)
    if not paths:
        print("no dashboards to check")
    return 1 if findings or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
