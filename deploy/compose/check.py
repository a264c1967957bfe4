"""Checks deploy/compose.yaml, read by docker-compose, and the files that it mounts. Run by deploy/check.

Prints a line per finding; the exit status is 1 if there is any.
"""

import pathlib
import re
import subprocess
import sys

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parents[1]
COMPOSE = DEPLOY / "compose.yaml"


def read(path: str) -> dict:
    return yaml.safe_load((DEPLOY / path).read_text())


def shorten_volume(volume: str | dict) -> str:
    """A volume as docker-compose 1 prints it; 2 prints a mapping."""
    if isinstance(volume, str):
        return volume
    return f"{volume['source']}:{volume['target']}:{'ro' if volume.get('read_only') else 'rw'}"


def shorten_port(port: str | dict) -> str:
    """A port as docker-compose 1 prints it; 2 prints a mapping."""
    if not isinstance(port, dict):
        return str(port)
    return f"{port.get('host_ip', '')}:{port['published']}:{port['target']}/{port['protocol']}"


def find_service_faults(name: str, service: dict, services: dict) -> list[str]:
    """What a service has that it need not have, and what it names that is not there."""
    binds = [volume.split(":") for volume in service.get("volumes", []) if volume.startswith("/")]
    held = {
        "its root is not read-only": service.get("read_only") is True,
        "has capabilities": service.get("cap_drop") == ["ALL"] and "cap_add" not in service,
        "may gain privileges": service.get("security_opt") == ["no-new-privileges:true"],
        "has no limit of processes": service.get("pids_limit", 0) > 0,
        "has no health check": "healthcheck" in service,
        "is not pinned to a version": re.search(r":v?\d+\.\d+\.\d+$", service["image"]),
        "is open to other machines": all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])),
        "waits for what has no health check": all(
            "healthcheck" in services[one] for one in service.get("depends_on", {})
        ),
        "mounts what is not there": all(pathlib.Path(bind[0]).exists() for bind in binds),
        "may write where it is mounted": all(bind[2:] == ["ro"] for bind in binds),
    }
    return [f"{name}: {fault}" for fault, is_held in held.items() if not is_held]


def find_name_faults(services: dict) -> list[str]:
    """Hosts in the files that are no services, or that the reader does not share a network with."""
    scrape = read("compose/prometheus.yml")
    (alertmanagers,) = scrape["alerting"]["alertmanagers"]
    targets = alertmanagers["static_configs"][0]["targets"]
    targets += scrape["scrape_configs"][0]["static_configs"][0]["targets"]
    asked = [("prometheus", target) for target in targets]
    asked += [("grafana", one["url"].removeprefix("http://")) for one in read("compose/datasource.yml")["datasources"]]
    asked += [("exporter", arg.partition("http://")[2]) for arg in services["exporter"]["command"] if "http://" in arg]
    faults = []
    for reader, address in asked:
        host, port = address.split(":")
        ports = [str(one).split("/")[0].split(":")[-1] for one in services.get(host, {}).get("ports", [])]
        if port not in ports or not services[host]["networks"].keys() & services[reader]["networks"].keys():
            faults.append(f"{reader} does not reach {address}")
    return faults


def find_differences() -> list[str]:
    """What the files here say otherwise than those they stand for, but for the names of hosts."""
    faults = []
    here, there = read("compose/prometheus.yml"), read("prometheus/prometheus.yml")
    for one in (here, there):
        one["scrape_configs"][0]["static_configs"] = one["rule_files"] = one["alerting"] = None
    if here != there:
        faults.append("compose/prometheus.yml is not prometheus/prometheus.yml")
    here, there = read("compose/datasource.yml"), read("../grafana/provisioning/datasources/prometheus.yml")
    for one in (here, there):
        one["datasources"][0]["url"] = None
    if here != there:
        faults.append("compose/datasource.yml is not grafana/provisioning/datasources/prometheus.yml")
    return faults


def main() -> int:
    run = subprocess.run(["docker-compose", "--file", COMPOSE, "config"], capture_output=True, text=True)
    if run.returncode != 0:
        print(run.stderr)
        return 1
    services = yaml.safe_load(run.stdout)["services"]
    for service in services.values():
        service["volumes"] = [shorten_volume(volume) for volume in service.get("volumes", [])]
        service["ports"] = [shorten_port(port) for port in service.get("ports", [])]
    findings = [fault for name, service in services.items() for fault in find_service_faults(name, service, services)]
    findings += find_name_faults(services) + find_differences()
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
