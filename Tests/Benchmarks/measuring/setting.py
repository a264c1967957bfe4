"""What the rows share: how much is measured, where, and what one row has measured that another needs, too."""

import functools
import pathlib
import shutil
import tempfile
import time

from .processes import eventually
from .programs import BUILT, Exporter, Peer, StandIn


# For a first sweep of a million operations: a poll that takes longer than the interval leaves what is left to the next one,
# and waits for it. The default is twice as long.
LONG_ENOUGH = "15s"


class Listings:
    """What programs took to list everything once and then again; each value one run or sweep. Nothing is new when it is
    listed again, or one of `change_every` operations is."""

    def __init__(self, operations, change_every=0):
        self.operations, self.change_every = operations, change_every
        self.first_cpu, self.first_seconds, self.again_cpu, self.peaks = [], [], [], []

    def measure(self, program, api, sweeps):
        """Takes the figures of a program that has just been started. A sweep counts for what the API has listed meanwhile,
        which is more than the operations there are: other sweeps list the newest ones, too."""
        program.first_sweep()
        self.first_seconds.append(program.seconds())
        self.first_cpu.append(program.cpu())
        for _ in range(sweeps):
            api.turn()
            listed, cpu = api.listed(), program.cpu()
            program.next_sweep()
            self.again_cpu.append((program.cpu() - cpu) / (api.listed() - listed) * 1e6)
        self.peaks.append(program.memory("VmHWM"))
        held = program.total("twilio_comms_window_operations")
        if held != self.operations:
            raise AssertionError(f"{program.name} holds {held:.0f} operations of {self.operations}")


class Setting:
    """A folder on the disk, which is removed with the block, and the numbers that the rows go by."""

    def __init__(self, operations=1_000_000, rounds=3, seconds=3):
        self.operations, self.rounds, self.seconds = operations, rounds, seconds
        self.start = time.time()
        BUILT.mkdir(parents=True, exist_ok=True)
        self.temporary = tempfile.TemporaryDirectory(dir=BUILT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def folder(self, name):
        """An empty folder of that name."""
        folder = pathlib.Path(self.temporary.name, name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def api(self, operations, change_every=0):
        """A stand-in that lists the same operations every time: a ledger knows them."""
        return StandIn(operations, change_every=change_every, start=self.start)

    def list_with_exporter(self, listings, sweeps=3):
        """Measures ours from an empty folder on; what its ledger is in stays for others."""
        folder = self.folder(f"ledger-{listings.operations}")
        with (
            self.api(listings.operations, listings.change_every) as api,
            Exporter(api, folder, interval=LONG_ENOUGH) as exporter,
        ):
            listings.measure(exporter, api, sweeps)
        return folder

    def list_with_peer(self, listings, sweeps=3):
        with self.api(listings.operations, listings.change_every) as api, Peer(api) as peer:
            listings.measure(peer, api, sweeps)

    def list_by_turns(self, operations, change_every=0):
        """Ours and the peer's listings, by turns, so that a change of the machine meets both; and the folder of a ledger."""
        ours, peers = (Listings(operations, change_every) for _ in range(2))
        for _ in range(self.rounds):
            ledger = self.list_with_exporter(ours)
            self.list_with_peer(peers)
        return ours, peers, ledger

    @functools.cached_property
    def listings(self):
        """Ours and the peer's listings of a million operations, of which nothing changes."""
        ours, peers, self.ledger = self.list_by_turns(self.operations)
        return ours, peers

    @functools.cached_property
    def ledger(self):
        """A folder with a ledger of a million operations: of the last listing, or else of one made for it."""
        return self.list_with_exporter(Listings(self.operations), sweeps=0)


def settled(exporter, seconds=3):
    """Waits until an exporter has ended its first sweep, and then until it has taken no CPU for so many seconds."""
    exporter.first_sweep()

    def idle():
        begun = exporter.cpu()
        time.sleep(seconds)
        return exporter.cpu() - begun <= 0.01 * seconds

    eventually(idle, 60, f"{exporter.name} at rest", pause=0)
