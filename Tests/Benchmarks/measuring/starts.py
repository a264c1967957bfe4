"""The rows about a process: how soon it answers, and what it takes when it rests."""

import os
import subprocess
import tarfile
import time

from .programs import TOP, Exporter, StandIn, exporter, free_port
from .processes import Unready, eventually
from .report import Figures, Row
from .setting import settled

STARTS = 7


def first_scrape(server, operations):
    """The first scrape that has what the ledger holds, if the server answers yet."""
    try:
        return server.total("twilio_comms_ledger_operations") == operations
    except (OSError, Unready):
        return False


def start_once(setting, api):
    """Milliseconds from the start of the process to the first scrape with the ledger's counters."""
    with Exporter(api, setting.ledger, interval="1h", week="24h", port=free_port(), awaited=False) as server:
        eventually(lambda: first_scrape(server, setting.operations), 60, "a scrape", pause=0.0005)
        return server.seconds() * 1000


def drop_page_cache():
    """Has the kernel forget what it holds of the disk; False without the privilege to."""
    os.sync()
    try:
        with open("/proc/sys/vm/drop_caches", "w") as file:
            file.write("3\n")
    except OSError:
        return False
    return True


def start(setting):
    """From the start to the first scrape answered, with a large ledger."""
    what = f"start with a ledger of {setting.operations:,} operations to the first scrape answered"
    with setting.api(setting.operations) as api:
        # The first one is to find everything in memory, as a restart does.
        times = [start_once(setting, api) for _ in range(STARTS + 1)][1:]
        yield Row("start", what, Figures(times, "ms"), goal=200, stretch=50)
        if drop_page_cache():
            yield Row("start", f"{what}, nothing of the disk in memory", Figures([start_once(setting, api)], "ms"))


def is_static(program):
    return "libswiftCore" not in subprocess.check_output(["ldd", program], text=True)


def released(setting):
    """The program of the archive in dist/, the static build, if `make release` has made one."""
    for path in sorted(TOP.glob("dist/*.tar.gz")):
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                if member.isfile() and member.name.endswith("/twilio-comms-exporter") and member.mode & 0o100:
                    target = setting.folder("released") / "twilio-comms-exporter"
                    target.write_bytes(archive.extractfile(member).read())
                    target.chmod(0o755)
                    return target
    return None


def rest(setting, program):
    """Memory and threads a few seconds after the poll of a small account, and threads between that and the next: those that
    Dispatch had for the poll it keeps for five seconds after their last work."""
    memory, after, threads = [], [], []
    for _ in range(setting.rounds):
        with (
            StandIn(1000) as api,
            Exporter(api, setting.folder("rest"), interval="30s", week="30m", program=program) as server,
        ):
            settled(server)
            after.append(server.threads())
            time.sleep(5)
            memory.append(server.memory("VmRSS"))
            time.sleep(7)
            threads.append(server.threads())
    return Figures(memory, "MB"), Figures(after), Figures(threads)


def idle(setting):
    """Memory and threads at rest."""
    programs = {"static" if is_static(exporter()) else "dynamic": exporter()}
    if "static" not in programs and (program := released(setting)):
        programs["static"] = program
    for kind, program in programs.items():
        memory, after, threads = rest(setting, program)
        yield Row("idle", f"idle memory, {kind} build", memory, goal=25, stretch=15)
        yield Row("idle", f"threads at rest, {kind} build", threads, goal=6)
        yield Row("idle", f"threads three seconds after a poll, {kind} build", after)
