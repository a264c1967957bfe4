"""Programs that are measured: started, waited for with a bound, read about in /proc, ended with their block."""

import atexit
import os
import pathlib
import re
import subprocess
import tempfile
import time


class Unready(Exception):
    """What was waited for did not come in time."""


def eventually(condition, seconds, what, pause=0.1):
    """The first true value of `condition`, which is asked again and again for so many seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise Unready(f"{what}: not within {seconds} s")
        time.sleep(pause)
    return value


class Process:
    """A running program. What it writes goes to a file, so that no pipe can fill up and hold it."""

    def __init__(self, arguments, environment=None, nice=0):
        self.name = pathlib.Path(arguments[0]).name
        self.log = tempfile.TemporaryFile("w+")
        self.begun = time.monotonic()
        if nice:
            arguments = ["nice", "-n", str(nice), *arguments]
        self.program = subprocess.Popen(
            [str(argument) for argument in arguments], stdout=self.log, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})})
        self.pid = self.program.pid
        # For those that never come to be in a block, since they were not ready in time.
        atexit.register(self.stop)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the program, if it has not ended yet."""
        self.program.terminate()
        try:
            self.program.wait(30)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()

    def output(self):
        # Not through its own position, where the program goes on to write.
        return os.pread(self.log.fileno(), 1 << 20, 0).decode()

    def announced(self, pattern, seconds=30):
        """What the program says that matches the group of the pattern, such as its port."""

        def found():
            if self.program.poll() is not None:
                raise Unready(f"{self.name} ended: {self.output()}")
            return re.search(pattern, self.output())

        return eventually(found, seconds, f"{self.name} said nothing like {pattern}", pause=0.02)[1]

    def seconds(self):
        """Since it was started."""
        return time.monotonic() - self.begun

    def cpu(self):
        """User and system seconds of all its threads, also of those that have ended: utime and stime of /proc/PID/stat, but
        to the nanosecond."""
        # What clock_getcpuclockid(3) makes of a process id.
        return time.clock_gettime(~self.pid << 3 | 2)

    def memory(self, field):
        """VmRSS or VmHWM, in MB."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) * 1024 / 1e6

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))
