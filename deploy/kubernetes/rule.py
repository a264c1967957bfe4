#!/usr/bin/env python3
"""Writes prometheus-operator/prometheusrule.yaml, which holds the files of deploy/prometheus/rules as one object, and the
number that its group of objectives has into the example of single/kustomization.yaml.

Run it after changing a rule. deploy/check runs it with --check, which writes nothing and exits 1 where they differ.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parent / "prometheus" / "rules"
TARGET = HERE / "prometheus-operator" / "prometheusrule.yaml"
EXAMPLE = HERE / "single" / "kustomization.yaml"

HEAD = """\
# Made by deploy/kubernetes/rule.py of deploy/prometheus/rules: change these, and run it.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: twilio-comms-exporter
  labels:
    app.kubernetes.io/name: twilio-comms-exporter
spec:
  groups:
"""


def groups_of(path: pathlib.Path) -> str:
    """The lines below `groups:` of a file of rules, as they are, comments too, two columns further in."""
    before, _, after = path.read_text().partition("groups:\n")
    if any(line.strip() and line[0] != "#" for line in before.splitlines()) or any(
        line.strip() and line[:2] != "  " for line in after.splitlines()
    ):
        sys.exit(f"{path}: expected comments, then `groups:`, then all else two columns in")
    return "".join(f"  {line}\n" if line.strip() else "\n" for line in after.rstrip("\n").splitlines())


def main() -> None:
    text = HEAD + "\n".join(groups_of(path) for path in sorted(RULES.glob("*.yml")))
    groups = re.findall(r"^    - name: (.*)$", text, re.MULTILINE)
    path = f"/spec/groups/{groups.index('twilio-comms.objectives')}/"
    example = re.sub(r"/spec/groups/\d+/", path, EXAMPLE.read_text())
    for target, expected in ((TARGET, text), (EXAMPLE, example)):
        if sys.argv[1:] != ["--check"]:
            target.write_text(expected)
        elif not target.exists() or target.read_text() != expected:
            sys.exit(f"{target.name} is not what the rules say: run deploy/kubernetes/rule.py")


if __name__ == "__main__":
    main()
