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
    begun, listed, cpu = time.monotonic(), api.listed(), exporter.exact_cpu()
    while time.monotonic() < begun + seconds:
        exporter.next_sweep()
    return (exporter.exact_cpu() - cpu) / (api.listed() - listed)


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


def table(head, lines):
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *lines])


def operations_table(lines):
    head = [
        "operations in 7 days", "CPU of the first sweep", "of a settled sweep", "per operation", "peak memory", "ledger",
        "exposition"]
    cells = [
        [f"{line['at']:,}", f"{line['first']:.2f} s", f"{sweep(line):.3f} s", f"{line['settled'] * 1e6:.2f} µs",
         f"{line['peak']:.0f} MB", f"{line['ledger'] / 1e6:,.1f} MB", f"{line['exposition'] / 1000:.0f} kB"]
        for line in lines]
    each = (
        f"One operation more: {slope(lines, lambda line: line['first']) * 1e6:.2f} µs in the first sweep, "
        f"{slope(lines, sweep) * 1e6:.2f} µs in a settled one, "
        f"{slope(lines, lambda line: line['peak']) * 1e6:.1f} B of memory, {slope(lines, lambda line: line['ledger']):.0f} B of ledger.")
    return f"{table(head, cells)}\n\n{each}"


def accounts_table(lines):
    head = [
        "accounts of 1,000 operations", "series", "exposition", "CPU of a scrape", "time of a scrape", "CPU per operation",
        "peak memory", "threads"]
    cells = [
        [f"{line['at']:,}", f"{line['series']:,}", f"{line['exposition'] / 1000:,.0f} kB",
         f"{line['scrape_cpu_us']:,.0f} µs", f"{line['scrape_ms']:.2f} ms", f"{line['settled'] * 1e6:.2f} µs", f"{line['peak']:.0f} MB", f"{line['threads']}"]
        for line in lines]
    each = (
        f"One account more: {slope(lines, lambda line: line['scrape_cpu_us']):.1f} µs of CPU in a scrape, "
        f"{slope(lines, lambda line: line['exposition']) / 1000:.1f} kB of exposition, "
        f"{slope(lines, lambda line: line['peak']) * 1000:.0f} kB of memory, "
        f"{slope(lines, lambda line: line['threads']):.1f} threads.")
    return f"{table(head, cells)}\n\n{each}"


def pages_table(lines):
    cells = [
        [f"{line['at']:,}", f"{line['settled'] * 1e6:.2f} µs", f"{sweep(line) * 1e6:,.0f} µs", f"{line['peak']:.0f} MB"]
        for line in lines]
    whole, each = page_cost(lines)
    return (
        f"{table(['operations on a page', 'CPU per operation', 'CPU of a page', 'peak memory'], cells)}\n\n"
        f"A page costs {whole * 1e6:.0f} µs, and each operation on it {each * 1e6:.2f} µs.")


TABLES = {"operations": operations_table, "accounts": accounts_table, "pages": pages_table}


def markdown(figures):
    """The tables that were measured, each followed by its slopes."""
    return "\n\n".join(text(figures[name]) for name, text in TABLES.items() if name in figures)


def panels(figures):
    """What the chart shows."""
    operations, accounts, pages = (figures[name] for name in TABLES)
    return [
        Panel("CPU of a settled sweep", "operations", [(line["at"], sweep(line)) for line in operations], "s"),
        Panel("Peak memory", "operations", [(line["at"], line["peak"]) for line in operations], "MB"),
        Panel("CPU of a scrape", "accounts", [(line["at"], line["scrape_cpu_us"]) for line in accounts], "µs"),
        Panel("CPU per operation", "operations on a page", [(line["at"], line["settled"] * 1e6) for line in pages], "µs"),
    ]
