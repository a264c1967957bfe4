"""The exporter, those it is compared with, and what stands around them."""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

from .processes import Process, Unready, eventually

TOP = pathlib.Path(__file__).resolve().parents[3]
SOURCES = TOP / "Tests/Benchmarks"
BUILT = TOP / ".build/bench"

CREDENTIALS = {"TOKEN": "simulator"}
CONFIGURATION = """
accounts:
{accounts}
poll:
  interval: {interval}
  page_size: {page_size}
  requests_per_second: {pace}
  sweeps: {{pending: {{every: {day}}}, day: {{every: {day}}}, week: {{every: {week}}}}}
"""
ACCOUNT = (
    '  - {{name: {name}, account_sid: AC{number:032x}, auth_token_env: TOKEN, base_url: "{api}"}}')


def run(*arguments, **keywords):
    subprocess.run([str(argument) for argument in arguments], check=True, **keywords)


def build():
    """Makes the programs of this folder: the stand-in, the load, the bare server and the peer."""
    BUILT.mkdir(parents=True, exist_ok=True)
    compile = ["gcc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread"]
    for name, libraries in {"standin": [], "load": [], "bare": ["-lmicrohttpd"]}.items():
        run(*compile, *sorted((SOURCES / name).glob("*.c")), *libraries, "-o", BUILT / name)
    # Debian's packages of Go are sources below one GOPATH; nothing is fetched.
    environment = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": BUILT / "go", "GOFLAGS": ""}
    run("go", "build", "-o", BUILT / "peer", ".", cwd=SOURCES / "peer",
        env={**os.environ, **{name: str(value) for name, value in environment.items()}})


def exporter():
    """The exporter as `make bench` has built it: EXPORTER, or the release build."""
    if path := os.environ.get("EXPORTER"):
        return pathlib.Path(path).resolve()
    folder = subprocess.check_output(["swift", "build", "-c", "release", "--show-bin-path"], text=True, cwd=TOP)
    return pathlib.Path(folder.strip(), "twilio-comms-exporter")


