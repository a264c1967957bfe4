"""What was measured, as a Markdown table and as JSON."""

import json
import platform
import re
import statistics
import subprocess
import time

from .programs import BUILT, TOP, exporter


class Figures:
    """Repeated measurements of one thing."""

    def __init__(self, values, unit="", digits=3):
        self.values, self.unit, self.digits = list(values), unit, digits

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self, value):
        """With as many digits as say something; counts are whole."""
        if self.unit in ("", "/s") and value == int(value) or abs(value) >= 1000:
            return f"{value:,.0f}"
        before = len(str(int(abs(value)))) if abs(value) >= 1 else 1
        return f"{value:.{max(0, self.digits - before)}f}"

    def __str__(self):
        spread = f" ({self.text(min(self.values))}–{self.text(max(self.values))})" if len(self.values) > 1 else ""
        space = " " if self.unit[:1].isalpha() else ""
        return f"{self.text(self.median)}{space}{self.unit}{spread}"


class Row:
    """One line of the table. What the goal is about is how many times better ours is than the other, where there is another,
    and our own figure else; a goal is a number it has to reach (`least`) or must not exceed."""

    def __init__(
        self, row, what, ours, other=None, who="", *, goal=None, stretch=None, ratio=None, least=False, note=""):
        self.row, self.what, self.ours, self.other, self.who = row, what, ours, other, who
        self.goal, self.stretch, self.least, self.note = goal, stretch, least, note
        self.value = ratio if ratio is not None else ours.median
        self.has_ratio = ratio is not None

    def reaches(self, goal):
        if goal is None:
            return None
        return self.value >= goal if self.least else self.value <= goal

    def verdict(self):
        goal, stretch = self.reaches(self.goal), self.reaches(self.stretch)
        if stretch:
            return "stretch" if self.goal is not None else "yes"
        return {None: "no" if stretch is False else "", True: "goal", False: "**no**"}[goal]

    def bound(self, goal):
        if goal is None:
            return ""
        text = f"{goal:g}" + ("×" if self.has_ratio else f" {self.ours.unit}" if self.ours.unit else "")
        return f"{'≥' if self.least else '≤'} {text}"

    def line(self):
        other = f"{self.other} {self.who}".strip() if self.other else self.who
        ratio = f"{self.value:.3g}×" if self.has_ratio else ""
        cells = [self.what, str(self.ours), other, ratio, self.bound(self.goal), self.bound(self.stretch), self.verdict()]
        return f"| {' | '.join(cells)} |"

    def figures(self):
        return {
            "row": self.row, "what": self.what, "unit": self.ours.unit, "ours": self.ours.values,
            "other": self.other.values if self.other else None, "who": self.who, "value": self.value, "goal": self.goal,
            "stretch": self.stretch, "verdict": self.verdict().strip("*"), "note": self.note}


HEAD = "| what | ours | compared with | ratio | goal | stretch | met |\n|---|---|---|---|---|---|---|"


def table(rows):
    notes = [row for row in rows if row.note]
    text = "\n".join([HEAD, *(row.line() for row in rows)])
    return text + "".join(f"\n\n{row.what}: {row.note}" for row in notes)


def said(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=TOP, timeout=60).stdout
    except OSError:
        return ""


def machine():
    """What was measured on, and with."""
    cpu = open("/proc/cpuinfo").read()
    return {
        "cores": cpu.count("\nprocessor") + cpu.startswith("processor"),
        "cpu": re.search(r"model name\s*: (.*)|$", cpu)[1] or platform.machine(),
        "memory_gb": round(int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read())[1]) * 1024 / 1e9),
        "kernel": platform.release(),
        "swift": (re.search(r"Swift version (\S+)", said("swift", "--version")) or ["", "?"])[1],
        "go": (re.search(r"go(\d\S*)", said("go", "version")) or ["", "?"])[1],
        "revision": (re.search(r"revision: ([^)]+)", said(exporter(), "--version")) or ["", "?"])[1],
    }


def machine_line(machine):
    return (
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB; Linux {machine['kernel']}, "
        f"Swift {machine['swift']}, Go {machine['go']}; revision {machine['revision'][:12]}")


def write_json(name, content):
    """Keeps the figures, under the time and as the latest ones; returns the path."""
    path = BUILT / f"{name}-{time.strftime('%Y%m%dT%H%M%S')}.json"
    for path in (BUILT / f"{name}.json", path):
        path.write_text(json.dumps(content, indent=1))
    return path.relative_to(TOP)
