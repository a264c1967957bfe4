"""The parts that both dashboards are made of, in Grafana's JSON model as its versions 10 to 12 read it."""

from itertools import count

from promql import exposed, selected

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
RUNBOOKS = "https://github.com/twilio-comms-exporter/twilio-comms-exporter/blob/main/deploy/runbooks/"


def target(expression, legend="", **more):
    return {
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": expression,
        "range": True,
        "legendFormat": legend,
    } | more


def now(expression, legend=""):
    """A query for one moment: the end of the selected time."""
    return {"datasource": SOURCE, "editorMode": "code", "expr": expression, "instant": True, "legendFormat": legend}


# Panels. Each is complete but for id and place, which `frame` gives it.


def panel(kind, title, description, width, height, defaults, options, targets, overrides=()):
    letters = "ABCDEFGH"
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
        "options": options,
        "targets": [one | {"refId": letters[index]} for index, one in enumerate(targets)],
    }


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": []}


def thresholds(steps):
    """From a first colour and pairs of (value, colour)."""
    first, *others = steps
    return {
        "mode": "absolute",
        "steps": [{"color": first, "value": None}, *({"color": color, "value": value} for value, color in others)],
    }


def mapping(**texts):
    """Values with their texts and colours, such as _0=("failing", "red")."""
    options = {
        value.lstrip("_"): {"color": color, "index": index, "text": text}
        for index, (value, (text, color)) in enumerate(texts.items())
    }
    return [{"type": "value", "options": options}]


REDUCED = {"calcs": ["lastNotNull"], "fields": "", "values": False}


def stat(title, description, query, unit, steps=("text",), width=4, mappings=(), decimals=None, text="auto", none=None):
    queries = query if isinstance(query, list) else [query]
    defaults = {
        "color": {"mode": "thresholds"},
        "mappings": list(mappings),
        "thresholds": thresholds(steps),
        "unit": unit,
    }
    if decimals is not None:
        defaults["decimals"] = decimals
    if none:
        defaults["noValue"] = none
    options = {
        "colorMode": "background" if mappings else "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": REDUCED,
        "textMode": text,
    }
    return panel("stat", title, description, width, 4, defaults, options, queries)


def color(name, fixed, **custom):
    """The colour of one series, by its name in the legend; and how its line is drawn."""
    properties = [{"id": "color", "value": {"fixedColor": fixed, "mode": "fixed"}}]
    properties += [{"id": f"custom.{key}", "value": value} for key, value in custom.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}


OBJECTIVE = color("objective", "red", lineStyle={"dash": [10, 10], "fill": "dash"}, lineWidth=2)
LEGEND = {"calcs": ["lastNotNull"], "displayMode": "table", "placement": "bottom", "showLegend": True}