class Server(Process):
    """A program that serves HTTP on this machine."""

    port = 0

    def get(self, path, headers=None):
        """The body of an answer, as text; an answer that is not 200 is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            if answer.status != 200:
                raise Unready(f"{self.name} answered {answer.status} to {path}")
            self.headers = answer.getheaders()
            return answer.read()
        finally:
            connection.close()


class StandIn(Server):
    """The API. Where the machine is short of time others have it first, since the real one runs elsewhere."""

    def __init__(self, operations, speed=0, change_every=0, start=None):
        super().__init__(
            [BUILT / "standin", f"--operations={operations}", f"--speed={speed}", f"--change-every={change_every}",
             f"--start={int((start or time.time()) * 1000)}"], nice=5)
        self.port = self.announced(r"port=(\d+)")
        self.url = f"http://127.0.0.1:{self.port}"

    def requests(self):
        """Requests that it has answered."""
        return int(self.get("/control/requests"))

    def listed(self):
        """Operations in its answers."""
        return int(self.get("/control/listed"))

    def turn(self):
        """Lets the next of the operations change, where some do."""
        self.get("/control/turn")


class Scraped(Server):
    """An exporter, ours or the peer."""

    sweep_end = ""

    def values(self, name, labels=""):
        """The values of the series of that name whose labels hold this text."""
        text = self.get("/metrics").decode()
        return [
            float(value) for found, value in re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
            if labels in found]

    def total(self, name, labels=""):
        return sum(self.values(name, labels))

    def last_sweep(self):
        """When the sweep ended of the account for which that is the longest ago; 0 while one has ended none."""
        return min(self.values(*self.sweep_end), default=0)

    def first_sweep(self, seconds=1800):
        """Waits until each account has ended its first sweep of everything. Asks seldom, since scrapes cost, too."""
        eventually(self.last_sweep, seconds, f"the first sweep of {self.name}", pause=0.2)

    def next_sweep(self, seconds=600):
        """Waits until each account has ended another sweep of everything."""
        last = self.last_sweep()
        eventually(lambda: self.last_sweep() > last, seconds, f"a sweep of {self.name}", pause=0.2)

    def polls(self):
        return self.total("twilio_comms_polls_total")


class Exporter(Scraped):
    """Ours, with its ledger in a folder on the disk. By default the budget of requests is lifted (`pace`, a second), and
    each poll is one sweep of everything, as soon as the last one has ended."""

    sweep_end = "twilio_comms_sweep_last_success_timestamp_seconds", 'sweep="week"'

    def __init__(
        self, api, folder, interval="1s", day="5m", week="0s", page_size=1000, accounts=1, port=0,
        program=None, awaited=True, pace=1000):
        configuration = pathlib.Path(folder, "config.yml")
        names = ["default", *(f"account-{number}" for number in range(1, accounts))]
        lines = [ACCOUNT.format(name=name, number=number, api=api.url) for number, name in enumerate(names)]
        configuration.write_text(CONFIGURATION.format(
            accounts="\n".join(lines), interval=interval, page_size=page_size, day=day, week=week, pace=pace))
        super().__init__(
            [program or exporter(), f"--web.listen-address=127.0.0.1:{port}", f"--config.file={configuration}",
             f"--storage.path={folder}/data"], CREDENTIALS)
        self.port = port
        if awaited:
            self.port = int(self.announced(r"msg=listening.* port=(\d+)"))


class Peer(Scraped):
    """What somebody would write instead, in Go."""

    sweep_end = "twilio_comms_last_successful_poll_timestamp_seconds", ""

    def __init__(self, api, interval="1s", accounts=1):
        super().__init__([BUILT / "peer", f"--api={api.url}", f"--interval={interval}", f"--accounts={accounts}"])
        self.port = int(self.announced(r"port=(\d+)"))


class Bare(Server):
    """libmicrohttpd alone, with the bytes of an exposition."""

    def __init__(self, folder, body, headers):
        paths = pathlib.Path(folder, "bare.body"), pathlib.Path(folder, "bare.headers")
        paths[0].write_bytes(body)
        # These libmicrohttpd adds itself.
        kept = [f"{name}: {value}" for name, value in headers if name not in ("Date", "Content-Length", "Connection")]
        paths[1].write_text("\n".join(kept))
        super().__init__([BUILT / "bare", *paths])
        self.port = int(self.announced(r"port=(\d+)"))


NGINX = """
{user}
worker_processes 2;
daemon off;
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=10;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    default_type "text/plain; version=0.0.4; charset=utf-8";
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        location = /metrics {{ gzip_static on; }}
    }}
}}
"""


class Nginx(Server):
    """nginx with the bytes of an exposition in files, as they are and compressed."""

    def __init__(self, folder, plain, compressed):
        folder = pathlib.Path(folder, "nginx")
        folder.mkdir(exist_ok=True)
        (folder / "metrics").write_bytes(plain)
        (folder / "metrics.gz").write_bytes(compressed)
        self.port = free_port()
        (folder / "nginx.conf").write_text(NGINX.format(
            # Started by root, its workers would be another user, who may not read in this folder.
            user="user root;" if os.geteuid() == 0 else "", folder=folder, port=self.port))
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        super().__init__([nginx, "-e", "stderr", "-c", folder / "nginx.conf"])
        eventually(self.answers, 10, "nginx", pause=0.05)

    def answers(self):
        try:
            return self.get("/metrics")
        except ConnectionRefusedError:
            return None

    def workers(self):
        return pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def load(server, seconds, connections=16, rate=0, path="/metrics", header=None, warm_up=0.5):
    """What the load generator says of a server: see Tests/Benchmarks/load."""
    arguments = [
        BUILT / "load", f"--port={server.port}", f"--path={path}", f"--seconds={seconds}", f"--connections={connections}",
        f"--rate={rate}", f"--warm-up={warm_up}", *([f"--header={header}"] if header else []), f"--pid={server.pid}"]
    arguments += [f"--pid={pid}" for pid in (server.workers() if isinstance(server, Nginx) else [])]
    # With the privilege to, ahead of others: it is elsewhere in truth, too, and must not wait for those it measures.
    if os.geteuid() == 0 and rate:
        arguments = ["nice", "-n", "-10", *arguments]
    output = subprocess.run(
        [str(argument) for argument in arguments], stdout=subprocess.PIPE, check=True, timeout=seconds + warm_up + 60)
    return json.loads(output.stdout)
