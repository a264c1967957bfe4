#!/usr/bin/env python3
"""Checks dashboards: by the linter's rules, and that Grafana 10 to 12 can read them and a person use them.

Usage: check.py [DASHBOARD.json ...]; without arguments, every file in dashboards/ and the provisioning.
Prints one line per finding and exits with 1 if there is one. What dashboards/.lint excludes from a rule, with its
reason, is none. Needs python3-yaml; with promtool in PATH it also parses every query.
"""

import json
import pathlib
import re
import sys

import yaml

from dashboard import VARIABLE, annotations, chosen, panels, variables
from linter import BUILT_IN, RULES, chooses, targets, unparsable

HERE = pathlib.Path(__file__).resolve().parent
# Drawn by React in each of Grafana 10, 11 and 12, unlike graph and singlestat of old, which were Angular's; and their
# options, not all that there are. schema.py knows them all.
PANEL_OPTIONS = {
    "stat": {"colorMode", "graphMode", "justifyMode", "orientation", "reduceOptions", "textMode"},
    "timeseries": {"legend", "tooltip"},
    "heatmap": {
        "calculate",
        "cellGap",
        "cellValues",
        "color",
        "exemplars",
        "filterValues",
        "legend",
        "rowsFrame",
        "tooltip",
        "yAxis",
    },
    "bargauge": {
        "displayMode",
        "minVizHeight",
        "minVizWidth",
        "orientation",
        "reduceOptions",
        "showUnfilled",
        "valueMode",
    },
    "state-timeline": {"alignValue", "legend", "mergeValues", "rowHeight", "showValue", "tooltip"},
}
PANEL_KEYS = {"id", "type", "title", "description", "datasource", "gridPos", "fieldConfig", "options", "targets"}
DASHBOARD_KEYS = {
    "uid",
    "title",
    "description",
    "tags",
    "editable",
    "graphTooltip",
    "refresh",
    "schemaVersion",
    "time",
    "timezone",
    "version",
    "annotations",
    "templating",
    "links",
    "panels",
}
VARIABLE_TYPES = {"datasource", "query", "textbox", "constant"}
# That of Grafana 10.0, and of 10.3 to 11.2: every later version still reads both, and migrates them on its own.
SCHEMAS = {38, 39}
UIDS = {"overview": "twilio-comms-overview", "exporter": "twilio-comms-exporter"}


def exclusions(path):
    """The set of (rule, title of the panel) that .lint excludes; and findings about the file itself."""
    excluded, findings = set(), []
    for rule, one in (yaml.safe_load(path.read_text(encoding="utf-8"))["exclusions"] if path.exists() else {}).items():
        if rule not in RULES:
            findings.append(f".lint: no rule {rule}")
        if len((one.get("reason") or "").split()) < 3:
            findings.append(f".lint: {rule} is excluded without a reason")
        if not one.get("entries"):
            findings.append(f".lint: {rule} is excluded for every panel")
        excluded |= {(rule, entry.get("panel")) for entry in one.get("entries") or []}
    return excluded, findings


def lint(dashboard, excluded, used):
    """What the rules find that is not excluded; adds to `used` what was excluded."""
    for name, rule in RULES.items():
        for title, finding in rule(dashboard):
            if (name, title) in excluded:
                used.add((name, title))
            else:
                yield f"{name}: {f'panel {title!r}: ' if title else ''}{finding}"


# What Grafana, and whoever looks, need more than that.


def check_format(raw, dashboard):
    if raw != json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n":
        yield "format: not as json.dumps(indent=2, ensure_ascii=False) writes it, with a newline at the end"


def check_schema(dashboard):
    """That Grafana 10, 11 and 12 read it, as far as that is known here."""
    if dashboard.get("schemaVersion") not in SCHEMAS:
        yield f"schemaVersion {dashboard.get('schemaVersion')} is none of {SCHEMAS}"
    if set(dashboard) != DASHBOARD_KEYS:
        yield f"members too many or missing: {sorted(set(dashboard) ^ DASHBOARD_KEYS)}"
    for variable in variables(dashboard):
        if variable.get("type") not in VARIABLE_TYPES:
            yield f"variable {variable.get('name')}: unknown type {variable.get('type')}"
    for panel in panels(dashboard):
        where, kind = f"panel '{panel.get('title')}'", panel.get("type")
        if kind not in PANEL_OPTIONS:
            yield f"{where}: type {kind} is not known to be in Grafana 10, 11 and 12"
        elif unknown := set(panel.get("options", {})) - PANEL_OPTIONS[kind]:
            yield f"{where}: {kind} has no options {sorted(unknown)}"
        if set(panel) != PANEL_KEYS:
            yield f"{where}: members too many or missing: {sorted(set(panel) ^ PANEL_KEYS)}"
        for target in panel.get("targets", []):
            if bool(target.get("instant")) == bool(target.get("range")):
                yield f"{where} target {target.get('refId')}: is not either instant or range"
        references = [target.get("refId") for target in panel.get("targets", [])]
        if len(references) != len(set(references)):
            yield f"{where}: a refId is used twice"


