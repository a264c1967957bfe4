"""Tests of what checks a release: `python3 -m unittest discover deploy/release`, with a C compiler."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HARDENED = ["-pie", "-fPIE", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]


class CheckProgramTests(unittest.TestCase):
    def check(self, *flags):
        """The status, and what is said of a program that is linked with these flags besides those of a release."""
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "program"
            command = ["cc", *HARDENED, *flags, "-x", "c", "-", "-o", str(program)]
            subprocess.run(command, input="int main(void) { return 0; }", text=True, check=True, capture_output=True)
            done = subprocess.run([HERE / "check-program", program], capture_output=True, text=True)
            return done.returncode, done.stderr.replace(f"{program}: ", "").splitlines()

    def test_a_hardened_program_passes(self):
        self.assertEqual(self.check(), (0, []))

    def test_lazy_binding_is_a_fault(self):
        fault = "looks functions up as they are called, in a table that stays writable (-z now)"
        self.assertEqual(self.check("-Wl,-z,lazy"), (1, [fault]))

    def test_writable_tables_are_a_fault(self):
        self.assertEqual(self.check("-Wl,-z,norelro"), (1, ["leaves its tables writable (-z relro)"]))

    def test_a_fixed_address_is_a_fault(self):
        self.assertEqual(self.check("-no-pie"), (1, ["is no position-independent executable (-pie)"]))

    def test_an_executable_stack_is_a_fault(self):
        self.assertEqual(self.check("-Wl,-z,execstack"), (1, ["has an executable stack (-z noexecstack)"]))

    def test_folders_of_its_own_are_a_fault(self):
        fault = "looks for libraries in folders of its own (--disable-local-rpath, --static-swift-stdlib)"
        for folder in ("$ORIGIN", "/opt/lib"):
            for tags in ("--enable-new-dtags", "--disable-new-dtags"):
                with self.subTest(folder=folder, tags=tags):
                    self.assertEqual(self.check(f"-Wl,-rpath,{folder}", f"-Wl,{tags}"), (1, [fault]))


class SwiftPackagesTests(unittest.TestCase):
    def test_the_manifest_has_exactly_the_versions_whose_commits_are_known(self):
        listed = [line.split() for line in (HERE / "swift-packages").read_text().splitlines()]
        manifest = (ROOT / "Package.swift").read_text()
        asked = re.findall(r'\.package\(url: "https://github\.com/apple/([a-z-]+)", (.*?)[,)]', manifest)
        self.assertEqual([(name, f'exact: "{version}"') for name, version, _ in listed], asked)
        for name, _, commit in listed:
            self.assertRegex(commit, "^[0-9a-f]{40}$", name)


if __name__ == "__main__":
    unittest.main()
