"""Tests of what check.py finds in alerts."""

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


if __name__ == "__main__":
    unittest.main()
