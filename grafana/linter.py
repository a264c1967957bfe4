"""The rules of github.com/grafana/dashboard-linter, each a function of the same name and a little stricter."""

import json
import re
import shutil
import subprocess
import tempfile
from functools import cache

from dashboard import chosen, panels, substitute, variables

# Those of Grafana's units that fit what the exporter measures; add as needed.
UNITS = {"none", "short", "percentunit", "s", "bytes", "cps", "ops", "reqps", "dateTimeAsIso"}
FUNCTIONS_OF_COUNTERS = ("rate", "irate", "increase")
KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
GROUPING = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
# The function, if the selector is its first argument; the metric; its matchers; its window.
SELECTOR = r"(?:(\w+)\s*\(\s*)?(?<![$\w:])([a-zA-Z_:][\w:]*)\b(?!\s*\()(\{[^}]*\})?(?:\[([^\]]*)\])?"
BUILT_IN = {"__rate_interval": "5m", "__range": "1h", "__interval": "30s"}


# What queries are made of.


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


def targets(dashboard):
    """Yields (title of the panel, query)."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel.get("title"), target.get("expr", "")


def query_variables(dashboard):
    return [variable for variable in variables(dashboard) if variable.get("type") == "query"]


def uses_data_source(holder):
    return holder.get("datasource") == {"type": "prometheus", "uid": "${datasource}"}


def unparsable(expression, values):
    """What is wrong with a query that is not PromQL; None if it is, or if there is no promtool."""
    try:
        return None if is_promql(substitute(expression, values)) else f"not PromQL: {expression}"
    except KeyError as error:
        return f"unknown variable ${error.args[0]}"


@cache
def is_promql(expression):
    """Whether promtool takes it as the expression of a rule."""
    if not shutil.which("promtool"):
        return True
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "query", "rules": [{"record": "q", "expr": expression}]}]}, file)
        file.flush()
        return subprocess.run(["promtool", "check", "rules", file.name], capture_output=True).returncode == 0


# The linter's rules. Each yields (title of the panel or None, finding).


def template_datasource_rule(dashboard):
    sources = [variable for variable in variables(dashboard) if variable.get("type") == "datasource"]
    if [(one.get("name"), one.get("query")) for one in sources] != [("datasource", "prometheus")]:
        yield None, "there is not one data source variable 'datasource' of type prometheus"
    for one in sources:
        if one.get("label") != "Data source":
            yield None, "the label of variable datasource is not 'Data source'"


def chooses(dashboard, name):
    """Whether the variable lets one choose some or all of the values of a label."""
    variable = next((one for one in variables(dashboard) if one.get("name") == name), None)
    if variable is None or variable.get("type") != "query":
        yield None, f"variable {name}: missing, or not a query"
        return
    if not uses_data_source(variable):
        yield None, f"variable {name}: does not use ${{datasource}}"
    if variable.get("label") != name.title():
        yield None, f"variable {name}: label is not '{name.title()}'"
    if not variable.get("multi") or not variable.get("includeAll") or variable.get("allValue") != ".+":
        yield None, f"variable {name}: is not multi-select with All as '.+'"


def template_job_rule(dashboard):
    yield from chooses(dashboard, "job")


def template_instance_rule(dashboard):
    yield from chooses(dashboard, "instance")


def template_label_promql_rule(dashboard):
    values = chosen(dashboard) | BUILT_IN
    for variable in query_variables(dashboard):
        match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable.get("query", ""))
        if match is None:
            yield None, f"variable {variable.get('name')}: query is not label_values(selector, label)"
        elif finding := unparsable(match[1], values):
            yield None, f"variable {variable.get('name')}: {finding}"


def template_on_time_change_reload_rule(dashboard):
    for variable in query_variables(dashboard):
        if variable.get("refresh") != 2:
            yield None, f"variable {variable.get('name')}: is not refreshed when the time range changes (refresh 2)"


def panel_datasource_rule(dashboard):
    for panel in panels(dashboard):
        if not all(uses_data_source(one) for one in [panel, *panel.get("targets", [])]):
            yield panel.get("title"), "it or a query does not use ${datasource}"


def panel_title_description_rule(dashboard):
    for panel in panels(dashboard):
        if not panel.get("title") or not panel.get("description"):
            yield panel.get("title"), f"id {panel.get('id')} has no title or no description"


def panel_units_rule(dashboard):
    for panel in panels(dashboard):
        unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
        if unit not in UNITS:
            yield panel.get("title"), f"unit {unit!r} is missing or unknown"


def panel_no_targets_rule(dashboard):
    for panel in panels(dashboard):
        if not panel.get("targets"):
            yield panel.get("title"), "no queries"


def target_logql_rule(dashboard):
    """No query is of logs: the linter wants those to parse."""
    for panel in panels(dashboard):
        if any(target.get("datasource", {}).get("type") != "prometheus" for target in panel.get("targets", [])):
            yield panel.get("title"), "a query of something else than Prometheus"


def target_logql_auto_rule(dashboard):
    """The linter wants $__auto in queries of logs; here it would be a window no query of Prometheus has."""
    for title, expression in targets(dashboard):
        if "$__auto" in expression or "${__auto" in expression:
            yield title, "$__auto is for queries of logs"


def target_promql_rule(dashboard):
    values = chosen(dashboard) | BUILT_IN
    for title, expression in targets(dashboard):
        if not expression:
            yield title, "an empty query"
        elif finding := unparsable(expression, values):
            yield title, finding


def target_rate_interval_rule(dashboard):
    for title, expression in targets(dashboard):
        for metric, _, window, _ in selectors(expression):
            if window is not None and window != "$__rate_interval":
                yield title, f"{metric} has the window [{window}], not $__rate_interval"


def lacks_matcher(dashboard, label):
    for title, expression in targets(dashboard):
        for metric, matchers, _, _ in selectors(expression):
            if f'{label}=~"${label}"' not in matchers:
                yield title, f'{metric} has no matcher {label}=~"${label}"'


def target_job_rule(dashboard):
    yield from lacks_matcher(dashboard, "job")


def target_instance_rule(dashboard):
    yield from lacks_matcher(dashboard, "instance")


def target_counter_agg_rule(dashboard):
    """The linter overlooks counters with matchers, and the parts of histograms."""
    for title, expression in targets(dashboard):
        for metric, _, window, function in selectors(expression):
            counter = re.search(r"_(total|bucket|sum|count)$", metric)
            if counter and (window is None or function not in FUNCTIONS_OF_COUNTERS):
                yield title, f"counter {metric} is not in rate, irate or increase"


def uneditable_dashboard(dashboard):
    if dashboard.get("editable") is not False:
        yield None, "editable is not false"


RULES = {
    "template-datasource-rule": template_datasource_rule,
    "template-job-rule": template_job_rule,
    "template-instance-rule": template_instance_rule,
    "template-label-promql-rule": template_label_promql_rule,
    "template-on-time-change-reload-rule": template_on_time_change_reload_rule,
    "panel-datasource-rule": panel_datasource_rule,
    "panel-title-description-rule": panel_title_description_rule,
    "panel-units-rule": panel_units_rule,
    "panel-no-targets-rule": panel_no_targets_rule,
    "target-logql-rule": target_logql_rule,
    "target-logql-auto-rule": target_logql_auto_rule,
    "target-promql-rule": target_promql_rule,
    "target-rate-interval-rule": target_rate_interval_rule,
    "target-job-rule": target_job_rule,
    "target-instance-rule": target_instance_rule,
    "target-counter-agg-rule": target_counter_agg_rule,
    "uneditable-dashboard": uneditable_dashboard,
}
