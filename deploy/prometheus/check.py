#!/usr/bin/env python3
"""Checks the alerts, their runbooks, their tests and the README against each other. Run by deploy/check.

Prints one line per finding and exits with 1 if there is one. Needs python3-yaml and promtool.

No test may evaluate on a sample: since Prometheus 3.0 a range leaves out a sample at its left end, so a rule can pass
under one version and fail under the other, while real scrapes never coincide with an evaluation. Samples, windows and
offsets are whole minutes. promtool evaluates at multiples of `evaluation_interval`, which is therefore 10 ms longer than
a whole number of minutes, and `eval_time` is 30 s past one.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
RUNBOOKS = HERE.parent / "runbooks"
README = HERE.parent.parent / "README.md"
SEVERITIES = {"critical", "warning", "info"}
SECTIONS = ["## Meaning", "## Impact", "## Look", "## Causes", "## Do", "## Tune"]
# Keywords and functions of templates that Grafana-managed alerts have, too. They lack `query` and its helpers: what these
# would print is missing there, without an error.
TEMPLATE_WORDS = {"if", "else", "end", "with", "range", "printf", "humanize", "humanizeDuration", "humanizePercentage"}
MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
RECORDED = re.compile(r"\b[a-z_]+:twilio_comms\w*:\w+")


def rules(kind):
    """Yields every rule of the kind, `alert` or `record`."""
    for file in sorted((HERE / "rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from (rule for rule in group["rules"] if kind in rule)


def base():
    """The start of every runbook_url, as the comment in alerts.yml states it."""
    return re.search(r"^# (https://\S+/deploy/runbooks/)$", (HERE / "rules/alerts.yml").read_text(), re.MULTILINE)[1]


def template_words(template):
    """The functions and keywords in a template; neither variables, fields nor quoted text."""
    for action in re.findall(r"{{(.*?)}}", template, re.DOTALL):
        unquoted = re.sub(r'"(?:\\.|[^"\\])*"|`[^`]*`', "", action)
        yield from re.findall(r"(?<![\w.$])[A-Za-z_]\w*", unquoted)


def alert_findings(rule, start):
    """What is wrong with one alerting rule."""
    name, annotations = rule["alert"], rule.get("annotations", {})
    summary, description = annotations.get("summary", ""), annotations.get("description", "")
    if not re.fullmatch(r"TwilioComms[A-Z]\w+", name):
        yield "the name must be TwilioComms and more, in CamelCase"
    if rule.get("labels", {}).get("severity") not in SEVERITIES:
        yield f"severity must be one of {', '.join(sorted(SEVERITIES))}"
    if not summary.endswith(".") or "{{" in summary or "\n" in summary:
        yield "summary must be one sentence that is always the same, with a full stop"
    if "$labels." not in description or not re.search(r"\$value|\d|\| humanize", description):
        yield "description must say of what, and how much"
    if annotations.get("runbook_url") != f"{start}{name}.md":
        yield f"runbook_url must be {start}{name}.md"
    for text in [*annotations.values(), *rule.get("labels", {}).values()]:
        for word in sorted(set(template_words(text)) - TEMPLATE_WORDS):
            yield f"{word}: not a function of Grafana-managed alerts; use $value and $labels"


def milliseconds(duration):
    return sum(int(number) * MILLISECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdw])", duration))


def instant_findings(step, test):
    """The instants of one test that lie on a sample, or may; rules are evaluated every `step`."""
    minute = MILLISECONDS["m"]
    looks = [case["eval_time"] for kind in ("alert_rule_test", "promql_expr_test") for case in test.get(kind, [])]
    last = max((milliseconds(look) for look in looks), default=0)
    if milliseconds(test["interval"]) % minute:
        yield f"its interval, {test['interval']}, is not whole minutes"
    for look in looks:
        if milliseconds(look) % minute == 0:
            yield f"looks on a sample, at {look}"
    for instant in range(milliseconds(step), last + 1, milliseconds(step)):
        if instant % minute == 0:
            yield f"evaluates rules on a sample, at {instant // minute}m"
            break


def tests():
    """Yields every test with the name of its file and the interval in which its rules are evaluated."""
    for file in sorted((HERE / "tests").glob("*.yml")):
        content = yaml.safe_load(file.read_text())
        yield from ((file.name, content["evaluation_interval"], test) for test in content["tests"])


def cases():
    """Yields, of each instant that a test looks at, the name of an alert and the labels of those it expects."""
    for _, _, test in tests():
        for case in test.get("alert_rule_test", []):
            yield case["alertname"], [alert["exp_labels"] for alert in case.get("exp_alerts") or []]


def untested(rule, known):
    """What no test shows of one rule. The labels it sets tell it from others of the same name, such as `window`."""
    labels = rule.get("labels", {})
    instants = [alerts for name, alerts in known if name == rule["alert"]]
    seen = {any(labels.items() <= expected.items() for expected in alerts) for alerts in instants}
    text = ", ".join(f"{name} {value}" for name, value in labels.items())
    if True not in seen:
        yield f"no test expects it with {text}"
    if False not in seen:
        yield f"no test expects silence of it with {text}"


def page_findings(page, alerts):
    """What is wrong with one runbook, but for its queries."""
    lines = page.read_text().splitlines()
    if page.stem not in alerts:
        yield "there is no such alert"
    if lines[0] != f"# {page.stem}":
        yield f"must begin with # {page.stem}"
    if [line for line in lines if line.startswith("## ")] != SECTIONS:
        yield f"must have the sections {', '.join(SECTIONS)}"
    if "```promql" not in lines:
        yield "has no query to look with"


def queries(page):
    """The queries in the promql blocks of a page; a blank line parts two of them."""
    for block in re.findall(r"^```promql\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        yield from (query.strip() for query in re.split(r"\n\s*\n", block))


def parse_findings(pages):
    """The queries of the pages that promtool cannot parse."""
    records = [(page.name, query) for page in pages for query in queries(page)]
    groups = [
        {"name": str(number), "rules": [{"record": f"query:{number}", "expr": query}]}
        for number, (_, query) in enumerate(records)
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump({"groups": groups}, file)
        file.flush()
        result = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, check=False)
    for number in re.findall(r'group "(\d+)"', result.stdout + result.stderr):
        yield f"{records[int(number)][0]}: not PromQL: {records[int(number)][1]}"
    if result.returncode and 'group "' not in result.stdout + result.stderr:
        yield result.stdout + result.stderr


def findings():
    alerts = list(rules("alert"))
    names = {rule["alert"] for rule in alerts}
    pages = sorted(RUNBOOKS.glob("*.md"))
    start, known = base(), list(cases())
    for file, step, test in tests():
        yield from (f"{file}: {test['name']}: {finding}" for finding in instant_findings(step, test))
    for rule in alerts:
        yield from (f"{rule['alert']}: {finding}" for finding in alert_findings(rule, start))
        yield from (f"{rule['alert']}: {finding}" for finding in untested(rule, known))
    section = re.search(r"^## Alerts$(.*?)^## ", README.read_text(), re.MULTILINE | re.DOTALL)[1]
    for name in sorted(names):
        if RUNBOOKS / f"{name}.md" not in pages:
            yield f"{name}: no runbook"
        if f"`{name}`" not in section:
            yield f"{name}: not in the README's section on alerts"
    for page in pages:
        yield from (f"{page.name}: {finding}" for finding in page_findings(page, names))
    recorded = {rule["record"] for rule in rules("record")}
    for file in [*sorted((HERE / "rules").glob("*.yml")), *pages]:
        for name in sorted(set(RECORDED.findall(file.read_text())) - recorded):
            yield f"{file.name}: {name} is not recorded"
    yield from parse_findings(pages)


def main():
    found = list(findings())
    for finding in found:
        print(finding)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
