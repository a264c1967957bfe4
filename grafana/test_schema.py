"""That schema.py finds what a version of Grafana would not take. Run by deploy/check.

python3 -m unittest discover grafana
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TYPES = sorted(path.parent for path in (HERE.parent / ".build/grafana").glob("*/complete"))
DASHBOARD = json.loads((HERE / "dashboards/overview.json").read_text(encoding="utf-8"))


def chart(dashboard):
    return next(one for one in dashboard["panels"] if one["type"] == "timeseries")


# A change to a dashboard, and the line that says so, without the path of the file.
BROKEN = [
    (lambda one: one["links"][0].update(keepTimes=True), "links[].keepTimes: not in the schema"),
    (lambda one: one.update(schemaVersion="39"), "schema_version: '39' is not <class 'int'>"),
    (lambda one: chart(one)["options"]["legend"].update(placement="left"),
     "panels[].options.legend.placement: 'left' is not <enum 'LegendPlacement'>"),
    (lambda one: chart(one)["fieldConfig"]["defaults"].update(unit="parsecs"),
     "panels[].field_config.defaults.unit: 'parsecs' is no unit"),
]


@unittest.skipUnless(TYPES, "`make test-deps` brings the types")
class SchemaTests(unittest.TestCase):
    def test_each_version_says_what_it_does_not_take(self):
        for types in TYPES:
            for change, line in BROKEN:
                with self.subTest(types.name, line=line), tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                    changed = copy.deepcopy(DASHBOARD)
                    change(changed)
                    json.dump(changed, file)
                    file.flush()
                    run = subprocess.run([sys.executable, HERE / "schema.py", types, file.name],
                                         capture_output=True, text=True)
                    self.assertEqual((run.stdout, run.returncode), (f"{file.name}: {line}\n", 1), run.stderr)


if __name__ == "__main__":
    unittest.main()