def series(
    title,
    description,
    unit,
    *queries,
    width=12,
    height=8,
    overrides=(),
    stacked=False,
    minimum=0,
    top=None,
    style="line",
):
    """Lines over time."""
    defaults = {
        "color": {"mode": "palette-classic"},
        "custom": {
            "drawStyle": style,
            "fillOpacity": 60 if stacked or style == "bars" else 8,
            "lineInterpolation": "linear",
            "lineWidth": 0 if stacked else 1,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        },
        "unit": unit,
    }
    if minimum is not None:
        defaults["min"] = minimum
    if top is not None:
        defaults["custom"]["axisSoftMax"] = top
    options = {"legend": LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel("timeseries", title, description, width, height, defaults, options, queries, overrides)


def heatmap(title, description, query, scheme="Oranges", width=12, height=8):
    """How a histogram's observations in seconds are spread, over time: a row for each of its buckets."""
    defaults = {
        "custom": {
            "hideFrom": {"legend": False, "tooltip": False, "viz": False},
            "scaleDistribution": {"type": "linear"},
        },
        "unit": "short",
    }
    options = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": "short"},
        "color": {
            "exponent": 0.5,
            "fill": "dark-orange",
            "mode": "scheme",
            "reverse": False,
            "scale": "exponential",
            "scheme": scheme,
            "steps": 64,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "tooltip": {"mode": "single", "show": True, "showColorScale": True, "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": "s"},
    }
    return panel(
        "heatmap", title, description, width, height, defaults, options, [target(query, "{{le}}", format="heatmap")]
    )


def bars(title, description, unit, *queries, width=12, height=8, overrides=()):
    """One horizontal bar for each query, all to one scale."""
    defaults = {"color": {"mode": "palette-classic"}, "min": 0, "thresholds": thresholds(["blue"]), "unit": unit}
    options = {
        "displayMode": "basic",
        "minVizHeight": 16,
        "minVizWidth": 8,
        "orientation": "horizontal",
        "reduceOptions": REDUCED,
        "showUnfilled": True,
        "valueMode": "color",
    }
    return panel("bargauge", title, description, width, height, defaults, options, queries, overrides)


def states(title, description, mappings, query, width=12, height=8):
    """A band for each series, in the colour of its value."""
    defaults = {
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 70, "lineWidth": 0},
        "mappings": mappings,
        "thresholds": thresholds(["text"]),
        "unit": "none",
    }
    options = {
        "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel("state-timeline", title, description, width, height, defaults, options, [query])


# Around the panels.


def data_source():
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def choice(name, *narrowed_by):
    """A variable of the values that a label has; the choices before it narrow it."""
    matchers = ", ".join(f'{label}=~"${label}"' for label in narrowed_by)
    query = f"label_values(twilio_comms_up{'{' + matchers + '}' if matchers else ''}, {name})"
    return {
        "name": name,
        "label": name.title(),
        "type": "query",
        "datasource": SOURCE,
        "query": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "hide": 0,
        "options": [],
        "regex": "",
        "skipUrlSync": False,
    }


CHOICES = [
    data_source(),
    choice("job"),
    choice("instance", "job"),
    choice("account", "job", "instance"),
    choice("resource", "job", "instance", "account"),
]


def number(name, label, value):
    """A variable to type a number into."""
    one = {"selected": True, "text": value, "value": value}
    return {
        "name": name,
        "label": label,
        "type": "textbox",
        "query": value,
        "current": one,
        "options": [one],
        "hide": 0,
        "skipUrlSync": False,
    }


def annotation(name, tint, expression, title, text, tags, **more):
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": tint,
        "expr": expression,
        "tagKeys": tags,
        "textFormat": text,
        "titleFormat": title,
    } | more


ANNOTATIONS = [
    {
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
        "name": "Annotations & Alerts",
        "type": "dashboard",
    },
    # An alert that is about no account in particular has no such label, hence the empty alternative.
    annotation(
        "Alerts",
        "red",
        'ALERTS{alertname=~"TwilioComms.*", alertstate="firing", job=~"$job|", '
        'account=~"$account|", resource=~"$resource|"}',
        "{{alertname}}",
        "{{account}} {{resource}}",
        "severity",
    ),
    annotation(
        "Exporter started",
        "blue",
        exposed("process_start_time_seconds") + " * 1000",
        "Exporter started",
        "{{instance}}",
        "instance",
        useValueForTime=True,
    ),
    # 0 is a ledger not yet born.
    annotation(
        "Ledger born",
        "purple",
        f"({selected('ledger_birth_timestamp_seconds')} > 0) * 1000",
        "Ledger born",
        "{{account}} {{resource}} of {{instance}}",
        "instance",
        useValueForTime=True,
    ),
]


def link(title, url, tip, **more):
    return {
        "asDropdown": False,
        "icon": "external link",
        "includeVars": False,
        "keepTime": False,
        "tags": [],
        "targetBlank": True,
        "title": title,
        "tooltip": tip,
        "type": "link",
        "url": url,
    } | more


def link_to(dashboard, title, tip):
    """A link to the other dashboard, which takes the selected time and variables along."""
    return link(title, f"/d/{dashboard}", tip, icon="dashboard", includeVars=True, keepTime=True, targetBlank=False)


def placed(parts):
    """The panels from left to right and top to bottom, each where the one before leaves room."""
    identifiers = count(1)
    x = y = tallest = 0
    for part in parts:
        size = part.get("gridPos", {"w": 24, "h": 1})
        if x + size["w"] > 24:
            x, y, tallest = 0, y + tallest, 0
        place = {"h": size["h"], "w": size["w"], "x": x, "y": y}
        yield {"id": next(identifiers)} | part | {"gridPos": place}
        x, tallest = x + size["w"], max(tallest, size["h"])


def frame(uid, title, description, variables, links, parts):
    """The whole dashboard. Schema 38 is that of Grafana 10.0, which later versions read as it is."""
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["twilio", "twilio-comms-exporter"],
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "schemaVersion": 38,
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "version": 1,
        "annotations": {"list": ANNOTATIONS},
        "templating": {"list": variables},
        "links": [*links, link("Runbooks", RUNBOOKS, "What to do about each alert")],
        "panels": list(placed(parts)),
    }
