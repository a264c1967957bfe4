"""That check.py finds what it says it finds, and that replicas are counted once. Run by deploy/check.

python3 -m unittest discover grafana
"""

import copy
import json
import pathlib
import subprocess
import tempfile
import unittest

import check
import generate
import overview
from dashboard import chosen, panels, substitute
from query import MAY_BE_EMPTY, queries

METRIC = 'twilio_comms_messages_total{job=~"$job", instance=~"$instance"}'


def panel(dashboard):
    return next(panels(dashboard))


def variable(dashboard, name):
    return next(one for one in dashboard["templating"]["list"] if one["name"] == name)


def query(expression):
    """A change that gives the first panel this query."""
    return lambda dashboard: panel(dashboard)["targets"][0].update(expr=expression)


# What each rule is there to find, as a change to a dashboard that it finds nothing in.
BROKEN = {
    "template-datasource-rule": lambda one: variable(one, "datasource").update(label="Data Source"),
    "template-job-rule": lambda one: variable(one, "job").update(multi=False),
    "template-instance-rule": lambda one: variable(one, "instance").update(allValue=".*"),
    "template-label-promql-rule": lambda one: variable(one, "account").update(query="label_values(twilio{, account)"),
    "template-on-time-change-reload-rule": lambda one: variable(one, "resource").update(refresh=1),
    "panel-datasource-rule": lambda one: panel(one).update(datasource={"type": "prometheus", "uid": "mine"}),
    "panel-title-description-rule": lambda one: panel(one).update(description=""),
    "panel-units-rule": lambda one: panel(one)["fieldConfig"]["defaults"].update(unit="messages"),
    "panel-no-targets-rule": lambda one: panel(one).update(targets=[]),
    "target-logql-rule": (
        lambda one: panel(one)["targets"][0].update(datasource={"type": "loki", "uid": "${datasource}"})
    ),
    "target-logql-auto-rule": query(f"increase({METRIC}[$__auto])"),
    "target-promql-rule": query(f"rate({METRIC}[$__rate_interval]"),
    "target-rate-interval-rule": query(f"rate({METRIC}[5m])"),
    "target-job-rule": query('twilio_comms_up{instance=~"$instance"}'),
    "target-instance-rule": query('twilio_comms_up{job=~"$job", instance="a"}'),
    "target-counter-agg-rule": query(f"sum({METRIC})"),
    "uneditable-dashboard": lambda one: one.update(editable=True),
}
# The same for what the linter does not ask.
POOR = {
    "schemaVersion": lambda one: one.update(schemaVersion=36),
    "is not known to be in Grafana 10, 11 and 12": lambda one: panel(one).update(type="graph"),
    "has no options": lambda one: panel(one)["options"].update(nullPointMode="null"),
    "is not either instant or range": lambda one: panel(one)["targets"][0].update(range=True),
    "is used twice": lambda one: panel(one).update(id=3),
    "overlaps": lambda one: panel(one)["gridPos"].update(w=5),
    "unknown variable $acount": query('twilio_comms_up{job=~"$job", instance=~"$instance", account=~"$acount"}'),
    "no annotation of alerts": lambda one: one["annotations"]["list"].pop(1),
    "loses time or variables": lambda one: one["links"][0].update(keepTime=False),
    "the recording rules have 0.03": lambda one: variable(one, "failure_objective").update(query="0.05"),
}


class CheckTests(unittest.TestCase):
    """Each finding is made, by the rule that is there for it."""

    excluded, _ = check.exclusions(check.HERE / "dashboards/.lint")

    def findings(self, change):
        dashboard = copy.deepcopy(overview.dashboard())
        change(dashboard)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "overview.json"
            path.write_text(json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            return check.check(path, self.excluded, set())

    def test_finds_nothing_in_what_is_generated(self):
        self.assertEqual(self.findings(lambda _: None), [])

    def test_each_rule_finds_what_it_is_there_for(self):
        self.assertEqual(set(BROKEN), set(check.RULES))
        # The first panel is changed, which .lint excludes from one rule.
        self.excluded = self.excluded - {("target-rate-interval-rule", panel(overview.dashboard())["title"])}
        for rule, change in BROKEN.items():
            with self.subTest(rule):
                self.assertIn(rule, {finding.partition(":")[0] for finding in self.findings(change)})

    def test_finds_what_the_linter_does_not_ask(self):
        for words, change in POOR.items():
            with self.subTest(words):
                self.assertIn(words, "\n".join(self.findings(change)))

    def test_an_exclusion_has_a_reason_and_names_panels(self):
        with tempfile.NamedTemporaryFile("w", suffix=".lint") as file:
            file.write(
                "exclusions: {panel-units-rule: {reason: because}, no-such-rule: {reason: I do not like it, "
                "entries: [{panel: A}]}}"
            )
            file.flush()
            _, findings = check.exclusions(pathlib.Path(file.name))
        self.assertEqual(
            findings,
            [
                ".lint: panel-units-rule is excluded without a reason",
                ".lint: panel-units-rule is excluded for every panel",
                ".lint: no rule no-such-rule",
            ],
        )

    def test_another_format_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "overview.json"
            path.write_text(json.dumps(overview.dashboard()), encoding="utf-8")
            self.assertIn("format: not as json.dumps", check.check(path, self.excluded, set())[0])


class QueryTests(unittest.TestCase):
    def test_what_may_be_empty_is_a_query_with_a_reason(self):
        for module in (overview, generate.exporter):
            places = {where for where, _, _ in queries(module.dashboard(), 60)}
            self.assertLessEqual(set(MAY_BE_EMPTY), places)
        self.assertTrue(all(reason.endswith(".") for reason in MAY_BE_EMPTY.values()))


class ReplicaTests(unittest.TestCase):
    """Two exporters of one job watch account a, of which the second began later; account b has one of them alone."""

    def series(self, instance, account, metric, values, **labels):
        names = {"job": "j", "instance": instance, "account": account, "resource": "messages"} | labels
        matchers = ", ".join(f'{name}="{value}"' for name, value in names.items())
        return {"series": f"{metric}{{{matchers}}}", "values": values}

    def test_an_account_counts_once(self):
        outcomes = "twilio_comms_message_outcomes_total"
        held = "twilio_comms_window_messages"
        given = [
            self.series("one", "a", outcomes, "0+60x60", outcome="sent"),
            self.series("two", "a", outcomes, "0x30 0+60x30", outcome="sent"),
            self.series("one", "b", outcomes, "0+20x60", outcome="sent"),
            self.series("one", "a", outcomes, "0+20x60", outcome="failed"),
            self.series("two", "a", outcomes, "0+10x60", outcome="failed"),
            *(
                self.series(instance, "a", held, value, outcome="queued", status=status)
                for instance in ("one", "two")
                for status, value in (("processing", "7x60"), ("canceled", "3x60"))
            ),
        ]
        wanted = {"Messages sent": 60 * 60 + 20 * 60, "Failure ratio": 20 / 100, "Messages queued": 10}
        self.assert_values(given, wanted)

    def assert_values(self, given, wanted):
        dashboard = overview.dashboard()
        values = chosen(dashboard) | {"__range": "1h", "__rate_interval": "5m"}
        expressions = {one["title"]: one["targets"][0]["expr"] for one in panels(dashboard)}
        tests = {
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": given,
                    "promql_expr_test": [
                        {
                            "expr": substitute(expressions[title], values),
                            "eval_time": "1h",
                            "exp_samples": [{"labels": "{}", "value": value}],
                        }
                        for title, value in wanted.items()
                    ],
                }
            ],
        }
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump(tests, file)
            file.flush()
            run = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
