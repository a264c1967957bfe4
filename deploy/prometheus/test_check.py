"""Tests of what check.py finds in alerts and in their tests."""

import unittest

import check


class TemplateTests(unittest.TestCase):
    def findings(self, description):
        rule = {
            "alert": "TwilioCommsSample",
            "labels": {"severity": "warning"},
            "annotations": {"summary": "Sample.", "description": description, "runbook_url": "/TwilioCommsSample.md"},
        }
        return list(check.alert_findings(rule, "/"))

    def test_number_from_the_value_is_no_finding(self):
        text = '{{ $labels.account }}: {{ $value | humanizePercentage }}, {{ if $labels.job }}{{ printf "%.0f" $value }}{{ end }}'
        self.assertEqual(self.findings(text), [])

    def test_query_is_a_finding_with_each_of_its_helpers(self):
        text = '5 of {{ $labels.account }} {{ with printf "up{job=%q}" $labels.job | query }}{{ . | first | value }}{{ end }}'
        self.assertEqual(
            self.findings(text),
            [
                f"{word}: not a function of Grafana-managed alerts; use $value and $labels"
                for word in ("first", "query", "value")
            ],
        )

    def test_words_outside_of_actions_and_in_quotes_are_no_finding(self):
        self.assertEqual(self.findings('5 query {{ $labels.account }} first {{ printf "query \\" %.0f" $value }}'), [])


class InstantTests(unittest.TestCase):
    def findings(self, step, look, interval="1m"):
        return list(check.instant_findings(step, {"interval": interval, "alert_rule_test": [{"eval_time": look}]}))

    def test_between_samples_is_no_finding(self):
        self.assertEqual(self.findings("1m10ms", "2h30s"), [])

    def test_look_on_a_sample_is_a_finding(self):
        self.assertEqual(self.findings("1m10ms", "1h5m"), ["looks on a sample, at 1h5m"])

    def test_rules_evaluated_on_a_sample_are_a_finding_wherever_the_look_is(self):
        self.assertEqual(self.findings("1m", "30m30s"), ["evaluates rules on a sample, at 1m"])

    def test_rules_that_meet_a_sample_later_are_a_finding(self):
        self.assertEqual(self.findings("1m1s", "61m30s"), ["evaluates rules on a sample, at 61m"])
        self.assertEqual(self.findings("1m1s", "60m30s"), [])

    def test_samples_off_whole_minutes_are_a_finding(self):
        self.assertEqual(self.findings("1m10ms", "2h30s", "30s"), ["its interval, 30s, is not whole minutes"])


if __name__ == "__main__":
    unittest.main()
