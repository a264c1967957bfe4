"""The rows about polling: CPU, memory and requests."""

import time

from .programs import Exporter, Peer, StandIn, load
from .report import Figures, Row
from .setting import Listings

PAGE = 1000


def settled(setting):
    """CPU per listed operation where nothing is new: against the peer, and against receiving the bytes and no more."""
    ours, peers = (Figures(listings.again_cpu, "µs") for listings in setting.listings)
    what = f"CPU per listed operation, settled re-sweep of {setting.operations:,} operations"
    yield Row(
        "settled", what, ours, peers, "Go peer", goal=6, stretch=15, ratio=peers.median / ours.median, least=True)
    floor = Figures([receive(setting) for _ in range(setting.rounds)], "µs")
    yield Row("settled", what, ours, floor, "receiving the pages in C", ratio=ours.median / floor.median)


def receive(setting):
    """CPU per operation of a client that receives pages and does nothing with them, in microseconds."""
    with StandIn(setting.operations) as api:
        header = "Authorization: Basic c2ltdWxhdG9y"
        said = load(api, setting.seconds, 1, path=f"/v1/Messages/Operations?pageSize={PAGE}", header=header)
    return said["own_cpu_us_per_request"] / PAGE


def changing(setting):
    """The same, where of a hundred operations one has changed."""
    operations = setting.operations // 10
    ours, peers, _ = setting.list_by_turns(operations, change_every=100)
    ours, peers = (Figures(listings.again_cpu, "µs") for listings in (ours, peers))
    what = f"CPU per listed operation, re-sweep of {operations:,} operations, 1 % of them changed"
    yield Row("changing", what, ours, peers, "Go peer", ratio=peers.median / ours.median)


def first(setting):
    """The first sweep, which writes a ledger, against a peer that writes nothing."""
    ours, peers = setting.listings
    for what, name, unit in ("first_seconds", "time", "s"), ("first_cpu", "CPU", "s"):
        mine, theirs = Figures(getattr(ours, what), unit), Figures(getattr(peers, what), unit)
        yield Row(
            "first", f"first sweep of {setting.operations:,} operations, {name}", mine, theirs, "Go peer, no ledger",
            goal=1, stretch=2, ratio=theirs.median / mine.median, least=True)


def memory(setting):
    ours, peers = (Figures(listings.peaks, "MB") for listings in setting.listings)
    who = f"Go peer: {peers.median / ours.median:.1f} times as much"
    yield Row("memory", f"peak memory with {setting.operations:,} operations", ours, peers, who, goal=100, stretch=48)


def ten_million(setting):
    """Ten times as many operations: that it works, and what each one more takes."""
    fewer = setting.listings[0]
    more = Listings(10 * setting.operations)
    setting.list_with_exporter(more, sweeps=1)
    what = f"{more.operations:,} operations"
    slope = (Figures(more.peaks).median - Figures(fewer.peaks).median) * 1e6 / (more.operations - fewer.operations)
    yield Row("ten-million", f"{what}: peak memory", Figures(more.peaks, "MB"))
    yield Row("ten-million", f"{what}: memory per operation more", Figures([slope], "B"), stretch=1)
    yield Row("ten-million", f"{what}: CPU per listed operation, settled", Figures(more.again_cpu, "µs"))
    yield Row("ten-million", f"{what}: first sweep, time", Figures(more.first_seconds, "s"))


# An hour passes in two minutes: for the API's operations, and in the plan by which they are polled.
SPEED = 30


def requests(setting, operations=100_000):
    """Requests in an hour with all cadences, against listing everything every 30 seconds."""
    plan = {"interval": f"{30 / SPEED:g}s", "day": f"{300 / SPEED:g}s", "week": f"{1800 / SPEED:g}s"}
    with StandIn(operations, speed=SPEED) as api, Exporter(api, setting.folder("requests"), **plan) as exporter:
        exporter.first_sweep()
        begun = api.requests()
        time.sleep(3600 / SPEED)
        ours = api.requests() - begun
    with StandIn(operations) as api, Peer(api, interval="1h") as peer:
        peer.first_sweep()
        pages = api.requests()
    theirs = pages * 3600 // 30
    yield Row(
        "requests", f"API requests in an hour, {operations:,} operations, active ones seen every 30 s", Figures([ours]),
        Figures([theirs]), f"re-listing ({pages} pages × 120)", goal=10, stretch=20, ratio=theirs / ours,
        least=True,
        note=f"measured in {3600 // SPEED} s, with operations, intervals and cadences {SPEED} times as fast; a tenth of the "
        "operations take an hour.")
