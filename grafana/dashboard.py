"""What check.py, query.py and render.py need to know about a dashboard file."""

import re

VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")


def panels(dashboard):
    """All panels that show data: those of collapsed rows too, and without the rows themselves."""
    for panel in dashboard.get("panels", []):
        if panel.get("type") == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def variables(dashboard):
    return dashboard.get("templating", {}).get("list", [])


def annotations(dashboard):
    """The annotations that query Prometheus; Grafana's own one has no expression."""
    return [one for one in dashboard.get("annotations", {}).get("list", []) if "expr" in one]


def substitute(expression, values):
    """The expression with each $name and ${name} replaced; a name without a value is a KeyError."""
    return VARIABLE.sub(lambda match: values[match[1] or match[2]], expression)


def chosen(dashboard):
    """The variables' values when a dashboard is opened: All for those that choose, the number for those to type into."""
    return {
        variable["name"]: variable["query"] if variable.get("type") in ("textbox", "constant") else ".+"
        for variable in variables(dashboard)
    }
