"""That schema.py finds what the schema of a version of Grafana does not have. Run by deploy/check.

python3 -m unittest discover grafana
"""

import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TYPES = sorted((HERE.parent / ".build/grafana").glob("*/grafana_foundation_sdk"))
DASHBOARD = json.loads((HERE / "dashboards/overview.json").read_text(encoding="utf-8"))


def chart(dashboard):
    return next(one for one in dashboard["panels"] if one["type"] == "timeseries")


# A change to a dashboard, and the line that says so.
BROKEN = [
    (lambda one: one["links"][0].update(keepTimes=True), ".links[0].keepTimes: true is read as null"),
    (lambda one: one.update(schemaVersion="39"), ".schema_version: '39' is not <class 'int'>"),
    (lambda one: chart(one)["options"]["legend"].update(placement="left"),
     ".panels[N].options.legend.placement: 'left' is not <enum 'LegendPlacement'>"),
    (lambda one: chart(one)["fieldConfig"]["defaults"].update(unit="parsecs"),
     ".panels[N].field_config.defaults.unit: 'parsecs' is no unit"),
]


@unittest.skipUnless(TYPES, "grafana/schemas brings the types")
class SchemaTests(unittest.TestCase):
    def test_each_version_says_what_it_does_not_have(self):
        for types in TYPES:
            for change, line in BROKEN:
                with self.subTest(types.parent.name, line=line):
                    self.assertEqual(self.run_on(change, types.parent), (f"broken.json: {line}\n", 1))

    def run_on(self, change, types):
        """What schema.py prints of the changed dashboard, places of panels left out, and its exit status."""
        changed = copy.deepcopy(DASHBOARD)
        change(changed)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "broken.json")
            path.write_text(json.dumps(changed), encoding="utf-8")
            run = subprocess.run([sys.executable, HERE / "schema.py", path], capture_output=True, text=True,
                                 env={"PYTHONPATH": str(types), "PYTHONDONTWRITEBYTECODE": "1"})
        return re.sub(r"panels\[\d+\]", "panels[N]", run.stdout), run.returncode


if __name__ == "__main__":
    unittest.main()
