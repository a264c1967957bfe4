"""Numbers as Grafana's units write them, and round numbers for axes."""

import math
import time

SUFFIXES = {"cps": " c/s", "reqps": " req/s", "ops": " ops/s"}


def rounded(value, decimals=None):
    """Three digits, or so many after the point."""
    if decimals is not None:
        return f"{value:.{decimals}f}"
    if value == 0:
        return "0"
    after = max(0, 2 - math.floor(math.log10(abs(value)))) if abs(value) < 100 else 0
    text = f"{value:.{min(after, 4)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(value, steps, decimals=None):
    """By the largest of the steps (size, name) that fits."""
    size, name = next((step for step in reversed(steps) if abs(value) >= step[0]), steps[0])
    return rounded(value / size, decimals) + name


COUNTS = [(1, ""), (1e3, " K"), (1e6, " Mil"), (1e9, " Bil")]
BYTES = [(1, " B"), (2**10, " KiB"), (2**20, " MiB"), (2**30, " GiB")]
TIMES = [(1e-6, " µs"), (1e-3, " ms"), (1, " s"), (60, " min"), (3600, " h"), (86400, " d")]


def written(value, unit, decimals=None):
    if value is None or math.isnan(value):
        return ""
    if unit == "percentunit":
        return rounded(value * 100, decimals) + "%"
    if unit == "s":
        return "0 s" if abs(value) < 1e-6 else scaled(value, TIMES, decimals)
    if unit == "bytes":
        return scaled(value, BYTES, decimals)
    if unit == "dateTimeAsIso":
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(value / 1000))
    return scaled(value, COUNTS, decimals) + SUFFIXES.get(unit, "")


def ticks(low, high, unit, most=5):
    """Round numbers from low to high, about so many, the last not below high."""
    span = (high - low) or 1
    if unit == "bytes":
        sizes = [base * 2**power for power in range(-4, 50) for base in (1,)]
    elif unit == "s" and span > 60:
        sizes = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800]
    else:
        sizes = [base * 10.0**power for power in range(-9, 12) for base in (1, 2, 5)]
    step = next((size for size in sizes if span / size <= most), sizes[-1])
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


def clock_ticks(start, end, most=7):
    sizes = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400]
    step = next((size for size in sizes if (end - start) / size <= most), sizes[-1])
    first = math.ceil(start / step)
    return [
        (at * step, time.strftime("%H:%M" if step >= 60 else "%H:%M:%S", time.gmtime(at * step)))
        for at in range(first, math.floor(end / step) + 1)
    ]