def check_places(dashboard):
    """Panel ids are unique; panels lie within the 24 columns and do not overlap."""
    seen, cells = set(), {}
    for panel in dashboard.get("panels", []):
        where, place = f"panel '{panel.get('title')}'", panel.get("gridPos", {})
        if panel.get("id") in seen:
            yield f"{where}: id {panel.get('id')} is used twice"
        seen.add(panel.get("id"))
        x, y, width, height = (place.get(key, -1) for key in "xywh")
        if x < 0 or y < 0 or width < 1 or height < 1 or x + width > 24:
            yield f"{where}: gridPos is incomplete or outside of the 24 columns"
            continue
        mine = {(column, line) for column in range(x, x + width) for line in range(y, y + height)}
        for other in {cells[cell] for cell in mine if cell in cells}:
            yield f"{where}: overlaps '{other}'"
        cells.update({cell: panel.get("title") for cell in mine})


def check_use(dashboard):
    """All that a dashboard of ours promises: choices, alerts marked, names in legends, ways to the others."""
    for name in ("account", "resource"):
        yield from (finding for _, finding in chooses(dashboard, name))
    known = {variable.get("name") for variable in variables(dashboard)} | set(BUILT_IN)
    for title, expression in targets(dashboard):
        for match in VARIABLE.finditer(expression):
            if (match[1] or match[2]) not in known:
                yield f"panel '{title}': unknown variable {match[0]}"
    for panel in panels(dashboard):
        several = panel.get("type") in ("timeseries", "bargauge", "state-timeline", "heatmap")
        if several and not all(target.get("legendFormat") for target in panel.get("targets", [])):
            yield f"panel '{panel.get('title')}': a query without a legend"
    values = chosen(dashboard) | BUILT_IN
    for annotation in annotations(dashboard):
        if finding := unparsable(annotation["expr"], values):
            yield f"annotation '{annotation.get('name')}': {finding}"
    if not any(
        'ALERTS{alertname=~"TwilioComms.*", alertstate="firing"' in one["expr"] for one in annotations(dashboard)
    ):
        yield "no annotation of alerts"


def check_links(dashboard):
    """Each dashboard leads to the other, with time and variables; and to the runbooks, where alerts do too."""
    others = {f"/d/{uid}" for uid in UIDS.values() if uid != dashboard.get("uid")}
    inside = {link.get("url"): link for link in dashboard.get("links", []) if link.get("url", "").startswith("/")}
    if set(inside) != others:
        yield f"links to {sorted(inside)}, not to {sorted(others)}"
    if not all(link.get("keepTime") and link.get("includeVars") for link in inside.values()):
        yield "a link loses time or variables"
    alerts = (HERE.parent / "deploy/prometheus/rules/alerts.yml").read_text(encoding="utf-8")
    base = re.search(r"^# (https://\S+/deploy/runbooks/)$", alerts, re.MULTILINE)[1]
    if base not in {link.get("url") for link in dashboard.get("links", [])}:
        yield f"no link to {base}, the base of all runbook_url"


def check_objectives(dashboard):
    """The objectives are those of the recording rules until somebody types others."""
    rules = yaml.safe_load((HERE.parent / "deploy/prometheus/rules/recording.yml").read_text(encoding="utf-8"))
    objectives = {
        f"{rule['labels']['slo']}_objective": re.fullmatch(r"vector\((.+)\)", rule["expr"])[1]
        for group in rules["groups"]
        for rule in group["rules"]
        if rule["record"].endswith(":objective")
    }
    for variable in variables(dashboard):
        name = variable.get("name", "")
        if name.endswith("_objective") and variable.get("query") != objectives.get(name):
            yield f"variable {name} is {variable.get('query')}, the recording rules have {objectives.get(name)}"


def check_provisioning():
    """Grafana finds the dashboards where deploy/compose.yaml mounts them, and knows how often Prometheus scrapes."""

    def read(path):
        return yaml.safe_load((HERE.parent / path).read_text(encoding="utf-8"))

    (provider,) = read("grafana/provisioning/dashboards/twilio-comms.yml")["providers"]
    mount = f"../grafana/dashboards:{provider['options']['path']}:ro"
    if mount not in read("deploy/compose.yaml")["services"]["grafana"]["volumes"]:
        yield f"provisioning/dashboards: deploy/compose.yaml does not mount {mount}"
    (source,) = read("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    interval = read("deploy/prometheus/prometheus.yml")["global"]["scrape_interval"]
    if source["jsonData"]["timeInterval"] != interval:
        yield f"provisioning/datasources: timeInterval is not {interval}, the scrape_interval of deploy/prometheus"


def check(path, excluded, used):
    raw = path.read_text(encoding="utf-8")
    try:
        dashboard = json.loads(raw)
    except json.JSONDecodeError as error:
        return [f"not JSON: {error}"]
    findings = [*check_format(raw, dashboard), *lint(dashboard, excluded, used)]
    for one in (check_schema, check_places, check_use, check_links, check_objectives):
        findings += one(dashboard)
    if dashboard.get("uid") != UIDS.get(path.stem, dashboard.get("uid")):
        findings.append(f"uid is not {UIDS[path.stem]}, which links lead to")
    return findings


def main(arguments):
    paths = [pathlib.Path(argument) for argument in arguments] or sorted((HERE / "dashboards").glob("*.json"))
    excluded, findings = exclusions(HERE / "dashboards/.lint")
    used = set()
    findings += [f"{path.name}: {finding}" for path in paths for finding in check(path, excluded, used)]
    if not arguments:
        findings += [
            f".lint: nothing to exclude from {rule} in panel '{title}'"
            for rule, title in sorted(excluded - used, key=str)
        ]
        findings += check_provisioning()
    for finding in findings:
        print(finding)
    if not paths:
        print("no dashboards to check")
    return 1 if findings or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
