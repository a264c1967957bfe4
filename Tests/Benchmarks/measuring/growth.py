"""How cost grows: each table is one thing varied, a line for each value of it."""

import math
import sys
import time

from .chart import Panel
from .programs import Exporter, StandIn, load
from .setting import settled

ACCOUNTS = [1, 10, 50, 200]
PAGE_SIZES = [50, 100, 200, 500, 1000]


def decades(largest):
    return [10**power for power in range(3, int(math.log10(largest)) + 1)]


def settled_cpu(exporter, api, seconds):
    """CPU seconds per listed operation, where nothing is new: over whole sweeps, for so many seconds at least."""
    exporter.next_sweep()
    begun, listed, cpu = time.monotonic(), api.listed(), exporter.cpu()
    while time.monotonic() < begun + seconds:
        exporter.next_sweep()
    return (exporter.cpu() - cpu) / (api.listed() - listed)


def point(setting, seconds, operations, accounts=1, **settings):
    """The figures of one exporter, with so many operations in each account."""
    folder = setting.folder("growth")
    with StandIn(operations) as api, Exporter(api, folder, accounts=accounts, **settings) as exporter:
        exporter.first_sweep()
        return {
            "first": exporter.cpu(), "settled": settled_cpu(exporter, api, seconds), "peak": exporter.memory("VmHWM"),
            "threads": exporter.threads(), "exposition": len(exporter.get("/metrics")),
            "ledger": sum(file.stat().st_size for file in (folder / "data").iterdir())}


def scrape_point(setting, operations, accounts):
    """What a scrape takes while nothing is polled."""
    with (
        StandIn(operations) as api,
        Exporter(api, setting.folder("growth"), accounts=accounts, interval="1h", week="24h") as exporter,
    ):
        settled(exporter, seconds=1)
        said = load(exporter, 3, connections=1)
        lines = exporter.get("/metrics").decode().splitlines()
    return {
        "series": sum(not line.startswith("#") for line in lines), "scrape_ms": said["p50_ms"],
        "scrape_cpu_us": said["cpu_us_per_request"]}


def account_point(setting, seconds, accounts):
    return {
        **point(setting, seconds, 1000, accounts=accounts, interval="5s"), **scrape_point(setting, 1000, accounts)}


def measure(setting, names, largest, seconds):
    """The tables of those names: lists of lines, each of which has the value that was varied as `at`."""
    plans = {
        "operations": (decades(largest), lambda count: point(setting, seconds, count)),
        "accounts": (ACCOUNTS, lambda count: account_point(setting, seconds, count)),
        "pages": (PAGE_SIZES, lambda size: point(setting, seconds, 100_000, page_size=size)),
    }
    tables = {}
    for name in names:
        values, figures = plans[name]
        tables[name] = []
        for value in values:
            tables[name].append({"at": value, **figures(value)})
            print(f"{name} {value:,}", file=sys.stderr, flush=True)
    return tables


def slope(lines, cost):
    """What one more costs: between the largest value and the one before it."""
    low, high = lines[-2:]
    return (cost(high) - cost(low)) / (high["at"] - low["at"])


def sweep(line):
    """CPU seconds of a settled sweep of all operations."""
    return line["settled"] * line["at"]


def page_cost(lines):
    """CPU seconds of a page without operations, and of each operation on it: a line through the smallest and the largest."""
    smallest, largest = ({"at": line["at"], "cost": sweep(line)} for line in (lines[0], lines[-1]))
    each = slope([smallest, largest], lambda line: line["cost"])
    return smallest["cost"] - each * smallest["at"], each


def at(line):
    return f"{line['at']:,}"


def settled_text(line):
    return f"{line['settled'] * 1e6:.2f} µs"


def peak_text(line):
    return f"{line['peak']:.0f} MB"


def exposition_text(line):
    return f"{line['exposition'] / 1000:,.0f} kB"


# The tables: the head of each column, and what it says of a line.
TABLES = {
    "operations": [
        ("operations in 7 days", at),
        ("CPU of the first sweep", lambda line: f"{line['first']:.2f} s"),
        ("of a settled sweep", lambda line: f"{sweep(line):.3f} s"),
        ("per operation", settled_text),
        ("peak memory", peak_text),
        ("ledger", lambda line: f"{line['ledger'] / 1e6:,.1f} MB"),
        ("exposition", exposition_text),
    ],
    "accounts": [
        ("accounts of 1,000 operations", at),
        ("series", lambda line: f"{line['series']:,}"),
        ("exposition", exposition_text),
        ("CPU of a scrape", lambda line: f"{line['scrape_cpu_us']:,.0f} µs"),
        ("time of a scrape", lambda line: f"{line['scrape_ms']:.2f} ms"),
        ("CPU per operation", settled_text),
        ("peak memory", peak_text),
        ("threads", lambda line: f"{line['threads']}"),
    ],
    "pages": [
        ("operations on a page", at),
        ("CPU per operation", settled_text),
        ("CPU of a page", lambda line: f"{sweep(line) * 1e6:,.0f} µs"),
        ("peak memory", peak_text),
    ],
}


def operations_slope(lines):
    first, again = (slope(lines, cost) * 1e6 for cost in (lambda line: line["first"], sweep))
    memory, ledger = (slope(lines, lambda line: line[name] * size) for name, size in (("peak", 1e6), ("ledger", 1)))
    return (
        f"One operation more: {first:.2f} µs in the first sweep, {again:.2f} µs in a settled one, {memory:.1f} B of memory, "
        f"{ledger:.0f} B of ledger.")


def accounts_slope(lines):
    names = ("scrape_cpu_us", 1), ("exposition", 1e-3), ("peak", 1e3), ("threads", 1)
    cpu, size, memory, threads = (slope(lines, lambda line: line[name] * factor) for name, factor in names)
    return (
        f"One account more: {cpu:.1f} µs of CPU in a scrape, {size:.1f} kB of exposition, {memory:.0f} kB of memory, "
        f"{threads:.1f} threads.")


def pages_slope(lines):
    whole, each = page_cost(lines)
    return f"A page costs {whole * 1e6:.0f} µs, and each operation on it {each * 1e6:.2f} µs."


SLOPES = {"operations": operations_slope, "accounts": accounts_slope, "pages": pages_slope}


def table(columns, lines):
    rows = [[head for head, _ in columns], ["---"] * len(columns), *([text(line) for _, text in columns] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def markdown(figures):
    """The tables that were measured, each followed by its slopes."""
    return "\n\n".join(
        f"{table(TABLES[name], figures[name])}\n\n{SLOPES[name](figures[name])}" for name in TABLES if name in figures)


def panels(figures):
    """What the chart shows."""
    operations, accounts, pages = (figures[name] for name in TABLES)
    return [
        Panel("CPU of a settled sweep", "operations", [(line["at"], sweep(line)) for line in operations], "s"),
        Panel("Peak memory", "operations", [(line["at"], line["peak"]) for line in operations], "MB"),
        Panel("CPU of a scrape", "accounts", [(line["at"], line["scrape_cpu_us"]) for line in accounts], "µs"),
        Panel("CPU per operation", "operations on a page", [(line["at"], line["settled"] * 1e6) for line in pages], "µs"),
    ]
