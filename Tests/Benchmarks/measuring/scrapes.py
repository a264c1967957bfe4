"""The rows about scrapes: how many, what each costs, and whether a poll delays them."""

import shutil
import statistics

from .processes import eventually
from .programs import Bare, Exporter, Nginx, Peer, StandIn, load
from .report import Figures, Row
from .setting import settled

CONNECTIONS = 16
# The header that asks for it.
CODINGS = {"plain": None, "gzip": "Accept-Encoding: gzip"}


def by_turns(servers, rounds, measure):
    """Measures each server in each round, and returns what `measure` said, a list for each server."""
    results = [[] for _ in servers]
    for _ in range(rounds):
        for server, said in zip(servers, results):
            said.append(measure(server))
    return results


def expect_bytes(said, body):
    """A server that is compared by the same bytes serves them all: those of a scrape differ by a few digits each time."""
    served = said[0]["body_bytes"]
    if abs(served - len(body)) > len(body) / 100:
        raise AssertionError(f"{served} bytes served of {len(body)}")


def figures(said, key, unit=""):
    return Figures([one[key] for one in said], unit)


def exposition(exporter):
    """Body and headers of a scrape as it is, and the compressed body."""
    plain = exporter.get("/metrics")
    headers = exporter.headers
    return plain, headers, exporter.get("/metrics", {"Accept-Encoding": "gzip"}), exporter.headers


def scrapes(setting):
    """Scrapes a second, and their p99, against promhttp and nginx."""
    with (
        StandIn(10_000) as api, Exporter(api, setting.folder("scrapes"), interval="30s", week="30m") as exporter,
        Peer(api, interval="30s") as peer,
    ):
        settled(exporter)
        peer.first_sweep()
        plain, _, compressed, _ = exposition(exporter)
        with Nginx(setting.folder("files"), plain, compressed) as nginx:
            for coding, header in CODINGS.items():
                ours, peers, static = by_turns(
                    [exporter, peer, nginx], setting.rounds,
                    lambda server: load(server, setting.seconds, CONNECTIONS, header=header))
                expect_bytes(static, plain if coding == "plain" else compressed)
                yield from scrape_rows(coding, ours, peers, static)


def scrape_rows(coding, ours, peers, static):
    def size(said):
        return f"{said[0]['body_bytes'] / 1000:.1f} kB"

    what = f"scrapes per second, {CONNECTIONS} connections, {coding}, {size(ours)}"
    rate, other, files = (figures(said, "per_second", "/s") for said in (ours, peers, static))
    yield Row(
        "scrapes", what, rate, other, f"promhttp, {size(peers)}", goal=3, ratio=rate.median / other.median, least=True)
    yield Row(
        "scrapes", what, rate, files, "nginx, same bytes", stretch=1, ratio=rate.median / files.median, least=True)
    slowest, other = (figures(said, "p99_ms", "ms") for said in (ours, peers))
    yield Row(
        "scrapes", f"p99 of these, {coding}", slowest, other, "promhttp", goal=1, ratio=other.median / slowest.median,
        least=True)


def scrape_cpu(setting):
    """CPU of a scrape against that of libmicrohttpd itself."""
    with StandIn(10_000) as api, Exporter(api, setting.folder("cpu"), interval="30s", week="30m") as exporter:
        settled(exporter)
        plain, headers, compressed, gzip_headers = exposition(exporter)
        for coding, body, lines in ("plain", plain, headers), ("gzip", compressed, gzip_headers):
            with Bare(setting.folder("bare"), body, lines) as bare:
                # Rounds differ by more than the two do within one.
                ours, floor = by_turns(
                    [exporter, bare], 3 * setting.rounds,
                    lambda server: load(server, setting.seconds, CONNECTIONS, header=CODINGS[coding]))
            expect_bytes(floor, body)
            mine, least = (figures(said, "cpu_us_per_request", "µs") for said in (ours, floor))
            yield Row(
                "scrape-cpu", f"CPU per scrape, {coding}", mine, least,
                "libmicrohttpd alone, same bytes", goal=1.1,
                ratio=statistics.median(one / other for one, other in zip(mine.values, least.values)))


def paced(server, setting):
    """Scrapes that come whether the last ones were answered or not."""
    return load(server, 3 * setting.seconds, connections=4, rate=200)


def beside(api, folder, bare, setting, pace):
    """What is said of scrapes of an exporter that sweeps, of a bare server beside it, and of how many sweeps there were."""
    with Exporter(api, folder, pace=pace) as exporter:
        begun = api.listed()
        eventually(lambda: api.listed() > begun, 60, "a sweep under way")
        listed = api.listed()
        busy, busy_bare = by_turns([exporter, bare], setting.rounds, lambda server: paced(server, setting))
        return busy, busy_bare, (api.listed() - listed) / setting.operations


def in_flight(setting):
    """The p99 of scrapes while sweeps follow each other, against that of an exporter at rest: at the pace of the default, and
    as fast as the API answers. And the same of a server that sweeps nothing, which shows how much of it is the machine."""
    paces = {"at the default of 5 requests a second": 5, "as fast as the API answers": 1000}
    folders = [setting.folder(f"in-flight-{number}") for number in range(1 + len(paces))]
    for folder in folders:
        shutil.copytree(setting.ledger / "data", folder / "data")
    with setting.api(setting.operations) as api:
        with Exporter(api, folders[0], interval="1h", week="24h") as exporter:
            settled(exporter)
            plain, headers, _, _ = exposition(exporter)
            with Bare(setting.folder("bare"), plain, headers) as bare:
                idle, idle_bare = by_turns([exporter, bare], setting.rounds, lambda server: paced(server, setting))
        with Bare(setting.folder("bare"), plain, headers) as bare:
            for folder, (how, pace) in zip(folders[1:], paces.items()):
                busy, busy_bare, sweeps = beside(api, folder, bare, setting, pace)
                said = (figures(one, "p99_ms", "ms") for one in (busy, idle, busy_bare, idle_bare))
                yield in_flight_row(how, setting, *said, sweeps)


def in_flight_row(how, setting, mine, rest, machine, machine_rest, sweeps):
    return Row(
        "in-flight", f"p99 of scrapes, 200 a second, while {setting.operations:,} operations are swept {how}", mine, rest,
        "at rest", goal=2, stretch=1.1, ratio=mine.median / rest.median,
        note=f"{sweeps:.1f} sweeps meanwhile. libmicrohttpd alone, beside such sweeps: {machine}; beside none: "
        f"{machine_rest}.")
