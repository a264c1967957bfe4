#!/usr/bin/python3
"""Writes what a program is made of, as CycloneDX 1.5 in JSON (https://cyclonedx.org/docs/1.5/json/).

    deploy/release/sbom.py PROGRAM VERSION REVISION .build/workspace-state.json

Swift packages, with the commits they were built from; the Swift runtime, which is linked in; and every shared library
that the loader would take, with the Debian package it is of, and which of them needs which. The same program on the
same machine gives the same bytes.
"""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import quote

NAME = "twilio-comms-exporter"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def swift_packages(state):
    for package in json.loads(Path(state).read_text())["object"]["dependencies"]:
        checkout = package["state"]["checkoutState"]
        location = re.sub(r"\.git$", "", package["packageRef"]["location"])
        url = f"pkg:swift/{location.removeprefix('https://')}@{checkout['version']}"
        yield {
            "type": "library",
            "bom-ref": url,
            "name": package["packageRef"]["name"],
            "version": checkout["version"],
            "purl": url,
            "externalReferences": [{"type": "vcs", "url": location}],
            "pedigree": {"commits": [{"uid": checkout["revision"]}]},
        }


def swift_runtime():
    version = re.search(r"Swift version (\S+)", run("swift", "--version")).group(1)
    url = f"pkg:swift/github.com/swiftlang/swift@{version}"
    return {
        "type": "framework",
        "bom-ref": url,
        "name": "swift",
        "version": version,
        "description": "the compiler, and its standard library and runtime, which are linked in",
        "purl": url,
    }


def libraries(program):
    """The path of each shared library by its name, as the loader finds it."""
    found = re.findall(r"^\s*(\S+) => (/\S+) ", run("ldd", str(program)), re.M)
    return dict(found)


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", "--wide", str(path)))


def debian_package(path):
    """The installed package a library is of; its files are recorded with /usr before /lib or without."""
    real = os.path.realpath(path)
    for name in (path, real, real.removeprefix("/usr"), "/usr" + path):
        search = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True)
        if search.returncode == 0:
            return search.stdout.split(": ")[0].split(",")[0]
    sys.exit(f"sbom.py: {path} is of no Debian package; install it by apt, or link Swift's with --static-swift-stdlib")


def debian_component(package):
    form = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${Homepage}"
    name, version, architecture, source, homepage = run("dpkg-query", "-W", f"-f={form}", package).split("\t")
    url = f"pkg:deb/debian/{name}@{quote(version, safe='')}?arch={architecture}"
    component = {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}
    if homepage:
        component["externalReferences"] = [{"type": "website", "url": homepage}]
    if source != name:
        component["properties"] = [{"name": "debian:source", "value": source}]
    return component


def debian_parts(program):
    """The components of the shared libraries, what the program itself needs of them, and what they need of each other."""
    paths = libraries(program)
    packages = {name: debian_package(path) for name, path in paths.items()}
    components = {package: debian_component(package) for package in sorted(set(packages.values()))}

    def references(path, but=None):
        names = {packages[name] for name in needed(path) if name in packages}
        return sorted(components[name]["bom-ref"] for name in names if name != but)

    links = {}
    for name, path in paths.items():
        package = packages[name]
        links.setdefault(components[package]["bom-ref"], set()).update(references(path, but=package))
    return list(components.values()), references(program), links


def bom(program, version, revision, state):
    inside = sorted(swift_packages(state), key=lambda component: component["bom-ref"]) + [swift_runtime()]
    # Its functions are in a header.
    inside.append(debian_component("libxxhash-dev"))
    debian, direct, links = debian_parts(program)
    digest = hashlib.sha256(Path(program).read_bytes()).hexdigest()
    root = f"{NAME}@{version}"
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    dependencies = [{"ref": root, "dependsOn": [component["bom-ref"] for component in inside] + direct}]
    dependencies += [{"ref": component["bom-ref"]} for component in inside]
    dependencies += [{"ref": ref, "dependsOn": sorted(links[ref])} for ref in sorted(links)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": NAME,
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "pedigree": {"commits": [{"uid": revision}]},
            },
        },
        "components": inside + debian,
        "dependencies": dependencies,
    }


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: sbom.py PROGRAM VERSION REVISION STATE")
    json.dump(bom(*sys.argv[1:]), sys.stdout, indent=2)
    print()
